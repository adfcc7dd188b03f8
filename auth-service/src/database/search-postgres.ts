import { sql } from 'drizzle-orm'
import type { Pool } from 'pg'
import type { Log } from '../log.ts'
import type { PeopleSearch } from './types.ts'

/** What is searched; two spaces make the beginning of each address and name something to find. */
const TEXT = `('  ' || email || '  ' || first_name || '  ' || last_name)`

const TRIGRAMS = [
  'CREATE EXTENSION IF NOT EXISTS pg_trgm',
  `CREATE INDEX IF NOT EXISTS users_search ON users USING gin (${TEXT} gin_trgm_ops)`,
]
const BEGINNINGS = [
  'CREATE INDEX IF NOT EXISTS users_email_beginning ON users (email_canonical text_pattern_ops)',
]

/** A number that nobody else in this database locks by: one more than that of announcements. */
const LOCK = 3_237_158_102

/**
 * Makes the index that finds any part of an address or a name. It needs pg_trgm, an extension that the owner of a
 * database may add; where that is refused or missing, people are found by the beginning of their address alone, and
 * every start tries again.
 */
export async function prepareSearch(pool: Pool, log: Log): Promise<PeopleSearch> {
  try {
    await onceFor('users_search', pool, TRIGRAMS)
    return byTrigrams
  } catch (error) {
    log.warn(
      { err: error },
      'the extension pg_trgm can not be added to the database: administrators find people by the beginning of their ' +
        'address only. Let its owner run CREATE EXTENSION pg_trgm, then start again',
    )
    await onceFor('users_email_beginning', pool, BEGINNINGS)
    return byBeginning
  }
}

/** Makes an index unless it is there, however many services start at once. */
async function onceFor(index: string, pool: Pool, statements: readonly string[]): Promise<void> {
  const client = await pool.connect()
  try {
    const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [index])
    if (rows[0].there) return
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    for (const statement of statements) await client.query(statement)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

/** Of less than three characters, an address or name must begin with it. */
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

/** A database of the locale C takes Ä and ä for two letters: there, a word is looked for as it is usually written. */
function spellings(word: string): string[] {
  const small = word.toLowerCase()
  const [first = '', ...rest] = small
  return /^\p{ASCII}*$/u.test(word)
    ? [word]
    : [...new Set([word, small, first.toUpperCase() + rest.join('')])]
}

const escaped = (word: string): string => word.replace(/[\\%_]/g, '\\$&')
