import { unref } from '../contract/unref.ts'
import type { Feed, FeedOptions } from './feed.ts'
import { createPolledFeed } from './polled-feed.ts'
import { createStreamedFeed } from './streamed-feed.ts'

/** Follows the revocation feed: as a stream, or by polls. */
export function createFeed(options: FeedOptions): Feed {
  const { pollEvery = null } = options
  if (pollEvery === null) return createStreamedFeed(options)
  const feed = createPolledFeed({ ...options, pollEvery })
  let timer: NodeJS.Timeout | undefined
  return {
    ...feed,
    start() {
      feed.start()
      // Open connections wait for entries while no request polls.
      timer ??= unref(setInterval(() => void feed.settled(), pollEvery * 1000))
    },
    close() {
      clearInterval(timer)
      feed.close()
    },
  }
}
