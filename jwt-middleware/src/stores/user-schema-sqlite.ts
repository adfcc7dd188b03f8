import { type BuildColumns, sql } from 'drizzle-orm'
import { integer, type SQLiteTableWithColumns, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const now = sql`(unixepoch())`

/**
 * The columns of a table of local users, to spread into your own table. Times are seconds since 1970. Other columns
 * must have a default or be nullable, since the store cannot fill them.
 */
export const userColumns = () => ({
  // AUTOINCREMENT: a deleted user's id must not pass to the next one, with everything that still refers to it.
  id: integer('id').primaryKey({ autoIncrement: true }),
  uuid: text('uuid').notNull().unique(),
  // Not unique: addresses move between users, and the two tokens may arrive in either order.
  email: text('email').notNull().default(''),
  firstName: text('first_name').notNull().default(''),
  lastName: text('last_name').notNull().default(''),
  isStaff: integer('is_staff', { mode: 'boolean' }).notNull().default(false),
  isSuperuser: integer('is_superuser', { mode: 'boolean' }).notNull().default(false),
  /** Belongs to the app: no token changes it. */
  isActive: integer('is_active', { mode: 'boolean' }).notNull().default(true),
  /** `iat` of the token that last wrote the row; -1 before the first one. */
  tokenIat: integer('token_iat').notNull().default(-1),
  /** `user_version` of that token; 0 if it has none, as with older auth services. */
  tokenVersion: integer('token_version').notNull().default(0),
  createdAt: integer('created_at').notNull().default(now),
  updatedAt: integer('updated_at').notNull().default(now),
})

/** The table that the package ships, for joins and foreign keys. */
export const users = sqliteTable('latchkey_users', userColumns())

/** Any table with the columns of {@link userColumns}. */
export type UsersTable = SQLiteTableWithColumns<{
  name: string
  schema: string | undefined
  columns: BuildColumns<string, ReturnType<typeof userColumns>, 'sqlite'>
  dialect: 'sqlite'
}>
