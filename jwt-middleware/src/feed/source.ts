import { isCount } from '../contract/claims.ts'
import type { ConnectionFailure } from '../contract/connection-failure.ts'
import { innermostError } from '../contract/innermost-error.ts'
import { type Revocation, type RevocationSource, readRevocation } from '../contract/revocation.ts'
import { unref } from '../contract/unref.ts'
import { keepEventStream } from './event-stream.ts'
import type { FeedCredentials } from './stream-parts.ts'

/** The events of a source of entries. */
export interface FeedListener {
  /** The id to resume after; 0 for everything. */
  resumeAfter(): number
  entry(entry: Revocation): void
  /** Everything up to the id `last` was reported; later entries are new. */
  ready(last: number): void
  /** A sign of life. */
  heard(): void
  /** The auth service's clock, in seconds. */
  time(seconds: number): void
  /** Disconnected, or not yet connected; ready follows afterwards. */
  lost(failure: ConnectionFailure): void
}

/** Follows `GET /revocations` as an event stream, until the returned function is called. */
export function followStream(
  url: string,
  listener: FeedListener,
  credentials: FeedCredentials | null = null,
  fetch = globalThis.fetch,
): () => void {
  return keepEventStream({
    url,
    fetch,
    credentials,
    resumeAfter: () => (listener.resumeAfter() > 0 ? String(listener.resumeAfter()) : null),
    onHeard: listener.heard,
    onComment(text) {
      if (/^\d{1,11}$/.test(text.trim())) listener.time(Number(text))
    },
    onLost: listener.lost,
    onEvent(event, data) {
      const value = parseJson(data)
      if (event === 'ready') listener.ready(readLast(value))
      if (event !== 'revocation') return
      const entry = readRevocation(value)
      if (entry) listener.entry(entry)
    },
  })
}

/** Milliseconds between two attempts to read the existing entries. */
const RETRY = 1_000

/** Subscribes to a source in this process, until the returned function is called. */
export function listenTo(source: RevocationSource, listener: FeedListener): () => void {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  // Subscribes first, so that no entry is missed in between; repeated entries are harmless.
  const unsubscribe = source.subscribe((entries) => entries.forEach(listener.entry))

  async function catchUp(): Promise<void> {
    try {
      const { last, entries } = await source.since(0)
      if (closed) return
      entries.forEach(listener.entry)
      listener.ready(Math.max(last, listener.resumeAfter()))
    } catch (error) {
      if (closed) return
      listener.lost({
        reason: innermostError(error).message,
        remedy: 'Check the database of the auth service.',
      })
      timer = unref(setTimeout(catchUp, RETRY))
    }
  }
  void catchUp()
  return () => {
    closed = true
    clearTimeout(timer)
    unsubscribe()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readLast(value: unknown): number {
  const last = (value as { last?: unknown } | null)?.last
  return isCount(last) ? last : 0
}
