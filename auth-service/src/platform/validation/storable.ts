/** The text as both databases can store it: Postgres rejects NUL and half of a surrogate pair. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
