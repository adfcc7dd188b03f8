import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The middleware's state for its next start. Separate from the users, which may be in the app's own table. */
export const state = sqliteTable('latchkey_state', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})
