import { randomBytes } from 'node:crypto'

/** An id nobody can guess: 128 random bits in base64url. */
export const randomToken = (): string => randomBytes(16).toString('base64url')

/** Whether the text may be one of those ids. What is not need not be looked for, and may be no text for a database. */
export const isRandomToken = (text: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(text)
