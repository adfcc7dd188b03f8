import { createHash } from 'node:crypto'
import { bcrypt, readBcrypt } from './bcrypt.ts'
import type { PreferredHasher } from './hasher.ts'

const ALGORITHM = 'bcrypt_sha256'

// bcrypt reads at most 72 bytes and stops at NUL. A hexadecimal digest avoids both problems.
const digest = (password: string): string => createHash('sha256').update(password, 'utf8').digest('hex')

/** `bcrypt_sha256$$2b$12$…`, Django's BCryptSHA256PasswordHasher, with bcrypt's logarithmic cost. */
export const createBcryptSha256 = (cost: number): PreferredHasher => ({
  algorithm: ALGORITHM,
  cost: String(cost),
  dummy: `${ALGORITHM}$$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`,
  hash: (password) => `${ALGORITHM}$${bcrypt().hashSync(digest(password), bcrypt().genSaltSync(cost))}`,
  read: (rest) => readBcrypt(rest, digest),
})
