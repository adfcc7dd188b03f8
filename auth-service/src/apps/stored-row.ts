import { and, type Column, eq, isNull, type SQL, sql, type Table } from 'drizzle-orm'

/** A table with one row for each app that signs users in by some protocol. */
type TableOfApps = Table & { readonly appId: Column }

/** Whether the app's stored row is still this one; `null` means that the app had no row. */
export function isStillStored<Row extends object>(
  table: TableOfApps & { readonly [Name in keyof Row]: Column },
  appId: number,
  row: Row | null,
): SQL {
  const stored = sql`SELECT 1 FROM ${table} WHERE ${eq(table.appId, appId)}`
  if (row === null) return sql`NOT EXISTS (${stored})`
  const same = Object.entries(row).map(([name, value]) => {
    const column: Column = table[name as keyof Row]
    return value === null ? isNull(column) : eq(column, value)
  })
  return sql`EXISTS (${stored} AND ${and(...same)})`
}

/** The properties that were sent. */
export const givenOf = <Input extends object>(input: Input): Partial<Input> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Partial<Input>
