import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import { refuseUnknownOptions } from '../contract/errors.ts'
import type { LocalUser, UserStore } from '../users/store.ts'
import { migratePostgres } from './migrate-postgres.ts'
import { once } from './once.ts'
import { refuseUnfitTable, unavailable } from './refusals.ts'
import { retryLostRaces } from './retry.ts'
import { postgresState } from './state-postgres.ts'
import { prepareStatements, rowOf } from './statements.ts'
import { type UsersTable, users } from './user-schema-postgres.ts'
import { warnOfMissingVersions, withoutVersions } from './without-versions.ts'

export { findMigrationsSchema, migratePostgres } from './migrate-postgres.ts'
export type { MigrationOptions } from './migrate-sqlite.ts'
export { retryLostRaces } from './retry.ts'
export { state } from './state-schema-postgres.ts'
export { type UsersTable, userColumns, users } from './user-schema-postgres.ts'

export interface PostgresUsersOptions {
  /**
   * Your own table with the columns of `userColumns()`; you also migrate it before the store is used. Default: the
   * shipped table `latchkey_users`, which the store creates and migrates at its first use.
   */
  readonly table?: UsersTable | undefined
}

/**
 * A pool of `pg`, or a drizzle database around one. Give the pool an `error` listener, as any app must: without one
 * the process ends when the database closes an idle connection.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever schema the app gave to its drizzle database
export type PostgresHandle = Pool | (NodePgDatabase<any> & { $client: Pool })

/**
 * Local users in Postgres with pg. Rejects with LatchkeyError `store_unavailable` when the database can't be read or
 * written.
 */
export function postgresUsers(db: PostgresHandle, options: PostgresUsersOptions = {}): UserStore {
  refuseUnknownOptions('postgresUsers', options, ['table'])
  const pool = '$client' in db ? db.$client : db
  const table = options.table ?? users
  refuseUnfitTable('postgresUsers', table, users)
  const queries = drizzle(pool)
  let statements = prepareStatements(queries, table)
  const ready = once(async () => {
    if (options.table === undefined) return migratePostgres(pool, SHIPPED)
    if (await hasVersions(queries, table)) return
    warnOfMissingVersions(table)
    statements = prepareStatements(queries, withoutVersions(table), { versions: false })
  })

  async function first(
    verb: keyof typeof statements,
    values: Record<string, unknown>,
  ): Promise<LocalUser | undefined> {
    try {
      await ready()
      const [row] = await retryLostRaces(() => (statements[verb] as Statement).execute(values))
      return row
    } catch (error) {
      throw unavailable(error)
    }
  }

  return {
    async sync(identity, provisioning) {
      const row = rowOf(identity)
      // Nothing is written if the row is as new or newer; it may also have been deleted by now.
      const local =
        provisioning === 'create'
          ? ((await first('create', row)) ?? (await first('find', row)) ?? (await first('create', row)))
          : ((await first('update', row)) ?? (await first('find', row)))
      return local ?? null
    },
    register: async (uuid) =>
      ((await first('register', { uuid })) ?? (await first('find', { uuid }))) as LocalUser,
    setActive: async (uuid, isActive) => (await first('setActive', { uuid, isActive })) !== undefined,
    ...postgresState(pool),
  }
}

const UNDEFINED_COLUMN = '42703'

/** An app may update this package before it migrates its own table. */
async function hasVersions(db: NodePgDatabase, table: UsersTable): Promise<boolean> {
  if (table.tokenVersion === undefined) return false
  try {
    await db.select({ version: table.tokenVersion }).from(table).limit(0)
    return true
  } catch (error) {
    const { code } = ((error as Error).cause ?? error) as { code?: unknown }
    if (code === UNDEFINED_COLUMN) return false
    throw error
  }
}

interface Statement {
  execute(values: Record<string, unknown>): Promise<LocalUser[]>
}

const SHIPPED = {
  folder: new URL('../../drizzle/postgres', import.meta.url),
  table: '__latchkey_migrations',
}
