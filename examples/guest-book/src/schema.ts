import { users } from '@latchkey/jwt-middleware/sqlite'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Each entry belongs to a local user. Times are seconds since 1970. */
export const entries = sqliteTable('entries', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  userId: integer('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  text: text('text').notNull(),
  createdAt: integer('created_at').notNull(),
})
