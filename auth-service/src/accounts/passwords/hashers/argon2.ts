import { lazyPackage } from '../../../platform/process/lazy.ts'
import type { PreferredHasher } from './hasher.ts'

/** Only the workers hash: no other thread loads the library. */
const library = lazyPackage<typeof import('@node-rs/argon2')>('@node-rs/argon2')

const ALGORITHM = 'argon2'

/** 19 MiB, two passes, one lane: the minimum of OWASP's Password Storage Cheat Sheet. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
const COST = `argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}`

/** Maximum memory of a hash that is checked, in KiB, and maximum of memory times passes: about a second. */
const MAX_MEMORY = 262_144
const MAX_WORK = 1_048_576
const MAX_LANES = 32

const FORMAT =
  /^(argon2(?:id|i|d)(?:\$v=1[69])?\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8}))\$[A-Za-z0-9+/]{11,64}\$(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{22})$/

/**
 * `argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash`, Django's Argon2PasswordHasher; new hashes are Argon2id (RFC 9106), and
 * those without `v=` are version 1.0.
 */
export const argon2Hasher: PreferredHasher = {
  algorithm: ALGORITHM,
  cost: COST,
  dummy: `${ALGORITHM}$${COST}$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  hash: (password) => ALGORITHM + library().hashSync(password, OPTIONS),
  read(rest) {
    const [, cost = '', ...numbers] = FORMAT.exec(rest) ?? []
    const [memory = 0, passes = 0, lanes = 0] = numbers.map(Number)
    if (passes === 0 || lanes === 0 || memory < 8 * lanes) return null
    if (lanes > MAX_LANES || memory > MAX_MEMORY || memory * passes > MAX_WORK) return 'too_costly'
    return { cost, matches: (password) => verify(`$${withVersion(rest)}`, password) }
  },
}

/** Without a version it is 1.0, which is hexadecimal 10, or 16; the library's default is 1.3. */
const withVersion = (hash: string): string => hash.replace(/^(argon2(?:id|i|d))\$m=/, '$1$v=16$m=')

function verify(hash: string, password: string): boolean {
  // Outside: an installation without the library must fail, and not call each password wrong.
  const { verifySync } = library()
  try {
    return verifySync(hash, password)
  } catch {
    // Base64 that no encoder writes; the numbers were checked above.
    return false
  }
}
