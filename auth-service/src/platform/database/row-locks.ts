import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './database.ts'

/**
 * The first step of a transaction that depends on these rows: they do not change until it ends, so that all its steps
 * see the same. `SHARE`: other transactions may depend on them at the same time. Rows are locked in the order of their
 * ids, so that no two transactions wait for each other. SQLite has one writer, and needs none of this.
 */
export const lockRows = (
  { dialect }: Pick<Database, 'dialect'>,
  table: PgTable & { readonly id: AnyPgColumn },
  which: SQL | undefined,
  strength: 'NO KEY UPDATE' | 'SHARE' = 'NO KEY UPDATE',
): SQL[] =>
  dialect === 'postgres'
    ? [sql`SELECT 1 FROM ${table} WHERE ${which} ORDER BY ${table.id} FOR ${sql.raw(strength)}`]
    : []

/** The same for rows that do not exist yet: nothing else writes to the table, while all may read it. */
export const lockTable = ({ dialect }: Pick<Database, 'dialect'>, table: PgTable): SQL[] =>
  dialect === 'postgres' ? [sql`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`] : []

/**
 * Inserts a row if a user matches `which`, in one statement; returns whether it did. It waits for a running change of
 * that user, and a later change sees the row.
 */
export async function insertIf<Table extends PgTable>(
  { db, users, dialect }: Pick<Database, 'db' | 'users' | 'dialect'>,
  table: Table,
  row: Table['$inferSelect'],
  which: SQL | undefined,
): Promise<boolean> {
  // Postgres would use the user's state before an uncommitted change; SQLite has one writer.
  const lock = dialect === 'postgres' ? sql`FOR SHARE` : sql``
  const inserted = await db
    .insert(table)
    .select(sql`SELECT ${cellsOf(table, row)} FROM ${users} WHERE ${which} ${lock}`)
    .returning({ one: sql`1` })
  return inserted.length > 0
}

/**
 * Selects a new row of the table while the session exists, for `insert().select()`: it may have ended since it was read,
 * and then the row would belong to nothing. A session that is about to end waits for the insertion.
 */
export function rowOfSession<Table extends PgTable>(
  { sessions, dialect }: Pick<Database, 'sessions' | 'dialect'>,
  table: Table,
  row: Table['$inferSelect'],
  sid: string,
): SQL {
  const lock = dialect === 'postgres' ? sql`FOR KEY SHARE` : sql``
  return sql`SELECT ${cellsOf(table, row)} FROM ${sessions} WHERE ${eq(sessions.id, sid)} ${lock}`
}

/** The values of a row, in the order of the table's columns. */
export function cellsOf<Table extends PgTable>(table: Table, row: Table['$inferSelect']): SQL {
  const cells: Readonly<Record<string, unknown>> = row
  const values = Object.entries(getTableColumns(table)).map(
    ([name, column]) => sql`${sql.param(cells[name], column)}`,
  )
  return sql.join(values, sql`, `)
}
