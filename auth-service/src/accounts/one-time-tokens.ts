import { randomInt, timingSafeEqual } from 'node:crypto'
import { and, eq, gt, gte, lt, lte, sql } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import { hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import { isRandomToken, randomToken, readToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import { insertIf } from '../platform/database/row-locks.ts'
import type { User } from '../users/users.ts'
import { readCode } from './mailed-code.ts'

/** What an emailed token is for. */
export type Purpose = 'verify_email' | 'reset_password' | 'change_email' | 'sign_in'

const HOUR = 3600

/** Seconds for which an emailed token is valid. */
export const LIFETIMES: Readonly<Record<Purpose, number>> = {
  // A user who registers in the evening may read the email a day later.
  verify_email: 24 * HOUR,
  change_email: 24 * HOUR,
  // The user is waiting for it; long enough for mail servers with greylisting.
  reset_password: HOUR,
  // The maximum for an out-of-band secret (NIST SP 800-63B-4, section 3.1.3.2).
  sign_in: HOUR / 6,
}

/** Wrong codes, or wrong passwords with a link, that void it. */
export const MAX_ATTEMPTS = 5

/** The recipient of a token. */
export interface Proof {
  readonly userId: number
  /** The address it was emailed to. */
  readonly email: string
}

/** Known only to the browser that requested a code: the row, and a secret that the code needs. */
export interface Flow {
  readonly id: string
  readonly secret: string
}

/** The emailed secrets, which cannot be read again. */
export interface Issued {
  readonly token: string
  readonly code: string
  readonly flow: Flow
}

/** Emailed tokens that confirm an address: 128 random bits, stored as a hash, valid for one use. */
export interface OneTimeTokens {
  /** Creates a token for this address, with a code if it is for signing in. */
  issue(purpose: Purpose, userId: number, email: string): Promise<Issued>
  /** The same for a user who gave the password; `null` if it has changed since. */
  issueIf(purpose: Purpose, user: Pick<User, 'id' | 'password'>, email: string): Promise<Issued | null>
  /** The user of a valid token, without using it up. */
  find(purpose: Purpose, token: unknown): Promise<Proof | null>
  /** Uses up a token; of simultaneous requests, one succeeds. */
  redeem(purpose: Purpose, token: unknown): Promise<Proof | null>
  /**
   * Counts a wrong password with a token that requires one; returns whether it was the fifth, which voids the token.
   */
  countWrong(purpose: Purpose, token: unknown): Promise<boolean>
  /**
   * Uses up the token with its code, in the browser that requested it. Five wrong codes void it; input without six
   * digits does not count.
   */
  redeemCode(flow: Flow, code: unknown): Promise<Proof | null>
  /** The new addresses that wait for confirmation by this user, latest first. */
  pendingEmail(user: User): Promise<string | null>
  /** Deletes expired tokens; returns how many. */
  deleteExpired(): Promise<number>
}

export interface OneTimeTokensOptions {
  readonly database: Database
  readonly now: () => number
}

/** Six digits alone could be guessed from a stolen database, so their hash includes the browser's secret. */
const codeDigest = (secret: string, code: string): string => hashOfSecret(`${secret}.${code}`)

/** A pending sign-in for an unknown address, indistinguishable from a real one. */
export const noFlow = (): Flow => ({ id: hashOfSecret(randomToken()), secret: randomToken() })

export const isFlow = ({ id, secret }: Flow): boolean =>
  /^[A-Za-z0-9_-]{43}$/.test(id) && isRandomToken(secret)

/** Whether an emailed link belongs to this browser's request. */
export const isOfFlow = (token: string, flow: Flow | null): boolean =>
  flow !== null && flow.id === hashOfSecret(readToken(token) ?? '')

/** The one-time tokens in the database. */
export function createOneTimeTokens({ database, now }: OneTimeTokensOptions): OneTimeTokens {
  const { db, oneTimeTokens, users } = database
  const proof = { userId: oneTimeTokens.userId, email: oneTimeTokens.email }
  const alive = () => gt(oneTimeTokens.expiresAt, unixTime(now))

  function make(purpose: Purpose, userId: number, email: string) {
    const token = randomToken()
    const code = String(randomInt(1_000_000)).padStart(6, '0')
    const flow = { id: hashOfSecret(token), secret: randomToken() }
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

  /** The row of a token, unless the text is malformed. */
  const rowOf = (purpose: Purpose, given: unknown) => {
    const token = readToken(given)
    return token === null
      ? null
      : and(eq(oneTimeTokens.hash, hashOfSecret(token)), eq(oneTimeTokens.purpose, purpose), alive())
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
      // Counted before it is checked: of a hundred simultaneous guesses, five are checked.
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
    async deleteExpired() {
      const dead = lte(oneTimeTokens.expiresAt, unixTime(now))
      return (await db.delete(oneTimeTokens).where(dead).returning({ hash: oneTimeTokens.hash })).length
    },
  }
}
