import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { createParser } from 'eventsource-parser'
import { saysInvalidClient } from '../contract/client-rejection.ts'
import { type ConnectionFailure, explainAnswer, explainError } from '../contract/connection-failure.ts'
import { CONTRACT, CONTRACT_HEADER } from '../contract/contract-version.ts'
import { lookupFor } from '../contract/local-name.ts'

export interface EventStreamOptions {
  readonly url: string
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

/** Milliseconds of silence after which a connection is dropped. Servers send a heartbeat every 15 s. */
export const SILENCE = 45_000
const RETRY_FIRST = 250
const RETRY_LAST = 10_000
const ANSWER_TIMEOUT = 10_000
/** In characters. No entry is nearly as long, so a longer line is not from a feed. */
const MAX_EVENT = 64 * 1024

/**
 * Keeps a stream of server-sent events open (HTML, section 9.2) until the returned function is called; reconnects with
 * growing, random pauses. Unlike `fetch`, it does not keep the process alive.
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
    if (typeof wait === 'number') retry = setTimeout(connectAgain, wait).unref()
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
        timer = setTimeout(connect, pause()).unref()
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

const BUFFERING =
  'If there is a proxy, disable buffering and compression for /revocations, for example with proxy_buffering off in nginx.'
const HELD_BACK = { reason: 'it did not answer within 10 s', remedy: BUFFERING }
const FELL_SILENT = { reason: 'it sent nothing for 45 s', remedy: BUFFERING }
const ENDED = {
  reason: 'the connection ended',
  remedy:
    'The auth service or a proxy restarted, or the proxy closes long connections: raise its read timeout.',
}
const NO_STREAM = {
  reason: 'its answer is not an event stream',
  remedy:
    'Another program may answer there: check AUTH_INTERNAL_URL, and let the proxy pass the Accept header on.',
}

interface OneStream extends EventStreamOptions {
  readonly authorization: string | null
  /** The server refused the credentials. Then `onLost` is not called. */
  readonly onRejected: () => void
  readonly onOpen: () => void
  readonly onRetry: (ms: number) => void
}

/** One connection. It calls `onLost` last, unless the returned function has closed it. */
function openEventStream(options: OneStream) {
  const { url, resumeAfter, onEvent, onComment, onHeard, onOpen, onRetry, onLost } = options
  const { authorization, onRejected } = options
  const id = resumeAfter()
  const headers = {
    accept: 'text/event-stream',
    [CONTRACT_HEADER]: String(CONTRACT),
    ...(id !== null && { 'last-event-id': id }),
    ...(authorization !== null && { authorization }),
  }
  const lookup = lookupFor(new URL(url).hostname)
  const request = (url.startsWith('https:') ? https : http).get(url, { headers, lookup, agent: false })
  let ended = false
  const silence = setTimeout(() => lose(HELD_BACK), ANSWER_TIMEOUT).unref()

  function end(): void {
    ended = true
    clearTimeout(silence)
    request.destroy()
  }

  function lose(failure: ConnectionFailure): void {
    if (ended) return
    end()
    onLost(failure)
  }

  const parser = createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ event, data }) => onEvent(event ?? 'message', data),
    onComment,
    onRetry,
    onError({ type, message }) {
      if (type === 'max-buffer-size-exceeded') lose({ ...NO_STREAM, reason: message })
    },
  })

  /** A proxy can answer 401, too, and knows nothing of the app's credentials. */
  function readRejection(response: IncomingMessage, failure: ConnectionFailure): void {
    let body = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
      if (body.length > MAX_EVENT) lose(failure)
    })
    response.on('end', () => {
      if (ended || !saysInvalidClient(body)) return lose(failure)
      end()
      onRejected()
    })
  }

  request.on('socket', (socket) => {
    socket.unref()
    // Trying one address after the other gives the socket a new handle.
    socket.once('connect', () => socket.unref())
  })
  request.on('error', (error) => lose(explainError(error, { url })))
  request.on('response', (response) => {
    response.on('error', () => {}) // The connection closes as well.
    response.on('close', () => lose(ENDED))
    const { statusCode: status = 0, headers: received } = response
    const { 'content-type': contentType = '', location = null } = received
    const strange = explainAnswer({ status, contentType, location }, { url })
    if (strange && status === 401 && authorization !== null) return readRejection(response, strange)
    if (strange) return lose(strange)
    if (!/^text\/event-stream\b/.test(contentType)) return lose(NO_STREAM)
    onOpen()
    clearTimeout(silence)
    const patience = setTimeout(() => lose(FELL_SILENT), SILENCE).unref()
    response.setEncoding('utf8').on('data', (chunk: string) => {
      if (ended) return
      patience.refresh()
      onHeard()
      parser.feed(chunk)
    })
    response.on('close', () => clearTimeout(patience))
  })
  return end
}
