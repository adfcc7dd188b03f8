import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, count, eq, exists, gt, lte, notExists, type SQL, sql } from 'drizzle-orm'
import { type Audit, type AuditStep, OPERATOR } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import { CLOCK_TOLERANCE } from '../../events/revocation-entries.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Config } from '../../platform/config/config.ts'
import type { Database } from '../../platform/database/database.ts'
import type { Log } from '../../platform/logging/logger.ts'
import { type KeyEncryption, type KeyRow, publishedKey } from './key-encryption.ts'
import { KEYS_MAX_AGE } from './key-set.ts'

/** The result of a rotation, by kid. */
export interface Rotation {
  readonly retiring: string
  readonly current: string
  readonly next: string
}

/** Not allowed: `next` must be known everywhere first, in `wait` seconds, or there are too many keys. */
export type RotationOutcome =
  | Result<Rotation, 'too_many'>
  | { readonly ok: false; readonly reason: 'too_early'; readonly wait: number }

/**
 * The steps of a key's life. Each is one transaction in any process, with an audit entry unless it only cleans up. All
 * throw on an outage.
 */
export interface KeyRotation {
  /** Creates a missing current or next key. */
  complete(): Promise<void>
  /** Current becomes retiring, next becomes current, and a new next one is published. */
  rotate(options: RotateOptions): Promise<RotationOutcome>
  /** Rotates if the current key is older than KEY_MAX_AGE; `null` if it is not due. */
  rotateIfDue(): Promise<Rotation | null>
  /** Removes a key at once: deleted here, dropped by every app; `false` if this kid does not exist. */
  remove(kid: string): Promise<boolean>
  /** Deletes retiring keys without valid tokens; returns how many. */
  deleteExpired(): Promise<number>
}

export interface RotateOptions {
  /** Even if `next` is so new that apps without the feed may not know it. Default: `false`. */
  readonly force?: boolean
}

/** Seconds until clients without the feed know a new key: the cache time of the key set and a margin. */
export const PUBLISHED_BEFORE_USE = 330
/** Maximum number of keys, since readers of key sets have limits. */
export const MAX_KEYS = 100

export interface KeyRotationOptions {
  readonly config: Pick<Config, 'refreshTtl' | 'signingAlg' | 'keyMaxAge'>
  readonly database: Database
  readonly keyEncryption: KeyEncryption
  readonly revocations: Pick<Revocations, 'changeKeys'>
  readonly audit: Pick<Audit, 'step'>
  readonly log: Log
  readonly now: () => number
}

type Handle = Database['db']
/** Why keys were rotated: KEY_MAX_AGE, or a command. */
type Cause = 'age' | 'command'

export function createKeyRotation(options: KeyRotationOptions): KeyRotation {
  const { config, database, keyEncryption, revocations, audit, log, now } = options
  const { db, signingKeys, sessions } = database
  const { state, kid, createdAt, changedAt } = signingKeys

  const readAll = () => db.select().from(signingKeys)
  const some = (handle: Handle, which: SQL | undefined) =>
    handle.select({ one: sql`1` }).from(signingKeys).where(which)

  /** Fills the states: next becomes current if there is none, and `fresh` becomes next if that is missing then. */
  const refill = (handle: Handle, fresh: KeyRow) => [
    handle
      .update(signingKeys)
      .set({ state: 'current', changedAt: unixTime(now) })
      .where(and(eq(state, 'next'), notExists(some(handle, eq(state, 'current')))))
      .returning({ kid }),
    // The unique index allows one key per state.
    handle.insert(signingKeys).values(fresh).onConflictDoNothing().returning({ kid }),
  ]

  /** Its private part is no longer needed. */
  const retire = (handle: Handle, which: SQL | undefined) =>
    handle
      .update(signingKeys)
      .set({ state: 'retiring', changedAt: unixTime(now), privateKey: '' })
      .where(and(eq(state, 'current'), which))
      .returning({ kid })

  const entry = (event: AuditStep['event'], details: NonNullable<AuditStep['details']>): AuditStep => ({
    event,
    subject: null,
    actor: OPERATOR.uuid,
    sid: null,
    device: OPERATOR.device,
    details,
  })

  /** Records a rotation that led to `fresh`, if the previous statements made one. */
  function noted(fresh: KeyRow, because: Cause): SQL {
    // The characters of kids need no escaping in JSON.
    const [start, end] = [`{"because":"${because}","next":"${fresh.kid}","current":"`, '"}']
    const details = sql`CAST(${start} AS text) || ${kid} || ${end}`
    const isNext = sql`SELECT 1 FROM ${signingKeys} AS fresh WHERE fresh.kid = ${fresh.kid} AND fresh.state = 'next'`
    const promoted = and(eq(state, 'current'), eq(changedAt, unixTime(now)))
    return audit.step(
      entry('keys_rotated', details),
      sql`FROM ${signingKeys} WHERE ${promoted} AND EXISTS (${isNext})`,
    )
  }

  async function turn(
    publishedUntil: number,
    currentSince: number,
    because: Cause,
  ): Promise<Rotation | null> {
    const fresh = keyEncryption.make()
    const [retired, promoted] = await revocations.changeKeys(
      { published: [publishedKey(fresh)] },
      (handle) => [
        retire(
          handle,
          and(
            lte(changedAt, currentSince),
            exists(some(handle, and(eq(state, 'next'), lte(createdAt, publishedUntil)))),
            sql`(${handle.select({ all: count() }).from(signingKeys)}) < ${MAX_KEYS}`,
          ),
        ),
        ...refill(handle, fresh),
        noted(fresh, because),
      ],
    )
    const [before, after] = [retired, promoted].map((rows) => (rows?.[0] as { kid: string } | undefined)?.kid)
    if (!before || !after) return null
    const rotation = { retiring: before, current: after, next: fresh.kid }
    log.info(rotation, 'the signing keys were rotated')
    return rotation
  }

  const published = () => unixTime(now) - PUBLISHED_BEFORE_USE

  async function rotate({ force = false }: RotateOptions): Promise<RotationOutcome> {
    const rotation = await turn(
      force ? Number.MAX_SAFE_INTEGER : published(),
      Number.MAX_SAFE_INTEGER,
      'command',
    )
    if (rotation) return success(rotation)
    const rows = await readAll()
    if (rows.length >= MAX_KEYS) return failure('too_many')
    const next = rows.find((row) => row.state === 'next')
    const wait = Math.max(1, (next?.createdAt ?? unixTime(now)) - published())
    return { ok: false, reason: 'too_early', wait }
  }

  return {
    async complete() {
      const present = await readAll()
      for (const row of present) {
        if (row.state === 'retiring' || row.alg === config.signingAlg) continue
        const { state, alg } = row
        log.warn(
          { state, alg },
          'the algorithm of a signing key is not SIGNING_ALG, which applies to new keys',
        )
      }
      if (['current', 'next'].every((place) => present.some((row) => row.state === place))) return
      const made = [keyEncryption.make(), keyEncryption.make()]
      // If there was none, the key set cannot have been fetched yet.
      const news = present.length === 0 ? [] : made.map(publishedKey)
      await revocations.changeKeys({ published: news }, (handle) =>
        made.flatMap((key) => refill(handle, key)),
      )
    },
    rotate,
    async rotateIfDue() {
      const due = unixTime(now) - config.keyMaxAge
      const [current] = await db.select({ changedAt }).from(signingKeys).where(eq(state, 'current'))
      if (!current || current.changedAt > due) return null
      const rotation = await turn(published(), due, 'age')
      if (!rotation && (await readAll()).length >= MAX_KEYS) {
        log.warn(
          { keys: MAX_KEYS },
          'could not create another key: there are too many signing keys; raise KEY_MAX_AGE',
        )
      }
      return rotation
    },
    async remove(removed) {
      const [row] = await db.select({ state }).from(signingKeys).where(eq(kid, removed))
      if (!row) return false
      const fresh = row.state === 'retiring' ? null : keyEncryption.make()
      const news = { removed, published: fresh ? [publishedKey(fresh)] : [] }
      const removal = entry('key_removed', { kid: removed, state: row.state })
      await revocations.changeKeys(news, (handle) => [
        audit.step(removal, sql`FROM ${signingKeys} WHERE ${eq(kid, removed)}`),
        handle.delete(signingKeys).where(eq(kid, removed)).returning({ kid }),
        ...(fresh ? refill(handle, fresh) : []),
      ])
      log.warn(
        { kid: removed, state: row.state },
        'a signing key was removed; tokens that it signed are rejected',
      )
      return true
    },
    async deleteExpired() {
      // Another process may have signed with it slightly longer.
      const lastSigned = sql`${changedAt} + ${KEYS_MAX_AGE / 1000}`
      // REFRESH_TTL may have been longer when it signed.
      const living = db
        .select({ one: sql`1` })
        .from(sessions)
        .where(and(sql`${sessions.rotatedAt} <= ${lastSigned}`, gt(sessions.idleExpiresAt, unixTime(now))))
      const dead = sql`${lastSigned} <= ${unixTime(now) - config.refreshTtl - CLOCK_TOLERANCE}`
      const deleted = await db
        .delete(signingKeys)
        .where(and(eq(state, 'retiring'), dead, notExists(living)))
        .returning({ kid })
      return deleted.length
    },
  }
}
