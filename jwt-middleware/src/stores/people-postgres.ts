import type { Pool } from 'pg'
import { GRANT, PEOPLE_VIEW, type PeopleReader, type PersonRow, unreadableBecause } from './people-reader.ts'
import { retryLostRaces } from './retry.ts'

/** Time-outs for a connection and for an answer, in ms: a hanging server is an outage. */
const [CONNECTION_TIMEOUT, QUERY_TIMEOUT] = [5000, 5000] as const

/** Reads people from Postgres. Nothing is opened before the first question. */
export function readPostgresPeople(url: string, schema: string | undefined): PeopleReader {
  let pool: Promise<Pool> | undefined
  let query: Promise<string> | undefined

  return {
    async find(uuid) {
      pool ??= openPool(url)
      const open = await pool
      try {
        query ??= queryOf(open, schema)
        const text = await query
        const { rows } = await retryLostRaces(() => open.query<PersonRow>(text, [uuid]))
        return rows[0]
      } catch (error) {
        // By the next time, the view may have been created or moved.
        query = undefined
        throw error
      }
    },
    async close() {
      await (await pool?.catch(() => undefined))?.end()
    },
  }
}

async function openPool(url: string): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
    keepAlive: true,
    // An app that has nothing else to do may end.
    allowExitOnIdle: true,
  })
  // Without a listener, an idle connection that breaks would end the process. The next question tells what is wrong.
  return pool.on('error', () => {})
}

/** Names the schema of the view, whatever the role's `search_path` is. */
async function queryOf(pool: Pool, schema: string | undefined): Promise<string> {
  const { rows } = await pool.query<Place>(PLACES, [PEOPLE_VIEW, schema ?? null])
  const [place, other] = rows
  if (!place) throw unreadableBecause(`there is no view ${PEOPLE_VIEW} that this role may read`, GRANT)
  // Someone else's may be among them.
  if (other) {
    throw unreadableBecause(
      `several schemas have a view ${PEOPLE_VIEW}: ${rows.map(({ plain }) => plain).join(', ')}`,
      'Name the one of the auth service with the option schema',
    )
  }
  if (place.mayMore) {
    process.emitWarning(
      `The role of authDatabase() can use more than the view ${PEOPLE_VIEW}, for example read password hashes. Make a role that can't: npx latchkey grant-reader ROLE --create`,
      { code: 'LATCHKEY_READER' },
    )
  }
  return `SELECT * FROM ${place.quoted}.${PEOPLE_VIEW} WHERE uuid = $1`
}

interface Place {
  readonly plain: string
  readonly quoted: string
  readonly mayMore: boolean
}

const PLACES = `
  SELECT nspname AS plain, quote_ident(nspname) AS quoted, EXISTS (
      SELECT FROM pg_class AS beside WHERE beside.relnamespace = pg_class.relnamespace
      AND beside.relname IN ('users', 'sessions', 'signing_keys') AND beside.relkind = 'r'
      AND has_table_privilege(beside.oid, 'SELECT, INSERT, UPDATE, DELETE')) AS "mayMore"
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relname = $1 AND relkind = 'v' AND nspname = coalesce($2, nspname)
    AND has_schema_privilege(pg_namespace.oid, 'USAGE') AND has_table_privilege(pg_class.oid, 'SELECT')
  ORDER BY 1`
