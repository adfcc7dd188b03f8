import { sql } from 'drizzle-orm'
import { integer, text } from 'drizzle-orm/sqlite-core'

const now = sql`(unixepoch())`

/** Column types for SQLite. */
export const sqliteColumns = {
  // AUTOINCREMENT: a deleted user's id must not pass to the next one, with everything that still refers to it.
  id: (name: string) => integer(name).primaryKey({ autoIncrement: true }),
  key: (name: string) => text(name).primaryKey(),
  unique: (name: string) => text(name).notNull().unique(),
  text: (name: string) => text(name).notNull().default(''),
  value: (name: string) => text(name).notNull(),
  flag: (name: string, byDefault: boolean) => integer(name, { mode: 'boolean' }).notNull().default(byDefault),
  count: (name: string, byDefault: number) => integer(name).notNull().default(byDefault),
  moment: (name: string) => integer(name).notNull().default(now),
}
