import { hashSync, verifySync } from '@node-rs/argon2'
import type { PreferredHasher } from './hasher.ts'

const ALGORITHM = 'argon2'

/** 19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet recommends. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
const COST = `argon2id$v=19$m=${OPTIONS.memoryCost},t=${OPTIONS.timeCost},p=${OPTIONS.parallelism}`

/** Most memory of a hash that is executed, in KiB, and most of memory times passes: about a second. */
const MAX_MEMORY = 262_144
const MAX_WORK = 1_048_576
const MAX_LANES = 32

const FORMAT =
  /^(argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,2}))\$[A-Za-z0-9+/]{11,64}\$(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9+/]{22})$/

/** `argon2$argon2id$v=19$m=…,t=…,p=…$salt$hash`, Django's Argon2PasswordHasher; new hashes are Argon2id (RFC 9106). */
export const argon2Hasher: PreferredHasher = {
  algorithm: ALGORITHM,
  cost: COST,
  dummy: `${ALGORITHM}$${COST}$${'A'.repeat(22)}$${'A'.repeat(43)}`,
  hash: (password) => ALGORITHM + hashSync(password, OPTIONS),
  read(rest) {
    const [, cost = '', ...numbers] = FORMAT.exec(rest) ?? []
    const [memory = 0, passes = 0, lanes = 0] = numbers.map(Number)
    const sound = passes > 0 && lanes > 0 && lanes <= MAX_LANES && memory >= 8 * lanes
    if (!sound || memory > MAX_MEMORY || memory * passes > MAX_WORK) return null
    return { cost, matches: (password) => verify(`$${rest}`, password) }
  },
}

function verify(hash: string, password: string): boolean {
  try {
    return verifySync(hash, password)
  } catch {
    // Base64 that no encoder writes; numbers have been looked at.
    return false
  }
}
