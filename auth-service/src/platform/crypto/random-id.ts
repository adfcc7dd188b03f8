import { randomBytes } from 'node:crypto'

/** Characters of such an id. */
export const TOKEN_LENGTH = 22

/** An unguessable id: 128 random bits in base64url. A command would read one with a leading dash as an option. */
export const randomToken = (): string => randomBytes(16).toString('base64url').replace(/^-/, '_')

/** Whether the text has the form of such an id. Others need no look-up, and may be invalid text for a database. */
export const isRandomToken = (text: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(text)

/**
 * The token at the beginning of an emailed link's parameter; `null` if there is none. Mail programs and users may
 * append what follows a link, such as a full stop or a bracket.
 */
export const readToken = (given: unknown): string | null =>
  typeof given === 'string' ? (/^\s*([A-Za-z0-9_-]{22})/.exec(given)?.[1] ?? null) : null
