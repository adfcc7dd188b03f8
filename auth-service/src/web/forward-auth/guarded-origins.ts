import { type AuthCore, createAuthCore, type RevocationSource } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import { configuredCookieNames } from '../../platform/config/config.ts'
import type { Service } from '../../service.ts'
import { toldTo } from '../endpoints/feed-entries.ts'
import { introspectEndpoint } from '../endpoints/introspect.ts'
import { refreshEndpoint } from '../endpoints/refresh.ts'
import { logFailure } from '../middleware/failure-log.ts'
import { isFamilyOrigin } from '../middleware/family-cors.ts'
import { describeOwnRequest } from '../middleware/request-client.ts'
import { outageProblem } from '../problems.ts'

/** Origins whose middleware is kept: clients can invent ports, and hosts where the proxy is for all of a domain. */
const MOST = 50
/** Verified tokens that are kept for each origin. */
const CACHE = 5_000
/** Our middleware knows all entries of the feed. */
const NEWEST_CONTRACT = 2

/**
 * The apps' middleware for what is behind the proxy, as if each origin were an app with one. It asks for renewals and
 * revocations in this process.
 */
export function createGuardedOrigins(service: Service): (origin: string) => AuthCore {
  const { config, keys, now, log } = service
  const { authUrl, refreshCookie } = config
  const fetch = fetchInside(service)
  const revocations = revocationsInside(service)
  const known = new Map<string, AuthCore>()

  const create = (origin: string): AuthCore =>
    createAuthCore({
      // Every option is given, since the middleware would read missing ones from an app's environment.
      loginUrl: `${authUrl}/login`,
      ownUrl: origin,
      authInternalUrl: authUrl,
      refreshCookie,
      cookiePrefix: configuredCookieNames(config).access.replace(/\.access$/, ''),
      accept: 'cookies',
      cacheSize: CACHE,
      ...(isFamilyOrigin(origin, config) && origin !== authUrl && { cors: 'family' }),
      keys,
      revocations,
      fetch,
      now,
      log,
    })

  /** The least recently used that never had a signed-in user, which is what invented ones are; otherwise of all. */
  function dropOne(newest: string): void {
    const others = [...known].filter(([origin]) => origin !== newest)
    const [origin, unused] =
      others.find(([, auth]) => !hasHadUsers(auth)) ?? (others[0] as [string, AuthCore])
    known.delete(origin)
    unused.close()
  }

  return (origin) => {
    const auth = known.get(origin) ?? create(origin)
    // The least recently used is the first.
    known.delete(origin)
    known.set(origin, auth)
    if (known.size > MOST) dropOne(origin)
    return auth
  }
}

const hasHadUsers = (auth: AuthCore): boolean => auth.status().requests.verified > 0

function fetchInside(service: Service): typeof globalThis.fetch {
  const inside = new Hono()
    .use(describeOwnRequest)
    .route('/', refreshEndpoint(service))
    .route('/', introspectEndpoint(service))
    .onError((error, c) => {
      logFailure(service.log, c, error)
      return outageProblem()
    })
  return async (input, init) => inside.fetch(new Request(input, init))
}

function revocationsInside({ revocations }: Pick<Service, 'revocations'>): RevocationSource {
  const tell = toldTo(NEWEST_CONTRACT)
  return {
    async since(id) {
      const { last, entries } = await revocations.since(id)
      return { last, entries: entries.flatMap(tell) }
    },
    subscribe: (listener) => revocations.subscribe((entries) => listener(entries.flatMap(tell))),
  }
}
