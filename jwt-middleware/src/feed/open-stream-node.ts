import type { IncomingMessage } from 'node:http'
import * as http from 'node:http'
import * as https from 'node:https'
import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { saysInvalidClient } from '../contract/client-rejection.ts'
import type { ConnectionFailure } from '../contract/connection-failure.ts'
import { lookupFor } from '../contract/local-name.ts'
import { SILENCE } from './feed.ts'
import {
  ANSWER_TIMEOUT,
  createStreamParser,
  ENDED,
  FELL_SILENT,
  HELD_BACK,
  MAX_EVENT,
  NO_STREAM,
  type OneStream,
  streamHeaders,
} from './stream-parts.ts'

/** One connection. It calls `onLost` last, unless the returned function has closed it. */
export function openEventStream(options: OneStream): () => void {
  const { url, onHeard, onOpen, onLost, authorization, onRejected } = options
  const headers = streamHeaders(options)
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

  const parser = createStreamParser(options, lose)

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
