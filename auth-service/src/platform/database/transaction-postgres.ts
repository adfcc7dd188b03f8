import { is, SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import type { Database } from './database.ts'
import { CHANNEL } from './watch-postgres.ts'

/** A number that nobody else in this database locks by: SHA-256 of the channel's name begins with it. */
const LOCK = 3_237_158_101

/** Longest pause within an announcement, in ms, and longest wait for those of others: longer, so that it can end well. */
const LONGEST_PAUSE = 3000
const LONGEST_WAIT = 8000

// A process that is cut off while it holds the lock must not silence all others.
const BEGIN = sql`SELECT
  set_config('idle_in_transaction_session_timeout', ${String(LONGEST_PAUSE)}, true),
  set_config('lock_timeout', ${String(LONGEST_WAIT)}, true),
  pg_advisory_xact_lock(${LOCK}),
  pg_notify(${CHANNEL}, '')`

/** See Database.announce. Whoever listens on the channel hears of it with the commit. */
export function createPostgresAnnounce(pool: Pool): Database['announce'] {
  return async (statements) => {
    const client = await pool.connect()
    // Without a listener, a connection that is cut would end the process; the statement under way fails anyway.
    client.on('error', ignore)
    let failed = true
    try {
      const db = drizzle(client)
      // Whatever the server's default: what waits for the lock must see what whoever had it has changed.
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      await db.execute(BEGIN)
      const results: (readonly object[])[] = []
      for (const statement of statements(db)) {
        results.push(is(statement, SQL) ? (await db.execute(statement)).rows : await statement)
      }
      await client.query('COMMIT')
      failed = false
      return results
    } finally {
      client.off('error', ignore)
      // The server rolls back whatever a connection leaves behind that is closed.
      client.release(failed)
    }
  }
}

const ignore = () => {}
