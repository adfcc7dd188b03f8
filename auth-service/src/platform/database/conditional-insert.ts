import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Database } from './database.ts'

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
  const cells: Readonly<Record<string, unknown>> = row
  const values = Object.entries(getTableColumns(table)).map(
    ([name, column]) => sql`${sql.param(cells[name], column)}`,
  )
  // Postgres would use the user's state before an uncommitted change; SQLite has one writer.
  const lock = dialect === 'postgres' ? sql`FOR SHARE` : sql``
  const inserted = await db
    .insert(table)
    .select(sql`SELECT ${sql.join(values, sql`, `)} FROM ${users} WHERE ${which} ${lock}`)
    .returning({ one: sql`1` })
  return inserted.length > 0
}
