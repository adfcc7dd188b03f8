import { defaultPart } from '#process-or-worker/api-tokens/default-part'
import { devHint } from '#process-or-worker/contract/dev-hint'
import { fetchFor } from '#process-or-worker/contract/fetch-for'
import { createClock } from '#process-or-worker/verify/clock'
import type { ApiTokenPart } from './api-tokens/api-token-part.ts'
import { cookieNames, isCookiePrefix, type RefreshCookieScope } from './contract/cookies.ts'
import { refuseInvalidOptions, refuseUnknownOptions } from './contract/errors.ts'
import { defaultLogger, type Logger } from './contract/log.ts'
import type { RevocationSource } from './contract/revocation.ts'
import { isTextList } from './contract/text-list.ts'
import { readOrigin } from './contract/urls.ts'
import { type Readers, sharedDomain } from './http/cors.ts'
import type { OidcPart } from './oidc/oidc-part.ts'
import type { PermissionName, Permissions } from './users/permissions.ts'
import { memoryUsers, type Provisioning, type UserSync } from './users/store.ts'
import type { AuthenticatedUser } from './users/user.ts'
import type { MonotonicClock } from './verify/clock-process.ts'
import type { KeySource } from './verify/key-source.ts'

/** How an app wants its visitors authenticated. `LOGIN_URL` and `OWN_URL` are all that must be set. */
export interface AuthOptions {
  /** The store of local users. Default: in memory. */
  readonly users?: UserSync
  /** The login page; parameters of its own are kept. Default: `LOGIN_URL` of the environment. */
  readonly loginUrl?: string
  /** The app's public origin; `Host` and `X-Forwarded-*` are never trusted. Default: `OWN_URL` of the environment. */
  readonly ownUrl?: string
  /** The expected issuer of tokens. Default: the origin of `loginUrl`. */
  readonly issuer?: string
  /**
   * Where to reach the auth service from inside: its `INTERNAL_PORT`, if it has one.
   * Default: `AUTH_INTERNAL_URL` of the environment, else `issuer`.
   */
  readonly authInternalUrl?: string
  /**
   * Prefix of both cookies' names, as at the auth service.
   * Default: `COOKIE_PREFIX` of the environment, else `__Secure-jwt` over https and `jwt` over http.
   */
  readonly cookiePrefix?: string
  /**
   * Whether apps see the refresh cookie (`family`) or not (`auth`), as at the auth service.
   * Default: `REFRESH_COOKIE` of the environment, else `family`.
   */
  readonly refreshCookie?: RefreshCookieScope
  /**
   * This app's client ID, from `latchkey apps create`; needs `clientSecret`. With both it checks API tokens, keeps its
   * place at the revocation feed and publishes its permissions. Cookies need no credentials.
   * Default: `AUTH_CLIENT_ID` of the environment, else none.
   */
  readonly clientId?: string
  /** This app's client secret. Default: `AUTH_CLIENT_SECRET` of the environment, else none. */
  readonly clientSecret?: string
  /**
   * The code for API tokens, which workers leave out unless they pass `apiTokens` from the package's root.
   * Default: it is there, except on workerd.
   */
  readonly apiTokens?: ApiTokenPart
  /**
   * For an app that does not see the family's cookies, on another domain: it signs its users in by OpenID Connect, with
   * its client ID and secret, and keeps a session of its own. From `oidc()` of the entry `./oidc`.
   * Default: none, users are known by the family's cookies.
   */
  readonly oidc?: OidcPart
  /**
   * What this app takes: `cookies` of sessions, API `tokens`, or `both`. The access token of a session counts as its
   * cookie, also where a program sends it as `Bearer`. Default: `both`.
   */
  readonly accept?: 'cookies' | 'tokens' | 'both'
  /**
   * Who gets a local row: each user who signs in (`create`), or only users registered beforehand (`existing`). Default:
   * `create`.
   */
  readonly provisioning?: Provisioning
  /** Whether to guard every path but the exempt ones. Default: `false`, guards are set route by route. */
  readonly requireLogin?: boolean
  /** Paths that `requireLogin` leaves open; a final `*` stands for anything. Default: none. */
  readonly exempt?: readonly string[]
  /** Further origins whose pages may send unsafe requests. Default: none but `ownUrl`. */
  readonly trustedOrigins?: readonly string[]
  /**
   * Whose pages may read this app's responses with the user's cookies (CORS): those of the `family`, on the domain that
   * `ownUrl` and the auth service share, or of these origins. To send unsafe requests they must be among
   * `trustedOrigins` as well. Default: no other origin's.
   */
  readonly cors?: Readers
  /** What groups may do in this app, from `definePermissions()`. Default: nothing is defined. */
  readonly permissions?: Permissions
  /**
   * Further permissions of a user, beside those of their groups. Asked once for each user, until `forget(uuid)`; while it
   * fails, guarded pages answer 503. Default: none.
   */
  readonly grants?: (user: AuthenticatedUser) => Iterable<PermissionName> | Promise<Iterable<PermissionName>>
  /** How many verified tokens are kept, about 1.2 KB each. Default: 20,000. */
  readonly cacheSize?: number
  /** Seconds by which clocks may disagree, at most 60. Default: 30. */
  readonly clockTolerance?: number
  /**
   * Where warnings go, which name the setting to look at, and refusals at `debug`; a pino logger fits.
   * Default: warnings on stderr, refusals with `NODE_DEBUG=latchkey`.
   */
  readonly log?: Logger
  /** How the auth service is asked. Default: the global `fetch`, with `*.localhost` as this machine, as in browsers. */
  readonly fetch?: typeof globalThis.fetch
  /** The clock, in ms; where it is set back, time goes on from where it was. Default: `Date.now`. */
  readonly now?: () => number
  /** Public keys from elsewhere than the auth service's JWKS. Default: fetched and kept. */
  readonly keys?: KeySource
  /** Revocations from elsewhere, for example from this process. Default: the auth service's stream. */
  readonly revocations?: RevocationSource
  /**
   * After 45 s of silence of the feed: `accept` tokens until they end, or `refuse` them with 503.
   * Default: `accept`, they are short-lived.
   */
  readonly whenFeedIsStale?: 'accept' | 'refuse'
  /**
   * How revocations arrive. With `pollEvery` (seconds, 1 to 30) requests ask for them after that time, where nothing lives
   * long enough to hold a stream. Default: a stream; on workerd `{ pollEvery: 5 }`.
   */
  readonly feed?: FeedSettings
  /**
   * Called with the uuid of each deleted user, one at a time, at least once, and again while it fails.
   * Default: nothing.
   */
  readonly onUserDeleted?: (uuid: string) => void | Promise<void>
}

/** How the revocation feed is read. */
export interface FeedSettings {
  /** Seconds between two polls. */
  readonly pollEvery?: number
}

/** How a sign-out ends. */
export interface SignOutOptions {
  /** The page to continue at: a path of this app. Default: `/`. */
  readonly next?: string
}

/** @throws LatchkeyError `invalid_options` */
export function readSignOutOptions(options: SignOutOptions): Required<SignOutOptions> {
  refuseUnknownOptions('signOut()', options, ['next'])
  const { next = '/' } = options
  const problem = `next is "${next}". Set it to a path of this app, for example '/goodbye'`
  refuseInvalidOptions('signOut()', /^\/(?![/\\])/.test(next) ? [] : [problem])
  return { next }
}

/** What `tokenRequired` requires. */
export interface TokenRequiredOptions {
  /** Names of permissions that the API token must have, all of them. Default: none, any valid token passes. */
  readonly scopes?: readonly PermissionName[]
}

/** @throws LatchkeyError `invalid_options` */
export function readTokenRequiredOptions(options: TokenRequiredOptions = {}): Required<TokenRequiredOptions> {
  refuseUnknownOptions('tokenRequired()', options, ['scopes'])
  const { scopes = [] } = options
  const areNames = isTextList(scopes) && scopes.every((name) => /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(name))
  const problem = "scopes is not a list of permissions' names. Set it for example to ['cards.write']"
  refuseInvalidOptions('tokenRequired()', areNames ? [] : [problem])
  return { scopes }
}

const KNOWN: readonly (keyof AuthOptions)[] = [
  'users',
  'loginUrl',
  'ownUrl',
  'issuer',
  'authInternalUrl',
  'cookiePrefix',
  'refreshCookie',
  'clientId',
  'clientSecret',
  'apiTokens',
  'oidc',
  'accept',
  'provisioning',
  'requireLogin',
  'exempt',
  'trustedOrigins',
  'cors',
  'permissions',
  'grants',
  'cacheSize',
  'clockTolerance',
  'log',
  'fetch',
  'now',
  'keys',
  'revocations',
  'whenFeedIsStale',
  'feed',
  'onUserDeleted',
]

/** @throws LatchkeyError `invalid_options` for a misspelled option; needs no environment */
export const refuseUnknownAuthOptions = (options: object): void =>
  refuseUnknownOptions('auth()', options, KNOWN)

/** The problem of an option `oidc` that is not what `oidc()` returns, such as its settings. */
export const problemsOfOidc = (oidc: unknown): readonly string[] =>
  oidc === undefined || typeof (oidc as OidcPart | null)?.createSide === 'function'
    ? []
    : [
        "oidc is not what oidc() returns. Write import { oidc } from '@latchkey/jwt-middleware/oidc', and auth({ oidc: oidc() }), which reads AUTH_CLIENT_ID and AUTH_CLIENT_SECRET",
      ]

/**
 * The options with every default filled in and checked.
 * @throws LatchkeyError `invalid_options` that lists all problems and how to mend them
 */
export function readOptions(options: AuthOptions, env: NodeJS.ProcessEnv) {
  refuseUnknownAuthOptions(options)
  const problems: string[] = []
  const check = (fits: boolean, problem: string): void => {
    if (!fits) problems.push(problem)
  }
  const origin = (name: string, value: string | undefined, example: string): string => {
    const result = readOrigin(name, value, example)
    if (!result.ok) problems.push(result.reason)
    return result.ok ? result.value : ''
  }

  const loginUrl = options.loginUrl ?? env.LOGIN_URL ?? ''
  const loginOrigin = /^https?:$/.test(URL.parse(loginUrl)?.protocol ?? '') ? new URL(loginUrl).origin : ''
  const ownUrl = options.ownUrl ?? env.OWN_URL
  check(
    loginOrigin !== '',
    `LOGIN_URL is missing or not an http(s) URL. Set it, for example to ${EXAMPLE.auth}/login${devHint(ownUrl)}`,
  )
  const ownOrigin = origin('OWN_URL', ownUrl, EXAMPLE.app)
  const issuer = options.issuer ? origin('The option issuer', options.issuer, EXAMPLE.auth) : loginOrigin
  const internal = options.authInternalUrl ?? env.AUTH_INTERNAL_URL
  const internalOrigin = internal ? origin('AUTH_INTERNAL_URL', internal, EXAMPLE.internal) : issuer

  const { trustedOrigins = [], exempt = [], requireLogin = false } = options
  const trustedFit = isTextList(trustedOrigins)
  check(trustedFit, `trustedOrigins is not a list. Set it to origins, for example ['${EXAMPLE.app}']`)
  const trusted = trustedFit
    ? trustedOrigins.map((value) => origin('One of trustedOrigins', value, EXAMPLE.app))
    : []
  const familyDomain = sharedDomain(hostOf(ownOrigin), hostOf(issuer))
  const cors = options.cors === undefined ? null : readReaders(options.cors)
  check(
    isTextList(exempt) && exempt.every((path) => path.startsWith('/')),
    "exempt is not a list of paths. Start each path with a slash, for example ['/', '/healthz', '/static/*']",
  )
  check(typeof requireLogin === 'boolean', 'requireLogin must be true or false')

  function readReaders(given: unknown): Readers {
    if (given === 'family') {
      const apart = `cors is "family", but ${ownOrigin} and ${issuer} share no domain. Set it to a list of origins`
      check(familyDomain !== null || ownOrigin === '' || issuer === '', apart)
      return given
    }
    const isList = isTextList(given) && !given.includes('*')
    check(isList, `cors must be 'family' or a list of origins, for example ['${EXAMPLE.app}']`)
    return isList ? given.map((value) => origin('One of cors', value, EXAMPLE.app)) : []
  }

  const prefix = options.cookiePrefix ?? (env.COOKIE_PREFIX || undefined)
  check(
    prefix === undefined || isCookiePrefix(prefix),
    'COOKIE_PREFIX can\'t start the name of a shared cookie. Use letters, digits, ".", "_" and "-"',
  )
  const refreshScope = options.refreshCookie ?? (env.REFRESH_COOKIE || 'family')
  check(
    refreshScope === 'family' || refreshScope === 'auth',
    `REFRESH_COOKIE is "${refreshScope}". Set it to family or auth, the same as at the auth service`,
  )
  const { oidc } = options
  problems.push(...problemsOfOidc(oidc))
  const clientId = oidc?.clientId ?? options.clientId ?? (env.AUTH_CLIENT_ID || undefined)
  const clientSecret = oidc?.clientSecret ?? options.clientSecret ?? (env.AUTH_CLIENT_SECRET || undefined)
  check(
    oidc === undefined || clientId !== undefined || clientSecret !== undefined,
    'AUTH_CLIENT_ID and AUTH_CLIENT_SECRET are missing, which oidc needs. Issue them with: npx latchkey apps create, and name the callback with: npx latchkey apps set-oidc',
  )
  const { apiTokens: part = defaultPart } = options
  problems.push(...part.problemsOf({ clientId, clientSecret }))
  const { accept = 'both' } = options
  check(
    accept === 'cookies' || accept === 'tokens' || accept === 'both',
    `accept is "${accept}". Set it to "cookies", "tokens" or "both"`,
  )
  const { provisioning = 'create', cacheSize = 20_000, clockTolerance = 30 } = options
  check(
    provisioning === 'create' || provisioning === 'existing',
    `provisioning is "${provisioning}". Set it to "create" or "existing". To link rows that exist, pass a function to ` +
      'the store: sqliteUsers(db, { link: linkByEmail })',
  )
  check(
    Number.isSafeInteger(cacheSize) && cacheSize >= 1,
    `cacheSize is ${cacheSize}. Set it to a whole number of at least 1`,
  )
  check(
    Number.isFinite(clockTolerance) && clockTolerance >= 0 && clockTolerance <= 60,
    `clockTolerance is ${clockTolerance}. Set it to a number of seconds from 0 to 60`,
  )
  const users = options.users ?? memoryUsers()
  check(typeof users.sync === 'function', 'users is not a store. Pass one, for example sqliteUsers(db)')
  const { permissions = NONE_DEFINED, grants } = options
  check(
    Array.isArray(permissions?.list),
    "permissions must come from definePermissions(). Pass its result, for example definePermissions({ 'notes.publish': ['editors'] })",
  )
  check(grants === undefined || typeof grants === 'function', 'grants is not a function of a user')
  const log = options.log ?? defaultLogger
  check(
    typeof log.debug === 'function' && typeof log.warn === 'function',
    'log is not a logger. Pass one with debug() and warn(), for example pino()',
  )
  const { whenFeedIsStale = 'accept' } = options
  check(
    whenFeedIsStale === 'accept' || whenFeedIsStale === 'refuse',
    `whenFeedIsStale is "${whenFeedIsStale}". Set it to "accept" or "refuse"`,
  )
  const { feed = {} } = options
  const { pollEvery = 5 } = feed
  check(
    Number.isFinite(pollEvery) && pollEvery >= 1 && pollEvery <= 30,
    `feed.pollEvery is ${pollEvery}. Set it to a number of seconds from 1 to 30`,
  )
  refuseUnknownOptions('auth({ feed })', feed, ['pollEvery'])
  refuseInvalidOptions('auth()', problems)

  return {
    users,
    loginUrl,
    ownOrigin,
    issuer,
    internalOrigin,
    cookies: cookieNames({
      https: issuer.startsWith('https:'),
      prefix,
      refreshScope: refreshScope as RefreshCookieScope,
    }),
    // If apps should not see the refresh cookie, one that arrives was planted.
    renewsInLine: refreshScope === 'family',
    part,
    client: clientId === undefined || clientSecret === undefined ? null : { clientId, clientSecret },
    accept,
    provisioning,
    requireLogin,
    exempt,
    sameOrigins: [ownOrigin, ...trusted],
    cors,
    familyDomain,
    oidc,
    permissions,
    grants,
    cacheSize,
    clockTolerance,
    log,
    fetch: options.fetch ?? fetchFor(internalOrigin),
    // Named: declarations would refer to it by the package's own imports, which old resolutions don't know.
    clock: createClock(options.now ?? Date.now, log) as MonotonicClock,
    keys: options.keys,
    revocations: options.revocations,
    whenFeedIsStale,
    feed,
    onUserDeleted: options.onUserDeleted,
    signOutUrl: undefined,
    ...oidc?.settingsFor(ownOrigin),
  }
}

const NONE_DEFINED: Permissions = { list: [] }

const EXAMPLE = {
  auth: 'https://auth.example.com',
  app: 'https://app1.example.com',
  internal: 'http://10.0.0.7:4000',
} as const

const hostOf = (origin: string): string => URL.parse(origin)?.hostname ?? ''
