import { pgTable } from 'drizzle-orm/pg-core'
import { postgresColumns } from './columns-postgres.ts'
import { describeState } from './tables.ts'

/** The middleware's state for its next start. Separate from the users, which may be in the app's own table. */
export const state = pgTable('latchkey_state', describeState(postgresColumns))
