import { getTableColumns, getTableName, type Table } from 'drizzle-orm'

/** Where drizzle keeps the columns that it writes. */
const COLUMNS = Symbol.for('drizzle:Columns')

/** The table without `token_version`, which the app's own one does not have yet. */
export function withoutVersions<Own extends Table>(table: Own): Own {
  const { tokenVersion: _, ...columns } = getTableColumns(table)
  return Object.assign(Object.create(Object.getPrototypeOf(table)), table, { [COLUMNS]: columns })
}

/** Logs that the app works without it, and the consequences. */
export function warnOfMissingVersions(table: Table): void {
  process.emitWarning(
    `The table ${getTableName(table)} has no column token_version. Add it with userColumns() and a migration: ` +
      'until then, when a user changes twice within one second, the table may keep the first change for some minutes.',
    { code: 'LATCHKEY_TOKEN_VERSION' },
  )
}
