import { sql } from 'drizzle-orm'
import type { ClientBase, Pool } from 'pg'
import type { Log } from '../logging/logger.ts'
import { createOnce } from './create-once.ts'
import type { PeopleSearch } from './database.ts'

/** The searched text; two spaces mark the beginning of each address and name. */
const TEXT = `('  ' || email || '  ' || first_name || '  ' || last_name)`

/**
 * Creates the index that finds any part of an address or name. It needs the extension pg_trgm, which the owner of a
 * database may add; without it, users are found by the beginning of their address only, and every start tries again.
 */
export async function prepareSearch(pool: Pool, log: Log): Promise<PeopleSearch> {
  try {
    await createOnce(pool, 'search', hasIndex('users_search'), createTrigrams)
    return byTrigrams
  } catch (error) {
    log.warn(
      { err: error },
      "the extension pg_trgm can't be added to the database, so administrators can search users by the beginning of their " +
        'address only. Let its owner run CREATE EXTENSION pg_trgm, grant this user USAGE on its schema, then ' +
        'start again',
    )
    await createOnce(pool, 'search', hasIndex('users_email_beginning'), createBeginnings)
    return byBeginning
  }
}

/** Whether that index belongs to our own table; other schemas may have one of the same name. */
const hasIndex = (name: string) => async (client: ClientBase) => {
  const { rowCount } = await client.query(
    `SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = to_regclass('users') AND relname = $1`,
    [name],
  )
  return rowCount === 1
}

async function createTrigrams(client: ClientBase): Promise<void> {
  if (!(await trigramSchema(client))) await client.query('CREATE EXTENSION IF NOT EXISTS pg_trgm')
  // With its schema, since the extension's may not be in the search_path.
  const operators = `${await trigramSchema(client)}.gin_trgm_ops`
  await client.query(`CREATE INDEX users_search ON users USING gin (${TEXT} ${operators})`)
}

async function trigramSchema(client: ClientBase): Promise<string | undefined> {
  const { rows } = await client.query(
    "SELECT quote_ident(nspname) AS schema FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'",
  )
  return rows[0]?.schema
}

async function createBeginnings(client: ClientBase): Promise<void> {
  await client.query('CREATE INDEX users_email_beginning ON users (email_canonical text_pattern_ops)')
}

/** With less than three characters, a word must be the beginning of an address or name. */
const byTrigrams: PeopleSearch = (words, before, limit) => {
  const like = (word: string) => sql`${sql.raw(TEXT)} ILIKE ${patternOf(word)}`
  const each = words.map((word) => sql`(${sql.join(spellings(word).map(like), sql` OR `)})`)
  return sql`SELECT id FROM users WHERE ${sql.join(each, sql` AND `)} AND id < ${before}
    ORDER BY id DESC LIMIT ${limit}`
}

const byBeginning: PeopleSearch = (words, before, limit) =>
  sql`SELECT id FROM users
    WHERE email_canonical LIKE ${`${escaped(words.join(' ').toLowerCase())}%`} AND id < ${before}
    ORDER BY id DESC LIMIT ${limit}`

const patternOf = (word: string): string =>
  [...word].length < 3 ? `%  ${escaped(word)}%` : `%${escaped(word)}%`

/** A database with locale C treats Ä and ä as two letters: there, the usual spellings of a word are searched. */
function spellings(word: string): string[] {
  const small = word.toLowerCase()
  const [first = '', ...rest] = small
  return /^\p{ASCII}*$/u.test(word)
    ? [word]
    : [...new Set([word, small, first.toUpperCase() + rest.join('')])]
}

const escaped = (word: string): string => word.replace(/[\\%_]/g, '\\$&')
