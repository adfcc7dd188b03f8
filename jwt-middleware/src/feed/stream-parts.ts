import { createParser } from 'eventsource-parser'
import type { ConnectionFailure } from '../contract/connection-failure.ts'
import { CONTRACT, CONTRACT_HEADER } from '../contract/contract-version.ts'

export interface EventStreamOptions {
  readonly url: string
  /** Not used on Node. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Returns the id to resume after, or `null` for everything; called before every attempt. */
  readonly resumeAfter: () => string | null
  readonly onEvent: (event: string, data: string) => void
  readonly onComment: (text: string) => void
  /** Called when anything arrives, such as a heartbeat. */
  readonly onHeard: () => void
  /** The connection ended or failed; another attempt follows. */
  readonly onLost: (failure: ConnectionFailure) => void
  /** The app's credentials; `null` without any. */
  readonly credentials?: FeedCredentials | null | undefined
}

/** The credentials of an app, which may be wrong: then the stream is opened without them. */
export interface FeedCredentials {
  /** The value of an `Authorization` header; `null` after they were refused. */
  forFeed(): string | null
  /** Milliseconds until they should be tried again; `null` unless they were refused. */
  untilRetry(): number | null
  rejected(): void
  accepted(): void
}

export const ANSWER_TIMEOUT = 10_000
/** In characters. No entry is nearly as long, so a longer line is not from a feed. */
export const MAX_EVENT = 64 * 1024

const BUFFERING =
  'If there is a proxy, disable buffering and compression for /revocations, for example with proxy_buffering off in nginx.'
export const HELD_BACK = { reason: 'it did not answer within 10 s', remedy: BUFFERING }
export const FELL_SILENT = { reason: 'it sent nothing for 45 s', remedy: BUFFERING }
export const ENDED = {
  reason: 'the connection ended',
  remedy:
    'The auth service or a proxy restarted, or the proxy closes long connections: raise its read timeout.',
}
export const NO_STREAM = {
  reason: 'its answer is not an event stream',
  remedy:
    'Another program may answer there: check AUTH_INTERNAL_URL, and let the proxy pass the Accept header on.',
}

export interface OneStream extends EventStreamOptions {
  readonly authorization: string | null
  /** The server refused the credentials. Then `onLost` is not called. */
  readonly onRejected: () => void
  readonly onOpen: () => void
  readonly onRetry: (ms: number) => void
}

/** The headers of the request. */
export function streamHeaders({ resumeAfter, authorization }: OneStream): Record<string, string> {
  const id = resumeAfter()
  return {
    accept: 'text/event-stream',
    [CONTRACT_HEADER]: String(CONTRACT),
    ...(id !== null && { 'last-event-id': id }),
    ...(authorization !== null && { authorization }),
  }
}

/** Reads the text of the stream, chunk by chunk. */
export const createStreamParser = (
  { onEvent, onComment, onRetry }: OneStream,
  lose: (failure: ConnectionFailure) => void,
) =>
  createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ event, data }) => onEvent(event ?? 'message', data),
    onComment,
    onRetry,
    onError({ type, message }) {
      if (type === 'max-buffer-size-exceeded') lose({ ...NO_STREAM, reason: message })
    },
  })
