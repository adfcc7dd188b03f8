import { sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** What the middleware keeps for its next start. Ships apart from the users: those may be in a table of the app's own. */
export const state = sqliteTable('latchkey_state', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})
