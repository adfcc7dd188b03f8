import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { canShare, singleFlight } from '#process-or-worker/contract/flights'
import { POLL_FAILED } from '#process-or-worker/contract/log-messages'
import { createDeletions } from '#process-or-worker/feed/user-deletions'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { CONTRACT, CONTRACT_HEADER } from '../contract/contract-version.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import { type Revocation, readRevocation } from '../contract/revocation.ts'
import { secondOf, secondsSince } from '../contract/seconds.ts'
import { type Feed, type FeedOptions, type FeedState, LONGEST_ACCESS, SILENCE, SWEEP_LIMIT } from './feed.ts'
import { createRevocationList } from './revocation-list.ts'

const TIMEOUT = 3_000
/** A response with as many entries or more may be incomplete. */
const PAGE = 1_000
/** How long requests leave it to the one that began to poll, where they can't wait for it, in ms. */
const PATIENCE = 1_000

/** Revocations from `since` on, and the id that they lead to. */
interface Page {
  readonly last: number
  readonly entries: readonly unknown[]
}

/**
 * Reads the revocation feed whenever a request comes and the last time is `pollEvery` seconds ago. That request waits,
 * so a revocation counts after that time, however seldom requests come.
 */
export function createPolledFeed(options: FeedOptions & { readonly pollEvery: number }): Feed {
  const { url, source, fetch = globalThis.fetch, now, log, whenStale, pollEvery } = options
  const list = createRevocationList(now)
  const deletions = options.onUserDeleted
    ? createDeletions({ onUserDeleted: options.onUserDeleted, state: options.state, log })
    : null
  const warn = createLimitedLog(log)
  let isStarted = false
  let isClosed = false
  let lastId = 0
  /** When the last poll that ended began, and the last one that worked. */
  let askedAt = Number.NEGATIVE_INFINITY
  let heardAt = Number.NEGATIVE_INFINITY
  /** When the last poll began. */
  let begunAt = Number.NEGATIVE_INFINITY
  let failing: string | null = null

  const isStale = (time: number) =>
    time - heardAt >= SILENCE && (failing !== null || !Number.isFinite(heardAt))

  function isDue(time: number): boolean {
    if (isClosed || time - askedAt < pollEvery * 1000) return false
    return canShare || !Number.isFinite(heardAt) || time - begunAt >= PATIENCE
  }

  function take(entry: Revocation): void {
    list.add(entry)
    if ('deleted' in entry) deletions?.announce(entry)
    else if ('kid' in entry) options.onKeyRemoved(entry.kid)
    else if ('jwk' in entry) options.onKeyPublished(entry.jwk)
    options.onEntry?.(entry)
  }

  async function ask(): Promise<Page | ConnectionFailure> {
    if (source) return source.since(lastId)
    const response = await fetch(`${url}?since=${lastId}`, {
      redirect: 'manual',
      headers: { accept: 'application/json', [CONTRACT_HEADER]: String(CONTRACT) },
      signal: AbortSignal.timeout(TIMEOUT),
    })
    const strange = explainAnswer(headOf(response), { url })
    if (strange) {
      await response.body?.cancel()
      return strange
    }
    const page = (await response.json()) as Page
    return Number.isSafeInteger(page.last) && Array.isArray(page.entries) ? page : NOT_A_FEED
  }

  /** Reads all that is new; the failure, or `null`. */
  async function readNews(): Promise<ConnectionFailure | null> {
    try {
      for (;;) {
        const page = await ask()
        if ('reason' in page) return page
        for (const entry of page.entries.map(readRevocation)) if (entry) take(entry)
        // A restored auth service counts from a lower id, and sent everything from the start.
        lastId = page.last
        if (page.entries.length < PAGE) return null
      }
    } catch (error) {
      return error instanceof SyntaxError ? NOT_A_FEED : explainError(error, { url })
    }
  }

  const poll = singleFlight(async () => {
    const time = now()
    begunAt = time
    deletions?.interrupted()
    const [failure] = await Promise.all([readNews(), options.alongside?.()])
    askedAt = Math.max(askedAt, time)
    if (failure && failure.reason !== failing) {
      warn({ event: 'feed_disconnected', url, ...failure }, POLL_FAILED)
    }
    const wasStale = isStale(time)
    failing = failure?.reason ?? null
    if (failure) return
    heardAt = Math.max(heardAt, time)
    list.sweep(SWEEP_LIMIT)
    deletions?.ready(lastId)
    if (wasStale) options.onCaughtUp?.()
    await deletions?.handled()
  })

  function state(time: number): FeedState {
    if (isClosed) return 'closed'
    if (!isStarted) return 'idle'
    if (!Number.isFinite(askedAt)) return 'connecting'
    if (failing === null) return 'live'
    return isStale(time) ? 'stale' : 'reconnecting'
  }

  return {
    start() {
      isStarted = true
    },
    settled: () => (isStarted && isDue(now()) ? poll('') : null),
    isDue,
    isLive: (time) => failing === null && Number.isFinite(heardAt) && !isDue(time),
    isTrusted: () => whenStale === 'accept' || !isStale(now()),
    verdict: list.verdict,
    isRemovedKey: list.isRemovedKey,
    noteEnd(sid) {
      take({ id: 0, sid, exp: secondOf(now()) + LONGEST_ACCESS })
    },
    version: () => list.version,
    isStillValid: (standing, time) =>
      !isDue(time) && (whenStale === 'accept' || !isStale(time)) && list.isStillValid(standing),
    status() {
      const time = now()
      return {
        state: state(time),
        age: secondsSince(heardAt, time),
        lastId,
        entries: list.size,
        pollEvery,
      }
    },
    relearn() {
      lastId = 0
      askedAt = heardAt = Number.NEGATIVE_INFINITY
    },
    close() {
      isClosed = true
      deletions?.close()
    },
  }
}

const NOT_A_FEED = {
  reason: 'its answer is not the revocation feed',
  remedy: 'Another program may answer there: check AUTH_INTERNAL_URL.',
}
