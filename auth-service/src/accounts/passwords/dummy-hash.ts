import { inArray, sql } from 'drizzle-orm'
import type { Config } from '../../platform/config/config.ts'
import { createKeyedHash } from '../../platform/crypto/keyed-hash.ts'
import type { Database } from '../../platform/database/open.ts'
import { canonicalEmail } from '../../platform/validation/email-address.ts'

/**
 * Somebody's hash, for the work that a password costs at an address that nobody has; `null` where there is nobody at
 * all. The address chooses whose, and stays with them: hashes of each kind, imported ones and those of another
 * PASSWORD_HASHER among them, stand in as often as people have them, so that no time tells whether somebody has the
 * address, even while the service is busy with other passwords of it.
 */
export type StandIn = (email: string) => Promise<string | null>

export interface StandInsOptions {
  readonly config: Pick<Config, 'secretKey'>
  readonly database: Pick<Database, 'db' | 'users'>
}

/** Chooses by keyed hashes, which nobody else can compute. Throws on an outage. */
export function createStandIns({ config, database: { db, users } }: StandInsOptions): StandIn {
  const hash = createKeyedHash(config.secretKey, 'dummyHash')

  return async (email) => {
    const [last] = await db.select({ id: sql`max(${users.id})`.mapWith(Number) }).from(users)
    if (!last?.id) return null
    const numbers = hash(canonicalEmail(email))
    // The first choice may be gone, and there may be thousands like that in a row.
    const choices = [0, 8, 16, 24].map((at) => placeOf(numbers.readBigUInt64BE(at), last.id) + 1)
    const found = await db
      .select({ id: users.id, password: users.password })
      .from(users)
      .where(inArray(users.id, [...choices, last.id]))
    const [first] = found.sort((a, b) => rank(choices, a.id) - rank(choices, b.id))
    return first?.password ?? null
  }
}

/** Whoever came last is the last resort. */
const rank = (choices: readonly number[], id: number): number =>
  choices.includes(id) ? choices.indexOf(id) : choices.length

/**
 * Which of so many places is the number's, from 0 (Lamping and Veach, "A fast, minimal memory, consistent hash
 * algorithm"): one place more takes its share of all numbers, and none of the others move.
 */
function placeOf(number: bigint, places: number): number {
  let state = number
  let place = 0
  for (let next = 0; next < places; ) {
    place = next
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n)
    next = Math.floor((place + 1) * (2 ** 31 / (Number(state >> 33n) + 1)))
  }
  return place
}
