import { openEventStream } from '#node-or-web/feed/open-stream'
import { unref } from '../contract/unref.ts'
import type { EventStreamOptions } from './stream-parts.ts'

const RETRY_FIRST = 250
const RETRY_LAST = 10_000

/**
 * Keeps a stream of server-sent events open (HTML, section 9.2) until the returned function is called; reconnects with
 * growing, random pauses. On Node it does not keep the process alive.
 */
export function keepEventStream(options: EventStreamOptions): () => void {
  let attempts = 0
  let firstPause = RETRY_FIRST
  let abandon: (() => void) | null = null
  let timer: NodeJS.Timeout | undefined
  let retry: NodeJS.Timeout | undefined
  const { credentials } = options

  function connect(): void {
    const authorization = credentials?.forFeed() ?? null
    clearTimeout(retry)
    const wait = authorization === null ? credentials?.untilRetry() : null
    if (typeof wait === 'number') retry = unref(setTimeout(connectAgain, wait))
    abandon = openEventStream({
      ...options,
      authorization,
      onOpen() {
        attempts = 0
        if (authorization !== null) credentials?.accepted()
      },
      onRejected() {
        abandon = null
        credentials?.rejected()
        connect()
      },
      onRetry(ms) {
        firstPause = Math.min(Math.max(ms, RETRY_FIRST), RETRY_LAST)
      },
      onLost(failure) {
        abandon = null
        timer = unref(setTimeout(connect, pause()))
        options.onLost(failure)
      },
    })
  }

  /** In place of the stream that is open without credentials. */
  function connectAgain(): void {
    // Otherwise it is between two attempts.
    if (abandon === null) return
    abandon()
    connect()
  }

  function pause(): number {
    const longest = Math.min(firstPause * 2 ** ++attempts, RETRY_LAST)
    return firstPause + Math.random() * (longest - firstPause)
  }

  connect()
  return () => {
    clearTimeout(timer)
    clearTimeout(retry)
    abandon?.()
  }
}
