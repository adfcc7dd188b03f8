import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import type { Database } from './database.ts'
import * as tables from './schema-postgres.ts'

/** See Database.snapshot. */
export function createPostgresSnapshot(pool: Pool): Database['snapshot'] {
  return async (read) => {
    const client = await pool.connect()
    client.on('error', ignore)
    let failed = true
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      // Files are written in between, which may take a while.
      await client.query(`SELECT set_config('idle_in_transaction_session_timeout', '0', true)`)
      const value = await read({ ...tables, db: drizzle(client) })
      await client.query('COMMIT')
      failed = false
      return value
    } finally {
      client.off('error', ignore)
      client.release(failed)
    }
  }
}

const ignore = () => {}
