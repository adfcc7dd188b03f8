import { randomBytes } from 'node:crypto'

/** An id nobody can guess: 128 random bits in base64url. */
export const randomToken = (): string => randomBytes(16).toString('base64url')

/** Whether the text may be one of those ids. What is not need not be looked for, and may be no text for a database. */
export const isRandomToken = (text: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(text)

/**
 * The token at the beginning of what came with a mailed link; `null` where there is none. Mail programs and people take
 * along what stands behind a link, such as a full stop or a bracket.
 */
export const readToken = (given: unknown): string | null =>
  typeof given === 'string' ? (/^\s*([A-Za-z0-9_-]{22})/.exec(given)?.[1] ?? null) : null
