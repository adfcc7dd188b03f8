import { sqliteTable } from 'drizzle-orm/sqlite-core'
import { sqliteColumns } from './store-columns-sqlite.ts'
import { describeState } from './tables.ts'

/** The middleware's state for its next start. Separate from the users, which may be in the app's own table. */
export const state = sqliteTable('latchkey_state', describeState(sqliteColumns))
