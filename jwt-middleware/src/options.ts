import { cookieNames, isCookiePrefix, type RefreshCookieScope } from './cookies.ts'
import { refuseInvalidOptions, refuseUnknownOptions } from './errors.ts'
import type { KeySource } from './keys.ts'
import { defaultLogger, type Logger } from './log.ts'
import { readOrigin } from './redirect.ts'
import type { Renew } from './renewal.ts'
import { memoryUsers, type Provisioning, type UserSync } from './users.ts'

/** How an app wants its visitors authenticated. `LOGIN_URL` and `OWN_URL` are all that must be set. */
export interface AuthOptions {
  /** Where local users live. Default: in memory. */
  readonly users?: UserSync
  /** The login page, its own parameters included. Default: `LOGIN_URL` of the environment. */
  readonly loginUrl?: string
  /** This app's public origin. Default: `OWN_URL` of the environment. */
  readonly ownUrl?: string
  /** Who must have issued the tokens. Default: the origin of `loginUrl`. */
  readonly issuer?: string
  /** Where to reach the auth service from inside. Default: `AUTH_INTERNAL_URL`, else `issuer`. */
  readonly authInternalUrl?: string
  /** Start of both cookies' names. Default: `COOKIE_PREFIX`, else `__Secure-jwt` over https and `jwt` over http. */
  readonly cookiePrefix?: string
  /** Whether apps see the refresh cookie (`family`) or not (`auth`). Default: `REFRESH_COOKIE`, else `family`. */
  readonly refreshCookie?: RefreshCookieScope
  /** Who gets a local row: whoever signs in, or only those registered beforehand. Default: `create`. */
  readonly provisioning?: Provisioning
  /** Guard every path but the exempt ones. Default: `false`, guards are set route by route. */
  readonly requireLogin?: boolean
  /** Paths that `requireLogin` leaves open; a final `*` stands for anything. Default: none. */
  readonly exempt?: readonly string[]
  /** Further origins whose pages may send unsafe requests here. Default: none but `ownUrl`. */
  readonly trustedOrigins?: readonly string[]
  /** Verified tokens kept, about 1.2 KB each. Default: 20,000. */
  readonly cacheSize?: number
  /** Seconds by which clocks may disagree, at most 60. Default: 30. */
  readonly clockTolerance?: number
  /** Default: warnings on stderr, refusals with `NODE_DEBUG=latchkey`. */
  readonly log?: Logger
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** The clock, in ms. Default: `Date.now`. */
  readonly now?: () => number
  /** Public keys from elsewhere than the auth service's JWKS. Default: fetched and kept. */
  readonly keys?: KeySource
  /** Renewal by other means than `POST /refresh`. Default: that. */
  readonly renew?: Renew
}

const KNOWN: readonly (keyof AuthOptions)[] = [
  'users',
  'loginUrl',
  'ownUrl',
  'issuer',
  'authInternalUrl',
  'cookiePrefix',
  'refreshCookie',
  'provisioning',
  'requireLogin',
  'exempt',
  'trustedOrigins',
  'cacheSize',
  'clockTolerance',
  'log',
  'fetch',
  'now',
  'keys',
  'renew',
]

/**
 * The options with every default filled in and checked.
 * @throws LatchkeyError `invalid_options` that lists all problems and how to mend them
 */
export function readOptions(options: AuthOptions, env: NodeJS.ProcessEnv) {
  refuseUnknownOptions('auth()', options, KNOWN)
  const problems: string[] = []
  const origin = (name: string, value: string | undefined): string => {
    const result = readOrigin(name, value)
    if (!result.ok) problems.push(result.reason)
    return result.ok ? result.value : ''
  }

  const loginUrl = options.loginUrl ?? env.LOGIN_URL ?? ''
  const loginOrigin = /^https?:$/.test(URL.parse(loginUrl)?.protocol ?? '') ? new URL(loginUrl).origin : ''
  if (!loginOrigin) {
    problems.push('LOGIN_URL is missing or no http(s) URL. Set it, e.g. to https://auth.example.com/login')
  }
  const ownOrigin = origin('OWN_URL', options.ownUrl ?? env.OWN_URL)
  const issuer = options.issuer ? origin('issuer', options.issuer) : loginOrigin
  const internal = options.authInternalUrl ?? env.AUTH_INTERNAL_URL
  const internalOrigin = internal ? origin('AUTH_INTERNAL_URL', internal) : issuer
  const trusted = (options.trustedOrigins ?? []).map((value) => origin('each of trustedOrigins', value))

  const prefix = options.cookiePrefix ?? (env.COOKIE_PREFIX || undefined)
  if (prefix !== undefined && !isCookiePrefix(prefix)) {
    problems.push(
      'COOKIE_PREFIX can not start the name of a shared cookie: use letters, digits, ".", "_" and "-"',
    )
  }
  const refreshScope = options.refreshCookie ?? (env.REFRESH_COOKIE || 'family')
  if (refreshScope !== 'family' && refreshScope !== 'auth')
    problems.push('REFRESH_COOKIE is "family" or "auth"')
  const provisioning = options.provisioning ?? 'create'
  if (provisioning !== 'create' && provisioning !== 'existing') {
    problems.push('provisioning is "create" or "existing"')
  }
  const { cacheSize = 20_000, clockTolerance = 30 } = options
  if (!Number.isSafeInteger(cacheSize) || cacheSize < 1) problems.push('cacheSize is a number from 1 up')
  if (!(clockTolerance >= 0 && clockTolerance <= 60)) problems.push('clockTolerance is from 0 to 60 seconds')
  refuseInvalidOptions('auth()', problems)

  return {
    // Where apps are not to see the refresh cookie, one that turns up comes from somebody else.
    renewsInLine: refreshScope === 'family' || options.renew !== undefined,
    users: options.users ?? memoryUsers(),
    loginUrl,
    ownOrigin,
    issuer,
    internalOrigin,
    cookies: cookieNames({
      https: issuer.startsWith('https:'),
      prefix,
      refreshScope: refreshScope as RefreshCookieScope,
    }),
    provisioning,
    requireLogin: options.requireLogin ?? false,
    exempt: options.exempt ?? [],
    sameOrigins: [ownOrigin, ...trusted],
    cacheSize,
    clockTolerance,
    log: options.log ?? defaultLogger,
    fetch: options.fetch ?? globalThis.fetch,
    now: options.now ?? Date.now,
    keys: options.keys,
    renew: options.renew,
  }
}

export type Settings = ReturnType<typeof readOptions>
