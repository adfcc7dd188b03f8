import { and, asc, eq } from 'drizzle-orm'
import type { Audit } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import type { Config } from '../../platform/config/config.ts'
import type { Database } from '../../platform/database/open.ts'
import type { Log } from '../../platform/logging/logger.ts'
import { createKeyEncryption, type KeyRow } from './key-encryption.ts'
import { createKeyRotation, type RotateOptions, type RotationOutcome } from './key-rotation.ts'
import { createKeySet, type KeySet } from './key-set.ts'

/** A key as shown to operators; times in seconds. */
export type KeyFacts = Pick<KeyRow, 'kid' | 'alg' | 'state' | 'createdAt' | 'changedAt'>

/**
 * The family's keys. `next` is published and does not sign yet, `current` signs, `retiring` is published until its last
 * token expires. They also serve the middleware inside the service as a KeySource.
 */
export interface Keys extends KeySet {
  /** All keys in the database, as shown to operators. */
  list(): Promise<KeyFacts[]>
  /** Makes the next key current. Throws on an outage. */
  rotate(options?: RotateOptions): Promise<RotationOutcome>
  /**
   * Removes a key at once: its tokens are rejected everywhere, and users without others must sign in again. `false` if
   * this kid does not exist. Throws on an outage.
   */
  remove(kid: string): Promise<boolean>
  /** Rotates if due, and deletes expired keys. Throws on an outage. */
  maintain(): Promise<void>
}

export interface KeysOptions {
  readonly config: Pick<
    Config,
    'secretKey' | 'secretKeyFallbacks' | 'signingAlg' | 'keyMaxAge' | 'refreshTtl'
  >
  readonly database: Database
  readonly revocations: Pick<Revocations, 'changeKeys' | 'subscribe'>
  readonly audit: Pick<Audit, 'step'>
  readonly log: Log
  readonly now: () => number
}

/**
 * Loads the signing keys, and creates them on the first start. Encrypts keys of a fallback again with SECRET_KEY.
 * @throws ConfigError if no secret decrypts them
 */
export async function createKeys(options: KeysOptions): Promise<Keys> {
  const { config, database, log, now } = options
  const { db, signingKeys } = database
  const keyEncryption = createKeyEncryption(config, now)
  const rotation = createKeyRotation({ ...options, keyEncryption })
  const order = [asc(signingKeys.createdAt), asc(signingKeys.kid)]
  const read = () =>
    db
      .select()
      .from(signingKeys)
      .orderBy(...order)

  /** Safe in several processes at once; keys that changed meanwhile stay unchanged. */
  async function reencrypt(): Promise<void> {
    for (const row of await read()) {
      const privateKey = row.state === 'retiring' ? null : keyEncryption.reencrypt(row)
      if (privateKey === null) continue
      const same = and(eq(signingKeys.kid, row.kid), eq(signingKeys.privateKey, row.privateKey))
      await db.update(signingKeys).set({ privateKey }).where(same)
    }
  }

  await rotation.complete()
  await reencrypt()
  const keySet = await createKeySet({
    read,
    open: keyEncryption.open,
    subscribe: options.revocations.subscribe,
    log,
    now,
  })

  return {
    ...keySet,
    async list() {
      return (await read()).map(({ kid, alg, state, createdAt, changedAt }) => ({
        kid,
        alg,
        state,
        createdAt,
        changedAt,
      }))
    },
    async rotate(options = {}) {
      const result = await rotation.rotate(options)
      if (result.ok) await keySet.reload()
      return result
    },
    async remove(kid) {
      const found = await rotation.remove(kid)
      if (found) await keySet.reload()
      return found
    },
    async maintain() {
      const rotated = await rotation.rotateIfDue()
      const deleted = await rotation.deleteExpired()
      if (rotated || deleted > 0) await keySet.reload()
    },
  }
}
