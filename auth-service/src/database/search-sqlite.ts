import { sql } from 'drizzle-orm'
import type { PeopleSearch } from './types.ts'

/** By the trigrams of the table `users_search` (FTS5), whose ids are the people's, negative. */
export const searchByTrigrams: PeopleSearch = (words, before, limit) =>
  sql`SELECT -rowid AS id FROM users_search
    WHERE users_search MATCH ${words.map(phraseOf).join(' ')} AND rowid > ${-before}
    ORDER BY rowid LIMIT ${limit}`

/** Trigrams have three characters: of less, an address or name must begin with it. */
const phraseOf = (word: string): string =>
  `"${' '.repeat(Math.max(0, 3 - [...word].length))}${word.replaceAll('"', '""')}"`
