import { setTimeout } from 'node:timers/promises'
import { and, eq, lte } from 'drizzle-orm'
import { unixTime } from '../clock.ts'
import type { Secrets } from '../crypto/derive-key.ts'
import { createEncryption } from '../crypto/encryption.ts'
import { createKeyedHash } from '../crypto/keyed-hash.ts'
import { randomToken } from '../crypto/random-id.ts'
import type { Database } from './open.ts'

/** Seconds for which an answer is kept, and for which the same form waits while the first one is handled. */
export const KEPT = 30

/** How long to wait for the answer to the first submission, in ms. */
const LONGEST_WAIT = 15_000
/** Pause between two polls for it, in ms. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [20, 250]
/** Maximum number of waiting submissions, since each polls the database. Real double clicks are far fewer. */
export const MOST_WAITING = 100

/** The result of claiming a submission. */
export type Place =
  /** The first of its kind. Store its answer, or give up, so that the next one is handled as well. */
  | { readonly isFirst: true; keep(answer: string): Promise<void>; giveUp(): Promise<void> }
  /** The answer to the same submission before. */
  | { readonly isFirst: false; readonly answer: string }

/** Handled independently of others. */
const BY_ITSELF: Place = { isFirst: true, keep: async () => {}, giveUp: async () => {} }

/**
 * Handles a form once, however often a browser sends it within seconds, by double clicks or reloading. Shared by all
 * auth services on one database.
 */
export interface FormAnswers {
  /**
   * Claims a submission, by a name for everything that identifies it. Waits while the first one is being handled.
   * Throws on an outage.
   */
  take(name: string): Promise<Place>
  /** Deletes expired answers; returns how many. */
  deleteExpired(): Promise<number>
}

export interface FormAnswersOptions {
  readonly config: Secrets
  readonly database: Pick<Database, 'db' | 'formAnswers'>
  /** The clock, in ms. */
  readonly now: () => number
}

/** Keeps answers in the database: encrypted, since they contain cookies, under a keyed hash of the submission. */
export function createFormAnswers({ config, database, now }: FormAnswersOptions): FormAnswers {
  const { db, formAnswers } = database
  const encryption = createEncryption(config, 'formAnswers')
  const hash = createKeyedHash(config.secretKey, 'formAnswerIds')

  /**
   * Claims the form for one submission, unless another has it. The claim is stored in place of the answer, and does not
   * decrypt as one.
   */
  async function claim(key: string, own: string, at: number): Promise<boolean> {
    const row = { key, answer: own, expiresAt: at + KEPT }
    const claimed = await db
      .insert(formAnswers)
      .values(row)
      .onConflictDoNothing({ target: formAnswers.key })
      .returning({ key: formAnswers.key })
    return claimed.length === 1
  }

  /** The number of waiting submissions. */
  let waiting = 0

  /** Its claim may have expired by the time it has an answer, and another submission may have one. */
  const first = (key: string, own: string | null): Place => ({
    isFirst: true,
    async keep(answer) {
      const sealed = encryption.encrypt(Buffer.from(answer), key)
      const kept = { answer: sealed, expiresAt: unixTime(now) + KEPT }
      await db
        .insert(formAnswers)
        .values({ key, ...kept })
        .onConflictDoUpdate({ target: formAnswers.key, set: kept })
    },
    async giveUp() {
      if (own === null) return
      await db.delete(formAnswers).where(and(eq(formAnswers.key, key), eq(formAnswers.answer, own)))
    },
  })

  /** The stored answer; `null` if there is none, or it has expired. */
  async function find(key: string): Promise<string | null> {
    const [row] = await db
      .select({ answer: formAnswers.answer })
      .from(formAnswers)
      .where(eq(formAnswers.key, key))
    const opened = row?.answer ? encryption.decrypt(row.answer, key) : null
    return opened?.toString() ?? null
  }

  async function deleteExpired(at = unixTime(now)): Promise<number> {
    const over = lte(formAnswers.expiresAt, at)
    return (await db.delete(formAnswers).where(over).returning({ key: formAnswers.key })).length
  }

  /** The claim, or the answer of its current holder; `null` while there is none. */
  async function look(key: string, own: string, at = unixTime(now)): Promise<Place | null> {
    if (await claim(key, own, at)) return first(key, own)
    const answer = await find(key)
    return answer === null ? null : { isFirst: false, answer }
  }

  async function wait(key: string, own: string): Promise<Place> {
    let pause = FIRST_PAUSE
    for (let waited = 0; waited < LONGEST_WAIT; waited += pause) {
      await setTimeout(pause)
      const place = await look(key, own)
      if (place) return place
      pause = Math.min(pause * 1.5, LONGEST_PAUSE)
    }
    // Its process may have died. Handling the form twice is better than not at all.
    return first(key, null)
  }

  return {
    deleteExpired: () => deleteExpired(),
    async take(name) {
      const key = hash(name).toString('base64url')
      const [at, own] = [unixTime(now), `claim.${randomToken()}`]
      await deleteExpired(at)
      const place = await look(key, own, at)
      if (place) return place
      if (waiting >= MOST_WAITING) return BY_ITSELF
      waiting++
      try {
        return await wait(key, own)
      } finally {
        waiting--
      }
    },
  }
}
