import { CLOCK_AHEAD } from '#process-or-worker/contract/log-messages'
import { logRejectedToken } from '#process-or-worker/verify/rejection-log'
import type { RefreshClaims } from '../contract/claims.ts'
import { MAX_SAME_NAME } from '../contract/cookies.ts'
import { readFormat } from '../contract/jws-format.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { AuthenticatedUser } from '../users/user.ts'
import type { Expected } from '../verify/expected.ts'
import type { TokenVerifier } from '../verify/verifier.ts'
import type { Authenticator } from './authenticate.ts'
import type { Introspection } from './introspection.ts'
import type { createMetrics } from './metrics.ts'
import { EXPIRED, type Outcome, reject } from './outcome.ts'
import type { Renew } from './renewal.ts'

/** What came of a request's refresh tokens. */
export interface Renewed {
  readonly who: Outcome
  /** For the browser, in every case. */
  readonly setCookies: readonly string[]
  /** The new access tokens, at most one. */
  readonly tokens: readonly string[]
}

/** Signs a request in by its refresh tokens. */
export interface RefreshTokens {
  /** Renews the session. Where the response can't carry cookies, as for an upgrade, the session is only checked. */
  renew(tokens: readonly string[], isReadOnly: boolean): Promise<Renewed>
  /** Whether the auth service has confirmed this user's session during this request. */
  isConfirmed(user: AuthenticatedUser): boolean
}

export interface RefreshTokensOptions {
  readonly authenticator: Authenticator
  readonly verifier: TokenVerifier
  readonly introspect: Pick<Introspection, 'session'>
  readonly renew: Renew
  /** The expected values of refresh tokens. */
  readonly expected: Expected
  /** Returns to the local clock if it was set back to this time of the auth service, in seconds. */
  readonly follow: (shown: number) => Promise<boolean>
  readonly metrics: ReturnType<typeof createMetrics>
  readonly now: () => number
  readonly warn: WarnLimited
}

interface GenuineToken {
  readonly token: string
  readonly claims: RefreshClaims
}

export function createRefreshTokens(options: RefreshTokensOptions): RefreshTokens {
  const { authenticator, verifier, introspect, renew, expected, metrics, now, warn } = options
  const { fromToken, fromClaims, rejectConflict, rejectTooMany } = authenticator
  const confirmed = new WeakSet<AuthenticatedUser>()

  /** The valid refresh tokens of a request, or the anonymous user if there are none. */
  async function genuine(tokens: readonly string[]): Promise<readonly GenuineToken[] | Outcome> {
    if (tokens.length > MAX_SAME_NAME) return rejectTooMany()
    // Verified here first: invalid signatures should not burden the auth service.
    const checked = await Promise.all(
      tokens.map(async (token) => ({ token, claims: await verifier.refresh(token) })),
    )
    const sound = checked.flatMap(({ token, claims }) => (claims.ok ? [{ token, claims: claims.value }] : []))
    if (sound.length > 0) return sound
    for (const { token, claims } of checked) {
      if (!claims.ok) logRejectedToken(warn, claims.reason, token, expected)
    }
    const unknown = checked.some(({ claims }) => !claims.ok && claims.reason === 'keys_unavailable')
    return reject(unknown ? 'unavailable' : 'rejected')
  }

  /** The user of these refresh tokens, by a check of their session that renews nothing. */
  async function fromSession(tokens: readonly string[]): Promise<Outcome> {
    const sound = await genuine(tokens)
    if ('isAuthenticated' in sound) return sound
    if (new Set(sound.map(({ claims }) => claims.sub)).size > 1) return rejectConflict()
    let outage = false
    for (const { token, claims } of sound.toSorted((a, b) => b.claims.iat - a.claims.iat)) {
      const said = await introspect.session(token)
      if (said === 'unavailable') outage = true
      if (typeof said === 'string' || said.sub !== claims.sub || said.sid !== claims.sid) continue
      const who = await fromClaims(said)
      if (who.isAuthenticated) confirmed.add(who)
      return who
    }
    return reject(outage ? 'unavailable' : 'session_over')
  }

  async function fromRenewal(tokens: readonly string[]): Promise<Renewed> {
    const sound = await genuine(tokens)
    if ('isAuthenticated' in sound) return withoutCookies(sound)
    const renewal = await renew(sound.map(({ token }) => token))
    const { setCookies } = renewal
    if (!renewal.ok) {
      const { reason } = renewal
      return { who: reason === 'conflicting' ? rejectConflict() : reject(reason), setCookies, tokens: [] }
    }
    metrics.count.renewed++
    const { accessToken } = renewal
    return { who: await fromNew(accessToken), setCookies, tokens: [accessToken] }
  }

  /** The user of a token that was just issued; if it has already expired, our clock is wrong. */
  async function fromNew(token: string): Promise<Outcome> {
    const who = await fromToken(token, true)
    if (who !== EXPIRED) return who
    const format = readFormat(token)
    // The sessions of an app with `oidc` are sealed, and dated by its own clock.
    if (!format.ok) return who
    const iat = Number(format.value.payload.iat)
    if (await options.follow(iat)) return fromToken(token)
    const ahead = Math.round(now() / 1000 - iat)
    warn({ event: 'token_refused', cause: 'clock_ahead', ahead, setting: 'the clock (NTP)' }, CLOCK_AHEAD)
    return who
  }

  return {
    renew: async (tokens, isReadOnly) =>
      isReadOnly ? withoutCookies(await fromSession(tokens)) : fromRenewal(tokens),
    isConfirmed: (user) => confirmed.has(user),
  }
}

const withoutCookies = (who: Outcome): Renewed => ({ who, setCookies: [], tokens: [] })
