import { pgSchema, pgTable } from 'drizzle-orm/pg-core'
import { postgresColumns } from './store-columns-postgres.ts'
import { describeState } from './tables.ts'

/** The middleware's state for its next start. Separate from the users, which may be in the app's own table. */
export const state = pgTable('latchkey_state', describeState(postgresColumns))

/** That table in a schema of its own. */
export const stateIn = (schema: string): typeof state =>
  pgSchema(schema).table('latchkey_state', describeState(postgresColumns)) as unknown as typeof state
