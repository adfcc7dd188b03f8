import { is, SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool, QueryResult } from 'pg'
import type { Database, Statements } from './database.ts'
import { lockStatement, restoreLock } from './service-locks.ts'
import { CHANNEL } from './watch-postgres.ts'

/** Longest pause within a transaction, in ms, and longest wait for another's lock: longer, so that it ends cleanly. */
const LONGEST_PAUSE = 3000
const LONGEST_WAIT = 8000

// Regardless of the server's default: a transaction that waited for a lock must see earlier changes. A process that
// dies while holding one must not block all others.
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL idle_in_transaction_session_timeout = ${LONGEST_PAUSE};
  SET LOCAL lock_timeout = ${LONGEST_WAIT}`

// The commit notifies listeners.
const BEGIN_PUBLISHING = `${BEGIN}; NOTIFY ${CHANNEL}; ${lockStatement('publishing')}`

/** See Database. */
export const createPostgresTransactions = (pool: Pool): Pick<Database, 'transaction' | 'publish'> => ({
  transaction: (statements) => run(pool, BEGIN, statements),
  publish: (statements) => run(pool, BEGIN_PUBLISHING, statements),
})

async function run(pool: Pool, begin: string, statements: Statements) {
  const client = await pool.connect()
  // Without a listener, a broken connection would end the process; the current statement fails anyway.
  client.on('error', ignore)
  let failed = true
  try {
    const db = drizzle(client)
    // Of several statements, the driver returns a result each.
    const begun = (await client.query(begin)) as unknown as readonly QueryResult[]
    if (begin === BEGIN_PUBLISHING && begun.at(-1)?.rowCount === 0) await restoreLock(client, 'publishing')
    const results: (readonly object[])[] = []
    for (const statement of typeof statements === 'function' ? statements(db) : statements) {
      results.push(is(statement, SQL) ? (await db.execute(statement)).rows : await statement)
    }
    await client.query('COMMIT')
    failed = false
    return results
  } finally {
    client.off('error', ignore)
    // The server rolls back when the connection closes.
    client.release(failed)
  }
}

const ignore = () => {}
