import { lazyPackage } from '../../../platform/process/lazy.ts'
import type { Hasher } from './hasher.ts'

/** Only the workers hash: no other thread loads the library. */
export const bcrypt = lazyPackage<typeof import('bcryptjs')>('bcryptjs')

/** Maximum logarithmic cost that is checked: about two seconds. */
const MAX_COST = 15

const FORMAT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** Reads `$2b$12$…`, a hash of the password after `secretOf`. */
export function readBcrypt(hash: string, secretOf: (password: string) => string): ReturnType<Hasher['read']> {
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
