import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { and, eq, gt, gte, lt, lte, sql } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import { isRandomToken, randomToken, readToken } from '../platform/crypto/random-id.ts'
import { insertIf } from '../platform/database/conditional-insert.ts'
import type { Database } from '../platform/database/open.ts'
import type { User } from '../users/users.ts'
import { readCode } from './mailed-code.ts'

/** What a mail can prove an address for. */
export type Purpose = 'verify_email' | 'reset_password' | 'change_email' | 'sign_in'

const HOUR = 3600

/** Seconds for which a mailed token works. */
export const LIFETIMES: Readonly<Record<Purpose, number>> = {
  // Whoever registers in the evening reads the mail the day after.
  verify_email: 24 * HOUR,
  change_email: 24 * HOUR,
  // Asked for by somebody who waits for it; long enough for mail servers that make strangers come twice.
  reset_password: HOUR,
  // As long as an out-of-band secret may live (NIST SP 800-63B-4, section 3.1.3.2).
  sign_in: HOUR / 6,
}

/** Wrong codes, or wrong passwords beside a link, until it is dead. */
export const MAX_ATTEMPTS = 5

/** Whom a token is for. */
export interface Proof {
  readonly userId: number
  /** The address it was mailed to. */
  readonly email: string
}

/** What only the browser knows that asked for a code: which row it is of, and the secret without which no code fits. */
export interface Flow {
  readonly id: string
  readonly secret: string
}

/** The secrets that are mailed; nobody can read them again. */
export interface Issued {
  readonly token: string
  readonly code: string
  readonly flow: Flow
}

/** What is mailed to prove that an address is somebody's: 128 random bits, stored as a hash, good for one use. */
export interface OneTimeTokens {
  /** Makes a token to be mailed there, with a code where it is to sign in. */
  issue(purpose: Purpose, userId: number, email: string): Promise<Issued>
  /** The same for whoever gave the password of this person, unless it is another one by now: then it is `null`. */
  issueIf(purpose: Purpose, user: Pick<User, 'id' | 'password'>, email: string): Promise<Issued | null>
  /** Whom a token is for, while it can be redeemed; it stays as it is. */
  find(purpose: Purpose, token: unknown): Promise<Proof | null>
  /** Spends a token; of any number of requests, one gets it. */
  redeem(purpose: Purpose, token: unknown): Promise<Proof | null>
  /** Counts a wrong password that was given with a token that takes one; whether it was the fifth, which is its end. */
  countWrong(purpose: Purpose, token: unknown): Promise<boolean>
  /** Spends the token by its code instead, from the browser that asked for it. Five wrong ones are its end; what has not six digits is none. */
  redeemCode(flow: Flow, code: unknown): Promise<Proof | null>
  /** Where a change of this person's address waits to be confirmed, the latest first. */
  pendingEmail(user: User): Promise<string | null>
  /** Deletes what nobody can redeem any more; how many. */
  sweep(): Promise<number>
}

export interface OneTimeTokensOptions {
  readonly database: Database
  readonly now: () => number
}

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Six digits alone are soon tried out against a stolen database: their hash needs what the browser keeps. */
const codeDigest = (secret: string, code: string): string => digest(`${secret}.${code}`)

/** The flow of somebody for whom there is none: nobody can tell it from another. */
export const noFlow = (): Flow => ({ id: digest(randomToken()), secret: randomToken() })

export const isFlow = ({ id, secret }: Flow): boolean =>
  /^[A-Za-z0-9_-]{43}$/.test(id) && isRandomToken(secret)

/** Whether a mailed link is of what this browser asked for. */
export const isOfFlow = (token: string, flow: Flow | null): boolean =>
  flow !== null && flow.id === digest(readToken(token) ?? '')

/** The one-time tokens, in the database. */
export function createOneTimeTokens({ database, now }: OneTimeTokensOptions): OneTimeTokens {
  const { db, oneTimeTokens, users } = database
  const proof = { userId: oneTimeTokens.userId, email: oneTimeTokens.email }
  const alive = () => gt(oneTimeTokens.expiresAt, unixTime(now))

  function make(purpose: Purpose, userId: number, email: string) {
    const token = randomToken()
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const flow = { id: digest(token), secret: randomToken() }
    const row = {
      hash: flow.id,
      purpose,
      userId,
      email,
      codeHash: purpose === 'sign_in' ? codeDigest(flow.secret, code) : null,
      attempts: 0,
      createdAt: unixTime(now),
      expiresAt: unixTime(now) + LIFETIMES[purpose],
    }
    return { issued: { token, code, flow }, row }
  }

  /** The row of such a token, unless the text can be none. */
  const rowOf = (purpose: Purpose, given: unknown) => {
    const token = readToken(given)
    return token === null
      ? null
      : and(eq(oneTimeTokens.hash, digest(token)), eq(oneTimeTokens.purpose, purpose), alive())
  }

  return {
    async issue(purpose, userId, email) {
      const { issued, row } = make(purpose, userId, email)
      await db.insert(oneTimeTokens).values(row)
      return issued
    },
    async issueIf(purpose, { id, password }, email) {
      const { issued, row } = make(purpose, id, email)
      const unchanged = and(eq(users.id, id), eq(users.password, password))
      return (await insertIf(database, oneTimeTokens, row, unchanged)) ? issued : null
    },
    async find(purpose, token) {
      const row = rowOf(purpose, token)
      const [found] = row ? await db.select(proof).from(oneTimeTokens).where(row) : []
      return found ?? null
    },
    async redeem(purpose, token) {
      const row = rowOf(purpose, token)
      const [spent] = row ? await db.delete(oneTimeTokens).where(row).returning(proof) : []
      return spent ?? null
    },
    async countWrong(purpose, token) {
      const row = rowOf(purpose, token)
      if (!row) return false
      const attempts = sql`${oneTimeTokens.attempts} + 1`
      await db.update(oneTimeTokens).set({ attempts }).where(row)
      const isOver = and(row, gte(oneTimeTokens.attempts, MAX_ATTEMPTS))
      return (await db.delete(oneTimeTokens).where(isOver).returning(proof)).length > 0
    },
    async redeemCode(flow, typed) {
      const code = readCode(typed)
      if (!isFlow(flow) || code === null) return null
      const row = and(eq(oneTimeTokens.hash, flow.id), eq(oneTimeTokens.purpose, 'sign_in'), alive())
      // Counted before it is looked at: of a hundred guesses at once, five are looked at.
      const [tried] = await db
        .update(oneTimeTokens)
        .set({ attempts: sql`${oneTimeTokens.attempts} + 1` })
        .where(and(row, lt(oneTimeTokens.attempts, MAX_ATTEMPTS)))
        .returning({ codeHash: oneTimeTokens.codeHash, attempts: oneTimeTokens.attempts })
      if (!tried?.codeHash) return null
      const given = codeDigest(flow.secret, code)
      const fits = timingSafeEqual(Buffer.from(given), Buffer.from(tried.codeHash))
      if (!fits && tried.attempts < MAX_ATTEMPTS) return null
      const [spent] = await db.delete(oneTimeTokens).where(row).returning(proof)
      return fits ? (spent ?? null) : null
    },
    async pendingEmail({ id }) {
      const [pending] = await db
        .select(proof)
        .from(oneTimeTokens)
        .where(and(eq(oneTimeTokens.userId, id), eq(oneTimeTokens.purpose, 'change_email'), alive()))
        .orderBy(sql`${oneTimeTokens.createdAt} DESC`)
        .limit(1)
      return pending?.email ?? null
    },
    async sweep() {
      const dead = lte(oneTimeTokens.expiresAt, unixTime(now))
      return (await db.delete(oneTimeTokens).where(dead).returning({ hash: oneTimeTokens.hash })).length
    },
  }
}
