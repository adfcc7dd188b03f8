import type { Database as SqliteClient } from 'better-sqlite3'
import type { ClientBase, Pool } from 'pg'
import { RateLimiterPostgres, type RateLimiterRes, RateLimiterSQLite } from 'rate-limiter-flexible'
import { createOnce } from './create-once.ts'

/** Counts attempts by key, atomically across all processes on the database. */
export interface RateLimiter {
  /** Consumes one. Rejects with RateLimiterRes if none is left, and with an error on an outage. */
  consume(key: string): Promise<RateLimiterRes>
  /** Gives one back. */
  reward(key: string): Promise<RateLimiterRes>
}

export interface RateLimiterOptions {
  readonly keyPrefix: string
  /** How many are allowed. */
  readonly points: number
  /** Seconds until they are allowed again, from the first one. */
  readonly duration: number
}

export interface RateLimits {
  limiter(options: RateLimiterOptions): RateLimiter
  /** Deletes expired counts. */
  deleteExpired(): Promise<void>
}

/** The library creates it and knows its columns: no migration does. */
const TABLE = 'rate_limits'
const DELETE_EXPIRED = `DELETE FROM ${TABLE} WHERE expire <=`

// Its own clean-up would continue after the database is closed.
const TABLE_OPTIONS = { tableName: TABLE, tableCreated: true, clearExpiredByTimeout: false }
const CREATION = { ...TABLE_OPTIONS, tableCreated: false, points: 1, duration: 1 }

/** How long to wait for other processes that create the table, in ms. */
const CREATION_TIMEOUT = 30_000

export async function openSqliteRateLimits(client: SqliteClient): Promise<RateLimits> {
  const store = { storeClient: client, storeType: 'better-sqlite3' }
  const timeout = client.pragma('busy_timeout', { simple: true }) as number
  client.pragma(`busy_timeout = ${CREATION_TIMEOUT}`)
  await made((done) => new RateLimiterSQLite({ ...store, ...CREATION }, done))
  client.pragma(`busy_timeout = ${timeout}`)
  const deleteExpired = client.prepare(`${DELETE_EXPIRED} ?`)
  return {
    limiter: (options) => new RateLimiterSQLite({ ...store, ...TABLE_OPTIONS, ...options }),
    async deleteExpired() {
      deleteExpired.run(Date.now())
    },
  }
}

export function openPostgresRateLimits(pool: Pool): RateLimits {
  const store = { storeClient: pool, storeType: 'pool' }
  return {
    limiter: (options) => new RateLimiterPostgres({ ...store, ...TABLE_OPTIONS, ...options }),
    async deleteExpired() {
      await pool.query(`${DELETE_EXPIRED} $1`, [Date.now()])
    },
  }
}

/** Creates the table unless it exists, also when many services start at once: in Postgres, two could collide. */
export const makePostgresRateLimits = (pool: Pool): Promise<void> =>
  createOnce(pool, 'rateLimits', isThere, async (client) => {
    const store = { storeClient: client, storeType: 'client' }
    await made((done) => new RateLimiterPostgres({ ...store, ...CREATION }, done))
  })

/** Checked first: `CREATE TABLE IF NOT EXISTS` requires the right to create tables even if it exists. */
async function isThere(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [TABLE])
  return rows[0].there
}

const made = (make: (done: (error?: Error) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    make((error) => (error ? reject(error) : resolve()))
  })
