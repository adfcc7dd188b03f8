import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { databaseTrouble } from '../../../platform/database/explain-db-error.ts'
import { isPostgresUrl } from '../../../platform/database/open.ts'
import { postgresConnection, readPostgresUrl } from '../../../platform/database/postgres-url.ts'
import { readSqliteUrl, sqlitePath } from '../../../platform/database/sqlite-url.ts'
import { type Finding, findingsOf } from '../finding.ts'

const { ok, warn, fail } = findingsOf('app database')

/** Time-outs for the connection and for an answer, in ms. */
const TIMEOUT = 5000

/** A column, and where its foreign key leads. */
interface Reference {
  readonly table: string
  readonly column: string
  /** What happens to its rows with the row that they refer to, such as `CASCADE`. */
  readonly onDelete: string
}

/** What is seen of the database of an app. */
interface Seen {
  readonly hasUsers: boolean
  /** Columns with a foreign key to local users. */
  readonly references: readonly Reference[]
  /** Columns of whole numbers without a foreign key. */
  readonly free: readonly Pick<Reference, 'table' | 'column'>[]
  /** Tables that a change left behind. */
  readonly leftover: readonly string[]
}

/**
 * What is wrong with the address of a database, which is not quoted, since it may contain a password; `null` if
 * nothing.
 */
export function problemWithAppDatabase(url: string): string | null {
  const isFile = url.startsWith('file:') || !/^[a-z][a-z0-9+.-]+:/i.test(url)
  if (!isPostgresUrl(url) && !isFile)
    return '--app-database is not the address of a supported database. Pass file:app.sqlite or postgres://user:password@host/name'
  const read = isPostgresUrl(url) ? readPostgresUrl(url) : readSqliteUrl(url)
  return read.ok ? null : `--app-database ${read.reason}.`
}

/**
 * Whether the rows of an app go with its local users: the foreign keys to `latchkey_users`, and columns that look as if
 * they lacked one. Migrations of drizzle-kit on SQLite may lose it without a word.
 */
export async function checkAppDatabase(url: string): Promise<readonly Finding[]> {
  const path = isPostgresUrl(url) ? null : resolve(sqlitePath(url))
  if (path !== null && !existsSync(path)) {
    return [
      fail(
        `There is no database at ${path}.`,
        'Pass the file of the app, such as --app-database file:app.sqlite.',
      ),
    ]
  }
  try {
    return findingsFor(path === null ? await seePostgres(url) : await seeSqlite(path))
  } catch (error) {
    const trouble = databaseTrouble(error)
    if (!trouble) throw error
    return [fail(`The database of the app can't be used: ${trouble.what}.`, trouble.remedy)]
  }
}

/** Names of columns for the id of a user. */
const OF_USER = /^(.*_)?user_?id$/i

function findingsFor({ hasUsers, references, free, leftover }: Seen): readonly Finding[] {
  if (!hasUsers) {
    return [
      warn(
        'It has no table latchkey_users.',
        'Start the app once with the middleware, which creates it. An app with a table of its own for users needs none, and is not checked.',
      ),
    ]
  }
  const suspects = free.filter(({ table, column }) => OF_USER.test(column) && !/\blatchkey_/.test(table))
  const bound = references.filter(({ onDelete }) => !/^(CASCADE|SET NULL|SET DEFAULT)$/i.test(onDelete))
  const well = references.filter((one) => !bound.includes(one))
  return [
    ...(references.length === 0 && suspects.length === 0
      ? [ok('It has latchkey_users, and no column looks like the ID of a user.')]
      : []),
    ...well.map(({ table, column, onDelete }) =>
      ok(`${table}.${column} refers to latchkey_users (ON DELETE ${onDelete}).`),
    ),
    ...bound.map(({ table, column, onDelete }) =>
      warn(
        `${table}.${column} refers to latchkey_users with ON DELETE ${onDelete}, so a local user with such rows can't be deleted.`,
        'Make the column again with ON DELETE CASCADE: docs/local-users.md has the statements.',
      ),
    ),
    ...suspects.map(({ table, column }) =>
      warn(
        `${table}.${column} has no foreign key. If it holds the id of a local user, its rows stay when the user is deleted.`,
        'Make the column again with REFERENCES latchkey_users(id) ON DELETE CASCADE: docs/local-users.md has the statements.',
      ),
    ),
    ...leftover.map((table) =>
      warn(
        `${table} is left over from a change by drizzle-kit that failed.`,
        'See whether the table that it was to replace has its foreign keys, then run drizzle-kit push again, which removes it.',
      ),
    ),
  ]
}

async function seeSqlite(path: string): Promise<Seen> {
  const { default: SQLite } = await import('better-sqlite3')
  const client = new SQLite(path, { readonly: true, fileMustExist: true, timeout: TIMEOUT })
  try {
    const all = <Row>(statement: string) => client.prepare<[], Row>(statement).all()
    const tables = all<{ name: string }>(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'",
    ).map(({ name }) => name)
    const keys = all<Reference & { readonly target: string }>(
      `SELECT m.name AS "table", f."from" AS "column", f."table" AS target, f.on_delete AS onDelete
       FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'`,
    )
    const columns = all<Pick<Reference, 'table' | 'column'>>(
      `SELECT m.name AS "table", i.name AS "column" FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS i
       WHERE m.type = 'table' AND i.type LIKE '%INT%'`,
    )
    const has = ({ table, column }: Pick<Reference, 'table' | 'column'>) =>
      keys.some((key) => key.table === table && key.column.toLowerCase() === column.toLowerCase())
    return {
      hasUsers: tables.includes('latchkey_users'),
      references: keys.filter(({ target }) => target.toLowerCase() === 'latchkey_users'),
      free: columns.filter((one) => !has(one) && !one.table.startsWith('__new_')),
      leftover: tables.filter((name) => name.startsWith('__new_')),
    }
  } finally {
    client.close()
  }
}

const RULES: Readonly<Record<string, string>> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
}

async function seePostgres(url: string): Promise<Seen> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    ...postgresConnection(url),
    connectionTimeoutMillis: TIMEOUT,
    query_timeout: TIMEOUT,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows: users } = await client.query("SELECT 1 FROM pg_class WHERE relname = 'latchkey_users'")
    const { rows: keys } = await client.query<{ table: string; column: string; rule: string }>(
      `SELECT k.conrelid::regclass::text AS "table", a.attname AS "column", k.confdeltype AS rule
       FROM pg_constraint AS k
       JOIN pg_class AS target ON target.oid = k.confrelid AND target.relname = 'latchkey_users'
       JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
       WHERE k.contype = 'f' ORDER BY 1, 2`,
    )
    const { rows: free } = await client.query<Pick<Reference, 'table' | 'column'>>(
      `SELECT c.oid::regclass::text AS "table", a.attname AS "column"
       FROM pg_attribute AS a
       JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('int4'::regtype, 'int8'::regtype)
         AND n.nspname NOT IN ('pg_catalog', 'information_schema')
         AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k
           WHERE k.contype = 'f' AND k.conrelid = c.oid AND a.attnum = ANY (k.conkey))
       ORDER BY 1, 2`,
    )
    return {
      hasUsers: users.length > 0,
      references: keys.map(({ rule, ...key }) => ({ ...key, onDelete: RULES[rule] ?? rule })),
      free,
      leftover: [],
    }
  } finally {
    await client.end()
  }
}
