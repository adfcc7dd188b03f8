import { eq, inArray, sql } from 'drizzle-orm'
import type { Device } from '../platform/client/device.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { subjectsOf } from '../platform/mail/mail-template.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { Session } from '../tokens/sessions/sessions.ts'
import type { User } from '../users/users.ts'
import { newDeviceMail } from './mails/new-device.ts'

/**
 * Sends an alert about a sign-in on a device that is not known. Not for the first sign-in, and at most once an hour. Throws
 * on an outage.
 */
export type NewDeviceAlert = (
  user: User,
  device: Device,
  session: Pick<Session, 'id' | 'createdAt'>,
) => Promise<void>

/** Seconds between two alerts, since browsers without cookies are unknown every time. */
const PAUSE = 3600

export interface NewDeviceAlertOptions {
  readonly database: Database
  readonly mail: Pick<Mail, 'sendWhere'>
}

export function createNewDeviceAlert(options: NewDeviceAlertOptions): NewDeviceAlert {
  const { database, mail } = options
  const { db, users, auditLog, outbox } = database
  const subjects = subjectsOf(newDeviceMail)

  return async (user, device, { id: sid, createdAt: at }) => {
    // Undeliverable addresses (RFC 2606, section 2), such as the doctor's test users.
    if (user.email.endsWith('.invalid')) return
    // Not based on the last sign-in, which may predate an import.
    const wasHere = sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.subject} = ${user.uuid}
      AND ${auditLog.sid} <> ${sid} AND ${auditLog.event} || '' IN ('registered', 'signed_in'))`
    const toldLately = sql`EXISTS (SELECT 1 FROM ${outbox} WHERE ${outbox.recipient} = ${user.email}
      AND ${inArray(outbox.subject, subjects)} AND ${outbox.createdAt} > ${at - PAUSE})`
    const isDue = sql`${users.uuid} = ${user.uuid} AND ${wasHere} AND NOT ${toldLately}`
    if ((await db.select({ one: sql`1` }).from(users).where(isDue)).length === 0) return
    const { userAgent, address } = device
    const letter = {
      template: newDeviceMail,
      facts: { at, userAgent, address },
      readers: [user, device],
    }
    // Locks the user's row, so that simultaneous sign-ins cause one alert.
    const lock = lockRows(database, users, eq(users.uuid, user.uuid))
    await mail.sendWhere(
      lock,
      { to: users.email, person: user.uuid, ...letter },
      sql`FROM ${users} WHERE ${isDue}`,
      at,
    )
  }
}
