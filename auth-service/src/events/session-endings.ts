import {
  and,
  eq,
  inArray,
  isNotNull,
  isNull,
  lte,
  notExists,
  notInArray,
  or,
  type SQL,
  type SQLWrapper,
  sql,
} from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { FeedEntry } from './revocation-entries.ts'

type Table = Database['oidcSignIns'] | Database['samlSignIns']

/**
 * The sign-ins of apps that have ended with their session, or before it. A row says that its app was not told yet. Every
 * method throws on an outage.
 */
export interface SessionEndings<Ended> {
  /** Finds those of sessions that ended, by the entries of the feed or, without any, of all. */
  find(entries?: readonly FeedEntry[]): Promise<void>
  /** Takes one that is due; no other process gets it within the lease. */
  claim(): Promise<Ended | undefined>
  /** The app was told, or can't be. */
  forget(ended: Ended): Promise<void>
  /** Tries again after that time, in seconds, and all others of the app no earlier. */
  putOff(ended: Ended, pause: number): Promise<void>
}

/** How long a claim lasts, in seconds: longer than the time-out of a request, and any difference between clocks. */
const LEASE = 120

export interface SessionEndingsOptions<Signed extends Table> {
  readonly database: Database
  readonly table: Signed
  /** A query for the ids of the apps that want to hear of it. */
  readonly listening: SQLWrapper
  /** The column with the user's uuid; without one, the end of a user looks for the sessions of all. */
  readonly sub?: Database['oidcSignIns']['sub']
  readonly now: () => number
}

/** What becomes due when a sign-in ends. `at` in seconds. */
export const endedAt = (at: number) => ({ logoutDueAt: at, endedAt: at, attempts: 0 })

export function createSessionEndings<Signed extends Table>(
  options: SessionEndingsOptions<Signed>,
): SessionEndings<Signed['$inferSelect']> {
  const { database, listening, sub, now } = options
  const { db, sessions } = database
  // Both have the columns that are used here.
  const table = options.table as Database['samlSignIns']
  const { sid, appId, logoutDueAt, attempts } = table

  const isOver = notExists(db.select({ one: sql`1` }).from(sessions).where(eq(sessions.id, sid)))
  const same = (ended: Signed['$inferSelect']): SQL | undefined =>
    and(eq(sid, ended.sid), eq(appId, ended.appId), eq(attempts, ended.attempts), isNotNull(logoutDueAt))

  function within({ sids, subs }: Ends): SQL | undefined {
    if (subs.size > 0 && !sub) return undefined
    return or(inArray(sid, [...sids]), sub && inArray(sub, [...subs]))
  }

  return {
    async find(entries) {
      const which = entries && endsIn(entries)
      if (entries && which === null) return
      const ended = and(which ? within(which) : undefined, isNull(table.endedAt), isOver)
      await db
        .update(table)
        .set(endedAt(unixTime(now)))
        .where(and(ended, inArray(appId, listening)))
      // Without those apps: a session may end between the two statements.
      await db.delete(table).where(and(ended, notInArray(appId, listening)))
    },
    async claim() {
      const at = unixTime(now)
      const skipTaken = database.dialect === 'postgres' ? sql`FOR UPDATE SKIP LOCKED` : sql``
      const next = sql`(SELECT ${sid}, ${appId} FROM ${table} WHERE ${lte(logoutDueAt, at)}
        ORDER BY ${logoutDueAt}, ${sid}, ${appId} LIMIT 1 ${skipTaken})`
      const [row] = await db
        .update(table)
        .set({ logoutDueAt: at + LEASE, attempts: sql`${attempts} + 1` })
        // Not IN: Postgres may run that subquery once per row, and claim one with each.
        .where(and(sql`(${sid}, ${appId}) = ${next}`, lte(logoutDueAt, at)))
        .returning()
      return row as Signed['$inferSelect'] | undefined
    },
    async forget(ended) {
      await db.delete(table).where(same(ended))
    },
    async putOff(ended, pause) {
      const at = unixTime(now)
      await db
        .update(table)
        .set({ logoutDueAt: at + pause })
        .where(same(ended))
      await db
        .update(table)
        .set({ logoutDueAt: at + pause })
        .where(and(eq(appId, ended.appId), lte(logoutDueAt, at)))
    },
  }
}

interface Ends {
  readonly sids: ReadonlySet<string>
  readonly subs: ReadonlySet<string>
}

/** The sessions and users whose sessions these entries end; `null` for entries about anything else. */
function endsIn(entries: readonly FeedEntry[]): Ends | null {
  const sids = new Set<string>()
  const subs = new Set<string>()
  for (const entry of entries) {
    if ('sid' in entry && !('before' in entry)) sids.add(entry.sid)
    if ('sub' in entry && !('tokens' in entry)) subs.add(entry.sub)
  }
  return sids.size + subs.size === 0 ? null : { sids, subs }
}
