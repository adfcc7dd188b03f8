import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import {
  type ConnectionFailure,
  explainError,
  failure,
  lookupFor,
  type Result,
  success,
} from '@latchkey/jwt-middleware/contract'

/** A response; redirects are not followed. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** This end of the connection. */
  readonly local: { readonly address: string; readonly port: number }
}

export interface ProbeOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Stops reading once the text contains this, since streams never end. */
  readonly until?: string
  /** Time-out for the whole request, in ms. Default: 10 s. */
  readonly timeout?: number
  /** Certificates of the trusted authorities, instead of Node's own. */
  readonly authorities?: readonly string[]
}

/** One request on a new connection; a failure explains why there was no response, with the remedy. */
export function probe(
  url: string | URL,
  options: ProbeOptions = {},
): Promise<Result<Reply, ConnectionFailure>> {
  const { method = 'GET', headers = {}, body, until, timeout = 10_000, authorities } = options
  const target = new URL(url)
  const request = target.protocol === 'https:' ? requestHttps : requestHttp
  const explain = (error: unknown) => explainError(error, { url: target.href, setting: 'the address' })
  return new Promise((resolve) => {
    const outgoing = request(target, {
      method,
      headers: { ...headers },
      lookup: lookupFor(target.hostname),
      agent: false,
      ...(authorities && { ca: [...authorities] }),
    })
    let reply: Reply | null = null
    const finish = (result: Result<Reply, ConnectionFailure>) => {
      clearTimeout(timer)
      outgoing.destroy()
      resolve(result)
    }
    // A partial response may explain the failure: headers without a body.
    const timer = setTimeout(
      () => finish(reply ? success(reply) : failure(silent(timeout, explain({ code: 'ETIMEDOUT' }).remedy))),
      timeout,
    )
    outgoing.on('error', (error) => finish(failure(explain(error))))
    outgoing.on('response', (incoming) => {
      let text = ''
      const { localAddress: address = '', localPort: port = 0 } = incoming.socket
      const update = () => {
        reply = {
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text,
          local: { address, port },
        }
        return reply
      }
      update()
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        const now = update()
        if (until !== undefined && text.includes(until)) finish(success(now))
      })
      incoming.on('error', (error) => finish(failure(explain(error))))
      incoming.on('end', () => finish(success(update())))
    })
    outgoing.end(body)
  })
}

const SILENCE = 'no answer within'
const silent = (timeout: number, remedy: string): ConnectionFailure => ({
  reason: `${SILENCE} ${timeout / 1000} s`,
  remedy,
})

/** Whether a connection was made, but received nothing. */
export const isSilent = ({ reason }: ConnectionFailure): boolean => reason.startsWith(SILENCE)

/** The remedy for a failure: a specific one for names and certificates, otherwise the caller's. */
export const remedyFor = ({ reason, remedy }: ConnectionFailure, usual: string): string =>
  /DNS|certificate|TLS/.test(reason) ? remedy : usual
