import { readFile } from 'node:fs/promises'
import { findMigrationsSchema, migratePostgres } from '@latchkey/jwt-middleware/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { ConfigError } from '../config/config.ts'
import type { Log } from '../logging/logger.ts'
import type { Database, DatabaseSettings, PeopleSearch } from './database.ts'
import { MIGRATIONS_TABLE, migrationsFolder } from './migrations.ts'
import { CONNECTION_TIMEOUT, createPool, isPooled } from './pool-postgres.ts'
import { postgresConnection } from './postgres-url.ts'
import { makePostgresRateLimits, openPostgresRateLimits } from './rate-limit-store.ts'
import * as tables from './schema-postgres.ts'
import { createPostgresSnapshot } from './snapshot-postgres.ts'
import { createPostgresTransactions } from './transaction-postgres.ts'
import { prepareSearch } from './user-search-postgres.ts'
import { CHANNEL, createPostgresWatch } from './watch-postgres.ts'

/** Time-out for an answer, in ms: a hanging server is an outage. */
const QUERY_TIMEOUT = 10_000

/**
 * Opens `postgres://…`; parameters of the URL, such as `sslmode`, are the driver's.
 * @throws ConfigError
 */
export async function openPostgres(
  { databaseUrl, databaseUrlDirect }: DatabaseSettings,
  log: Log,
): Promise<Database> {
  const directUrl = databaseUrlDirect ?? databaseUrl
  const { place, searchPeople } = await migrate(directUrl, log)
  const { pool, useNoNames } = createPool({
    ...postgresConnection(databaseUrl),
    query_timeout: QUERY_TIMEOUT,
  })
  // Without a listener, an idle connection that breaks would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'))
  try {
    const client = await pool.connect()
    try {
      if (await isPooled(client)) useNoNames()
      refuseOtherTables(place, await locate(client))
    } finally {
      client.release()
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    db: drizzle(pool),
    ...tables,
    dialect: 'postgres',
    ...createPostgresTransactions(pool),
    snapshot: createPostgresSnapshot(pool),
    watch: createPostgresWatch({
      url: directUrl,
      isDirectGiven: databaseUrlDirect !== undefined,
      log,
      timeout: CONNECTION_TIMEOUT,
      notify: async () => void (await pool.query('SELECT pg_notify($1, $2)', [CHANNEL, ''])),
    }),
    searchPeople,
    rateLimits: openPostgresRateLimits(pool),
    async ping() {
      await pool.query('SELECT 1')
    },
    close: () => pool.end(),
  }
}

/** On a new connection without a time-out, since migrations can take long. */
async function migrate(url: string, log: Log): Promise<{ place: Place; searchPeople: PeopleSearch }> {
  const { pool } = createPool({ ...postgresConnection(url), max: 1 })
  pool.on('error', () => {})
  try {
    const options = { folder: migrationsFolder('postgres'), table: MIGRATIONS_TABLE }
    const client = await pool.connect()
    let isMigrated: boolean
    try {
      await refuseLostOptions(client, url)
      isMigrated = await hasLatestMigration(client, options)
    } finally {
      client.release()
    }
    // The advisory lock of migrations is open to every role, and must not keep commands from revoking something.
    if (!isMigrated) await migratePostgres(pool, options)
    await makePostgresRateLimits(pool)
    const searchPeople = await prepareSearch(pool, log)
    return { place: await locate(pool), searchPeople }
  } finally {
    await pool.end()
  }
}

async function hasLatestMigration(
  client: pg.ClientBase,
  options: { readonly folder: URL; readonly table: string },
): Promise<boolean> {
  const schema = await findMigrationsSchema(client, options)
  if (schema === null) return false
  const journal = await readFile(new URL('meta/_journal.json', options.folder), 'utf8')
  const { entries } = JSON.parse(journal) as { entries: { when: number }[] }
  const { rows } = await client.query(
    `SELECT max(created_at) AS last FROM ${pg.escapeIdentifier(schema)}.${options.table}`,
  )
  return Number(rows[0].last) >= Math.max(...entries.map(({ when }) => when))
}

/** The schema of the tables, as a connection sees it. */
interface Place {
  readonly database: string
  readonly path: string
  readonly users: string | null
}

async function locate(client: Pick<pg.Pool, 'query'>): Promise<Place> {
  const { rows } = await client.query(
    `SELECT current_database() AS database, current_setting('search_path') AS path, to_regclass('users')::oid AS users`,
  )
  return rows[0]
}

function refuseOtherTables(direct: Place, usual: Place): void {
  if (direct.database === usual.database && direct.users === usual.users) return
  throw new ConfigError([
    `DATABASE_URL uses the database ${usual.database} with the search_path ${usual.path}, but DATABASE_URL_DIRECT uses ` +
      `${direct.database} with ${direct.path}: their tables differ. Use the same database in both, and set the ` +
      'search_path for its user: ALTER ROLE … SET search_path = …',
  ])
}

/** A pooler may ignore options that it does not know: tables would be created in another schema. */
async function refuseLostOptions(client: pg.ClientBase, url: string): Promise<void> {
  const wanted = /(?:-c\s*|--)search_path=((?:\\.|\S)+)/.exec(optionsOf(url))?.[1]?.replaceAll('\\', '')
  if (wanted === undefined) return
  const { rows } = await client.query(`SELECT current_setting('search_path') AS path`)
  if (withoutSpaces(rows[0].path) === withoutSpaces(wanted)) return
  throw new ConfigError([
    `The address of the database sets the search_path ${wanted}, but the connection has ${rows[0].path}: a pooler ` +
      'drops the options. Set it for the user instead: ALTER ROLE … SET search_path = …',
  ])
}

const optionsOf = (url: string): string =>
  new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('options') ?? ''

const withoutSpaces = (text: string): string => text.replaceAll(/\s/g, '')
