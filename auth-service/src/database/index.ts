import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Log } from '../log.ts'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type * as tables from './schema-postgres.ts'

/** What the queries are written against: one query builder and one set of tables, whatever the dialect. */
export interface Queries {
  readonly db: NodePgDatabase
  readonly users: typeof tables.users
  readonly sessions: typeof tables.sessions
  readonly signingKeys: typeof tables.signingKeys
}

export interface Database extends Queries {
  readonly dialect: 'sqlite' | 'postgres'
  /** Runs a trivial statement. Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export const isPostgresUrl = (url: string): boolean => /^postgres(ql)?:\/\//.test(url)

/** Opens the database that DATABASE_URL names and brings its tables up to date. */
export const openDatabase = (url: string, log: Log): Promise<Database> =>
  isPostgresUrl(url) ? openPostgres(url, log) : openSqlite(url)
