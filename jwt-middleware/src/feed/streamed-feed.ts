import { createLimitedLog } from '../contract/limited-log.ts'
import { secondOf, secondsSince } from '../contract/seconds.ts'
import { unref } from '../contract/unref.ts'
import { type Feed, type FeedOptions, type FeedState, LONGEST_ACCESS, SILENCE, SWEEP_LIMIT } from './feed.ts'
import { createRevocationList } from './revocation-list.ts'
import { type FeedListener, followStream, listenTo } from './source.ts'
import { createDeletions, type Deletions } from './user-deletions-process.ts'

/** How long a first request waits for the feed, in ms. */
const PATIENCE = 1_000
const SWEEP_PERIOD = 5_000

/** Follows the revocation feed. Starts with an empty list; survives every interruption. */
export function createStreamedFeed(options: FeedOptions): Feed {
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
    isDue: () => false,
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
        pollEvery: null,
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
