import { DrizzleQueryError, getTableColumns, type Table } from 'drizzle-orm'
import { LatchkeyError, refuseInvalidOptions } from '../errors.ts'

/** Refuses a table with columns of the app's own that the store could not fill. */
export function refuseUnfitTable(caller: string, table: Table, shipped: Table): void {
  const known = getTableColumns(shipped)
  const unfit = Object.entries(getTableColumns(table)).filter(
    ([name, column]) => !(name in known) && column.notNull && !column.hasDefault && !column.generated,
  )
  refuseInvalidOptions(
    caller,
    unfit.map(
      ([name]) => `The column "${name}" needs a default or must be nullable: no token says what it holds.`,
    ),
  )
}

/** A driver's error as an outage of the store, without the values that drizzle's own message repeats. */
export function unavailable(error: unknown, table = 'table of local users'): LatchkeyError {
  const cause = error instanceof DrizzleQueryError ? error.cause : error
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LatchkeyError('store_unavailable', `The app's ${table} can't be used: ${reason}`, {
    cause,
  })
}
