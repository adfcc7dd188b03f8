import { BetterSQLiteSession } from 'drizzle-orm/better-sqlite3/session'
import { BaseSQLiteDatabase, SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'

/** What the databases of better-sqlite3, `node:sqlite` and `bun:sqlite` have in common. */
export interface SqliteClient {
  prepare(sql: string): SqliteStatement
  exec(sql: string): unknown
}

/** A prepared statement with positional values. */
export interface SqliteStatement {
  // biome-ignore lint/suspicious/noExplicitAny: each driver has a type of its own for values
  get(...values: any[]): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  all(...values: any[]): unknown[]
  // biome-ignore lint/suspicious/noExplicitAny: as above
  run(...values: any[]): unknown
}

/** An open database of better-sqlite3, `node:sqlite` or `bun:sqlite`, or a drizzle database around one. */
export type SqliteHandle = SqliteClient | { readonly $client: SqliteClient }

export const clientOf = (db: SqliteHandle): SqliteClient => ('$client' in db ? db.$client : db)

/** The first column of the first row; `undefined` if there is no row. */
export const firstValue = (client: SqliteClient, sql: string, ...values: unknown[]): unknown =>
  valuesOf(client.prepare(sql).get(...values))?.[0]

/** The rows of a query, by column. */
export const rowsOf = <Row>(client: SqliteClient, sql: string, ...values: unknown[]): Row[] =>
  client.prepare(sql).all(...values) as Row[]

/**
 * A drizzle database that builds and prepares statements. drizzle's own function for better-sqlite3 would load that
 * package, which an app with another driver lacks.
 */
export function drizzleAround(client: SqliteClient) {
  const dialect = new SQLiteSyncDialect()
  const session = new BetterSQLiteSession(rawClient(client) as never, dialect, undefined)
  return new BaseSQLiteDatabase('sync', dialect, session, undefined)
}

/** drizzle asks for rows as lists of values, which each driver does in its own way. */
const rawClient = (client: SqliteClient) => ({
  prepare(sql: string) {
    const statement = client.prepare(sql)
    return {
      run: (...values: unknown[]) => statement.run(...values),
      raw: () => ({
        get: (...values: unknown[]) => valuesOf(statement.get(...values)),
        all: (...values: unknown[]) => statement.all(...values).map(valuesOf),
      }),
    }
  },
})

/** bun:sqlite returns `null` where the others return `undefined`. */
const valuesOf = (row: unknown): unknown[] | undefined =>
  row === null || row === undefined ? undefined : Object.values(row)
