import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { isClientRejection } from '../contract/client-rejection.ts'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { unref } from '../contract/unref.ts'
import { SILENCE } from './feed.ts'
import type * as OnNode from './open-stream-node.ts'
import {
  ANSWER_TIMEOUT,
  createStreamParser,
  ENDED,
  FELL_SILENT,
  HELD_BACK,
  NO_STREAM,
  streamHeaders,
} from './stream-parts.ts'

export const openEventStream: typeof OnNode.openEventStream = (options) => {
  const { url, fetch = globalThis.fetch, authorization, onHeard, onOpen, onRejected, onLost } = options
  const over = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let ended = false

  function end(): void {
    ended = true
    clearTimeout(timer)
    over.abort()
  }

  function lose(failure: ConnectionFailure): void {
    if (ended) return
    end()
    onLost(failure)
  }

  function loseAfter(pause: number, failure: ConnectionFailure): void {
    clearTimeout(timer)
    timer = unref(setTimeout(() => lose(failure), pause))
  }

  async function read(): Promise<void> {
    loseAfter(ANSWER_TIMEOUT, HELD_BACK)
    const { signal } = over
    const response = await fetch(url, { redirect: 'manual', headers: streamHeaders(options), signal })
    const head = headOf(response)
    const strange = explainAnswer(head, { url })
    // A proxy can answer 401, too, and knows nothing of the app's credentials.
    if (strange && authorization !== null && (await isClientRejection(response)) && !ended) {
      end()
      return onRejected()
    }
    if (strange) return lose(strange)
    if (!/^text\/event-stream\b/.test(head.contentType) || response.body === null) return lose(NO_STREAM)
    onOpen()
    loseAfter(SILENCE, FELL_SILENT)
    const parser = createStreamParser(options, lose)
    const decoder = new TextDecoder()
    for await (const chunk of response.body) {
      if (ended) return
      loseAfter(SILENCE, FELL_SILENT)
      onHeard()
      parser.feed(decoder.decode(chunk, { stream: true }))
    }
    lose(ENDED)
  }

  read().catch((error) => lose(explainError(error, { url })))
  return end
}
