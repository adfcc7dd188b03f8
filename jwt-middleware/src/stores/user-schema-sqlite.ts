import type { BuildColumns } from 'drizzle-orm'
import { type SQLiteTableWithColumns, sqliteTable } from 'drizzle-orm/sqlite-core'
import { sqliteColumns } from './store-columns-sqlite.ts'
import { describeUsers } from './tables.ts'

/**
 * The columns of a table of local users, to spread into your own table. Times are seconds since 1970. Other columns
 * must have a default or be nullable, since the store cannot fill them.
 */
export const userColumns = () => describeUsers(sqliteColumns)

/** The table that the package ships, for joins and foreign keys. */
export const users = sqliteTable('latchkey_users', userColumns())

/** Any table with the columns of {@link userColumns}. */
export type UsersTable = SQLiteTableWithColumns<{
  name: string
  schema: string | undefined
  columns: BuildColumns<string, ReturnType<typeof userColumns>, 'sqlite'>
  dialect: 'sqlite'
}>
