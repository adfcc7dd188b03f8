import { inArray, sql } from 'drizzle-orm'
import type { Config } from '../../platform/config/config.ts'
import { createKeyedHash } from '../../platform/crypto/keyed-hash.ts'
import type { Database } from '../../platform/database/open.ts'
import type { EmailAddress } from '../../platform/validation/email-address.ts'

/**
 * A decoy hash, so that passwords for unknown addresses cost the same; `null` in an empty database. The address
 * determines which user's hash it is, permanently. Hashes of each kind, including imported ones, occur as often as
 * among users, so that the duration never reveals an account, even while the service is busy.
 */
export type DummyHash = (address: EmailAddress) => Promise<string | null>

export interface DummyHashOptions {
  readonly config: Pick<Config, 'secretKey'>
  readonly database: Pick<Database, 'db' | 'users'>
}

/** Selects by keyed hashes, which no one else can compute. Throws on an outage. */
export function createDummyHash({ config, database: { db, users } }: DummyHashOptions): DummyHash {
  const hash = createKeyedHash(config.secretKey, 'dummyHash')

  return async ({ key }) => {
    const [last] = await db.select({ id: sql`max(${users.id})`.mapWith(Number) }).from(users)
    if (!last?.id) return null
    const numbers = hash(key)
    // The first choice may have been deleted, and thousands in a row may be like that.
    const choices = [0, 8, 16, 24].map((at) => indexOf(numbers.readBigUInt64BE(at), last.id) + 1)
    const found = await db
      .select({ id: users.id, password: users.password })
      .from(users)
      .where(inArray(users.id, [...choices, last.id]))
    const [first] = found.sort((a, b) => rank(choices, a.id) - rank(choices, b.id))
    return first?.password ?? null
  }
}

/** The latest user is the fallback. */
const rank = (choices: readonly number[], id: number): number =>
  choices.includes(id) ? choices.indexOf(id) : choices.length

/**
 * The bucket of a number, from 0 (Lamping and Veach, "A fast, minimal memory, consistent hash algorithm"): a new bucket
 * takes its share of all numbers, and no others move.
 */
function indexOf(number: bigint, places: number): number {
  let state = number
  let place = 0
  for (let next = 0; next < places; ) {
    place = next
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n)
    next = Math.floor((place + 1) * (2 ** 31 / (Number(state >> 33n) + 1)))
  }
  return place
}
