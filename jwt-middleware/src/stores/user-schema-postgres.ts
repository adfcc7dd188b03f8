import type { BuildColumns } from 'drizzle-orm'
import { type PgTableWithColumns, pgSchema, pgTable } from 'drizzle-orm/pg-core'
import { postgresColumns } from './store-columns-postgres.ts'
import { describeUsers } from './tables.ts'

/**
 * The columns of a table of local users, to spread into your own table. Times are seconds since 1970. Other columns
 * must have a default or be nullable, since the store cannot fill them.
 */
export const userColumns = () => describeUsers(postgresColumns)

/** The table that the package ships, for joins and foreign keys. */
export const users = pgTable('latchkey_users', userColumns())

/**
 * That table in a schema of its own, as with the option `schema` of `postgresUsers`:
 * `const users = usersIn('latchkey')`.
 */
export const usersIn = (schema: string): typeof users =>
  pgSchema(schema).table('latchkey_users', userColumns()) as unknown as typeof users

/** Any table with the columns of {@link userColumns}. */
export type UsersTable = PgTableWithColumns<{
  name: string
  schema: string | undefined
  columns: BuildColumns<string, ReturnType<typeof userColumns>, 'pg'>
  dialect: 'pg'
}>
