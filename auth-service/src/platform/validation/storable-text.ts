/** What no database or JSON parser keeps unchanged: NUL, or half of a surrogate pair. */
export const UNSTORABLE = /[\0\p{Cs}]/u

/** Text that every database and JSON parser keeps unchanged. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text)

/** The text as both databases can store it: Postgres rejects NUL and half of a surrogate pair. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
