import { randomBytes } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { createKeyedHash } from '../../platform/crypto/keyed-hash.ts'
import { requestContext } from '../../platform/logging/request-context.ts'
import { networkOf } from '../../platform/net/ip-address.ts'
import type { Service } from '../../service.ts'
import { logRefusal, REFUSED } from './refusal-log.ts'

/** Requests that pages, health checks and proxies send all the time: logged only at debug. */
const QUIET = new Set(['/assets/:name', '/healthz', '/forward-auth'])

/**
 * Logs one line per request: the pattern of its route, never its URL, which may contain anything, and a keyed hash of the
 * client's network.
 */
export function logRequests(service: Pick<Service, 'config' | 'log' | 'warn'>): MiddlewareHandler {
  const { config, log } = service
  const hash = createKeyedHash(config.secretKey, 'requestLog')
  const networks = (c: Context) => hash(networkOf(c.var.client.address)).toString('base64url').slice(0, 12)
  return async (c, next) => {
    const begin = performance.now()
    await next()
    const route = patternOf(c)
    const refused: string | undefined = c.get(REFUSED)
    const line = {
      event: 'request',
      method: c.req.method,
      route,
      status: c.res.status,
      ...(refused && { refused }),
    }
    const level = QUIET.has(route ?? '') && c.res.ok ? 'debug' : 'info'
    if (log.isLevelEnabled(level))
      log[level]({ ...line, ms: Math.round(performance.now() - begin), network: networks(c) })
    if (refused) logRefusal(service, c, refused)
  }
}

const noted = new WeakMap<Context, string>()

/** Records the pattern of a route that has all methods, once it has turned out to be the one that answers. */
export const noteRoute = (c: Context, pattern: string): void => void noted.set(c, pattern)

/** The pattern of the requested route, such as `/login`; `null` if there is none. */
export const patternOf = (c: Context): string | null =>
  noted.get(c) ?? matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? null

/** Crockford's Base32: no two characters look or sound alike, since users read it out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LENGTH = 12

/** The form of an id from a trusted proxy. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

const ids = new WeakMap<Context, string>()

/** The id of a request, for the log and for users who need help; `''` if it has none. */
export const requestIdOf = (c: Context): string => ids.get(c) ?? ''

/**
 * Assigns an id to every request, or takes the one in `X-Request-Id` of a trusted proxy. Responses contain it in the
 * same header, and problems (RFC 9457) as `request_id`.
 */
export function identifyRequest(): MiddlewareHandler {
  return (c, next) => {
    const given = c.req.header('x-request-id') ?? ''
    const id = WELL_FORMED.test(given) && c.var.client.isProxied ? given : makeId()
    ids.set(c, id)
    return requestContext.run({ request_id: id }, async () => {
      await next()
      if (c.res.headers.get('content-type')?.startsWith('application/problem+json')) {
        c.res = await withRequestId(c.res, id)
      }
      c.res.headers.set('X-Request-Id', id)
    })
  }
}

/** Random bytes for the next ids: a call of the generator costs as much as a query. */
const pool = { bytes: Buffer.alloc(0), used: 0 }

function makeId(): string {
  if (pool.used + LENGTH > pool.bytes.length) {
    pool.bytes = randomBytes(LENGTH * 256)
    pool.used = 0
  }
  let id = ''
  for (let i = 0; i < LENGTH; i++) id += ALPHABET[(pool.bytes[pool.used++] as number) % ALPHABET.length]
  return id
}

async function withRequestId(response: Response, id: string): Promise<Response> {
  const { status, headers } = response
  const problem = JSON.stringify({ ...((await response.json()) as object), request_id: id })
  return new Response(problem, { status, headers })
}
