import { acceptExistingSqlite } from './existing-sqlite.ts'
import { refuseDrop } from './existing-tables.ts'
import {
  type BundledMigrations,
  DRIZZLE_TABLE,
  type MigrationOptions,
  migrationsOf,
} from './migration-options.ts'
import { clientOf, firstValue, type SqliteClient, type SqliteHandle } from './sqlite-client.ts'

/** How long to wait for other processes that migrate the same file, in ms. */
const MIGRATION_TIMEOUT = 30_000

/**
 * Migrates the database: applies all missing migrations, or none. Safe to call from many processes at once. A table of
 * this package that exists already is accepted if it is the same. Throws what SQLite throws, and LatchkeyError
 * `table_conflict` for a table of our name that differs.
 */
export function migrateSqlite(db: SqliteHandle, options: MigrationOptions | BundledMigrations): void {
  const client = clientOf(db)
  const restore = [
    setPragma(client, 'busy_timeout', MIGRATION_TIMEOUT),
    // Rebuilding a table drops the old one, which would cascade to rows that refer to it (SQLite, ALTER TABLE, section
    // 7).
    setPragma(client, 'foreign_keys', 0),
  ]
  try {
    // drizzle's own migrator reads its records before it locks, so that two processes would apply the same step.
    client.exec('BEGIN IMMEDIATE')
    try {
      applyMissing(client, options)
      client.exec('COMMIT')
    } catch (error) {
      rollBack(client)
      throw error
    }
  } finally {
    for (const undo of restore) undo()
  }
}

/** SQLite itself has rolled back after some errors, such as a full disk. */
function rollBack(client: SqliteClient): void {
  try {
    client.exec('ROLLBACK')
  } catch {}
}

/** Records migrations in drizzle's format, so that drizzle-kit's own tools can read them. */
function applyMissing(client: SqliteClient, options: MigrationOptions | BundledMigrations): void {
  const { table = DRIZZLE_TABLE } = options
  const notes = `"${table.replaceAll('"', '""')}"`
  client.exec(
    `CREATE TABLE IF NOT EXISTS ${notes} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  )
  const last = firstValue(client, `SELECT max(created_at) FROM ${notes}`) as number | null
  const note = client.prepare(`INSERT INTO ${notes} (hash, created_at) VALUES (?, ?)`)
  const apply = acceptExistingSqlite(client)
  for (const migration of migrationsOf(options)) {
    if (last !== null && migration.folderMillis <= last) continue
    refuseDrop(migration.sql)
    for (const statement of migration.sql) apply.run(statement)
    note.run(migration.hash, migration.folderMillis)
  }
  apply.check()
}

function setPragma(client: SqliteClient, name: string, value: number): () => void {
  const before = firstValue(client, `PRAGMA ${name}`)
  client.exec(`PRAGMA ${name} = ${value}`)
  return () => client.exec(`PRAGMA ${name} = ${before}`)
}
