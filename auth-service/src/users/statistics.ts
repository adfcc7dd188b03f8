import { setImmediate } from 'node:timers/promises'
import { and, gt, gte, inArray, lt, lte, sql } from 'drizzle-orm'
import type { AuditEvent } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'

const DAY = 86_400

/** How many days are told, today included. */
export const DAYS = 30

/** In how many parts the live sessions are counted. */
const SLICES = 12

/** For how long nothing is counted anew, in ms. */
const FRESH = 60_000

/** For how long figures are given while they are counted anew, in ms; whoever asks later waits. */
const USABLE = 600_000

/** What happened on one day. */
export interface DayFigures {
  /** Its first second, in UTC. */
  readonly at: number
  readonly signIns: number
  readonly failures: number
  readonly newPeople: number
  /** Sessions that began on that day and still live. */
  readonly sessions: number
}

/** What the service does, for whoever runs it; the oldest day first. */
export interface Figures {
  readonly days: readonly DayFigures[]
  readonly liveSessions: number
  readonly superusers: number
  readonly staff: number
  /** When they were read, in seconds. */
  readonly at: number
}

interface Reading {
  /** When it began, in ms. */
  readonly at: number
  readonly figures: Promise<Figures>
}

type Counted = Pick<DayFigures, 'signIns' | 'failures' | 'newPeople'>

const COUNTED = ['signed_in', 'sign_in_failed'] as const satisfies AuditEvent[]

export interface FiguresOptions {
  readonly config: Pick<Config, 'refreshTtl'>
  readonly database: Database
  readonly now: () => number
}

/**
 * Counts by ranges of indexes, one day at a time, so that others are served in between. Days that are over are counted
 * once, and the rest at most once a minute, however many ask; who asks meanwhile gets what was counted before.
 */
export function createFigures({ config, database, now }: FiguresOptions): () => Promise<Figures> {
  const { db, auditLog, sessions, users } = database
  const past = new Map<number, Counted>()
  /** What was read last, and what was begun last. */
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

  /** How many live sessions began on each day; in slices by when they end, which is what their index goes by. */
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
            // The last one takes whatever an earlier setting left, too.
            i < SLICES - 1 ? lte(sessions.idleExpiresAt, from + slice) : undefined,
          ),
        )
        .groupBy(day)
      for (const row of rows) began.set(row.day * DAY, (began.get(row.day * DAY) ?? 0) + row.count)
    }
    return began
  }

  async function read(): Promise<Figures> {
    const second = unixTime(now)
    const today = second - (second % DAY)
    const days: DayFigures[] = []
    const began = await countSessions(second)
    for (let at = today - (DAYS - 1) * DAY; at <= today; at += DAY) {
      await setImmediate()
      const counted = past.get(at) ?? (await countDay(at))
      // Of yesterday, a clock that is behind may still tell something.
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
    const mine = { at, figures: read() }
    const before = latest
    newest = mine
    mine.figures.then(
      () => {
        latest = mine
      },
      () => {
        if (newest === mine) newest = before
      },
    )
  }

  return (): Promise<Figures> => {
    const at = now()
    const isYounger = (than: number, it: Reading | null) => it !== null && at - it.at < than && at >= it.at
    if (!isYounger(FRESH, newest)) readAnew(at)
    const usable = isYounger(USABLE, latest) ? latest : newest
    return (usable as Reading).figures
  }
}
