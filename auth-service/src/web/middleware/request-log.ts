import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { createKeyedHash } from '../../platform/crypto/keyed-hash.ts'
import { networkOf } from '../../platform/net/ip-address.ts'
import type { Service } from '../../service.ts'
import { clientOf } from './client-ip.ts'
import { logAddress, logRefusal, refusalOf } from './refusal-log.ts'

/** Requests that pages, health checks and proxies send all the time: logged only at debug. */
const QUIET = new Set(['/assets/:name', '/healthz', '/forward-auth'])

/**
 * Logs one line per request: the pattern of its route, never its URL, which may contain anything, and a keyed hash of the
 * client's network.
 */
export function logRequests(service: Pick<Service, 'config' | 'log' | 'warn'>): MiddlewareHandler {
  const { config, log } = service
  const hash = createKeyedHash(config.secretKey, 'requestLog')
  const networks = (c: Context) =>
    hash(networkOf(clientOf(c).address))
      .toString('base64url')
      .slice(0, 12)
  return async (c, next) => {
    const begin = performance.now()
    await next()
    const route = patternOf(c)
    const refused = refusalOf(c)
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
    logAddress(service, c)
  }
}

const noted = new WeakMap<Context, string>()

/** Records the pattern of a route that has all methods, once it has turned out to be the one that answers. */
export const noteRoute = (c: Context, pattern: string): void => void noted.set(c, pattern)

/** The pattern of the requested route, such as `/login`; `null` if there is none. */
export const patternOf = (c: Context): string | null =>
  noted.get(c) ?? matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? null
