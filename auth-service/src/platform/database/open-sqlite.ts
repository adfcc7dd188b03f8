import { closeSync, openSync } from 'node:fs'
import { migrateSqlite, useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import SQLite from 'better-sqlite3'
import { is, SQL } from 'drizzle-orm'
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3'
import { ConfigError } from '../config/config.ts'
import type { Database, Queries, Statement, Statements } from './database.ts'
import { MIGRATIONS_TABLE, migrationsFolder } from './migrations.ts'
import { openSqliteRateLimits, type RateLimits } from './rate-limit-store.ts'
import * as tables from './schema-sqlite.ts'
import { createSqliteSnapshot } from './snapshot-sqlite.ts'
import { sqlitePath } from './sqlite-url.ts'
import { searchByTrigrams } from './user-search-sqlite.ts'

/** How long a statement waits for another process's lock, in ms; the whole process waits with it. */
const BUSY_TIMEOUT = 1000

/** How often to check whether another process on the file has published something, in ms. */
const WATCH_INTERVAL = 250

/**
 * Opens `file:…` or `:memory:`.
 * @throws ConfigError
 */
export async function openSqlite(url: string): Promise<Database> {
  const client = openFile(sqlitePath(url))
  let rateLimits: RateLimits
  try {
    useWriteAheadLog(client)
    client.pragma('synchronous = NORMAL')
    client.pragma('foreign_keys = ON')
    // Overwrites deleted data: otherwise a copy of the file would contain erased users and emails for long.
    client.pragma('secure_delete = ON')
    migrateSqlite(client, { folder: migrationsFolder('sqlite'), table: MIGRATIONS_TABLE })
    rateLimits = await openSqliteRateLimits(client)
  } catch (error) {
    client.close()
    throw error
  }
  const ping = client.prepare('SELECT 1')
  // The only cast: both dialects' builders have the methods that the queries use.
  const db = drizzle(client)
  const queries = db as unknown as Queries['db']
  /** No other statement of this process can run in between, since nothing is awaited before the commit. */
  const run = (statements: Statements) =>
    db.transaction(
      (tx) => {
        const steps =
          typeof statements === 'function' ? statements(tx as unknown as Queries['db']) : statements
        return steps.map((step) => rowsOf(tx, step))
      },
      { behavior: 'immediate' },
    )
  return {
    db: queries,
    ...tables,
    dialect: 'sqlite',
    // Not synced at once: a power failure may undo it, but no app was told.
    transaction: async (statements) => run(statements),
    async publish(statements) {
      // Synced before it is acknowledged: after a power failure, a user who signed out stays signed out.
      client.pragma('synchronous = FULL')
      try {
        return run(statements)
      } finally {
        client.pragma('synchronous = NORMAL')
      }
    },
    snapshot: createSqliteSnapshot(client, BUSY_TIMEOUT),
    watch(wake) {
      wake()
      const watching = setInterval(wake, WATCH_INTERVAL).unref()
      return () => clearInterval(watching)
    },
    searchPeople: searchByTrigrams,
    rateLimits,
    async ping() {
      ping.get()
    },
    async close() {
      client.close()
    },
  }
}

function rowsOf(db: Pick<BetterSQLite3Database, 'run'>, statement: Statement): readonly object[] {
  if (!is(statement, SQL)) return (statement as unknown as { all(): object[] }).all()
  db.run(statement)
  return []
}

function openFile(path: string): SQLite.Database {
  try {
    if (path !== ':memory:') createPrivately(path)
    return new SQLite(path, { timeout: BUSY_TIMEOUT })
  } catch (error) {
    throw new ConfigError([
      `DATABASE_URL is the file ${path}, which can't be opened: ${(error as Error).message}. ` +
        'Create the folder, make it writable, or choose another file',
    ])
  }
}

/**
 * A new file is readable only by its owner, since it contains password hashes. SQLite gives `-wal` and `-shm` the same
 * mode.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
