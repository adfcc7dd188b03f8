import {
  bigint,
  boolean,
  index,
  integer,
  type PgColumn,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'

const number = (name: string) => bigint(name, { mode: 'number' })

/** What tables are made of on Postgres. */
export const postgresColumns = {
  table: pgTable,
  /** Given by the database. */
  id: (name: string) => number(name).primaryKey().generatedByDefaultAsIdentity(),
  /** The id of a row without which this one makes no sense: it is deleted with it. */
  ref: (name: string, to: () => PgColumn) => number(name).notNull().references(to, { onDelete: 'cascade' }),
  seconds: number,
  number,
  /** Of 32 bits. */
  small: (name: string) => integer(name),
  bool: (name: string) => boolean(name),
  text,
  index,
  uniqueIndex,
  primaryKey,
}

export type PostgresColumns = typeof postgresColumns
