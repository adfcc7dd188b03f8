import type { Database as SqliteClient } from 'better-sqlite3'
import type { ClientBase, Pool } from 'pg'
import { RateLimiterPostgres, type RateLimiterRes, RateLimiterSQLite } from 'rate-limiter-flexible'
import { createOnce } from './create-once.ts'

/** Counts what is taken by each key, atomically and for all processes on the database. */
export interface RateLimiter {
  /** Takes one. Rejects with RateLimiterRes where no more is left, and with an error on an outage. */
  consume(key: string): Promise<RateLimiterRes>
  /** Gives one back. */
  reward(key: string): Promise<RateLimiterRes>
}

export interface RateLimiterOptions {
  readonly keyPrefix: string
  /** How many may be taken. */
  readonly points: number
  /** Seconds until they may be taken anew, from the first that is taken. */
  readonly duration: number
}

export interface RateLimits {
  limiter(options: RateLimiterOptions): RateLimiter
  /** Deletes what no longer counts. */
  sweep(): Promise<void>
}

/** The library makes it and knows its columns: no migration of ours does. */
const TABLE = 'rate_limits'
const SWEEP = `DELETE FROM ${TABLE} WHERE expire <=`

// Its own sweeping goes on after the database is closed.
const TABLE_OPTIONS = { tableName: TABLE, tableCreated: true, clearExpiredByTimeout: false }
const CREATION = { ...TABLE_OPTIONS, tableCreated: false, points: 1, duration: 1 }

/** How long to wait for other processes that make the table, in ms. */
const CREATION_TIMEOUT = 30_000

export async function openSqliteRateLimits(client: SqliteClient): Promise<RateLimits> {
  const store = { storeClient: client, storeType: 'better-sqlite3' }
  const timeout = client.pragma('busy_timeout', { simple: true }) as number
  client.pragma(`busy_timeout = ${CREATION_TIMEOUT}`)
  await made((done) => new RateLimiterSQLite({ ...store, ...CREATION }, done))
  client.pragma(`busy_timeout = ${timeout}`)
  const sweep = client.prepare(`${SWEEP} ?`)
  return {
    limiter: (options) => new RateLimiterSQLite({ ...store, ...TABLE_OPTIONS, ...options }),
    async sweep() {
      sweep.run(Date.now())
    },
  }
}

export function openPostgresRateLimits(pool: Pool): RateLimits {
  const store = { storeClient: pool, storeType: 'pool' }
  return {
    limiter: (options) => new RateLimiterPostgres({ ...store, ...TABLE_OPTIONS, ...options }),
    async sweep() {
      await pool.query(`${SWEEP} $1`, [Date.now()])
    },
  }
}

/** A number that nobody else in this database locks by: two more than that of the feed. */
const LOCK = 3_237_158_103

/** Makes the table unless it is there, however many services start at once: Postgres itself would let two collide. */
export const makePostgresRateLimits = (pool: Pool): Promise<void> =>
  createOnce(pool, LOCK, isThere, async (client) => {
    const store = { storeClient: client, storeType: 'client' }
    await made((done) => new RateLimiterPostgres({ ...store, ...CREATION }, done))
  })

/** Asked first: `CREATE TABLE IF NOT EXISTS` wants the right to make tables even where there is nothing to make. */
async function isThere(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [TABLE])
  return rows[0].there
}

const made = (make: (done: (error?: Error) => void) => unknown): Promise<void> =>
  new Promise((resolve, reject) => {
    make((error) => (error ? reject(error) : resolve()))
  })
