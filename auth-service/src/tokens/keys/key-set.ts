import { AsyncLocalStorage } from 'node:async_hooks'
import { createPublicKey } from 'node:crypto'
import type { KeyLookup, KeySource, PublicJwk, VerificationKey } from '@latchkey/jwt-middleware/contract'
import type { FeedEntry } from '../../events/revocation-entries.ts'
import type { Log } from '../../platform/logging/logger.ts'
import { type KeyRow, publishedKey, type SigningKey } from './key-encryption.ts'

/** The family's keys in memory, which survive an outage of the database. */
export interface KeySet extends KeySource {
  /** The current signing key. */
  current(): SigningKey
  /** The public halves of all keys, as a JWK Set (RFC 7517, section 5). */
  published(): { readonly keys: readonly PublicJwk[] }
  /** Reads the keys again. Throws when the database does not respond; the last good ones stay in use. */
  reload(): Promise<void>
}

export interface KeySetOptions {
  /** All keys, as stored. */
  readonly read: () => Promise<readonly KeyRow[]>
  /** The feed: a removed key is dropped at once, and the keys are read again when one is unknown. */
  readonly subscribe: (listener: (entries: readonly FeedEntry[]) => void) => void
  readonly open: (row: KeyRow) => SigningKey
  readonly log: Log
  readonly now: () => number
}

/** Age in ms from which the keys are read again in the background, since another process may have rotated them. */
export const KEYS_MAX_AGE = 60_000
/** Shortest time in ms between two reads caused by requests. */
export const KEYS_COOLDOWN = 5_000

interface LoadedKeys {
  readonly current: SigningKey
  readonly published: { readonly keys: readonly PublicJwk[] }
  readonly verifying: ReadonlyMap<string, VerificationKey>
}

/** Throws when reading or decrypting the keys fails. */
export async function createKeySet({ read, open, subscribe, log, now }: KeySetOptions): Promise<KeySet> {
  const removed = new Set<string>()
  const early: FeedEntry[] = []
  let hear = (entries: readonly FeedEntry[]): void => void early.push(...entries)
  // Before the first read, which may be too old for a removal meanwhile.
  subscribe((entries) => hear(entries))
  let keys = await load()
  let attemptedAt = now()
  let reachable = true
  let flight: Promise<void> | null = null
  /** No request waits for such a read, so the log must not name the one that came just then. */
  const inBackground = AsyncLocalStorage.snapshot()

  async function load(known?: LoadedKeys): Promise<LoadedKeys> {
    const rows = await read()
    const current = rows.find(({ state }) => state === 'current')
    if (!current)
      throw new Error('The database holds no current signing key. Restart the service to make one.')
    const published = rows.map(publishedKey)
    return {
      // Decrypted keys stay: a process with a newer SECRET_KEY may have encrypted them again.
      current: known?.current.kid === current.kid ? known.current : open(current),
      published: { keys: published },
      verifying: new Map(published.map(readPublic)),
    }
  }

  async function reload(): Promise<void> {
    attemptedAt = now()
    try {
      keys = without(await load(keys))
      reachable = true
    } catch (error) {
      reachable = false
      throw error
    }
  }

  /** Removals are final, but a read in progress may still return the key. */
  function without({ current, published, verifying }: LoadedKeys): LoadedKeys {
    return {
      current,
      published: { keys: published.keys.filter(({ kid }) => !removed.has(kid)) },
      verifying: new Map([...verifying].filter(([kid]) => !removed.has(kid))),
    }
  }

  const reloadQuietly = () =>
    reload().catch((error) =>
      log.warn({ err: error }, 'could not read the signing keys; the last good ones stay in use'),
    )

  function start(after: Promise<void> | null): Promise<void> {
    const mine = Promise.resolve(after)
      .then(reloadQuietly)
      .finally(() => {
        if (flight === mine) flight = null
      })
    flight = mine
    return mine
  }

  /** One read at a time, and not too often; `null` if it is too early for another. */
  const refresh = (): Promise<void> | null =>
    flight || now() - attemptedAt < KEYS_COOLDOWN ? flight : start(null)

  function fresh(): LoadedKeys {
    const limit = removed.has(keys.current.kid) ? KEYS_COOLDOWN : KEYS_MAX_AGE
    if (now() - attemptedAt >= limit) inBackground(refresh)
    return keys
  }

  /** Whether this entry is about an unknown key. */
  function isNews(entry: FeedEntry): boolean {
    if ('kid' in entry) return !removed.has(entry.kid)
    return 'jwk' in entry && !keys.verifying.has(entry.jwk.kid) && !removed.has(entry.jwk.kid)
  }

  function onFeed(entries: readonly FeedEntry[]): void {
    const news = entries.filter(isNews)
    if (news.length === 0) return
    for (const entry of news) if ('kid' in entry) removed.add(entry.kid)
    keys = without(keys)
    // A read in progress may be too old.
    void start(flight)
  }

  hear = onFeed
  onFeed(early)

  const find = (kid: string): KeyLookup => keys.verifying.get(kid) ?? (reachable ? 'unknown' : 'unavailable')

  return {
    current: () => fresh().current,
    published: () => fresh().published,
    reload,
    get: (kid) => fresh().verifying.get(kid) ?? refresh()?.then(() => find(kid)) ?? find(kid),
  }
}

function readPublic(jwk: PublicJwk): [string, VerificationKey] {
  const { kid, alg } = jwk
  return [kid, { kid, alg, key: createPublicKey({ key: { ...jwk }, format: 'jwk' }) }]
}
