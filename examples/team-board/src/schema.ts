import { userColumns } from '@latchkey/jwt-middleware/sqlite'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Local users in the app's own table: the middleware updates its columns, `status` is the app's. */
export const people = sqliteTable('people', {
  ...userColumns(),
  /** What the user is busy with, in their own words. */
  status: text('status').notNull().default(''),
})

export const COLUMNS = ['todo', 'doing', 'done'] as const
export type Column = (typeof COLUMNS)[number]

/** Times are seconds since 1970. */
export const cards = sqliteTable('cards', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  title: text('title').notNull(),
  column: text('column', { enum: COLUMNS }).notNull().default('todo'),
  /** The user who added it; none for the initial cards. */
  personId: integer('person_id').references(() => people.id, { onDelete: 'set null' }),
  /** Latest first, in each column. */
  movedAt: integer('moved_at').notNull(),
})
