import SQLite from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import type { Database, Queries } from './database.ts'
import * as tables from './schema-sqlite.ts'

/**
 * See Database.snapshot. On a connection of its own: other statements of this process would get into a transaction of the
 * one that all share. What is in memory alone is copied.
 */
export function createSqliteSnapshot(shared: SQLite.Database, timeout: number): Database['snapshot'] {
  return async (read) => {
    const client = shared.memory
      ? new SQLite(shared.serialize())
      : new SQLite(shared.name, { readonly: true, fileMustExist: true, timeout })
    try {
      client.exec('BEGIN')
      // The first look is what fixes the moment.
      client.prepare('SELECT count(*) FROM sqlite_master').get()
      return await read({ ...tables, db: drizzle(client) as unknown as Queries['db'] })
    } finally {
      client.close()
    }
  }
}
