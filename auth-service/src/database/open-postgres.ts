import { migratePostgres } from '@latchkey/jwt-middleware/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import type { Log } from '../log.ts'
import { createPostgresAnnounce } from './announce-postgres.ts'
import { MIGRATIONS_TABLE, migrationsFolder } from './migrations.ts'
import { makePostgresRateLimits, openPostgresRateLimits } from './rate-limits.ts'
import * as tables from './schema-postgres.ts'
import { prepareSearch } from './search-postgres.ts'
import type { Database, PeopleSearch } from './types.ts'
import { createPostgresWatch } from './watch-postgres.ts'

/** How long to wait for a connection, from the pool or to the server, in ms. */
const CONNECTION_TIMEOUT = 5000
/** How long to wait for an answer, in ms: a server that hangs is an outage, not a reason to hang too. */
const QUERY_TIMEOUT = 10_000

/** Opens `postgres://…`; parameters of the address, such as `sslmode`, are the driver's. */
export async function openPostgres(url: string, log: Log): Promise<Database> {
  const searchPeople = await migrate(url, log)
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
    keepAlive: true,
  })
  // Without a listener, a connection that breaks while idle would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'))
  return {
    db: drizzle(pool),
    ...tables,
    dialect: 'postgres',
    announce: createPostgresAnnounce(pool),
    watch: createPostgresWatch({ url, log, timeout: CONNECTION_TIMEOUT }),
    searchPeople,
    rateLimits: openPostgresRateLimits(pool),
    async ping() {
      await pool.query('SELECT 1')
    },
    close: () => pool.end(),
  }
}

/** Over a connection of its own, without a time limit: a migration takes as long as it takes. */
async function migrate(url: string, log: Log): Promise<PeopleSearch> {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECTION_TIMEOUT })
  pool.on('error', () => {})
  try {
    await migratePostgres(pool, { folder: migrationsFolder('postgres'), table: MIGRATIONS_TABLE })
    await makePostgresRateLimits(pool)
    return await prepareSearch(pool, log)
  } finally {
    await pool.end()
  }
}
