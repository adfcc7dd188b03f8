import { type SQL, sql } from 'drizzle-orm'
import type { PeopleSearch } from './database.ts'

/** How many users are read one by one: if most of them match, that is already a page. */
const ONE_BY_ONE = 1000

/** As the trigger of `users_search` writes it. */
const TEXT = sql.raw(`'  ' || email || '  ' || first_name || '  ' || last_name`)

/**
 * Searches the trigrams of the table `users_search` (FTS5), whose ids are the users', negated. Very common text is
 * found faster one by one, since FTS5 would read all matches before the page.
 */
export const searchByTrigrams: PeopleSearch = (words, before, limit) => {
  const byIndex = (from: SQL) =>
    sql`SELECT id FROM (SELECT -rowid AS id FROM users_search
      WHERE users_search MATCH ${words.map(phraseOf).join(' ')} AND rowid > -${from}
      ORDER BY rowid LIMIT ${limit})`
  // LIKE ignores case only in ASCII.
  if (!words.every((word) => /^\p{ASCII}*$/u.test(word))) return byIndex(sql`${before}`)
  const next = sql`SELECT id, ${TEXT} AS text FROM users WHERE id < ${before} ORDER BY id DESC LIMIT ${ONE_BY_ONE}`
  const each = words.map((word) => sql`text LIKE ${patternOf(word)} ESCAPE '\\'`)
  const last = sql`(SELECT min(id) FROM (${next}))`
  return sql`SELECT id FROM (${next}) WHERE ${sql.join(each, sql` AND `)}
    UNION ALL ${byIndex(sql`coalesce(${last}, 0)`)} LIMIT ${limit}`
}

/** Trigrams have three characters: a shorter word must be the beginning of an address or name. */
const padded = (word: string): string => ' '.repeat(Math.max(0, 3 - [...word].length)) + word

const phraseOf = (word: string): string => `"${padded(word).replaceAll('"', '""')}"`

const patternOf = (word: string): string => `%${padded(word).replace(/[\\%_]/g, '\\$&')}%`
