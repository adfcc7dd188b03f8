import type { SQL } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { RateLimits } from './rate-limit-store.ts'
import type { Tables } from './tables.ts'

/** Where the database is. */
export interface DatabaseSettings {
  readonly databaseUrl: string
  readonly databaseUrlDirect?: string | undefined
}

/** What the queries are written against: one query builder and one set of tables, whatever the dialect. */
export interface Queries extends Tables {
  readonly db: NodePgDatabase
}

/** A step of a transaction: a query that returns rows, or bare SQL, whose rows nobody sees. */
export type Statement = SQL | PromiseLike<readonly object[]>

/**
 * The ids of people with all these words in their address or names, below that id, the highest first. A word shorter
 * than three characters must be the beginning of one.
 */
export type PeopleSearch = (words: readonly string[], before: number, limit: number) => SQL

export type Transaction = (
  statements: (db: Queries['db']) => readonly Statement[],
) => Promise<readonly (readonly object[])[]>

export interface Database extends Queries {
  readonly dialect: 'sqlite' | 'postgres'
  /**
   * Runs the statements, built on the connection they are given, as one transaction: all of them or none. Returns the
   * rows of each. On Postgres others run beside it: see row-locks.ts for what must not.
   */
  readonly transaction: Transaction
  /**
   * The same for what the feed tells: of all processes one at a time, so that ids grow in the order of commits, and on
   * disk before it returns. Then it wakes all who watch.
   */
  readonly publish: Transaction
  /** Reads from one moment of the database, whatever is written meanwhile. One statement at a time, none that writes. */
  snapshot<Value>(read: (queries: Queries) => Promise<Value>): Promise<Value>
  /**
   * Calls back whenever another process may have published something, and every few seconds in any case. Returns
   * what ends that.
   */
  watch(wake: () => void): () => void
  readonly searchPeople: PeopleSearch
  readonly rateLimits: RateLimits
  /** Runs a trivial statement. Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
