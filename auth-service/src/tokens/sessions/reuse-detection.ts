import type { RefreshClaims } from '@latchkey/jwt-middleware/contract'
import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import { type Audit, factsOf } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import type { Device } from '../../platform/client/device.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/open.ts'
import type { Log } from '../../platform/logging/logger.ts'
import type { Mail } from '../../platform/mail/outbox.ts'
import { tokenReuseMail } from '../mails/token-reuse.ts'

/**
 * Ends the live sessions of these tokens, which returned long after they were renewed. Each adds one audit entry and,
 * at most once an hour, one email to its user, even if several servers notice. A token newer than its session's row
 * means that the database lost data, by a power failure or a restored backup: then the session ends without an alert.
 * Throws on an outage.
 */
export type EndReused = (tokens: readonly PresentedToken[], by: Device) => Promise<void>

const EVENT = 'refresh_token_reused'

/**
 * Seconds between two emails to one user: someone who registers with a foreign address could replay their own tokens to
 * flood that inbox.
 */
const MAIL_PAUSE = 3_600

/** The question about an authentic refresh token that its session does not know. */
export type PresentedToken = Pick<RefreshClaims, 'sid' | 'iat'>

export interface ReuseDetectionOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'endWhere'>
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly log: Log
  readonly now: () => number
}

/** Handles a refresh token that returns too late (RFC 9700, section 4.14.2). */
export function createReuseDetection(options: ReuseDetectionOptions): EndReused {
  const { database, revocations, audit, mail, log, now } = options
  const { db, sessions, users, auditLog } = database

  return async (tokens, by) => {
    if (tokens.length === 0) return
    const sids = tokens.map(({ sid }) => sid)
    const at = unixTime(now)
    const stolen = await db
      .select({ session: sessions, uuid: users.uuid, language: users.language, timeZone: users.timeZone })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(and(inArray(sessions.id, sids), gt(sessions.idleExpiresAt, at)))
    for (const { session, uuid, ...reader } of stolen) {
      // Both records are written only if the session still exists: of two servers that notice, one reports it.
      const which = eq(sessions.id, session.id)
      // Only this service signs, and each renewal is stored before its token is issued, with the same time in both.
      if (tokens.some(({ sid, iat }) => sid === session.id && iat > session.rotatedAt)) {
        await revocations.endWhere(which)
        log.warn(
          { event: 'database_is_older', sid: session.id, userId: session.userId },
          'ended a session: its refresh token is newer than the database, which was restored from a backup',
        )
        continue
      }
      const stillThere = sql`FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId} WHERE ${which}`
      const entry = audit.step(
        {
          event: EVENT,
          subject: uuid,
          actor: null,
          sid: session.id,
          device: by,
          details: { session: factsOf(session) },
        },
        stillThere,
      )
      const { userAgent, address, createdAt: signedInAt } = session
      const toldLately = sql`EXISTS (SELECT 1 FROM ${auditLog} WHERE ${auditLog.subject} = ${uuid}
        AND ${auditLog.event} = ${EVENT} AND ${auditLog.at} > ${at - MAIL_PAUSE})`
      const alert = mail.step(
        {
          to: users.email,
          person: uuid,
          template: tokenReuseMail,
          facts: { userAgent, address, signedInAt, noticedAt: at },
          // The user's own preferences, since the request may be the thief's.
          readers: [reader],
        },
        sql`${stillThere} AND NOT ${toldLately}`,
      )
      if ((await revocations.endWhere(which, [alert, entry])) === 0) continue
      mail.wake()
      log.warn(
        { event: EVENT, sid: session.id, userId: session.userId },
        'ended a session: a refresh token was reused long after its renewal',
      )
    }
  }
}
