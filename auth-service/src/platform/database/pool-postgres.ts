import { retryLostRaces } from '@latchkey/jwt-middleware/postgres'
import pg from 'pg'

/** Time-out for a connection, from the pool or to the server, in ms. */
export const CONNECTION_TIMEOUT = 5000

export interface PostgresPool {
  readonly pool: pg.Pool
  /** Stops using named prepared statements: a pooler may run the next one on another connection. */
  useNoNames(): void
}

/** A pool that repeats single statements which lost a race. */
export function createPool(options: pg.PoolConfig): PostgresPool {
  const pool = new pg.Pool({ connectionTimeoutMillis: CONNECTION_TIMEOUT, keepAlive: true, ...options })
  const query = pool.query.bind(pool) as (...args: readonly unknown[]) => Promise<unknown>
  let names = true

  const run = (statement: unknown, values: unknown) =>
    retryLostRaces(() => query(names ? statement : withoutName(statement), values)).catch((error) => {
      if (!names || !isLostStatement(error)) throw error
      names = false
      return query(withoutName(statement), values)
    })
  pool.query = run as typeof pool.query
  return {
    pool,
    useNoNames() {
      names = false
    },
  }
}

const withoutName = (statement: unknown): unknown =>
  typeof statement === 'object' ? { ...statement, name: undefined } : statement

/** Whether a prepared statement is unknown on its connection, or already exists: there is a pooler in between. */
const isLostStatement = (error: unknown): boolean =>
  ['26000', '42P05'].includes(String((error as { code?: unknown }).code))

/**
 * Whether a pooler such as PgBouncer is between this connection and Postgres: it reports numbers of its own instead of
 * the server's process.
 */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return rows[0].pid !== (client as unknown as { processID: unknown }).processID
}
