import { fileURLToPath } from 'node:url'
import type { Database } from 'better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'

export interface MigrationOptions {
  /** A folder written by drizzle-kit, with `meta/_journal.json`. */
  readonly folder: URL
  /** The table with the applied migrations. Each owner of tables in one database needs its own. */
  readonly table: string
}

/** How long to wait for other processes that migrate the same file, in ms. */
const MIGRATION_TIMEOUT = 30_000

/**
 * Migrates the database: applies all missing migrations, or none. Safe to call from many processes at once. Throws what
 * SQLite throws.
 */
export function migrateSqlite(db: Database, options: MigrationOptions): void {
  const restore = [
    setPragma(db, 'busy_timeout', MIGRATION_TIMEOUT),
    // Rebuilding a table drops the old one, which would cascade to rows that refer to it (SQLite, ALTER TABLE, section
    // 7).
    setPragma(db, 'foreign_keys', 0),
  ]
  try {
    // drizzle's own migrator reads its records before it locks, so that two processes would apply the same step.
    db.transaction(() => applyMissing(db, options)).immediate()
  } finally {
    for (const undo of restore) undo()
  }
}

/** Records migrations in drizzle's format, so that drizzle-kit's own tools can read them. */
function applyMissing(db: Database, { folder, table }: MigrationOptions): void {
  const notes = `"${table.replaceAll('"', '""')}"`
  db.exec(
    `CREATE TABLE IF NOT EXISTS ${notes} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
  )
  const last = db.prepare(`SELECT max(created_at) FROM ${notes}`).pluck().get() as number | null
  const note = db.prepare(`INSERT INTO ${notes} (hash, created_at) VALUES (?, ?)`)
  for (const migration of readMigrationFiles({ migrationsFolder: fileURLToPath(folder) })) {
    if (last !== null && migration.folderMillis <= last) continue
    for (const statement of migration.sql) db.exec(statement)
    note.run(migration.hash, migration.folderMillis)
  }
}

function setPragma(db: Database, name: string, value: number): () => void {
  const before = db.pragma(name, { simple: true }) as number
  db.pragma(`${name} = ${value}`)
  return () => db.pragma(`${name} = ${before}`)
}
