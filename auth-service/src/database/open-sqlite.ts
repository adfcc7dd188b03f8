import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { migrateSqlite, useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import SQLite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { ConfigError } from '../config.ts'
import { MIGRATIONS_TABLE, migrationsFolder } from './migrations.ts'
import * as tables from './schema-sqlite.ts'
import type { Database, Queries } from './types.ts'

/** How long a statement waits for another process's lock, in ms; the whole process waits with it. */
const BUSY_TIMEOUT = 1000

/**
 * Opens `file:…` or `:memory:`.
 * @throws ConfigError
 */
export async function openSqlite(url: string): Promise<Database> {
  const client = openFile(sqlitePath(url))
  try {
    useWriteAheadLog(client)
    client.pragma('foreign_keys = ON')
    migrateSqlite(client, { folder: migrationsFolder('sqlite'), table: MIGRATIONS_TABLE })
  } catch (error) {
    client.close()
    throw error
  }
  const ping = client.prepare('SELECT 1')
  // The one cast: both dialects' builders have the methods that the queries use, awaited alike.
  const queries = { db: drizzle(client), ...tables } as unknown as Queries
  return {
    ...queries,
    dialect: 'sqlite',
    async ping() {
      ping.get()
    },
    async close() {
      client.close()
    },
  }
}

function openFile(path: string): SQLite.Database {
  try {
    if (path !== ':memory:') createPrivately(path)
    return new SQLite(path, { timeout: BUSY_TIMEOUT })
  } catch (error) {
    throw new ConfigError([
      `DATABASE_URL names the file ${path}, which can't be opened: ${(error as Error).message}. ` +
        'Make the folder, let us write to it, or name another file',
    ])
  }
}

/** A new file is for our eyes alone: it holds password hashes. SQLite gives `-wal` and `-shm` the same mode. */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** The path in `file:name`, `file:./name`, `file:/path`, `file:///path`, and `:memory:`. */
export function sqlitePath(url: string): string {
  if (url.startsWith('file:///')) return fileURLToPath(url)
  return url.startsWith('file:') ? url.slice('file:'.length) : url
}
