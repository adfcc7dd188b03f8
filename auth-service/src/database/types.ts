import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
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
