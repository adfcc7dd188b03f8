import { and, eq, inArray, isNotNull, isNull, lte, notExists, or, type SQL, sql } from 'drizzle-orm'
import type { FeedEntry } from '../events/revocation-entries.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database, Statement } from '../platform/database/database.ts'
import type { User } from '../users/users.ts'

/** A sign-in of an app that has ended, and that the app is to hear of. */
export type EndedSignIn = Database['oidcSignIns']['$inferSelect']

/**
 * The sign-ins of apps that have ended with their session, or before it. A row says that its app was not told yet. Every
 * method throws on an outage.
 */
export interface EndedSignIns {
  /** Finds those of sessions that ended, by the entries of the feed or, without any, of all. */
  find(entries?: readonly FeedEntry[]): Promise<void>
  /** Ends the user's sign-ins to an app, with their tokens, within a transaction; their sessions go on. */
  endOf(handle: Database['db'], user: Pick<User, 'id' | 'uuid'>, appId: number): readonly Statement[]
  /** Takes one that is due; no other process gets it within the lease. */
  claim(): Promise<EndedSignIn | undefined>
  /** The app was told, or can't be. */
  forget(ended: EndedSignIn): Promise<void>
  /** Tries again after that time, in seconds, and all others of the app no earlier. */
  putOff(ended: EndedSignIn, pause: number): Promise<void>
}

/** How long a claim lasts, in seconds: longer than the time-out of a request, and any difference between clocks. */
const LEASE = 120

export interface EndedSignInsOptions {
  readonly database: Database
  readonly now: () => number
}

export function createEndedSignIns({ database, now }: EndedSignInsOptions): EndedSignIns {
  const { db, deviceRequests, oidcClients, oidcRecords, oidcSignIns, sessions } = database
  const { sid, appId, sub, logoutDueAt, endedAt, attempts } = oidcSignIns

  const isOver = notExists(db.select({ one: sql`1` }).from(sessions).where(eq(sessions.id, sid)))
  /** Whether the app wants to hear of it. */
  const listening = db
    .select({ id: oidcClients.appId })
    .from(oidcClients)
    .where(isNotNull(oidcClients.backChannelLogoutUri))

  const due = () => ({ logoutDueAt: unixTime(now), endedAt: unixTime(now), attempts: 0 })
  const same = (ended: EndedSignIn): SQL | undefined =>
    and(eq(sid, ended.sid), eq(appId, ended.appId), eq(attempts, ended.attempts), isNotNull(logoutDueAt))

  return {
    async find(entries) {
      const which = entries && ofEntries(entries)
      if (entries && which === null) return
      const condition = which ? or(inArray(sid, [...which.sids]), inArray(sub, [...which.subs])) : undefined
      const ended = and(condition, isNull(endedAt), isOver)
      await db
        .update(oidcSignIns)
        .set(due())
        .where(and(ended, inArray(appId, listening)))
      await db.delete(oidcSignIns).where(ended)
    },
    endOf(handle, user, app) {
      const theirs = handle.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, user.id))
      const which = and(eq(sub, user.uuid), eq(appId, app), isNull(endedAt))
      return [
        handle
          .delete(oidcRecords)
          .where(and(eq(oidcRecords.appId, app), inArray(oidcRecords.sid, theirs)))
          .returning({ model: oidcRecords.model }),
        handle
          .update(oidcSignIns)
          .set({ ...due(), grantId: null })
          .where(and(which, inArray(appId, listening)))
          .returning({ sid }),
        handle.delete(oidcSignIns).where(which).returning({ sid }),
        // Those of its devices, which have no other use.
        handle
          .delete(sessions)
          .where(and(eq(sessions.userId, user.id), eq(sessions.deviceAppId, app)))
          .returning({ id: sessions.id }),
        handle
          .delete(deviceRequests)
          .where(
            and(
              eq(deviceRequests.userId, user.id),
              eq(deviceRequests.clientAppId, app),
              isNotNull(deviceRequests.oidc),
            ),
          )
          .returning({ hash: deviceRequests.hash }),
      ]
    },
    async claim() {
      const at = unixTime(now)
      const skipTaken = database.dialect === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``
      const next = sql`(SELECT ${sid}, ${appId} FROM ${oidcSignIns} WHERE ${lte(logoutDueAt, at)}
        ORDER BY ${logoutDueAt}, ${sid}, ${appId} LIMIT 1 ${skipTaken})`
      const [row] = await db
        .update(oidcSignIns)
        .set({ logoutDueAt: at + LEASE, attempts: sql`${attempts} + 1` })
        .where(and(sql`(${sid}, ${appId}) IN ${next}`, lte(logoutDueAt, at)))
        .returning()
      return row
    },
    async forget(ended) {
      await db.delete(oidcSignIns).where(same(ended))
    },
    async putOff(ended, pause) {
      const at = unixTime(now)
      await db
        .update(oidcSignIns)
        .set({ logoutDueAt: at + pause })
        .where(same(ended))
      await db
        .update(oidcSignIns)
        .set({ logoutDueAt: at + pause })
        .where(and(eq(appId, ended.appId), lte(logoutDueAt, at)))
    },
  }
}

/** The sessions and users whose sessions these entries end; `null` for entries about anything else. */
function ofEntries(entries: readonly FeedEntry[]) {
  const sids = new Set<string>()
  const subs = new Set<string>()
  for (const entry of entries) {
    if ('sid' in entry && !('before' in entry)) sids.add(entry.sid)
    if ('sub' in entry && !('tokens' in entry)) subs.add(entry.sub)
  }
  return sids.size + subs.size === 0 ? null : { sids, subs }
}
