import { readFile } from 'node:fs/promises'
import { MIGRATIONS_TABLE, migrationsFolder } from './migrations.ts'
import { isPostgresUrl } from './open.ts'
import { postgresConnection } from './postgres-url.ts'
import { sqlitePath } from './sqlite-url.ts'

/** The tables of a database compared with those that this version of the service needs. */
export interface MigrationState {
  /** Names of the applied migrations, in order. */
  readonly applied: readonly string[]
  readonly missing: readonly string[]
  /** Whether a newer version of the service has changed the tables. */
  readonly newer: boolean
}

/** Reads it without changing anything. Throws on an outage, and if the SQLite file does not exist. */
export async function readMigrationState(url: string): Promise<MigrationState> {
  const dialect = isPostgresUrl(url) ? 'postgres' : 'sqlite'
  const journal = await readFile(new URL('meta/_journal.json', migrationsFolder(dialect)), 'utf8')
  const { entries } = JSON.parse(journal) as { entries: { tag: string; when: number }[] }
  const last = await (dialect === 'postgres' ? lastOnPostgres(url) : lastOnSqlite(url))
  return {
    applied: entries.filter(({ when }) => when <= last).map(({ tag }) => tag),
    missing: entries.filter(({ when }) => when > last).map(({ tag }) => tag),
    newer: last > Math.max(...entries.map(({ when }) => when)),
  }
}

const noted = (table: string): string => `SELECT max(created_at) AS last FROM ${table}`

async function lastOnSqlite(url: string): Promise<number> {
  const { default: SQLite } = await import('better-sqlite3')
  const client = new SQLite(sqlitePath(url), { fileMustExist: true, readonly: true })
  try {
    const known = client.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
    return known.get(MIGRATIONS_TABLE) ? Number(client.prepare(noted(MIGRATIONS_TABLE)).pluck().get()) : 0
  } finally {
    client.close()
  }
}

async function lastOnPostgres(url: string): Promise<number> {
  const [{ default: pg }, { findMigrationsSchema }] = await Promise.all([
    import('pg'),
    import('@latchkey/jwt-middleware/postgres'),
  ])
  const client = new pg.Client({
    ...postgresConnection(url),
    connectionTimeoutMillis: 5000,
    query_timeout: 10_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const schema = await findMigrationsSchema(client, {
      folder: migrationsFolder('postgres'),
      table: MIGRATIONS_TABLE,
    })
    if (schema === null) return 0
    const table = `${pg.escapeIdentifier(schema)}.${MIGRATIONS_TABLE}`
    return Number((await client.query(noted(table))).rows[0].last)
  } finally {
    await client.end()
  }
}
