import type { SqliteClient } from '@latchkey/jwt-middleware/sqlite'

/** The columns of a row, by the names that the cases know. */
export const COLUMNS = `id, uuid, email, first_name AS firstName, last_name AS lastName, is_staff AS isStaff,
  is_superuser AS isSuperuser, is_active AS isActive, token_iat AS issuedAt, token_version AS version`

/** The rows of a table of local users, read and deleted with SQL alone. */
export const rowsIn = (db: SqliteClient, table = 'latchkey_users') => ({
  rows: async () => (db.prepare(`SELECT ${COLUMNS} FROM ${table} ORDER BY id`).all() as Row[]).map(withFlags),
  remove: (uuid: string) => db.prepare(`DELETE FROM ${table} WHERE uuid = ?`).run(uuid),
})

/** A row with its numbers 0 and 1 as flags. */
export const withFlags = (row: Row) => ({
  ...row,
  isStaff: row.isStaff === 1,
  isSuperuser: row.isSuperuser === 1,
  isActive: row.isActive === 1,
})

export interface Row {
  id: number
  uuid: string
  email: string
  firstName: string
  lastName: string
  isStaff: number
  isSuperuser: number
  isActive: number
  issuedAt: number
  version: number
}
