import SQLite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { Database, Queries } from './database.ts'
import * as tables from './schema-sqlite.ts'

/**
 * See Database.snapshot. Uses a separate connection: on the shared one, other statements of this process would join the
 * transaction. An in-memory database is copied.
 */
export function createSqliteSnapshot(shared: SQLite.Database, timeout: number): Database['snapshot'] {
  return async (read) => {
    const client = shared.memory
      ? new SQLite(shared.serialize())
      : new SQLite(shared.name, { readonly: true, fileMustExist: true, timeout })
    try {
      client.exec('BEGIN')
      // The first read fixes the moment.
      client.prepare('SELECT count(*) FROM sqlite_master').get()
      return await read({ ...tables, db: drizzle(client) as unknown as Queries['db'] })
    } finally {
      client.close()
    }
  }
}
