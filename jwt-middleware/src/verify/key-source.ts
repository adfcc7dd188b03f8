import type { PublicJwk } from '../contract/jwk.ts'
import type { Logger } from '../contract/log.ts'
import type { StoredValue } from '../users/state.ts'
import type { VerificationKey } from './verification-key.ts'

/** The key, or why there is none: it is not published, or the auth service was unavailable. */
export type KeyLookup = VerificationKey | 'unknown' | 'unavailable'

/** Where verifiers find keys. A cached one is returned without a promise. */
export interface KeySource {
  /** `time` is when the token arrived, in ms, for sources that expire. Default: now. */
  get(kid: string, time?: number): KeyLookup | Promise<KeyLookup>
}

export interface KeySetOptions {
  /** The URL of the key set, e.g. `https://auth.example.com/.well-known/jwks.json`. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly log: Logger
  /** Where the last good keys are stored across restarts. */
  readonly state: StoredValue
}

export interface KeysStatus {
  readonly count: number
  /** Seconds since the keys were last fetched; `null` before the first time. */
  readonly age: number | null
}

/** Keys that are fetched and cached. */
export interface KeySet extends KeySource {
  /**
   * Adds a key that was just published, without a fetch. Look-ups for it meanwhile wait. A removed key does not return.
   */
  add(jwk: PublicJwk): void
  /** Drops a key at once, also from the store. */
  remove(kid: string): void
  status(): KeysStatus
}

/** Age in ms from which keys are refreshed in the background, while they stay in use. */
export const KEYS_MAX_AGE = 300_000
/** Shortest time in ms between two fetches. */
export const KEYS_COOLDOWN = 30_000
