import { userColumns } from '@latchkey/jwt-middleware/sqlite'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Local users in a table of our own: the middleware keeps its columns in step, `status` is ours. */
export const people = sqliteTable('people', {
  ...userColumns(),
  /** What the person is busy with, in their own words. */
  status: text('status').notNull().default(''),
})

export const COLUMNS = ['todo', 'doing', 'done'] as const
export type Column = (typeof COLUMNS)[number]

/** Times are seconds since 1970. */
export const cards = sqliteTable('cards', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  title: text('title').notNull(),
  column: text('column', { enum: COLUMNS }).notNull().default('todo'),
  /** Who added it; nobody, for the cards that were there first. */
  personId: integer('person_id').references(() => people.id, { onDelete: 'set null' }),
  /** The latest first, in each column. */
  movedAt: integer('moved_at').notNull(),
})
