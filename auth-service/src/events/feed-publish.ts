import type { PublicJwk } from '@latchkey/jwt-middleware/contract'
import { and, isNotNull, lt, lte, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Database, Statement, Transaction } from '../platform/database/database.ts'
import type { FeedEntries } from './revocation-entries.ts'

/** Changes of the signing keys for apps: a removed key, and new ones, but only those that were stored. */
export interface KeyNews {
  readonly removed?: string
  readonly published?: readonly PublicJwk[]
}

/** Everything that ends before its time; apps hear of it within a second. Every method throws on an outage. */
export interface FeedPublisher {
  /** The entries, for transactions that publish them with other changes. */
  readonly entries: FeedEntries
  /** See Database.publish; subscribers in this process hear of it at once. */
  readonly publish: Transaction
  /**
   * Ends all matching sessions; returns how many. Rows are deleted and published together. `also` runs first, in the
   * same transaction.
   */
  endWhere(which: SQL | undefined, also?: readonly SQL[]): Promise<number>
  /** Changes the signing keys and publishes it in the same transaction; returns each statement's rows. */
  changeKeys(
    news: KeyNews,
    change?: (db: Database['db']) => readonly Statement[],
  ): Promise<readonly (readonly object[])[]>
  /** Deletes expired entries; returns how many. */
  deleteExpired(): Promise<number>
}

export interface FeedPublisherOptions {
  readonly database: Database
  readonly entries: FeedEntries
  /** Wakes the subscribers in this process. */
  readonly wake: () => void
  readonly now: () => number
}

export function createFeedPublisher({ database, entries, wake, now }: FeedPublisherOptions): FeedPublisher {
  const { db, revocations, signingKeys } = database

  const publish: Transaction = async (statements) => {
    const results = await database.publish(statements)
    wake()
    return results
  }

  return {
    entries,
    publish,
    async endWhere(which, also = []) {
      const results = await publish((handle) => [...also, ...entries.endOfSessions(handle, which)])
      return results.at(-1)?.length ?? 0
    },
    changeKeys: ({ removed, published = [] }, change = () => []) =>
      publish((handle) => [
        ...change(handle),
        ...(removed === undefined ? [] : [entries.keyRemoved(removed)]),
        ...published.map(entries.keyPublished),
      ]),
    async deleteExpired() {
      // Keeps the newest entry, which records the highest id.
      const newest = db.select({ id: sql`max(${revocations.id})` }).from(revocations)
      const kids = db.select({ kid: signingKeys.kid }).from(signingKeys)
      const outdated = and(isNotNull(revocations.jwk), notInArray(revocations.kid, kids))
      const dead = or(lte(revocations.exp, unixTime(now)), outdated)
      const deleted = await db
        .delete(revocations)
        .where(and(dead, lt(revocations.id, sql`(${newest})`)))
        .returning({ id: revocations.id })
      return deleted.length
    },
  }
}
