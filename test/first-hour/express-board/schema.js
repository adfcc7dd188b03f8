import { sql } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const posts = sqliteTable('posts', {
  id: integer('id').primaryKey(),
  text: text('text').notNull(),
  writtenAt: text('written_at').notNull().default(sql`CURRENT_TIMESTAMP`),
})
