import { users } from '@latchkey/jwt-middleware/sqlite'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Each note belongs to a local user. Times are seconds since 1970. */
export const notes = sqliteTable(
  'notes',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    text: text('text').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('notes_of_user').on(table.userId, table.id)],
)
