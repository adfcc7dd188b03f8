import type { Database } from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { refuseUnknownOptions } from '../contract/errors.ts'
import type { LocalUser, UserStore } from '../users/store.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { refuseUnfitTable, unavailable } from './refusals.ts'
import { sqliteState } from './state-sqlite.ts'
import { prepareStatements, rowOf } from './statements.ts'
import { type UsersTable, users } from './user-schema-sqlite.ts'
import { warnOfMissingVersions, withoutVersions } from './without-versions.ts'

export { type MigrationOptions, migrateSqlite } from './migrate-sqlite.ts'
export { state } from './state-schema-sqlite.ts'
export { type UsersTable, userColumns, users } from './user-schema-sqlite.ts'
export { useWriteAheadLog } from './write-ahead-log.ts'

export interface SqliteUsersOptions {
  /**
   * Your own table with the columns of `userColumns()`; you also migrate it before the store is created. Default: the
   * shipped table `latchkey_users`, which the store creates and migrates.
   */
  readonly table?: UsersTable | undefined
}

/** A better-sqlite3 handle, or a drizzle database around one. */
// biome-ignore lint/suspicious/noExplicitAny: whatever schema the app gave to its drizzle database
export type SqliteHandle = Database | (BetterSQLite3Database<any> & { $client: Database })

/**
 * Local users in SQLite with better-sqlite3, without promises. Throws LatchkeyError `store_unavailable` when the
 * database can't be read or written.
 */
export function sqliteUsers(db: SqliteHandle, options: SqliteUsersOptions = {}): UserStore {
  refuseUnknownOptions('sqliteUsers', options, ['table'])
  const client = '$client' in db ? db.$client : db
  const table = options.table ?? users
  refuseUnfitTable('sqliteUsers', table, users)
  const { create, update, find, register, setActive } = attempt(() => {
    if (options.table === undefined) migrateSqlite(client, SHIPPED)
    const versions = options.table === undefined || hasVersions(client, table)
    if (!versions) warnOfMissingVersions(table)
    const known = versions ? table : withoutVersions(table)
    // Both dialects have the same statements; this cast allows writing them once.
    return prepareStatements(drizzle(client) as never, known as never, { versions }) as unknown as Statements
  })

  return {
    sync: (identity, provisioning) =>
      attempt(() => {
        const row = rowOf(identity)
        // Nothing is written if the row is as new or newer; it may also have been deleted by now.
        const local =
          provisioning === 'create'
            ? (create.get(row) ?? find.get(row) ?? create.get(row))
            : (update.get(row) ?? find.get(row))
        return local ?? null
      }),
    register: (uuid) => attempt(() => (register.get({ uuid }) ?? find.get({ uuid })) as LocalUser),
    setActive: (uuid, isActive) => attempt(() => setActive.get({ uuid, isActive }) !== undefined),
    ...sqliteState(client),
  }
}

type Statements = Record<
  keyof ReturnType<typeof prepareStatements>,
  { get(values: Record<string, unknown>): LocalUser | undefined }
>

const SHIPPED = {
  folder: new URL('../../drizzle/sqlite', import.meta.url),
  table: '__latchkey_migrations',
}

/** An app may update this package before it migrates its own table. */
const hasVersions = (client: Database, table: UsersTable): boolean =>
  client
    .prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?')
    .get(getTableName(table), table.tokenVersion?.name ?? null) !== undefined

function attempt<Value>(action: () => Value): Value {
  try {
    return action()
  } catch (error) {
    throw unavailable(error)
  }
}
