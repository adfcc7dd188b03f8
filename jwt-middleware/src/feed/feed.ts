import type { PublicJwk } from '../contract/jwk.ts'
import type { Logger } from '../contract/log.ts'
import type { Revocation, RevocationSource } from '../contract/revocation.ts'
import type { StoredValue } from '../users/state.ts'
import type { Standing, Verdict } from './revocation-list.ts'
import type { FeedCredentials } from './stream-parts.ts'

export interface FeedOptions {
  /** The internal URL of the auth service's `/revocations`. */
  readonly url: string
  /** Not used on Node. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Seconds between two polls; `null` for a stream, where something lives long enough to hold it. */
  readonly pollEvery?: number | null
  /** What runs in the request that polls, where there is no other time for it. */
  readonly alongside?: () => Promise<void> | null
  /** The app's credentials, which keep a place at the feed. */
  readonly credentials?: FeedCredentials | null
  /** Entries from this process instead of a connection. */
  readonly source?: RevocationSource | undefined
  /** While the feed is stale: whether to accept valid tokens (`accept`), or reject all (`refuse`). */
  readonly whenStale: 'accept' | 'refuse'
  readonly onUserDeleted?: ((uuid: string) => void | Promise<void>) | undefined
  /** A key was published, and will sign later. */
  readonly onKeyPublished: (jwk: PublicJwk) => void
  /** A key was removed at once. */
  readonly onKeyRemoved: (kid: string) => void
  /** The list has a new entry, or the same one again. */
  readonly onEntry?: (entry: Revocation) => void
  /** The feed is live after being stale: it told of everything that a valid token can be about. */
  readonly onCaughtUp?: () => void
  /** The auth service reported its clock, in seconds. */
  readonly onTime: (seconds: number) => void
  /** Where the position of handled deletions is stored. */
  readonly state: StoredValue
  /** In ms. */
  readonly now: () => number
  readonly log: Logger
}

/**
 * `live`: revocations arrive within moments, or the last poll worked. `stale`: nothing arrived for 45 s, although
 * someone was waiting.
 */
export type FeedState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'stale' | 'closed'

export interface FeedStatus {
  readonly state: FeedState
  /** Seconds since the last sign of life; `null` before the first one. */
  readonly age: number | null
  /** Id of the newest entry. */
  readonly lastId: number
  /** The number of stored entries. */
  readonly entries: number
  /** Seconds between two polls; `null` if the feed is a stream. */
  readonly pollEvery: number | null
}

/** What the auth service revoked: known within moments, at no cost per request. */
export interface Feed {
  /** Connects; does nothing the second time. */
  start(): void
  /** Resolves once every revocation is known, or cannot be learned now; `null` if a request need not wait for that. */
  settled(): Promise<void> | null
  /** Whether a request must poll before it relies on verdicts. `time` is in ms. */
  isDue(time: number): boolean
  /** Whether revocations arrive within moments. `time` is in ms. */
  isLive(time: number): boolean
  /** Whether verdicts are reliable: always, unless the feed is stale and the setting rejects that. */
  isTrusted(): boolean
  verdict(token: Omit<Standing, 'version'>): Verdict
  isRemovedKey(kid: string): boolean
  /** Notes a session that the auth service has just ended: its entry may arrive a moment later. */
  noteEnd(sid: string): void
  /** Grows with every new revocation. Read it before verifying a token. */
  version(): number
  /** Whether a token that was valid still is: one comparison, unless there is a new revocation. `time` is in ms. */
  isStillValid(standing: Standing, time: number): boolean
  status(): FeedStatus
  /** Reads everything again: entries that a wrong clock expired may still matter. */
  relearn(): void
  /** Closes the connection for good. */
  close(): void
}

/** No access token lives longer, in seconds. */
export const LONGEST_ACCESS = 3_600
/** Expired entries of one kind that are dropped at once. */
export const SWEEP_LIMIT = 100_000
/** Milliseconds of silence after which a connection is dropped. Servers send a heartbeat every 15 s. */
export const SILENCE = 45_000
