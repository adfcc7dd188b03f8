import type { MigrationMeta } from 'drizzle-orm/migrator'
import type { ClientBase, Pool } from 'pg'
import { LatchkeyError } from '../contract/errors.ts'
import { acceptExistingPostgres } from './existing-postgres.ts'
import { refuseDrop } from './existing-tables.ts'
import {
  type BundledMigrations,
  DRIZZLE_SCHEMA,
  DRIZZLE_TABLE,
  type MigrationOptions,
  migrationsOf,
} from './migration-options.ts'

/** Any number works, as long as every migrating process uses the same one. */
const MIGRATION_LOCK = 5_285_248_437

interface InSchema {
  /** The schema of the tables and their records; created if missing. Default: the first one of the `search_path`. */
  readonly schema?: string | undefined
}

export interface PostgresMigrationOptions extends MigrationOptions, InSchema {}

type Source = PostgresMigrationOptions | (BundledMigrations & InSchema)

/**
 * Migrates the database: applies all missing migrations, or none. Safe to call from many processes at once, also
 * through a pooler in transaction mode. A table of this package that exists already is accepted if it is the same.
 * Throws what Postgres throws, and LatchkeyError `table_conflict` for a table of our name that differs.
 */
export async function migratePostgres(pool: Pool, options: Source): Promise<void> {
  const client = await pool.connect()
  // The current query rejects as well; without a listener the process would end.
  client.on('error', ignore)
  let failed = true
  try {
    // Regardless of the default: a waiting process must see what others applied meanwhile.
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await applyMissing(client, options)
    await client.query('COMMIT')
    failed = false
  } finally {
    client.off('error', ignore)
    // The server rolls back when the connection closes.
    client.release(failed)
  }
}

const ignore = () => {}

/** Records migrations in drizzle's format, so that drizzle-kit's own tools can read them. */
async function applyMissing(client: ClientBase, options: Source): Promise<void> {
  const { table = DRIZZLE_TABLE, schema: wanted } = options
  const migrations = migrationsOf(options)
  if (wanted !== undefined) await enterSchema(client, wanted, migrations)
  const inDrizzle = table === DRIZZLE_TABLE && wanted === undefined
  const schema = inDrizzle ? await startDrizzle(client) : await findOrStart(client, table, migrations)
  // drizzle's own migrator reads its records before it locks, and needs the right to create schemas.
  const notes = qualified(schema, table)
  const { rows } = await client.query(`SELECT max(created_at) AS last FROM ${notes}`)
  const last = rows[0].last === null ? Number.NEGATIVE_INFINITY : Number(rows[0].last)
  const missing = migrations.filter(({ folderMillis }) => folderMillis > last)
  if (missing.length === 0) return
  // All tables of one owner stay in one schema, even if an earlier one in the path was created since.
  if (!inDrizzle) await putFirst(client, schema)
  const apply = acceptExistingPostgres(client)
  for (const { sql, hash, folderMillis } of missing) {
    refuseDrop(sql)
    for (const statement of sql) await apply.run(statement)
    await client.query(`INSERT INTO ${notes} (hash, created_at) VALUES ($1, $2)`, [hash, folderMillis])
  }
  await apply.check()
}

const putFirst = (client: ClientBase, schema: string) =>
  client.query(
    `SELECT set_config('search_path', quote_ident($1) || ', ' || current_setting('search_path'), true)`,
    [schema],
  )

/** Creates the schema if it is missing, and limits the transaction to it. */
async function enterSchema(
  client: ClientBase,
  schema: string,
  migrations: readonly MigrationMeta[],
): Promise<void> {
  const { rows } = await client.query(ELSEWHERE, [schema, firstTable(migrations)])
  if (rows.length > 0) throw tableElsewhere(schema, rows[0].schema, firstTable(migrations) ?? '')
  await createSchema(client, schema)
  await client.query(`SELECT set_config('search_path', quote_ident($1), true)`, [schema])
}

// IF NOT EXISTS needs the right to create schemas even where there is nothing to create.
async function createSchema(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema])
  if (rows.length === 0) await client.query(`CREATE SCHEMA ${quoted(schema)}`)
}

// The same table in the connection's search_path, where the app had it before it named a schema.
const ELSEWHERE = `
  SELECT nspname AS schema FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE pg_class.oid = to_regclass(quote_ident($2)) AND nspname <> $1
    AND to_regclass(quote_ident($1) || '.' || quote_ident($2)) IS NULL`

const tableElsewhere = (schema: string, current: string, table: string): LatchkeyError =>
  new LatchkeyError(
    'table_conflict',
    `The table ${table} is in the schema "${current}", not in "${schema}". Nothing was changed. Move it, with all ids: ` +
      `CREATE SCHEMA ${quoted(schema)}; ALTER TABLE ${qualified(current, table)} SET SCHEMA ${quoted(schema)}. ` +
      `If it belongs to another app, take "${current}" out of the role's search_path`,
  )

/** Creates the table of records that drizzle's own migrator uses, if it is missing. Returns its schema. */
async function startDrizzle(client: ClientBase): Promise<string> {
  await createSchema(client, DRIZZLE_SCHEMA)
  const notes = qualified(DRIZZLE_SCHEMA, DRIZZLE_TABLE)
  const { rows } = await client.query('SELECT to_regclass($1) AS found', [notes])
  if (rows[0].found === null) await client.query(`CREATE TABLE ${notes} ${NOTES}`)
  return DRIZZLE_SCHEMA
}

const NOTES = '(id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)'

const findOrStart = async (client: ClientBase, table: string, migrations: readonly MigrationMeta[]) =>
  (await findSchema(client, table, migrations)) ?? (await startNotes(client, table, migrations))

/**
 * The schema with the records of applied migrations, as this connection sees it; `null` if there is none yet. Reads
 * only.
 */
export function findMigrationsSchema(
  client: ClientBase,
  { folder, table }: Readonly<{ folder: URL; table: string }>,
): Promise<string | null> {
  return findSchema(client, table, migrationsOf({ folder, table }))
}

// Records in a later schema count only with their tables: they may belong to another service.
const FIND = `
  SELECT nspname AS schema
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = $1 AND nspname = ANY (current_schemas(false))
    AND (nspname = current_schema()
      OR has_table_privilege(pg_class.oid, 'SELECT') AND to_regclass(quote_ident($2)) IS NOT NULL)
  ORDER BY array_position(current_schemas(false), nspname)
  LIMIT 1`

async function findSchema(
  client: ClientBase,
  table: string,
  migrations: readonly MigrationMeta[],
): Promise<string | null> {
  const { rows } = await client.query(FIND, [table, firstTable(migrations)])
  return rows[0]?.schema ?? null
}

/** Creates the table of records. Returns its schema. */
async function startNotes(
  client: ClientBase,
  table: string,
  migrations: readonly MigrationMeta[],
): Promise<string> {
  await client.query(`CREATE TABLE ${quoted(table)} ${NOTES}`)
  const { rows } = await client.query(`SELECT current_schema() AS schema`)
  // Earlier versions kept all records in "public", for tables in any schema.
  const earlier = await client.query(EARLIER, [table, firstTable(migrations)])
  if (earlier.rows.length > 0) {
    await client.query(
      `INSERT INTO ${quoted(table)} (hash, created_at)
      SELECT hash, created_at FROM ${qualified('public', table)} ORDER BY id`,
    )
  }
  return rows[0].schema
}

const EARLIER = `
  SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = $1 AND nspname = 'public' AND nspname <> current_schema()
    AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
    AND to_regclass(quote_ident($2)) IS NOT NULL`

const firstTable = ([first]: readonly MigrationMeta[]): string | null =>
  /\bCREATE TABLE "?(\w+)/i.exec(first?.sql.join('\n') ?? '')?.[1] ?? null

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const qualified = (schema: string, name: string): string => `${quoted(schema)}.${quoted(name)}`
