import { pgTable, text } from 'drizzle-orm/pg-core'

/** The middleware's state for its next start. Separate from the users, which may be in the app's own table. */
export const state = pgTable('latchkey_state', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})
