import type { SQL } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { RateLimits } from './rate-limit-store.ts'
import type { Tables } from './tables/all-tables.ts'

/** The location of the database. */
export interface DatabaseSettings {
  readonly databaseUrl: string
  readonly databaseUrlDirect?: string | undefined
}

/** What the queries use: one query builder and one set of tables, for both dialects. */
export interface Queries extends Tables {
  readonly db: NodePgDatabase
}

/** A step of a transaction: a query that returns rows, or bare SQL without a result. */
export type Statement = SQL | PromiseLike<readonly object[]>

/**
 * The ids of users with all these words in their address or names, below that id, highest first. A word with less than
 * three characters must be the beginning.
 */
export type PeopleSearch = (words: readonly string[], before: number, limit: number) => SQL

/** Statements, or how to build them on the connection that runs them. */
export type Statements = readonly SQL[] | ((db: Queries['db']) => readonly Statement[])

export type Transaction = (statements: Statements) => Promise<readonly (readonly object[])[]>

export interface Database extends Queries {
  readonly dialect: 'sqlite' | 'postgres'
  /**
   * Runs the statements in one transaction: all or none. Returns the rows of each. On
   * Postgres others run at the same time: see row-locks.ts for when they must not.
   */
  readonly transaction: Transaction
  /**
   * The same for published changes: one at a time across all processes, so that ids grow in the order of commits, and
   * on disk before it returns. Then it wakes all watchers.
   */
  readonly publish: Transaction
  /** Reads a snapshot of the database, whatever is written meanwhile. One statement at a time, none that writes. */
  snapshot<Value>(read: (queries: Queries) => Promise<Value>): Promise<Value>
  /**
   * Calls back when another process may have published something, and every few seconds in any case. Returns a function
   * that stops it.
   */
  watch(wake: () => void): () => void
  readonly searchPeople: PeopleSearch
  readonly rateLimits: RateLimits
  /** Runs a trivial statement. Throws when the database does not respond. */
  ping(): Promise<void>
  close(): Promise<void>
}
