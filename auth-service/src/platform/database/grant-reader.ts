import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import pg from 'pg'
import { randomToken } from '../crypto/random-id.ts'
import { scramVerifier } from '../crypto/scram-verifier.ts'
import { PEOPLE_VIEW } from './people-view.ts'
import { postgresConnection } from './postgres-url.ts'
import { takeLock } from './service-locks.ts'

/** What a role may do now. */
export interface GrantedReader {
  readonly database: string
  /** Of a role that was created; `null` if it was there. */
  readonly password: string | null
}

const ATTEMPTS = 5

/** Another process granted something to the same role, or created it, from another database of the server. */
const LOST_RACES = ['XX000', '23505', '42710', '40001']
const FORBIDDEN = '42501'
const NO_TABLE = '42P01'

/**
 * Lets a role of Postgres read the view of people, and checks that it can use no table of the service. Repeating it
 * changes nothing. Throws what the driver throws.
 */
export async function grantReader(
  url: string,
  role: string,
  { create }: { readonly create: boolean },
): Promise<Result<GrantedReader, string>> {
  const problem = nameProblem(role)
  if (problem) return failure(problem)
  const client = new pg.Client({ ...postgresConnection(url), connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  await client.connect()
  try {
    for (let attempt = 1; ; attempt++) {
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
      try {
        // Two grants at once on one view would fail.
        await takeLock(client, 'grants')
        const granted = await grant(client, role, create)
        await client.query(granted.ok ? 'COMMIT' : 'ROLLBACK')
        return granted
      } catch (error) {
        await client.query('ROLLBACK')
        const code = String((error as { code?: unknown }).code)
        if (code === NO_TABLE) return failure(OLD_TABLES)
        if (code === FORBIDDEN) return failure(await asOwner(client, role))
        if (attempt === ATTEMPTS || !LOST_RACES.includes(code)) throw error
      }
    }
  } finally {
    await client.end()
  }
}

/** Names that Postgres reserves or shortens. `public` would be everyone, also in quotation marks. */
function nameProblem(role: string): string | null {
  const isFit = /^(?!pg_)[^\0]+$/.test(role) && Buffer.byteLength(role) <= 63
  return isFit && !['public', 'none'].includes(role)
    ? null
    : 'The name of a role has at most 63 bytes, does not begin with pg_, and is not public or none.'
}

interface View {
  readonly database: string
  readonly schema: string
}

/** In the schema of the service's own table of users. */
async function findView(client: pg.Client): Promise<View | undefined> {
  const { rows } = await client.query<View>(
    `SELECT current_database() AS database, nspname AS schema
    FROM pg_class AS own JOIN pg_namespace ON pg_namespace.oid = own.relnamespace
      JOIN pg_class AS view ON view.relnamespace = own.relnamespace AND view.relname = $1 AND view.relkind = 'v'
    WHERE own.oid = to_regclass('users')`,
    [PEOPLE_VIEW],
  )
  return rows[0]
}

interface Rights {
  readonly isSuperuser: boolean
  readonly mayConnect: boolean
  readonly mayUse: boolean
  readonly mayRead: boolean
  /** A table of the service that it can use, also by SET ROLE to a role whose rights it does not inherit. */
  readonly more: string | null
}

async function rightsOf(client: pg.Client, role: string, view: View): Promise<Rights | undefined> {
  const { rows } = await client.query<Rights>(RIGHTS, [role, view.schema, PEOPLE_VIEW])
  return rows[0]
}

const RIGHTS = `
  SELECT rolsuper AS "isSuperuser", has_database_privilege(role.oid, current_database(), 'CONNECT') AS "mayConnect",
    has_schema_privilege(role.oid, place.oid, 'USAGE') AS "mayUse", has_table_privilege(role.oid, view.oid, 'SELECT') AS "mayRead",
    (SELECT min(relname) FROM pg_class AS beside WHERE relnamespace = place.oid AND relowner = view.relowner AND oid <> view.oid
      AND relkind IN ('r', 'p', 'v', 'm') AND EXISTS (SELECT FROM pg_roles AS acting
        WHERE pg_has_role(role.oid, acting.oid, 'MEMBER')
          AND (has_table_privilege(acting.oid, beside.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
            OR has_any_column_privilege(acting.oid, beside.oid, 'SELECT, INSERT, UPDATE')))) AS more
  FROM pg_roles AS role, pg_namespace AS place JOIN pg_class AS view ON view.relnamespace = place.oid
  WHERE rolname = $1 AND nspname = $2 AND view.relname = $3`

async function grant(
  client: pg.Client,
  role: string,
  create: boolean,
): Promise<Result<GrantedReader, string>> {
  const view = await findView(client)
  if (!view) return failure(OLD_TABLES)
  const name = pg.escapeIdentifier(role)
  const schema = pg.escapeIdentifier(view.schema)
  const before = await rightsOf(client, role, view)
  if (!before && !create) return failure(await unknownRole(client, role))
  if (before?.isSuperuser)
    return failure(`The role ${name} is a superuser and can read everything. ${ANOTHER}`)
  if (before?.more) {
    return failure(
      `The role ${name} can use more than the view, for example the table ${before.more}. ${ANOTHER}, or take these rights away first: REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM ${name}`,
    )
  }
  const password = before ? null : randomToken()
  if (password !== null) {
    await client.query(`CREATE ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`)
  }
  const { mayConnect, mayUse, mayRead } = before ?? ((await rightsOf(client, role, view)) as Rights)
  // Only what is missing: the owner of the tables may not be the owner of the database or the schema.
  if (!mayConnect)
    await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(view.database)} TO ${name}`)
  if (!mayUse) await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${name}`)
  if (!mayRead) await client.query(`GRANT SELECT ON ${schema}.${PEOPLE_VIEW} TO ${name}`)
  // Without the right to grant, Postgres only warns.
  const after = await rightsOf(client, role, view)
  if (!after?.mayConnect || !after.mayUse || !after.mayRead) return failure(await asOwner(client, role))
  return success({ database: view.database, password })
}

const OLD_TABLES =
  'The tables are of an earlier version, or missing. Run "latchkey migrate", or start this version of the auth service.'

const ANOTHER = 'Choose another role'

/** Names are not folded to lower case here, as they would be in SQL without quotation marks. */
async function unknownRole(client: pg.Client, role: string): Promise<string> {
  const { rows } = await client.query(
    'SELECT rolname FROM pg_roles WHERE lower(rolname) = lower($1) LIMIT 1',
    [role],
  )
  const near = rows[0] ? ` There is ${pg.escapeIdentifier(rows[0].rolname)}: case matters.` : ''
  const name = pg.escapeIdentifier(role)
  return `There is no role ${name}.${near} Create it: with --create, which prints a password, or in SQL with CREATE ROLE ${name} LOGIN PASSWORD '…'`
}

/** The user in DATABASE_URL need not be allowed to create roles and to grant. */
async function asOwner(client: pg.Client, role: string): Promise<string> {
  const name = pg.escapeIdentifier(role)
  const view = await findView(client)
  const schema = pg.escapeIdentifier(view?.schema ?? 'public')
  const database = pg.escapeIdentifier(view?.database ?? 'latchkey')
  return [
    'The user in DATABASE_URL has no right to do this. Run what is missing as a superuser of Postgres, then this command again:',
    `CREATE ROLE ${name} LOGIN PASSWORD '…';`,
    `GRANT CONNECT ON DATABASE ${database} TO ${name};`,
    `GRANT USAGE ON SCHEMA ${schema} TO ${name};`,
    `GRANT SELECT ON ${schema}.${PEOPLE_VIEW} TO ${name};`,
  ].join('\n  ')
}
