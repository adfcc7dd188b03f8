import { lookup as lookUp } from 'node:dns'
import { type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { failure, type Result, success } from '@latchkey/jwt-middleware'
import { isLocalName } from '../../mail-settings.ts'

/** How a server answered; redirects are not followed. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Reads no further once the text has this in it: streams never end. */
  readonly until?: string
  /** How long to wait for all of it, in ms. Default: 10 s. */
  readonly timeout?: number
}

/** As browsers do, whatever DNS says (RFC 6761, section 6.3); Node asks DNS alone. */
const lookup: LookupFunction = (hostname, options, callback) => {
  if (!isLocalName(hostname)) return lookUp(hostname, options, callback)
  if (!options.all) return callback(null, '127.0.0.1', 4)
  callback(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
}

/** One request, over a connection of its own; why there was no answer, in words. */
export function ask(url: string | URL, question: Question = {}): Promise<Result<Reply, string>> {
  const { method = 'GET', headers = {}, body, until, timeout = 10_000 } = question
  const target = new URL(url)
  const request = target.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const outgoing = request(target, { method, headers: { ...headers }, lookup, agent: false })
    let reply: Reply | null = null
    const finish = (result: Result<Reply, string>) => {
      clearTimeout(timer)
      outgoing.destroy()
      resolve(result)
    }
    // What came until then may be telling: headers without what should follow them.
    const timer = setTimeout(
      () => finish(reply ? success(reply) : failure(`it does not answer within ${timeout / 1000} s`)),
      timeout,
    )
    outgoing.on('error', (error) => finish(failure(reasonOf(error))))
    outgoing.on('response', (incoming) => {
      let text = ''
      const update = () => {
        reply = { status: incoming.statusCode ?? 0, headers: incoming.headers, text }
        return reply
      }
      update()
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        const now = update()
        if (until !== undefined && text.includes(until)) finish(success(now))
      })
      incoming.on('error', (error) => finish(failure(reasonOf(error))))
      incoming.on('end', () => finish(success(update())))
    })
    outgoing.end(body)
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'DNS knows no address for its name',
  EAI_AGAIN: 'DNS does not answer',
  EHOSTUNREACH: 'no network leads there',
  ENETUNREACH: 'no network leads there',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it hung up without an answer',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody we trust has signed its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody we trust has signed its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes without the ones in between',
}

const reasonOf = ({ code = 'unknown' }: NodeJS.ErrnoException): string =>
  REASONS[code] ? `${REASONS[code]} (${code})` : `the connection failed (${code})`
