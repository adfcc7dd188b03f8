import type { PasswordHasher } from '../../../platform/config/password-config.ts'
import { argon2Hasher } from './argon2.ts'
import { bcryptHasher, createBcryptSha256 } from './bcrypt.ts'
import type { Hasher, PreferredHasher, StoredHash } from './hasher.ts'
import { pbkdf2Sha1Hasher, pbkdf2Sha256Hasher } from './pbkdf2.ts'
import { scryptHasher } from './scrypt.ts'

/** bcrypt's logarithmic cost: a third of a second. */
export const BCRYPT_COST = 12

/** Longest hash that is parsed, in characters. */
const MAX_LENGTH = 512

const HASHERS = new Map<string, Hasher>(
  [
    createBcryptSha256(BCRYPT_COST),
    argon2Hasher,
    pbkdf2Sha256Hasher,
    pbkdf2Sha1Hasher,
    bcryptHasher,
    scryptHasher,
  ].map((hasher) => [hasher.algorithm, hasher]),
)

/** The text before the first `$`. */
export const algorithmOf = (encoded: string): string => encoded.slice(0, Math.max(0, encoded.indexOf('$')))

/** A stored hash of a known kind; `null` for any other text, including Django's unusable `!…`. */
export function readHash(encoded: string): StoredHash | null {
  const read = take(encoded)
  return read === 'too_costly' ? null : read
}

/** Whether it is a hash of a known kind that is too expensive to check, so that its user cannot sign in. */
export const isTooCostly = (encoded: string): boolean => take(encoded) === 'too_costly'

function take(encoded: string): ReturnType<Hasher['read']> {
  if (encoded.length > MAX_LENGTH) return null
  const algorithm = algorithmOf(encoded)
  return HASHERS.get(algorithm)?.read(encoded.slice(algorithm.length + 1)) ?? null
}

export const preferredHasher = (name: PasswordHasher, bcryptCost: number): PreferredHasher =>
  name === 'argon2id' ? argon2Hasher : createBcryptSha256(bcryptCost)

/** Whether `hasher` would create this hash today. */
export const isCurrent = (encoded: string, hasher: PreferredHasher): boolean =>
  algorithmOf(encoded) === hasher.algorithm && readHash(encoded)?.cost === hasher.cost
