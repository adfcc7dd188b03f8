import { eq, sql } from 'drizzle-orm'
import { type Device, deviceInWords, languageOfOwner } from '../platform/client/device.ts'
import { type PlaceOf, whereabouts } from '../platform/client/geoip.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { Sender } from '../platform/mail/template.ts'
import type { User } from '../users/users.ts'
import type { KnownDevices } from './known-devices.ts'
import { newDeviceMail } from './mails/new-device.ts'

/**
 * Mails people of a sign-in that was stored just now, if its device is none that is known. Not of their first one, and
 * at most once an hour. Throws on an outage.
 */
export type TellOfDevice = (user: User, device: Device, sid: string) => Promise<void>

/** Seconds between two such mails: whoever has no use for cookies is told of each sign-in. */
const PAUSE = 3600

export interface NewDevicesOptions {
  readonly config: Sender
  readonly database: Database
  readonly knownDevices: Pick<KnownDevices, 'recognise'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly placeOf: PlaceOf
  readonly now: () => number
}

export function createNewDevices(options: NewDevicesOptions): TellOfDevice {
  const { config, database, knownDevices, mail, placeOf, now } = options
  const { users, auditLog, outbox } = database

  return async (user, device, sid) => {
    // Nobody gets mail there (RFC 2606, section 2), such as whom the doctor signs in, once for each app.
    if (user.email.endsWith('.invalid')) return
    if ((await knownDevices.recognise(user.email, device.marks ?? [])) !== null) return
    const at = unixTime(now)
    const language = languageOfOwner(user, device)
    const letter = newDeviceMail(language, config, {
      at,
      device: deviceInWords(device.userAgent),
      from: whereabouts(device.address, placeOf, language.code),
    })
    // Not when it was noted that they signed in: that may have been elsewhere, before they were brought over.
    const wasHere = sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.subject} = ${user.uuid}
      AND ${auditLog.sid} <> ${sid} AND ${auditLog.event} || '' IN ('registered', 'signed_in'))`
    const toldLately = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.recipient} = ${user.email}
      AND ${outbox.subject} = ${letter.subject} AND ${outbox.createdAt} > ${at - PAUSE})`
    const from = sql`FROM ${users} WHERE ${users.uuid} = ${user.uuid} AND ${wasHere} AND NOT ${toldLately}`
    // By the row of the person: of several at once, one is told of.
    await database.transaction(() => [
      ...lockRows(database, users, eq(users.uuid, user.uuid)),
      mail.step({ to: users.email, person: user.uuid, ...letter }, from),
    ])
    mail.wake()
  }
}
