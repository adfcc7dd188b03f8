import { createHash } from 'node:crypto'
import { lazyPackage } from '../../../platform/process/lazy.ts'
import type { Hasher, PreferredHasher } from './hasher.ts'

/** Only the workers hash: no other thread loads the library. */
const bcrypt = lazyPackage<typeof import('bcryptjs')>('bcryptjs')

/** Maximum logarithmic cost that is checked: about two seconds. */
const MAX_COST = 15

const FORMAT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** Reads `$2b$12$…`, a hash of the password after `secretOf`. */
function readBcrypt(hash: string, secretOf: (password: string) => string): ReturnType<Hasher['read']> {
  const cost = Number(FORMAT.exec(hash)?.[1])
  if (!(cost >= 4 && cost <= 31)) return null
  if (cost > MAX_COST) return 'too_costly'
  return { cost: String(cost), matches: (password) => bcrypt().compareSync(secretOf(password), hash) }
}

/** `bcrypt$$2b$12$…`, Django's BCryptPasswordHasher: only the first 72 bytes of a password count. */
export const bcryptHasher: Hasher = {
  algorithm: 'bcrypt',
  read: (rest) => readBcrypt(rest, (password) => password),
}

const BCRYPT_SHA256 = 'bcrypt_sha256'

// bcrypt reads at most 72 bytes and stops at NUL. A hexadecimal digest avoids both problems.
const digest = (password: string): string => createHash('sha256').update(password, 'utf8').digest('hex')

/** `bcrypt_sha256$$2b$12$…`, Django's BCryptSHA256PasswordHasher, with bcrypt's logarithmic cost. */
export const createBcryptSha256 = (cost: number): PreferredHasher => ({
  algorithm: BCRYPT_SHA256,
  cost: String(cost),
  dummy: `${BCRYPT_SHA256}$$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`,
  hash: (password) => `${BCRYPT_SHA256}$${bcrypt().hashSync(digest(password), bcrypt().genSaltSync(cost))}`,
  read: (rest) => readBcrypt(rest, digest),
})
