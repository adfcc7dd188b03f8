import { type SQL, sql } from 'drizzle-orm'
import type { PeopleSearch } from './database.ts'

/** How many people are looked at one by one: where most of them match, that is a page already. */
const ONE_BY_ONE = 1000

/** As the trigger of `users_search` writes it. */
const TEXT = sql.raw(`'  ' || email || '  ' || first_name || '  ' || last_name`)

/**
 * By the trigrams of the table `users_search` (FTS5), whose ids are the people's, negative. What nearly everybody has is
 * found sooner one by one: FTS5 would read all that come before the page.
 */
export const searchByTrigrams: PeopleSearch = (words, before, limit) => {
  const byIndex = (from: SQL) =>
    sql`SELECT id FROM (SELECT -rowid AS id FROM users_search
      WHERE users_search MATCH ${words.map(phraseOf).join(' ')} AND rowid > -${from}
      ORDER BY rowid LIMIT ${limit})`
  // LIKE knows the case of ASCII alone.
  if (!words.every((word) => /^\p{ASCII}*$/u.test(word))) return byIndex(sql`${before}`)
  const next = sql`SELECT id, ${TEXT} AS text FROM users WHERE id < ${before} ORDER BY id DESC LIMIT ${ONE_BY_ONE}`
  const each = words.map((word) => sql`text LIKE ${patternOf(word)} ESCAPE '\\'`)
  const last = sql`(SELECT min(id) FROM (${next}))`
  return sql`SELECT id FROM (${next}) WHERE ${sql.join(each, sql` AND `)}
    UNION ALL ${byIndex(sql`coalesce(${last}, 0)`)} LIMIT ${limit}`
}

/** Trigrams have three characters: of less, an address or name must begin with it. */
const padded = (word: string): string => ' '.repeat(Math.max(0, 3 - [...word].length)) + word

const phraseOf = (word: string): string => `"${padded(word).replaceAll('"', '""')}"`

const patternOf = (word: string): string => `%${padded(word).replace(/[\\%_]/g, '\\$&')}%`
