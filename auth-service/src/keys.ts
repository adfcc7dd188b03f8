import { createPublicKey, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import type { KeyLookup, KeySource, SigningAlgorithm, VerificationKey } from '@latchkey/jwt-middleware'
import { asc, inArray } from 'drizzle-orm'
import { type Config, ConfigError } from './config.ts'
import type { Database } from './database/index.ts'
import type { Log } from './log.ts'
import { createSealer } from './sealing.ts'
import { exportPrivateKey, generateKey, importPrivateKey, publicJwk } from './signing.ts'

export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly key: KeyObject
}

export type PublishedKey = JsonWebKey & {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
}

/**
 * The family's keys. `next` is published and does not sign yet, `current` signs, `retiring` is published until the
 * last token it signed is dead. As a KeySource they serve the middleware inside the service.
 */
export interface Keys extends KeySource {
  /** The key that signs now. */
  current(): SigningKey
  /** The public halves of all keys, as a JWK Set (RFC 7517, section 5). */
  published(): { readonly keys: readonly PublishedKey[] }
  /** Reads the keys again. Throws when the database does not answer; the last good ones stay in use. */
  reload(): Promise<void>
}

export interface KeysOptions {
  readonly config: Pick<Config, 'secretKey' | 'signingAlg'>
  readonly database: Database
  readonly log: Log
  readonly now: () => number
}

/** Age in ms from which the keys are read again, in the background: another process may have rotated them. */
export const KEYS_MAX_AGE = 60_000
/** Shortest time in ms between two readings, whatever happens. */
export const KEYS_COOLDOWN = 5_000

interface KeySet {
  readonly current: SigningKey
  readonly published: { readonly keys: readonly PublishedKey[] }
  readonly verifying: ReadonlyMap<string, VerificationKey>
}

/**
 * Loads the signing keys, and makes them on the first start. They stay in memory: an outage of the database takes
 * none away.
 * @throws ConfigError where SECRET_KEY does not open them
 */
export async function createKeys({ config, database, log, now }: KeysOptions): Promise<Keys> {
  const { db, signingKeys } = database
  const sealer = createSealer(config.secretKey, 'signing keys')
  await makeMissing()
  let keys = await load()
  let attemptedAt = now()
  let reachable = true
  let flight: Promise<void> | null = null

  /** However many processes do this at once, the unique index lets one key of each state in. */
  async function makeMissing(): Promise<void> {
    const states = ['current', 'next'] as const
    const present = await db
      .select({ state: signingKeys.state, alg: signingKeys.alg })
      .from(signingKeys)
      .where(inArray(signingKeys.state, [...states]))
    for (const state of states) {
      const found = present.find((key) => key.state === state)
      if (!found) await db.insert(signingKeys).values(makeKey(state)).onConflictDoNothing()
      else if (found.alg !== config.signingAlg) {
        log.warn(
          { state, alg: found.alg },
          'SIGNING_ALG is for keys made from now on; this one is of another kind',
        )
      }
    }
  }

  function makeKey(state: 'current' | 'next') {
    const key = generateKey(config.signingAlg)
    const kid = randomBytes(9).toString('base64url')
    const at = Math.floor(now() / 1000)
    return {
      kid,
      alg: config.signingAlg,
      state,
      publicJwk: JSON.stringify(publicJwk(key)),
      privateKey: sealer.seal(exportPrivateKey(key), kid),
      createdAt: at,
      changedAt: at,
    }
  }

  async function load(): Promise<KeySet> {
    const rows = await db.select().from(signingKeys).orderBy(asc(signingKeys.createdAt), asc(signingKeys.kid))
    const current = rows.find(({ state }) => state === 'current')
    if (!current)
      throw new Error('The database holds no current signing key. Restart the service to make one.')
    const published = rows.map(
      ({ kid, alg, publicJwk }): PublishedKey => ({ ...JSON.parse(publicJwk), kid, alg, use: 'sig' }),
    )
    return {
      current: { kid: current.kid, alg: current.alg, key: openKey(current) },
      published: { keys: published },
      verifying: new Map(published.map(readPublic)),
    }
  }

  function openKey({ kid, privateKey }: { kid: string; privateKey: string }): KeyObject {
    const der = sealer.open(privateKey, kid)
    if (der) return importPrivateKey(der)
    throw new ConfigError([
      'SECRET_KEY does not open the signing keys in this database. Start with the SECRET_KEY they were stored with; ' +
        'if that is lost, empty the table signing_keys: new keys are made, and everybody signs in again',
    ])
  }

  async function reload(): Promise<void> {
    attemptedAt = now()
    try {
      keys = await load()
      reachable = true
    } catch (error) {
      reachable = false
      throw error
    }
  }

  /** One reading at a time, and not too often; `null` where it is too early for another. */
  function refresh(): Promise<void> | null {
    if (flight || now() - attemptedAt < KEYS_COOLDOWN) return flight
    flight = reload()
      .catch((error) =>
        log.warn({ err: error }, 'could not read the signing keys; the last good ones stay in use'),
      )
      .finally(() => {
        flight = null
      })
    return flight
  }

  function fresh(): KeySet {
    if (now() - attemptedAt >= KEYS_MAX_AGE) refresh()
    return keys
  }

  const find = (kid: string): KeyLookup => keys.verifying.get(kid) ?? (reachable ? 'unknown' : 'unavailable')

  return {
    current: () => fresh().current,
    published: () => fresh().published,
    reload,
    get: (kid) => fresh().verifying.get(kid) ?? refresh()?.then(() => find(kid)) ?? find(kid),
  }
}

function readPublic(jwk: PublishedKey): [string, VerificationKey] {
  const { kid, alg } = jwk
  return [kid, { kid, alg, key: createPublicKey({ key: jwk, format: 'jwk' }) }]
}
