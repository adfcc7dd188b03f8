import { setImmediate } from 'node:timers/promises'
import { and, gt, gte, inArray, lt, lte, sql } from 'drizzle-orm'
import type { AuditEvent } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'

const DAY = 86_400

/** How many days are shown, including today. */
export const DAYS = 30

/** The number of slices in which live sessions are counted. */
const SLICES = 12

/** How long counts are cached, in ms. */
const FRESH = 60_000

/** How long older counts are returned while new ones are computed, in ms; later requests wait. */
const USABLE = 600_000

/** The counts of one day. */
export interface DayStatistics {
  /** Its first second, in UTC. */
  readonly at: number
  readonly signIns: number
  readonly failures: number
  readonly newPeople: number
  /** Sessions that began on that day and are still alive. */
  readonly sessions: number
}

/** Statistics for the operator; oldest day first. */
export interface Statistics {
  readonly days: readonly DayStatistics[]
  readonly liveSessions: number
  readonly superusers: number
  readonly staff: number
  /** When they were counted, in seconds. */
  readonly at: number
}

interface Reading {
  /** When counting began, in ms. */
  readonly at: number
  readonly statistics: Promise<Statistics>
}

type Counted = Pick<DayStatistics, 'signIns' | 'failures' | 'newPeople'>

const COUNTED = ['signed_in', 'sign_in_failed'] as const satisfies AuditEvent[]

export interface StatisticsOptions {
  readonly config: Pick<Config, 'refreshTtl'>
  readonly database: Database
  readonly now: () => number
}

/**
 * Counts by ranges of indexes, one day at a time, so that other requests are served in between. Past days are counted
 * once, and today at most once a minute; requests during a count get the previous one.
 */
export function createStatistics({ config, database, now }: StatisticsOptions): () => Promise<Statistics> {
  const { db, auditLog, sessions, users } = database
  const past = new Map<number, Counted>()
  /** The last finished and the last started count. */
  let latest: Reading | null = null
  let newest: Reading | null = null

  const count = sql`count(*)`.mapWith(Number)

  async function countDay(at: number): Promise<Counted> {
    const events = await db
      .select({ event: auditLog.event, count })
      .from(auditLog)
      .where(and(inArray(auditLog.event, COUNTED), gte(auditLog.at, at), lt(auditLog.at, at + DAY)))
      .groupBy(auditLog.event)
    const [people] = await db
      .select({ count })
      .from(users)
      .where(and(gte(users.createdAt, at), lt(users.createdAt, at + DAY)))
    const of = (name: (typeof COUNTED)[number]) => events.find(({ event }) => event === name)?.count ?? 0
    return { signIns: of('signed_in'), failures: of('sign_in_failed'), newPeople: people?.count ?? 0 }
  }

  /** Live sessions by the day they began; counted in slices by expiry, which their index is sorted by. */
  async function countSessions(second: number): Promise<ReadonlyMap<number, number>> {
    const began = new Map<number, number>()
    const day = sql`${sessions.createdAt} / ${sql.raw(String(DAY))}`
    const slice = Math.ceil(config.refreshTtl / SLICES)
    for (let i = 0; i < SLICES; i++) {
      await setImmediate()
      const from = second + i * slice
      const rows = await db
        .select({ day: day.mapWith(Number), count })
        .from(sessions)
        .where(
          and(
            gt(sessions.idleExpiresAt, from),
            // The last slice includes sessions from earlier settings.
            i < SLICES - 1 ? lte(sessions.idleExpiresAt, from + slice) : undefined,
          ),
        )
        .groupBy(day)
      for (const row of rows) began.set(row.day * DAY, (began.get(row.day * DAY) ?? 0) + row.count)
    }
    return began
  }

  async function read(): Promise<Statistics> {
    const second = unixTime(now)
    const today = second - (second % DAY)
    const days: DayStatistics[] = []
    const began = await countSessions(second)
    for (let at = today - (DAYS - 1) * DAY; at <= today; at += DAY) {
      await setImmediate()
      const counted = past.get(at) ?? (await countDay(at))
      // A service with a slow clock may still add to yesterday.
      if (at < today - DAY) past.set(at, counted)
      days.push({ at, ...counted, sessions: began.get(at) ?? 0 })
    }
    for (const at of past.keys()) if (at < today - DAYS * DAY) past.delete(at)
    const liveSessions = [...began.values()].reduce((sum, value) => sum + value, 0)
    const [staff, superusers] = [await countPeople(sql`is_staff`), await countPeople(sql`is_superuser`)]
    return { days, liveSessions, superusers, staff, at: second }
  }

  async function countPeople(which: ReturnType<typeof sql>): Promise<number> {
    const [found] = await db.select({ count }).from(users).where(which)
    return found?.count ?? 0
  }

  function readAnew(at: number): void {
    const mine = { at, statistics: read() }
    const before = latest
    newest = mine
    mine.statistics.then(
      () => {
        latest = mine
      },
      () => {
        if (newest === mine) newest = before
      },
    )
  }

  return (): Promise<Statistics> => {
    const at = now()
    const isYounger = (than: number, it: Reading | null) => it !== null && at - it.at < than && at >= it.at
    if (!isYounger(FRESH, newest)) readAnew(at)
    const usable = isYounger(USABLE, latest) ? latest : newest
    return (usable as Reading).statistics
  }
}
