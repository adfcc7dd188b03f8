import { randomBytes } from 'node:crypto'

/** An id nobody can guess: 128 random bits in base64url. */
export const randomToken = (): string => randomBytes(16).toString('base64url')
