import { and, desc, eq, gt, inArray, ne, type SQL, sql } from 'drizzle-orm'
import {
  type Actor,
  type Audit,
  type AuditEvent,
  factsOf,
  NO_DEVICE,
  OPERATOR,
} from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import type { Device } from '../../platform/client/device.ts'
import type { Cookies } from '../../platform/client/host-cookies.ts'
import { unixTime } from '../../platform/clock.ts'
import { isRandomToken } from '../../platform/crypto/random-id.ts'
import { assignChangedAgain, changedAgain } from '../../platform/database/changed-at.ts'
import type { Database, Statement } from '../../platform/database/database.ts'
import { lockRows } from '../../platform/database/row-locks.ts'
import type { Tokens } from '../session-tokens.ts'
import type { SessionCookies } from './session-cookies.ts'

/**
 * All ways to end sessions early. Each writes to the feed and the audit log in the same transaction; the actor is the
 * operator unless given. All throw on an outage.
 */
export interface SessionTermination {
  end(sid: string): Promise<void>
  /**
   * Ends the sessions of all tokens among these cookies, including access tokens, at sign-out and before a new
   * sign-in. Returns the ids in the authentic ones, also of sessions that had ended before.
   */
  endFrom(given: Cookies, by?: Device, event?: 'signed_out' | 'session_replaced'): Promise<readonly string[]>
  /** Ends a session of this user; `false` if it is not theirs. */
  endFor(userId: number, sid: string, by?: Actor): Promise<boolean>
  /**
   * Ends all sessions of this user but one, and sign-ins in progress start again; all devices become unknown. Returns
   * how many.
   */
  endOthers(userId: number, keepSid: string, by?: Actor): Promise<number>
  /** Ends the user's sessions unused for longest, if there are more than 100 at this second, including the kept one. */
  endSurplus(userId: number, keepSid: string, by: Device, at: number): Promise<void>
  /** Ends all sessions of this user, and sign-ins in progress start again; returns how many. */
  endAll(userId: number, by?: Actor): Promise<number>
}

/** Maximum number of a user's sessions: more than anyone's devices, few enough to publish one by one. */
export const MOST_SESSIONS = 100
/** How many are ended at once: there are more only from before the limit existed. */
const SURPLUS = 50

export interface SessionTerminationOptions {
  readonly database: Database
  readonly tokens: Tokens
  readonly cookies: SessionCookies
  readonly revocations: Pick<Revocations, 'endWhere' | 'entries' | 'publish'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

export function createSessionTermination(options: SessionTerminationOptions): SessionTermination {
  const { database, tokens, cookies, revocations, audit, now } = options
  const { db, deviceRequests, sessions, users } = database

  const subject = sql`${users.uuid}`

  const ofEach = (which: SQL | undefined) =>
    sql`FROM ${sessions} JOIN ${users} ON ${users.id} = ${sessions.userId} WHERE ${which}`

  /**
   * Ends several at once with one entry for all of them, if there are any. Sign-ins in progress start again, and the
   * kept session's tokens become stale. Devices that were allowed, and have no API token yet, get none.
   */
  async function endTogether(
    event: AuditEvent,
    userId: number,
    keepSid: string | null,
    { uuid: actor, device }: Actor,
  ): Promise<number> {
    const person = eq(users.id, userId)
    const others = keepSid === null ? undefined : ne(sessions.id, keepSid)
    const theirs = and(eq(sessions.userId, userId), others)
    const again = changedAgain(database, unixTime(now))
    // Ending all sessions must also stop sign-ins in progress. If one session is kept, only the others matter.
    const changed =
      keepSid === null ? person : sql`${person} AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${theirs})`
    const uuid = sql`(SELECT ${users.uuid} FROM ${users} WHERE ${person})`
    const details = sql`'{"sessions":' || count(*) || '}'`
    const { entries, publish } = revocations
    const results = await publish((handle) => {
      const [entry, deletion] = entries.endOfAll(handle, person, keepSid, again)
      return [
        ...lockRows(database, users, person),
        audit.step(
          { event, subject: uuid, actor, sid: keepSid, device, details },
          sql`FROM ${sessions} WHERE ${theirs} HAVING count(*) > 0`,
        ),
        sql`UPDATE ${users} SET device_epoch = device_epoch + 1 WHERE ${person}`,
        sql`DELETE FROM ${deviceRequests} WHERE ${eq(deviceRequests.userId, userId)}`,
        entry,
        ...(keepSid === null ? [] : [entries.stale(changed, again, keepSid)]),
        sql`UPDATE ${users} SET ${assignChangedAgain(database, unixTime(now))} WHERE ${changed}`,
        deletion,
      ] as Statement[]
    })
    return results.at(-1)?.length ?? 0
  }

  return {
    async end(sid) {
      await revocations.endWhere(eq(sessions.id, sid))
    },
    // All of them, so that signing out works behind any number of a sibling host's cookies. Headers end at 16 KiB.
    async endFrom(given, device = NO_DEVICE, event = 'signed_out') {
      const { access, refresh } = cookies.everIssued(given)
      const presented = await Promise.all([
        ...refresh.map(tokens.verifyRefresh),
        ...access.map(tokens.verifyAccess),
      ])
      const sids = [...new Set(presented.flatMap((claims) => (claims.ok ? [claims.value.sid] : [])))]
      if (sids.length === 0) return sids
      const which = inArray(sessions.id, sids)
      const entry = { event, subject, actor: subject, sid: sql`${sessions.id}`, device }
      await revocations.endWhere(which, [audit.step(entry, ofEach(which))])
      return sids
    },
    async endFor(userId, sid, { uuid: actor, device } = OPERATOR) {
      if (!isRandomToken(sid)) return false
      const which = and(eq(sessions.id, sid), eq(sessions.userId, userId))
      const [session] = await db.select().from(sessions).where(which)
      if (!session) return false
      const details = { session: factsOf(session) }
      const entry = { event: 'session_ended', subject, actor, sid, device, details } as const
      return (await revocations.endWhere(which, [audit.step(entry, ofEach(which))])) > 0
    },
    async endSurplus(userId, keepSid, device, at) {
      const live = gt(sessions.idleExpiresAt, at)
      const surplus = await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), live, ne(sessions.id, keepSid)))
        .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
        .limit(SURPLUS)
        .offset(MOST_SESSIONS - 1)
      if (surplus.length === 0) return
      const entries = surplus.map((session) => {
        const details = { session: factsOf(session) }
        const entry = { event: 'surplus_session_ended', subject, actor: subject, sid: session.id } as const
        return audit.step({ ...entry, device, details }, ofEach(eq(sessions.id, session.id)))
      })
      const ids = surplus.map(({ id }) => id)
      await revocations.endWhere(inArray(sessions.id, ids), entries)
    },
    endOthers: (userId, keepSid, by = OPERATOR) => endTogether('other_sessions_ended', userId, keepSid, by),
    endAll: (userId, by = OPERATOR) => endTogether('all_sessions_ended', userId, null, by),
  }
}
