import { getTableColumns, type Table } from 'drizzle-orm'
import { LatchkeyError, refuseInvalidOptions } from '../contract/errors.ts'
import { sqliteCode } from './sqlite-code.ts'

/** Rejects a table with columns of the app's own that the store cannot fill. */
export function refuseUnfitTable(caller: string, table: Table, shipped: Table): void {
  const known = getTableColumns(shipped)
  const unfit = Object.entries(getTableColumns(table)).filter(
    ([name, column]) => !(name in known) && column.notNull && !column.hasDefault && !column.generated,
  )
  refuseInvalidOptions(
    caller,
    unfit.map(
      ([name]) => `The column "${name}" needs a default or must be nullable: tokens contain no value for it.`,
    ),
  )
}

/** Converts a driver's error into an outage of the store, without the values in drizzle's message. */
export function unavailable(error: unknown, table = 'table of local users'): LatchkeyError {
  if (error instanceof LatchkeyError) return error
  const cause = isQueryError(error) ? error.cause : error
  const reason = cause instanceof Error ? cause.message : String(cause)
  const code = sqliteCode(cause) ?? (cause as { code?: unknown } | undefined)?.code
  const [, remedy] = REMEDIES.find(([codes]) => typeof code === 'string' && codes.test(code)) ?? []
  const message = `The app's ${table} can't be used: ${reason}`
  return new LatchkeyError('store_unavailable', remedy ? `${message}. ${remedy}` : message, { cause })
}

/** drizzle's error of a failed query, known by its fields: releases before 0.44.4 do not export its class. */
const isQueryError = (error: unknown): error is Error =>
  error instanceof Error && 'query' in error && 'params' in error

const OWN_SCHEMA =
  'Create a schema for the user: CREATE SCHEMA app AUTHORIZATION app_user; ALTER ROLE app_user SET search_path = app'

/** By code: SQLSTATE (Postgres, appendix A), SQLite, or the system. */
const REMEDIES: readonly (readonly [code: RegExp, remedy: string])[] = [
  [/^42501$/, `Make the app's user the owner of the tables and their schema. ${OWN_SCHEMA}`],
  [/^3F000$/, OWN_SCHEMA],
  [/^25006$/, 'This database is read-only: connect to the primary, and check default_transaction_read_only'],
  [/^SQLITE_READONLY/, "Give the app's user write access to the file and its folder"],
  [/^(SQLITE_FULL|53100)/, 'Free space on the disk of the database'],
  [/^SQLITE_NOTADB/, 'Open a SQLite database: this file is not one'],
]
