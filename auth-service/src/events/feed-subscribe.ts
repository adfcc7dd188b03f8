import { and, asc, desc, gt, lte, sql } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/database.ts'
import type { Log } from '../platform/logging/logger.ts'
import { createSingleFlight } from '../platform/process/single-flight.ts'
import { entryOf, type FeedEntry } from './revocation-entries.ts'

/** The live entries after an id, ascending, and the highest id. */
export interface Backlog {
  readonly last: number
  readonly entries: readonly FeedEntry[]
}

/**
 * Called with entries of any process as they arrive: each that is published after the subscription, and perhaps earlier
 * ones. Subscribe before you read what the entries are about. A batch contains all entries with ids above `after`; after
 * a database was restored and ids began again, `after` is Infinity.
 */
export type RevocationListener = (entries: readonly FeedEntry[], after: number) => void

/** Reads the feed. */
export interface FeedSubscriptions {
  /**
   * The live entries with higher ids, at most `limit`; all entries for an id higher than any here, which comes from a
   * replaced database.
   */
  since(id: number, limit?: number): Promise<Backlog>
  /** Returns a function that unsubscribes. `ended` is called when the service stops. */
  subscribe(listener: RevocationListener, ended?: () => void): () => void
  /** Whether the last read of the database succeeded; if not, a stream must not pretend to be live. */
  hears(): boolean
  /** Wakes the subscribers after something was published. */
  wake(): void
  /** Ends all subscriptions. Later entries are stored, and other services deliver them. */
  close(): Promise<void>
}

export interface FeedSubscriptionsOptions {
  readonly database: Database
  readonly log: Log
  readonly now: () => number
}

export function createFeedSubscriptions({ database, log, now }: FeedSubscriptionsOptions): FeedSubscriptions {
  const reading = prepareReading(database)

  async function since(id: number, limit = Number.MAX_SAFE_INTEGER): Promise<Backlog> {
    // Read first: entries added in between have higher ids, and follow in the next read.
    const [newest] = await reading.last.execute()
    const last = newest?.id ?? 0
    if (last === id) return { last, entries: [] }
    const rows = await reading.after.execute({
      id: last < id ? 0 : id,
      last,
      now: unixTime(now),
      limit,
    })
    return { last, entries: rows.map(entryOf) }
  }

  const listeners = new Map<RevocationListener, () => void>()
  let closed = false
  let unwatch = () => {}
  let position = 0
  let hearing = true
  const round = createSingleFlight(() =>
    look().catch((error) => {
      if (hearing)
        log.warn(
          { err: error },
          'could not read the revocations; the streams send no heartbeat until that works',
        )
      hearing = false
    }),
  )

  async function look(): Promise<void> {
    if (listeners.size === 0) return
    const after = position
    const { last, entries } = await since(after)
    hearing = true
    if (position !== after) {
      // All left during this read, and a new one came: it begins anew.
      round.wake()
      return
    }
    position = last
    const begunAnew = last < after
    if (entries.length === 0 && !begunAnew) return
    for (const listener of listeners.keys()) listener(entries, begunAnew ? Number.POSITIVE_INFINITY : after)
  }

  function unsubscribe(listener: RevocationListener): void {
    if (!listeners.delete(listener) || listeners.size > 0) return
    unwatch()
    unwatch = () => {}
  }

  return {
    since,
    subscribe(listener, ended = () => {}) {
      if (closed) {
        ended()
        return () => {}
      }
      listeners.set(listener, ended)
      if (listeners.size === 1) {
        position = 0
        unwatch = database.watch(round.wake)
      }
      return () => unsubscribe(listener)
    },
    hears: () => hearing,
    wake: round.wake,
    async close() {
      closed = true
      for (const [listener, ended] of [...listeners]) {
        unsubscribe(listener)
        ended()
      }
      await round.landed()
    },
  }
}

/** Compiled once, since SQLite is polled four times a second. */
function prepareReading({ db, revocations }: Database) {
  const value = sql.placeholder
  return {
    last: db
      .select({ id: revocations.id })
      .from(revocations)
      .orderBy(desc(revocations.id))
      .limit(1)
      .prepare('latchkey_revocations_last'),
    after: db
      .select()
      .from(revocations)
      .where(
        and(
          gt(revocations.id, value('id')),
          lte(revocations.id, value('last')),
          gt(revocations.exp, value('now')),
        ),
      )
      .orderBy(asc(revocations.id))
      .limit(value('limit'))
      .prepare('latchkey_revocations_after'),
  }
}
