import type { PublicJwk } from '../contract/jwk.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { Revocation, RevocationSource } from '../contract/revocation.ts'
import { secondOf, secondsSince } from '../contract/seconds.ts'
import { unref } from '../contract/unref.ts'
import type { StoredValue } from '../users/state.ts'
import { createRevocationList, type Standing, type Verdict } from './revocation-list.ts'
import { type FeedListener, followStream, listenTo } from './source.ts'
import { type FeedCredentials, SILENCE } from './stream-parts.ts'
import { createDeletions, type Deletions } from './user-deletions.ts'

export interface FeedOptions {
  /** The internal URL of the auth service's `/revocations`. */
  readonly url: string
  /** Not used on Node. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
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

/** `live`: revocations arrive within moments. `stale`: nothing arrived for 45 s. */
export type FeedState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'stale' | 'closed'

export interface FeedStatus {
  readonly state: FeedState
  /** Seconds since the last sign of life; `null` before the first one. */
  readonly age: number | null
  /** Id of the newest entry. */
  readonly lastId: number
  /** The number of stored entries. */
  readonly entries: number
}

/** What the auth service revoked: known within moments, at no cost per request. */
export interface Feed {
  /** Connects; does nothing the second time. */
  start(): void
  /** Resolves once every revocation is known, or cannot be learned now; `null` afterwards. */
  settled(): Promise<void> | null
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

/** How long a first request waits for the feed, in ms. */
const PATIENCE = 1_000
/** No access token lives longer, in seconds. */
const LONGEST_ACCESS = 3_600
const SWEEP_PERIOD = 5_000
const SWEEP_LIMIT = 100_000

/** Follows the revocation feed. Starts with an empty list; survives every interruption. */
export function createFeed(options: FeedOptions): Feed {
  const { url, source, now, log, whenStale, onKeyPublished, onKeyRemoved, onTime } = options
  const { onEntry = () => {}, onCaughtUp = () => {} } = options
  const list = createRevocationList(now)
  const deletions: Deletions | null = options.onUserDeleted
    ? createDeletions({ onUserDeleted: options.onUserDeleted, state: options.state, log })
    : null
  let phase: 'idle' | 'connecting' | 'live' | 'reconnecting' | 'closed' = 'idle'
  let startedAt = 0
  let heardAt = Number.NEGATIVE_INFINITY
  let lastId = 0
  /** Why the connection failed last; `null` while it works. */
  let failing: string | null = null
  const warn = createLimitedLog(log)
  let stop = () => {}
  let settling: Promise<void> | null = null
  let settle = () => {}
  let patience: NodeJS.Timeout | undefined

  const listener: FeedListener = {
    resumeAfter: () => lastId,
    entry(entry) {
      list.add(entry)
      // Ids only grow, unless the database was replaced under a running auth service.
      if (phase === 'live' && entry.id <= lastId) deletions?.ready(entry.id - 1)
      lastId = phase === 'live' ? entry.id : Math.max(lastId, entry.id)
      if ('deleted' in entry) deletions?.announce(entry)
      else if ('kid' in entry) onKeyRemoved(entry.kid)
      else if ('jwk' in entry) onKeyPublished(entry.jwk)
      onEntry(entry)
    },
    ready(last) {
      const wasStale = now() - heardAt >= SILENCE
      phase = 'live'
      heardAt = now()
      failing = null
      // A restored auth service counts from a lower id, and sent everything from the start.
      lastId = last
      deletions?.ready(last)
      if (wasStale) onCaughtUp()
      settle()
    },
    heard() {
      // The list is complete only after catching up.
      if (phase === 'live') heardAt = now()
    },
    time: onTime,
    lost({ reason, remedy }) {
      if (phase === 'live') phase = 'reconnecting'
      if (reason !== failing) {
        warn(
          { event: 'feed_disconnected', url, reason, remedy },
          'the revocation feed is disconnected; reconnecting',
        )
      }
      failing = reason
      deletions?.interrupted()
      settle()
    },
  }

  // An in-process source has no connection that could fall silent.
  const isStale = (time: number) => time - heardAt >= SILENCE && (source === undefined || phase !== 'live')

  function start(): void {
    if (phase !== 'idle') return
    phase = 'connecting'
    startedAt = now()
    const { promise, resolve } = Promise.withResolvers<void>()
    patience = unref(setTimeout(resolve, PATIENCE))
    settle = resolve
    settling = promise.then(() => {
      clearTimeout(patience)
      settling = null
    })
    const sweeper = unref(setInterval(() => list.sweep(SWEEP_LIMIT), SWEEP_PERIOD))
    const disconnect = source
      ? listenTo(source, listener)
      : followStream(url, listener, options.credentials, options.fetch)
    stop = () => {
      clearInterval(sweeper)
      disconnect()
    }
  }

  function state(time: number): FeedState {
    if (phase === 'idle' || phase === 'closed' || !isStale(time)) return phase
    return phase === 'connecting' && time - startedAt < SILENCE ? phase : 'stale'
  }

  return {
    start,
    settled() {
      // A request is waiting, so the process must stay alive until the response.
      if (settling) patience?.ref?.()
      return settling
    },
    isLive: (time) => phase === 'live' && !isStale(time),
    isTrusted: () => whenStale === 'accept' || !isStale(now()),
    verdict: list.verdict,
    isRemovedKey: list.isRemovedKey,
    noteEnd(sid) {
      const entry = { id: 0, sid, exp: secondOf(now()) + LONGEST_ACCESS }
      list.add(entry)
      onEntry(entry)
    },
    version: () => list.version,
    isStillValid: (standing, time) =>
      (whenStale === 'accept' || !isStale(time)) && list.isStillValid(standing),
    status() {
      const time = now()
      return {
        state: state(time),
        age: secondsSince(heardAt, time),
        lastId,
        entries: list.size,
      }
    },
    relearn() {
      if (phase === 'idle' || phase === 'closed') return
      stop()
      settle()
      deletions?.interrupted()
      phase = 'idle'
      lastId = 0
      heardAt = Number.NEGATIVE_INFINITY
      start()
    },
    close() {
      phase = 'closed'
      stop()
      deletions?.close()
      settle()
    },
  }
}
