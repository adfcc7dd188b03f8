import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { family, isPublicAddress } from './ip-address.ts'

/** A server to connect to, whose addresses were checked. */
export interface PublicTarget {
  readonly host: string
  readonly port: number
  /** All of them; at least one. */
  readonly addresses: readonly string[]
}

/** What tests replace; what is checked stays the same. */
export interface PublicFetchOptions {
  /** All addresses of a host. Default: those of the system. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  /** Opens a connection to one of these addresses. Default: TLS, with the certificates that Node trusts. */
  readonly connect?: (target: PublicTarget) => TLSSocket
}

/** Why nothing was fetched. The messages contain nothing of the URL or the answer. */
export class PublicFetchError extends Error {
  override readonly name = 'PublicFetchError'
  readonly code: 'not_https' | 'private_address' | 'not_json'

  constructor(code: PublicFetchError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** A `fetch` for URLs that strangers choose. It takes `method`, `headers` and `signal`. */
export type PublicFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/**
 * Fetches JSON from the public internet alone (OWASP, "Server-Side Request Forgery Prevention"): by https, and from hosts
 * of which no address is of this machine, of a private network or of special use (RFC 6890). A host is resolved once, and
 * the connection goes to an address that was checked, so that an answer of DNS that changes in between changes nothing.
 * Redirects are not followed. How much is read is up to the caller.
 * @throws PublicFetchError
 */
export function createPublicFetch({
  resolve = resolveAll,
  connect = connectTo,
}: PublicFetchOptions = {}): PublicFetch {
  const turn = createTurns(MOST_LOOKUPS)

  async function resolveInTurn(host: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
    const end = await before(signal, turn(signal))
    return before(signal, resolve(host).finally(end))
  }

  async function addressesOf(host: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
    // An address in the URL, of which the parser of URLs has made one spelling.
    const addresses = isIP(host) ? [host] : await resolveInTurn(host, signal)
    if (addresses.length > 0 && addresses.every(isPublicAddress)) return addresses
    throw new PublicFetchError(
      'private_address',
      'The host has no address, or one that is not public: nothing was fetched.',
    )
  }

  return async (input, init = {}) => {
    const url = new URL(input)
    if (url.protocol !== 'https:') throw new PublicFetchError('not_https', 'Only https is fetched.')
    const signal = init.signal ?? undefined
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const addresses = await addressesOf(host, signal)
    const target = { host, port: Number(url.port) || 443, addresses }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, {
        method: init.method ?? 'GET',
        headers: { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity' },
        createConnection: () => connect(target),
        // Without an agent, Node takes it for http.
        defaultPort: 443,
        ...(signal && { signal }),
      })
        .on('response', resolve)
        .on('error', reject)
        // An answer that switches protocols (101) is neither of them, and not even the signal ends it then.
        .on('upgrade', (_, socket) => {
          socket.destroy()
          reject(notJson())
        })
        .end()
    })
    // Otherwise the reader would hear of a lost connection.
    signal?.addEventListener('abort', () => answer.destroy(signal.reason))
    return toResponse(answer)
  }
}

/**
 * Lookups at a time. One of a host whose servers do not answer takes many seconds, and goes on after its signal; Node has
 * room for two in the whole process, and the database and the mail server need the other one.
 */
const MOST_LOOKUPS = 1

/** Waits for one's turn; the result ends it. Those whose signal fires leave the line. */
function createTurns(most: number) {
  let free = most
  const line = new Set<() => void>()
  const end = () => {
    free++
    const [next] = line
    next?.()
  }
  return (signal: AbortSignal | undefined): Promise<() => void> => {
    const { promise, resolve } = Promise.withResolvers<() => void>()
    const leave = () => line.delete(begin)
    const begin = () => {
      free--
      leave()
      signal?.removeEventListener('abort', leave)
      resolve(end)
    }
    if (free > 0) begin()
    else if (!signal?.aborted) {
      line.add(begin)
      signal?.addEventListener('abort', leave)
    }
    return promise
  }
}

const resolveAll = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/** Tries the addresses in turn, and asks DNS nothing. */
const connectTo = ({ host, port, addresses }: PublicTarget): TLSSocket =>
  connectTls({
    host,
    port,
    // An address is not a server name (RFC 6066, section 3).
    ...(!isIP(host) && { servername: host }),
    lookup: (_host, { all }, callback) => {
      const found = addresses.map((address) => ({ address, family: family(address) === 'ipv6' ? 6 : 4 }))
      if (all) callback(null, found)
      else callback(null, found[0]?.address ?? '', found[0]?.family)
    },
  })

/** The value, unless the signal fires first. */
async function before<Value>(signal: AbortSignal | undefined, value: Promise<Value>): Promise<Value> {
  if (!signal) return value
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  try {
    return await Promise.race([value, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i

const notJson = () => new PublicFetchError('not_json', 'The answer is not application/json.')

function toResponse(answer: IncomingMessage): Response {
  const { statusCode: status = 500, headers } = answer
  if (status === 200 && !JSON_TYPE.test(headers['content-type'] ?? '')) {
    answer.destroy()
    throw notJson()
  }
  // Nothing reads what comes with an error or a redirect.
  if (status !== 200) answer.destroy()
  const body = status === 200 ? (Readable.toWeb(answer) as ReadableStream) : null
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  )
  return new Response(body, { status, headers: lines })
}
