import { scryptSync, timingSafeEqual } from 'node:crypto'
import type { Hasher } from './hasher.ts'

/** Django always creates 64 bytes. */
const LENGTH = 64
/** Maximum memory of a hash that is checked, in bytes, and maximum of N·r·p: about a second (RFC 7914). */
const MAX_MEMORY = 128 * 1024 * 1024
const MAX_WORK = 4_194_304

const FORMAT = /^([1-9]\d{0,7})\$([^$]{1,128})\$([1-9]\d{0,2})\$([1-9]\d{0,2})\$([A-Za-z0-9+/]{86}==)$/

/** `scrypt$N$salt$r$p$hash`, Django's ScryptPasswordHasher. */
export const scryptHasher: Hasher = {
  algorithm: 'scrypt',
  read(rest) {
    const [, ...parts] = FORMAT.exec(rest) ?? []
    const [n = '', salt = '', r = '', p = '', encoded = ''] = parts
    const [N, blockSize, parallelization] = [Number(n), Number(r), Number(p)]
    const memory = 128 * N * blockSize
    const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0
    if (!isPowerOfTwo) return null
    if (memory > MAX_MEMORY || N * blockSize * parallelization > MAX_WORK) return 'too_costly'
    const expected = Buffer.from(encoded, 'base64')
    const options = { N, r: blockSize, p: parallelization, maxmem: 2 * MAX_MEMORY }
    return {
      cost: `${n}$${r}$${p}`,
      matches: (password) => timingSafeEqual(scryptSync(password, salt, LENGTH, options), expected),
    }
  },
}
