import { sql } from 'drizzle-orm'
import { bigint, boolean, text } from 'drizzle-orm/pg-core'

const number = (name: string) => bigint(name, { mode: 'number' })
const now = sql`(extract(epoch from now())::bigint)`

/** Column types for Postgres. */
export const postgresColumns = {
  // 64 bits: every upsert draws a number, so that a busy app would use up 32 within two years.
  id: (name: string) => number(name).primaryKey().generatedAlwaysAsIdentity(),
  key: (name: string) => text(name).primaryKey(),
  unique: (name: string) => text(name).notNull().unique(),
  text: (name: string) => text(name).notNull().default(''),
  value: (name: string) => text(name).notNull(),
  flag: (name: string, byDefault: boolean) => boolean(name).notNull().default(byDefault),
  count: (name: string, byDefault: number) => number(name).notNull().default(byDefault),
  moment: (name: string) => number(name).notNull().default(now),
}
