import type * as InProcess from './feed-process.ts'
import { createPolledFeed } from './polled-feed.ts'

/** In seconds. */
const POLL_EVERY = 5

/** No request may read a stream that another one has opened. */
export const createFeed: typeof InProcess.createFeed = (options) =>
  createPolledFeed({ ...options, pollEvery: options.pollEvery ?? POLL_EVERY })
