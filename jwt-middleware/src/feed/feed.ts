import type { PublicJwk } from '../contract/jwk.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { RevocationSource } from '../contract/revocation.ts'
import type { KeptState } from '../users/state.ts'
import { SILENCE } from './event-stream.ts'
import { createRevocationList, type Standing, type Verdict } from './revocation-list.ts'
import { type FeedListener, followStream, listenTo } from './source.ts'
import { createDeletions, type Deletions } from './user-deletions.ts'

export interface FeedOptions {
  /** The auth service's `/revocations`, as reached from inside. */
  readonly url: string
  /** Entries from this process instead of a connection. */
  readonly source?: RevocationSource | undefined
  /** Whether tokens are good as long as nobody says otherwise (`accept`), or only while somebody would (`refuse`). */
  readonly whenStale: 'accept' | 'refuse'
  readonly onUserDeleted?: ((uuid: string) => void | Promise<void>) | undefined
  /** A key was published, and will sign later on. */
  readonly onKeyPublished: (jwk: PublicJwk) => void
  /** A key was withdrawn at once. */
  readonly onKeyRemoved: (kid: string) => void
  /** The auth service told what its clock shows, in seconds. */
  readonly onTime: (seconds: number) => void
  /** Where the position of handled deletions is kept. */
  readonly state: KeptState
  /** In ms. */
  readonly now: () => number
  readonly log: Logger
}

/** `live`: everything revoked is known here within moments. `stale`: nothing was heard for 45 s. */
export type FeedState = 'idle' | 'connecting' | 'live' | 'reconnecting' | 'stale' | 'closed'

export interface FeedStatus {
  readonly state: FeedState
  /** Seconds since the last sign of life; `null` before the first one. */
  readonly age: number | null
  /** Id of the newest entry. */
  readonly lastId: number
  /** Entries that are remembered. */
  readonly entries: number
}

/** What the auth service revoked: known here within moments, at no cost for a request. */
export interface Feed {
  /** Connects; does nothing the second time. */
  start(): void
  /** Resolves once everything revoked is known, or can't be learned now; `null` from then on. */
  settled(): Promise<void> | null
  /** Whether verdicts count: always, unless the feed is stale and that shall not be accepted. */
  isTrusted(): boolean
  verdict(token: Omit<Standing, 'version'>): Verdict
  isRemovedKey(kid: string): boolean
  /** Moves on whenever something new is revoked. Take it down before verifying a token. */
  version(): number
  /** Whether a token that was good still is: one comparison, unless something new was revoked. `time` is in ms. */
  holds(standing: Standing, time: number): boolean
  status(): FeedStatus
  /** Learns everything anew: what was forgotten by a wrong clock may matter still. */
  relearn(): void
  /** Ends the connection for good. */
  close(): void
}

/** How long a first request waits for the feed, in ms. */
const PATIENCE = 1_000
const SWEEP_PERIOD = 5_000
const SWEEP_LIMIT = 100_000

/** Follows the feed (DESIGN: Revocation). Starts with an empty memory; survives every interruption. */
export function createFeed(options: FeedOptions): Feed {
  const { url, source, now, log, whenStale, onKeyPublished, onKeyRemoved, onTime } = options
  const list = createRevocationList(now)
  const deletions: Deletions | null = options.onUserDeleted
    ? createDeletions({ onUserDeleted: options.onUserDeleted, state: options.state, log })
    : null
  let phase: 'idle' | 'connecting' | 'live' | 'reconnecting' | 'closed' = 'idle'
  let startedAt = 0
  let heardAt = Number.NEGATIVE_INFINITY
  let lastId = 0
  /** Why the connection failed last; `null` while it is fine. */
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
    },
    ready(last) {
      phase = 'live'
      heardAt = now()
      failing = null
      // A restored auth service counts from further below, and sent everything from the start.
      lastId = last
      deletions?.ready(last)
      settle()
    },
    heard() {
      // Only who has caught up knows what there is to know.
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

  // In one process there is no line that could fall silent.
  const isStale = (time: number) => time - heardAt >= SILENCE && (source === undefined || phase !== 'live')

  function start(): void {
    if (phase !== 'idle') return
    phase = 'connecting'
    startedAt = now()
    const { promise, resolve } = Promise.withResolvers<void>()
    patience = setTimeout(resolve, PATIENCE).unref()
    settle = resolve
    settling = promise.then(() => {
      clearTimeout(patience)
      settling = null
    })
    const sweeper = setInterval(() => list.sweep(SWEEP_LIMIT), SWEEP_PERIOD).unref()
    const disconnect = source ? listenTo(source, listener) : followStream(url, listener)
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
      // Somebody waits, so that the process must not end before the answer.
      if (settling) patience?.ref()
      return settling
    },
    isTrusted: () => whenStale === 'accept' || !isStale(now()),
    verdict: list.verdict,
    isRemovedKey: list.isRemovedKey,
    version: () => list.version,
    holds: (standing, time) => (whenStale === 'accept' || !isStale(time)) && list.holds(standing),
    status() {
      const time = now()
      return {
        state: state(time),
        age: Number.isFinite(heardAt) ? Math.max(0, Math.round((time - heardAt) / 1000)) : null,
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
