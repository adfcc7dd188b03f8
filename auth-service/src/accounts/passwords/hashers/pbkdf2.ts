import { pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { Hasher } from './hasher.ts'

/** Maximum iterations that are checked: a few seconds. Django 5.2 uses a million. */
const MAX_ITERATIONS = 5_000_000

const FORMAT = /^([1-9]\d{0,9})\$([^$]{1,128})\$([A-Za-z0-9+/]{27,43}=)$/

/** `pbkdf2_sha256$iterations$salt$hash`, Django's PBKDF2PasswordHasher, and its older variant with SHA-1. */
const createPbkdf2 = (digest: 'sha256' | 'sha1', length: number): Hasher => ({
  algorithm: `pbkdf2_${digest}`,
  read(rest) {
    const [, iterations = '', salt = '', encoded = ''] = FORMAT.exec(rest) ?? []
    const expected = Buffer.from(encoded, 'base64')
    if (expected.length !== length) return null
    if (Number(iterations) > MAX_ITERATIONS) return 'too_costly'
    return {
      cost: iterations,
      matches: (password) =>
        timingSafeEqual(pbkdf2Sync(password, salt, Number(iterations), length, digest), expected),
    }
  },
})

export const pbkdf2Sha256Hasher = createPbkdf2('sha256', 32)
export const pbkdf2Sha1Hasher = createPbkdf2('sha1', 20)
