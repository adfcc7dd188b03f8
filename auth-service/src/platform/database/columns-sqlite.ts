import {
  index,
  integer,
  primaryKey,
  type SQLiteColumn,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { PostgresColumns } from './columns-postgres.ts'

const number = (name: string) => integer(name)

const columns = {
  table: sqliteTable,
  // Ids are never reused.
  id: (name: string) => number(name).primaryKey({ autoIncrement: true }),
  ref: (name: string, to: () => SQLiteColumn) =>
    number(name).notNull().references(to, { onDelete: 'cascade' }),
  refOrNone: (name: string, to: () => SQLiteColumn) => number(name).references(to, { onDelete: 'cascade' }),
  textRefOrNone: (name: string, to: () => SQLiteColumn) => text(name).references(to, { onDelete: 'cascade' }),
  seconds: number,
  number,
  small: number,
  bool: (name: string) => integer(name, { mode: 'boolean' }),
  text,
  index,
  uniqueIndex,
  primaryKey,
} satisfies Record<keyof PostgresColumns, unknown>

/** Column types for SQLite. Cast, since the builders of both dialects have the methods that the tables use. */
export const sqliteColumns = columns as unknown as PostgresColumns
