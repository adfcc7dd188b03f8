import '../contract/check-node.ts'
import { getTableName, sql } from 'drizzle-orm'
import { refuseUnknownOptions } from '../contract/errors.ts'
import { refuseOldPeer } from '../contract/peer-version.ts'
import type { Identity, LocalUser, Provisioning, UserStore } from '../users/store.ts'
import {
  type AccountToLink,
  createLinker,
  type DecideLink,
  type LinkReport,
  linkAll,
  linkVisitor,
} from './linking.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { refuseUnfitTable, unavailable } from './refusals.ts'
import { shippedMigrations } from './shipped-migrations.ts'
import { clientOf, drizzleAround, firstValue, type SqliteClient, type SqliteHandle } from './sqlite-client.ts'
import { sqliteState } from './state-sqlite.ts'
import { prepareStatements, rowOf } from './statements.ts'
import { type UsersTable, users } from './user-schema-sqlite.ts'
import { warnOfMissingVersions, withoutVersions } from './without-versions.ts'

export {
  type AccountToLink,
  type DecideLink,
  type LinkCandidate,
  type LinkDecision,
  type LinkReport,
  linkByEmail,
  unlinkedUuid,
} from './linking.ts'
export { migrateSqlite } from './migrate-sqlite.ts'
export type { MigrationOptions } from './migration-options.ts'
export type { SqliteClient, SqliteHandle, SqliteStatement } from './sqlite-client.ts'
export { state } from './state-schema-sqlite.ts'
export { latchkeyTables } from './table-filter.ts'
export { type UsersTable, userColumns, users } from './user-schema-sqlite.ts'
export { useWriteAheadLog } from './write-ahead-log.ts'

export interface SqliteUsersOptions {
  /**
   * Your own table with the columns of `userColumns()`; you also migrate it before the store is created. Default: the
   * shipped table `latchkey_users`, which the store creates and migrates.
   */
  readonly table?: UsersTable | undefined
  /**
   * Decides for a user without a row whether one of the app's own rows is theirs, e.g. `linkByEmail`. Rows that can be
   * linked have a uuid of `unlinkedUuid(id)`. Default: users are known by their uuid alone.
   */
  readonly link?: DecideLink | undefined
}

/**
 * Local users in SQLite with better-sqlite3, `node:sqlite` or `bun:sqlite`, without promises. Throws LatchkeyError
 * `store_unavailable` when the database can't be read or written, `table_conflict` when there is another table of that
 * name, and `unsupported_version`.
 */
export function sqliteUsers(db: SqliteHandle, options: SqliteUsersOptions = {}): UserStore {
  refuseUnknownOptions('sqliteUsers', options, ['table', 'link'])
  const client = clientOf(db)
  refuseOldPeer('drizzle-orm')
  // Of the drivers, only better-sqlite3 has this method.
  if ('pragma' in client) refuseOldPeer('better-sqlite3')
  const table = options.table ?? users
  refuseUnfitTable('sqliteUsers', table, users)
  const { create, update, find, register, setActive } = attempt(() => {
    if (options.table === undefined) migrateUsers(client)
    const versions = options.table === undefined || hasVersions(client, table)
    if (!versions) warnOfMissingVersions(table)
    const known = versions ? table : withoutVersions(table)
    // Both dialects have the same statements; this cast allows writing them once.
    return prepareStatements(drizzleAround(client) as never, known as never, {
      versions,
    }) as unknown as Statements
  })

  const known = (identity: Identity, provisioning: Provisioning): LocalUser | null =>
    attempt(() => {
      const row = rowOf(identity)
      // Nothing is written if the row is as new or newer; it may also have been deleted by now.
      const local =
        provisioning === 'create'
          ? (create.get(row) ?? find.get(row) ?? create.get(row))
          : (update.get(row) ?? find.get(row))
      return local ?? null
    })
  const { link } = options
  const linker = linkerOf(client, table)

  return {
    sync(identity, provisioning) {
      if (link === undefined) return known(identity, provisioning)
      const create = async () => (provisioning === 'create' ? known(identity, 'create') : null)
      const existing = async () => known(identity, 'existing')
      return known(identity, 'existing') ?? linkVisitor(identity, linker, link, { existing, create })
    },
    register: (uuid) => attempt(() => (register.get({ uuid }) ?? find.get({ uuid })) as LocalUser),
    setActive: (uuid, isActive) => attempt(() => setActive.get({ uuid, isActive }) !== undefined),
    ...sqliteState(client),
  }
}

type Statements = Record<
  keyof ReturnType<typeof prepareStatements>,
  { get(values: Record<string, unknown>): LocalUser | undefined }
>

// Both dialects have the same statements; this cast allows writing them once.
const linkerOf = (client: SqliteClient, table: UsersTable) =>
  createLinker(drizzleAround(client) as never, table as never, sql`${table.email} GLOB '*[^ -~]*'`)

/**
 * Links rows of the app to accounts of the auth service, as `latchkey users list --json` lists them, by confirmed
 * email, before users arrive. Changes nothing unless `dryRun` is `false`; returns what it did or would do.
 */
export function linkUsers(
  db: SqliteHandle,
  {
    table,
    accounts,
    dryRun = true,
  }: { table: UsersTable; accounts: readonly AccountToLink[]; dryRun?: boolean },
): Promise<LinkReport> {
  return linkAll(linkerOf(clientOf(db), table), accounts, dryRun)
}

/**
 * Creates and migrates the table of local users, as `sqliteUsers` does: for migrations of your own that run earlier.
 * Throws like `migrateSqlite`.
 */
export function migrateUsers(db: SqliteHandle): void {
  migrateSqlite(db, shippedMigrations('users', 'sqlite'))
}

/** An app may update this package before it migrates its own table. */
const hasVersions = (client: SqliteClient, table: UsersTable): boolean =>
  firstValue(
    client,
    'SELECT 1 FROM pragma_table_info(?) WHERE name = ?',
    getTableName(table),
    table.tokenVersion?.name ?? null,
  ) !== undefined

function attempt<Value>(action: () => Value): Value {
  try {
    return action()
  } catch (error) {
    throw unavailable(error)
  }
}
