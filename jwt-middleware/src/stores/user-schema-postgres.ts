import { type BuildColumns, sql } from 'drizzle-orm'
import { bigint, boolean, type PgTableWithColumns, pgTable, text } from 'drizzle-orm/pg-core'

const seconds = (name: string) => bigint(name, { mode: 'number' })
const now = sql`(extract(epoch from now())::bigint)`

/**
 * The columns of a table of local users, to spread into your own table. Times are seconds since 1970. Other columns
 * must have a default or be nullable, since the store cannot fill them.
 */
export const userColumns = () => ({
  // 64 bits: every upsert draws a number, so that a busy app would use up 32 within two years.
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  uuid: text('uuid').notNull().unique(),
  // Not unique: addresses move between users, and the two tokens may arrive in either order.
  email: text('email').notNull().default(''),
  firstName: text('first_name').notNull().default(''),
  lastName: text('last_name').notNull().default(''),
  isStaff: boolean('is_staff').notNull().default(false),
  isSuperuser: boolean('is_superuser').notNull().default(false),
  /** Belongs to the app: no token changes it. */
  isActive: boolean('is_active').notNull().default(true),
  /** `iat` of the token that last wrote the row; -1 before the first one. */
  tokenIat: seconds('token_iat').notNull().default(-1),
  /** `user_version` of that token; 0 if it has none, as with older auth services. */
  tokenVersion: bigint('token_version', { mode: 'number' }).notNull().default(0),
  createdAt: seconds('created_at').notNull().default(now),
  updatedAt: seconds('updated_at').notNull().default(now),
})

/** The table that the package ships, for joins and foreign keys. */
export const users = pgTable('latchkey_users', userColumns())

/** Any table with the columns of {@link userColumns}. */
export type UsersTable = PgTableWithColumns<{
  name: string
  schema: string | undefined
  columns: BuildColumns<string, ReturnType<typeof userColumns>, 'pg'>
  dialect: 'pg'
}>
