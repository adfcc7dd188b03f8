import type { AccessClaims } from '../contract/claims.ts'
import { MAX_SAME_NAME } from '../contract/cookies.ts'
import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { Feed } from '../feed/feed.ts'
import { companionOf } from '../http/request.ts'
import { identityOf, type Provisioning, type UserSync } from '../users/store.ts'
import type { AnonymousReason, AuthenticatedUser } from '../users/user.ts'
import { type Expected, logTokenRefusal } from '../verify/rejection-log.ts'
import type { TokenReason, TokenVerifier } from '../verify/verifier.ts'
import type { createCounters } from './counters.ts'
import { singleFlight } from './renewal.ts'
import { createTokenCache } from './token-cache.ts'

/** Somebody whom no token proves. */
interface Nobody {
  readonly isAuthenticated: false
  readonly reason: AnonymousReason
  readonly renewable: boolean
  /** What was wrong with a token that came; `null` where none did, or nothing was wrong with it. */
  readonly refused: string | null
}

/** Whom the access tokens of a request prove, or why nobody. */
export type Identified = AuthenticatedUser | Nobody

/** Nobody; `renewable` where a new token might be somebody. */
export const nobody = (
  reason: AnonymousReason,
  renewable = false,
  refused: string | null = null,
): Identified => ({ isAuthenticated: false, reason, renewable, refused })

export interface Identification {
  /**
   * The user of a token that was seen before and is still good, at the price of one look-up; else `null`. A refresh token
   * that came with it must be known to be of the same person; `companion` is 0 where none came.
   */
  recall(token: string, companion: number): AuthenticatedUser | null
  /** The user of a token, verified and with a local row where it is new. */
  fromToken(token: string): Promise<Identified>
  /** The one person that these cookies of one name prove, if it is one. */
  fromTokens(tokens: readonly string[]): Promise<Identified>
  /** The user of claims that the auth service has vouched for just now; they are not remembered. */
  fromClaims(claims: AccessClaims): Promise<Identified>
  /** The same user, unless a genuine one of the refresh tokens beside them is of somebody else. */
  besideRefreshTokens(who: Identified, refreshTokens: readonly string[]): Promise<Identified>
  /** Nobody, since cookies of one name disagree. */
  conflict(): Identified
  /** Nobody, since more cookies of one name came than anybody believes. */
  tooMany(): Identified
  /** The token that proved this user. */
  tokenOf(user: AuthenticatedUser): string
  /** Forgets what is remembered of a person. */
  forget(uuid: string): void
}

export interface IdentificationOptions {
  readonly verifier: TokenVerifier
  readonly feed: Feed
  readonly users: UserSync
  readonly provisioning: Provisioning
  /** What tokens are compared with; the claim `aud` must cover its host. */
  readonly expected: Expected
  /** Verified tokens that are remembered. */
  readonly cacheSize: number
  /** In seconds. */
  readonly clockTolerance: number
  readonly counters: ReturnType<typeof createCounters>
  readonly now: () => number
  readonly log: Logger
  readonly warn: WarnLimited
}

/** Refusals that a new token of the same issuer would meet again, so that renewing is no remedy. */
const HOPELESS = new Set<TokenReason>(['wrong_issuer', 'wrong_audience', 'not_yet_valid'])

/** Tells whom tokens prove, and remembers it for as long as they are good. */
export function createIdentification(options: IdentificationOptions): Identification {
  const { verifier, feed, users, provisioning, expected, clockTolerance, counters, now, log, warn } = options
  const cache = createTokenCache(options.cacheSize, now, feed.holds)
  const tokens = new WeakMap<AuthenticatedUser, string>()

  function refuse(reason: string): void {
    counters.refuse(reason)
    log.debug({ reason }, 'refused an access token')
  }

  const identify = singleFlight(async (token): Promise<Identified> => {
    feed.start()
    // What was revoked while this app was not running; a moment, once.
    await feed.settled()
    const version = feed.version()
    const verified = await verifier.access(token, expected.host)
    if (verified.ok) return revoked(verified.value) ?? localUser(token, verified.value, version)
    const { reason } = verified
    refuse(reason)
    logTokenRefusal(warn, reason, token, expected)
    // The signature is good, so a setting or a clock is not: a new token would be refused, too.
    if (!HOPELESS.has(reason)) {
      return reason === 'keys_unavailable' ? nobody('unavailable') : nobody('rejected', true, reason)
    }
    return nobody('rejected', false, reason)
  })

  /** What speaks against a sound token; asked before a row is made of it. */
  function revoked(claims: AccessClaims): Identified | null {
    const verdict = feed.isTrusted() ? feed.verdict(factsOf(claims)) : 'unheard'
    if (verdict === 'good') return null
    refuse(verdict === 'over' ? 'session_over' : verdict)
    if (verdict === 'unheard') {
      warn(
        { event: 'token_refused', cause: 'feed_stale', setting: 'whenFeedIsStale' },
        'refused all access tokens: the revocation feed is stale, and whenFeedIsStale is "refuse"',
      )
      return nobody('unavailable')
    }
    return verdict === 'over'
      ? nobody('session_over', false, 'session_over')
      : nobody('rejected', true, verdict)
  }

  async function fromClaims(claims: AccessClaims): Promise<Identified> {
    feed.start()
    await feed.settled()
    return revoked(claims) ?? localUser(null, claims, feed.version())
  }

  async function localUser(token: string | null, claims: AccessClaims, version: number): Promise<Identified> {
    const identity = identityOf(claims)
    const generation = cache.generation()
    try {
      const local = await users.sync(identity, provisioning)
      if (!local) {
        warn(
          { event: 'user_refused', cause: 'not_registered', setting: 'provisioning' },
          'refused a signed-in user who is not registered here: provisioning is "existing"; call register(uuid) to let them in',
        )
        return nobody('not_registered')
      }
      if (!local.isActive) {
        warn(
          { event: 'user_refused', cause: 'inactive', setting: 'is_active' },
          'refused a signed-in user who is disabled here: call setActive(uuid, true) to let them in',
        )
        return nobody('inactive')
      }
      const { issuedAt: _at, version: _version, ...facts } = identity
      const user = Object.freeze({
        isAuthenticated: true,
        id: local.id,
        ...facts,
        sessionId: claims.sid,
      } as const)
      counters.count.verified++
      if (token === null) return user
      const standing = { ...factsOf(claims), version }
      const keep = () => cache.set(token, user, (claims.exp + clockTolerance) * 1000, standing)
      tokens.set(user, cache.generation() === generation ? keep() : token)
      return user
    } catch (error) {
      const failure = { event: 'store_failed', error: innermostError(error).message }
      warn(failure, 'could not read or write the local user: check the database of this app')
      return nobody('unavailable')
    }
  }

  function known(token: string): AuthenticatedUser | null {
    const user = cache.get(token)
    if (user !== null) counters.count.hits++
    return user
  }

  function recall(token: string, companion: number): AuthenticatedUser | null {
    const user = cache.getPaired(token, companion)
    if (user !== null) counters.count.hits++
    return user
  }

  /**
   * A sibling host can put its own access cookie beside the refresh cookie of somebody whose access cookie has ended. What
   * was found to fit is remembered, so that it is looked at once for each pair.
   */
  async function besideRefreshTokens(who: Identified, refreshTokens: readonly string[]): Promise<Identified> {
    if (!who.isAuthenticated || refreshTokens.length === 0) return who
    if (refreshTokens.length > MAX_SAME_NAME) return tooMany()
    const [token, [only = '', ...others]] = [tokenOf(who), refreshTokens]
    const isSole = others.length === 0
    if (isSole && cache.getPaired(token, companionOf(only)) !== null) return who
    const verified = await Promise.all(refreshTokens.map(verifier.refresh))
    if (verified.some((claims) => claims.ok && claims.value.sub !== who.uuid)) {
      warn(
        { event: 'token_refused', cause: 'conflicting', cookie: expected.cookie },
        'refused the access token of one person beside the refresh token of another: a sibling host may have set a cookie',
      )
      return nobody('conflicting', false, 'conflicting')
    }
    const isJudged = verified.every((claims) => claims.ok || claims.reason !== 'keys_unavailable')
    if (isSole && isJudged) cache.pair(token, companionOf(only))
    return who
  }

  const tokenOf = (user: AuthenticatedUser): string => tokens.get(user) ?? ''

  const fromToken = async (token: string): Promise<Identified> => known(token) ?? identify(token)

  /** The one person that these cookies of one name prove, if it is one. */
  async function fromTokens(tokens: readonly string[]): Promise<Identified> {
    if (tokens.length > MAX_SAME_NAME) return tooMany()
    const found = await Promise.all([...new Set(tokens)].map(fromToken))
    return onePerson(found)
  }

  function onePerson(found: readonly Identified[]): Identified {
    const people = found.filter((one) => one.isAuthenticated)
    if (new Set(people.map(({ uuid }) => uuid)).size > 1) return conflict()
    const others = found.filter((one) => !one.isAuthenticated)
    return (
      people[0] ??
      others.find(({ reason }) => reason === 'not_registered' || reason === 'inactive') ??
      others.find(({ reason }) => reason === 'unavailable') ??
      others.find(({ renewable }) => renewable) ??
      others[0] ??
      nobody('missing', true)
    )
  }

  function conflict(): Identified {
    warn(
      { event: 'token_refused', cause: 'conflicting', cookie: expected.cookie },
      'refused access tokens of several people in one request: a sibling host may have set a cookie of this name',
    )
    return nobody('conflicting', false, 'conflicting')
  }

  function tooMany(): Identified {
    warn(
      { event: 'token_refused', cause: 'too_many', cookie: expected.cookie, most: MAX_SAME_NAME },
      'refused all access tokens of a request: it had too many cookies of this name',
    )
    return nobody('conflicting', false, 'conflicting')
  }

  return {
    recall,
    fromToken,
    fromTokens,
    fromClaims,
    conflict,
    tooMany,
    besideRefreshTokens,
    tokenOf,
    forget: cache.forget,
  }
}

/** What the feed is asked about a token. */
const factsOf = ({ sid, sub, iat, user_version: userVersion }: AccessClaims) => ({
  sid,
  sub,
  iat,
  userVersion,
})
