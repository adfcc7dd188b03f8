import { sha256 } from '#node-or-web/contract/hashing'
import { singleFlight } from '#process-or-worker/contract/flights'
import type { ApiTokenClaims } from '../contract/api-token-claims.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import { isOpaqueToken } from '../contract/opaque-token.ts'
import type { Revocation } from '../contract/revocation.ts'
import { secondOf } from '../contract/seconds.ts'
import type { Feed } from '../feed/feed.ts'
import type { Grants } from '../session/grants.ts'
import type { AdmitLocally } from '../session/local-users.ts'
import type { createMetrics } from '../session/metrics.ts'
import { type Rejected, reject } from '../session/outcome.ts'
import type { Credential } from '../session/watched-sessions.ts'
import type { ApiToken, AuthenticatedUser, ServiceUser, TokenUser } from '../users/user.ts'
import { type CachedToken, createApiTokenCache } from './api-token-cache.ts'
import type { IntrospectApiToken } from './api-token-introspection.ts'
import type { TokenUse } from './token-use.ts'

/** Authenticates API tokens. */
export interface ApiTokens {
  /** The user of a token that is cached and still valid, without I/O; else `null`. Other apps' tokens are not found. */
  recall(token: string): AuthenticatedUser | null
  /** The user of a token: from the cache, or by asking the auth service once. */
  authenticate(token: string, use: TokenUse): Promise<TokenUser | Rejected>
  /** Asks the auth service at this moment. */
  confirm(token: string, use: TokenUse): Promise<'active' | 'inactive' | 'unavailable'>
  /** Drops what an entry of the feed revokes or changes. */
  hear(entry: Revocation): void
  /** Drops the tokens of a user, or all. */
  forget(uuid?: string): void
  credentialOf(user: AuthenticatedUser | ServiceUser): Credential | undefined
}

export interface ApiTokensOptions {
  /** `null` if the app has no credentials. */
  readonly introspect: IntrospectApiToken | null
  /** Whether the app takes API tokens. */
  readonly areAccepted: boolean
  readonly feed: Pick<Feed, 'start' | 'settled' | 'isDue' | 'isLive' | 'version'>
  readonly admit: AdmitLocally
  /** The app's own grants; `null` if it has none. */
  readonly grants: Pick<Grants, 'load'> | null
  /** The number of cached tokens. */
  readonly cacheSize: number
  /** The prototype of users. */
  readonly methods: object
  readonly generation: () => number
  readonly metrics: ReturnType<typeof createMetrics>
  readonly now: () => number
  readonly log: Logger
  readonly warn: WarnLimited
}

/** The longest time that one answer counts, in ms. */
const LONGEST = 600_000
/** Of one request; each further one is because the answer became outdated on its way. */
const MOST_QUESTIONS = 3
/** Dropped names that are remembered for questions on their way. */
const MOST_DROPS = 10_000
/** Characters of a token: `lk_`, 43 and 6. */
const TOKEN_LENGTH = 52

/** Stands for all tokens; no id contains spaces. */
const ALL = 'all tokens'

export function createApiTokens(options: ApiTokensOptions): ApiTokens {
  const { introspect, areAccepted, feed, admit, grants, methods, generation, metrics, now, log, warn } =
    options
  const cache = createApiTokenCache({ size: options.cacheSize, now, isLive: feed.isLive, isDue: feed.isDue })
  const credentials = new WeakMap<AuthenticatedUser | ServiceUser, Credential>()
  /** How often tokens were dropped, and the number of the last time by token and by user. */
  let drops = 0
  const droppedAt = new Map<string, number>()

  function refuse(reason: string): Rejected {
    metrics.reject(reason)
    log.debug({ reason }, 'refused an API token')
    return reject('rejected', false, reason)
  }

  function known(hash: string): TokenUser | null {
    const user = cache.get(hash)
    if (user !== null) metrics.count.hits++
    return user
  }

  function drop(what: 'dropToken' | 'dropUser', name: string): void {
    cache[what](name)
    note(name)
  }

  function note(name: string): void {
    droppedAt.delete(name)
    droppedAt.set(name, ++drops)
    if (droppedAt.size > MOST_DROPS) droppedAt.delete(droppedAt.keys().next().value as string)
  }

  /** Whether one of these was dropped after that number of drops; in doubt it was. */
  const wasDropped = (names: readonly string[], since: number): boolean =>
    drops - since > MOST_DROPS || names.some((name) => (droppedAt.get(name) ?? 0) > since)

  /** Asks, and asks again if the feed told of this token or its user before the answer was stored. */
  async function ask(hash: string, token: string, use: TokenUse): Promise<TokenUser | Rejected> {
    for (let question = 0; question < MOST_QUESTIONS; question++) {
      const earlier = drops
      const askedAt = now()
      const said = await (introspect as IntrospectApiToken)(token, use)
      if (said === 'inactive') {
        cache.refuse(hash)
        return refuse('inactive_token')
      }
      if (said === 'unavailable') break
      const found = await admitted(said, askedAt)
      if (wasDropped([said.jti, said.sub, ALL], earlier)) continue
      if (found.isAuthenticated) cache.set(hash, entryOf(found, said, askedAt))
      return found
    }
    metrics.reject('unavailable')
    return reject('unavailable')
  }

  async function admitted(claims: ApiTokenClaims, askedAt: number): Promise<TokenUser | Rejected> {
    const born = generation()
    const token: ApiToken = Object.freeze({
      id: claims.jti,
      name: claims.token_name,
      scopes: Object.freeze(claims.scope.split(' ').filter((name) => name !== '')),
    })
    if (!('user_uuid' in claims)) {
      return remember(serviceUser(methods, claims.app, token), claims, askedAt, born)
    }
    // The answer describes the user as of now.
    const local = await admit({ ...claims, iat: secondOf(askedAt) })
    if ('isAuthenticated' in local) return local
    const user = Object.freeze({
      __proto__: methods,
      isAuthenticated: true,
      id: local.id,
      ...local.facts,
      sessionId: null,
      token,
    }) as unknown as AuthenticatedUser & TokenUser
    if (grants && !(await grants.load(user))) return reject('unavailable')
    return remember(user, claims, askedAt, born)
  }

  function remember(user: TokenUser, claims: ApiTokenClaims, askedAt: number, born: number): TokenUser {
    metrics.count.verified++
    const userVersion = 'user_version' in claims ? claims.user_version : undefined
    // The feed's entries about sessions do not concern tokens: no session has this id, and no user this name.
    const standing = {
      sid: claims.jti,
      sub: '',
      iat: secondOf(askedAt),
      userVersion,
      version: feed.version(),
    }
    const expiresAt = endOf(claims, askedAt)
    const endsAt = claims.exp === undefined ? Number.POSITIVE_INFINITY : claims.exp * 1000
    credentials.set(user, { token: '', standing, expiresAt, generation: born, endsAt })
    return user
  }

  const fly = singleFlight(ask)

  return {
    recall(token) {
      const hash = sha256(token)
      // Elsewhere than on Node, to hash takes a promise.
      const user = typeof hash === 'string' ? known(hash) : null
      return user === null || user.isService ? null : user
    },
    async authenticate(token, use) {
      if (token.length !== TOKEN_LENGTH || !isOpaqueToken('api_token', token))
        return refuse('malformed_token')
      if (!areAccepted) return refuse('token_not_accepted')
      if (introspect === null) {
        warn(
          { event: 'token_refused', cause: 'no_credentials', setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET' },
          'refused an API token: this app has no credentials to check it with; "latchkey apps create" registers it and prints AUTH_CLIENT_ID and AUTH_CLIENT_SECRET',
        )
        return refuse('no_credentials')
      }
      feed.start()
      // Revocations from while this app was not running; waits briefly, once.
      await feed.settled()
      const hash = await sha256(token)
      const user = known(hash)
      if (user !== null) return user
      return cache.isRefused(hash) ? refuse('inactive_token') : fly(hash, token, use)
    },
    async confirm(token, use) {
      if (introspect === null) return 'unavailable'
      const said = await introspect(token, use)
      if (said === 'inactive') cache.refuse(await sha256(token))
      return typeof said === 'string' ? said : 'active'
    },
    hear(entry) {
      if ('token' in entry) drop('dropToken', entry.token)
      else if ('sub' in entry && ('tokens' in entry || 'deleted' in entry)) drop('dropUser', entry.sub)
    },
    forget(uuid) {
      if (uuid !== undefined) return drop('dropUser', uuid)
      cache.clear()
      note(ALL)
    },
    credentialOf: (user) => credentials.get(user),
  }
}

const serviceUser = (methods: object, app: string, token: ApiToken): ServiceUser =>
  Object.freeze({
    __proto__: methods,
    isAuthenticated: true,
    isService: true,
    app,
    isStaff: false,
    isSuperuser: false,
    groups: Object.freeze([]),
    sessionId: null,
    token,
  }) as unknown as ServiceUser

/** When the answer stops to count, in ms. */
const endOf = ({ exp = Number.POSITIVE_INFINITY }: ApiTokenClaims, askedAt: number): number =>
  Math.min(askedAt + LONGEST, exp * 1000)

const entryOf = (user: TokenUser, claims: ApiTokenClaims, confirmedAt: number): CachedToken => ({
  user,
  id: claims.jti,
  sub: claims.sub,
  confirmedAt,
  expiresAt: endOf(claims, confirmedAt),
})
