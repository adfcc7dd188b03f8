import '../contract/check-node.ts'
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import { refuseInvalidOptions, refuseUnknownOptions } from '../contract/errors.ts'
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
import { migratePostgres } from './migrate-postgres.ts'
import { once } from './once.ts'
import { refuseUnfitTable, unavailable } from './refusals.ts'
import { retryLostRaces } from './retry.ts'
import { shippedMigrations } from './shipped-migrations.ts'
import { postgresState } from './state-postgres.ts'
import { prepareStatements, rowOf } from './statements.ts'
import { type UsersTable, users, usersIn } from './user-schema-postgres.ts'
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
export { findMigrationsSchema, migratePostgres, type PostgresMigrationOptions } from './migrate-postgres.ts'
export type { MigrationOptions } from './migration-options.ts'
export { retryLostRaces } from './retry.ts'
export { state, stateIn } from './state-schema-postgres.ts'
export { latchkeyTables } from './table-filter.ts'
export { type UsersTable, userColumns, users, usersIn } from './user-schema-postgres.ts'

export interface PostgresUsersOptions {
  /**
   * Your own table with the columns of `userColumns()`; you also migrate it before the store is used. Default: the
   * shipped table `latchkey_users`, which the store creates and migrates at its first use.
   */
  readonly table?: UsersTable | undefined
  /**
   * The schema of the tables of this package, e.g. `latchkey`; created if missing. `usersIn(schema)` is the table for
   * foreign keys. Default: the first schema of the connection's `search_path`.
   */
  readonly schema?: string | undefined
  /**
   * Decides for a user without a row whether one of the app's own rows is theirs, e.g. `linkByEmail`. Rows that can be
   * linked have a uuid of `unlinkedUuid(id)`. Default: users are known by their uuid alone.
   */
  readonly link?: DecideLink | undefined
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
  refuseOldPeer('drizzle-orm')
  const pool = poolOf(db)
  const { schema } = readSchema('postgresUsers', options, ['table', 'schema', 'link'])
  const table = options.table ?? (schema === undefined ? users : usersIn(schema))
  refuseUnfitTable('postgresUsers', table, users)
  const queries = drizzle(pool)
  let statements = prepareStatements(queries, table)
  const ready = once(async () => {
    if (options.table === undefined) return migrateUsersTable(pool, schema)
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

  async function known(identity: Identity, provisioning: Provisioning): Promise<LocalUser | null> {
    const row = rowOf(identity)
    // Nothing is written if the row is as new or newer; it may also have been deleted by now.
    const local =
      provisioning === 'create'
        ? ((await first('create', row)) ?? (await first('find', row)) ?? (await first('create', row)))
        : ((await first('update', row)) ?? (await first('find', row)))
    return local ?? null
  }
  const { link } = options
  const linker = linkerOf(pool, table)

  return {
    async sync(identity, provisioning) {
      if (link === undefined) return known(identity, provisioning)
      const existing = () => known(identity, 'existing')
      const create = async () => (provisioning === 'create' ? known(identity, 'create') : null)
      return (await existing()) ?? linkVisitor(identity, linker, link, { existing, create })
    },
    register: async (uuid) =>
      ((await first('register', { uuid })) ?? (await first('find', { uuid }))) as LocalUser,
    setActive: async (uuid, isActive) => (await first('setActive', { uuid, isActive })) !== undefined,
    ...postgresState(pool, schema),
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

const linkerOf = (pool: Pool, table: UsersTable) =>
  createLinker(drizzle(pool), table, sql`${table.email} ~ '[^ -~]'`)

/**
 * Links rows of the app to accounts of the auth service, as `latchkey users list --json` lists them, by confirmed
 * email, before users arrive. Changes nothing unless `dryRun` is `false`; returns what it did or would do.
 */
export function linkUsers(
  db: PostgresHandle,
  {
    table,
    accounts,
    dryRun = true,
  }: { table: UsersTable; accounts: readonly AccountToLink[]; dryRun?: boolean },
): Promise<LinkReport> {
  return linkAll(linkerOf(poolOf(db), table), accounts, dryRun)
}

/**
 * Creates and migrates the table of local users now, instead of at the store's first use: before migrations of your own
 * that refer to it. Rejects like `migratePostgres`.
 */
export async function migrateUsers(
  db: PostgresHandle,
  options: Pick<PostgresUsersOptions, 'schema'> = {},
): Promise<void> {
  await migrateUsersTable(poolOf(db), readSchema('migrateUsers', options, ['schema']).schema)
}

const migrateUsersTable = (pool: Pool, schema: string | undefined) =>
  migratePostgres(pool, { ...shippedMigrations('users', 'postgres'), schema })

const poolOf = (db: PostgresHandle): Pool => ('$client' in db ? db.$client : db)

/** Names that Postgres reserves, shortens, or has by itself. */
function readSchema<Options extends Pick<PostgresUsersOptions, 'schema'>>(
  caller: string,
  options: Options,
  known: readonly string[],
): Options {
  refuseUnknownOptions(caller, options, known)
  const { schema } = options
  const isFit = schema === undefined || (/^(?!pg_)[^\0]+$/.test(schema) && Buffer.byteLength(schema) <= 63)
  refuseInvalidOptions(caller, [
    ...(isFit ? [] : ['The schema must be a name of at most 63 bytes that does not begin with pg_.']),
    ...(schema === 'public' ? ['Leave the schema out to use "public": it is the default.'] : []),
  ])
  return options
}
