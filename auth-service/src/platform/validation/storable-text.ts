/** What no database or JSON parser keeps unchanged: NUL, or half of a surrogate pair. */
export const UNSTORABLE = /[\0\p{Cs}]/u

/** Text that every database and JSON parser keeps unchanged. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text)

const ALL_UNSTORABLE = new RegExp(UNSTORABLE, 'gu')

/**
 * The text as both databases can store it: Postgres rejects NUL and half of a surrogate pair, which become U+FFFD.
 */
export const storable = (text: string): string => text.replace(ALL_UNSTORABLE, '\uFFFD')
