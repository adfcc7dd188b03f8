import { eq, sql } from 'drizzle-orm'
import { type Device, deviceInWords, languageOfOwner } from '../platform/client/device.ts'
import { describeLocation, type Locate } from '../platform/client/geoip.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { Sender } from '../platform/mail/template.ts'
import type { User } from '../users/users.ts'
import type { KnownDevices } from './known-devices.ts'
import { newDeviceMail, newDeviceSubject } from './mails/new-device.ts'

/**
 * Sends an alert about a new sign-in on an unknown device. Not for the first sign-in, and at most once an hour. Throws
 * on an outage.
 */
export type NewDeviceAlert = (user: User, device: Device, sid: string) => Promise<void>

/** Seconds between two alerts, since browsers without cookies are unknown every time. */
const PAUSE = 3600

export interface NewDeviceAlertOptions {
  readonly config: Sender
  readonly database: Database
  readonly knownDevices: Pick<KnownDevices, 'recognise'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly locate: Locate
  readonly now: () => number
}

export function createNewDeviceAlert(options: NewDeviceAlertOptions): NewDeviceAlert {
  const { config, database, knownDevices, mail, locate, now } = options
  const { db, users, auditLog, outbox } = database

  return async (user, device, sid) => {
    // Undeliverable addresses (RFC 2606, section 2), such as the doctor's test users.
    if (user.email.endsWith('.invalid')) return
    if ((await knownDevices.recognise(user.email, device.cookies)) !== null) return
    const at = unixTime(now)
    const language = languageOfOwner(user, device)
    // Not based on the last sign-in, which may predate an import.
    const wasHere = sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.subject} = ${user.uuid}
      AND ${auditLog.sid} <> ${sid} AND ${auditLog.event} || '' IN ('registered', 'signed_in'))`
    const toldLately = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.recipient} = ${user.email}
      AND ${outbox.subject} = ${newDeviceSubject(language)} AND ${outbox.createdAt} > ${at - PAUSE})`
    const isDue = sql`${users.uuid} = ${user.uuid} AND ${wasHere} AND NOT ${toldLately}`
    if ((await db.select({ one: sql`1` }).from(users).where(isDue)).length === 0) return
    const letter = newDeviceMail(language, config, {
      at,
      device: deviceInWords(device.userAgent),
      from: describeLocation(device.address, locate, language.code),
    })
    // Locks the user's row, so that simultaneous sign-ins cause one alert.
    await database.transaction(() => [
      ...lockRows(database, users, eq(users.uuid, user.uuid)),
      mail.step({ to: users.email, person: user.uuid, ...letter }, sql`FROM ${users} WHERE ${isDue}`),
    ])
    mail.wake()
  }
}
