import { singleFlight } from '#process-or-worker/contract/flights'
import {
  CONFLICTING_ACCESS,
  CONFLICTING_REFRESH,
  FEED_IS_STALE,
  TOO_MANY_COOKIES,
} from '#process-or-worker/contract/log-messages'
import { logRejectedToken } from '#process-or-worker/verify/rejection-log'
import type { AccessClaims } from '../contract/claims.ts'
import { MAX_SAME_NAME } from '../contract/cookies.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Logger } from '../contract/log.ts'
import type { Feed } from '../feed/feed.ts'
import type { Standing } from '../feed/revocation-list.ts'
import { companionOf } from '../http/request.ts'
import type { UserSync } from '../users/store.ts'
import type { AuthenticatedUser, ServiceUser } from '../users/user.ts'
import type { Expected } from '../verify/expected.ts'
import type { TokenReason, TokenVerifier } from '../verify/verifier.ts'
import type { Grants } from './grants.ts'
import type { AdmitLocally } from './local-users.ts'
import type { createMetrics } from './metrics.ts'
import { EXPIRED, type Outcome, reject } from './outcome.ts'
import { createTokenCache } from './token-cache.ts'
import type { Credential } from './watched-sessions.ts'

export interface Authenticator {
  /**
   * The user of a cached token that is still valid, with one look-up; else `null`. A refresh token beside it must be
   * known to belong to the same user; `companion` is 0 if there is none.
   */
  recall(token: string, companion: number): AuthenticatedUser | null
  /**
   * The user of a token, after verification and an upsert of the local row if it is new. See {@link TokenVerifier} for
   * one that was just issued.
   */
  fromToken(token: string, isJustIssued?: boolean): Promise<Outcome>
  /** The user of these cookies of one name, if they all agree. */
  fromTokens(tokens: readonly string[]): Promise<Outcome>
  /** The user of claims that the auth service has just confirmed; not cached. */
  fromClaims(claims: AccessClaims): Promise<Outcome>
  /** The same user, unless a valid refresh token beside them belongs to another one. */
  besideRefreshTokens(who: Outcome, refreshTokens: readonly string[]): Promise<Outcome>
  /** Anonymous, since cookies of one name disagree. */
  rejectConflict(): Outcome
  /** Anonymous, since there are too many cookies of one name. */
  rejectTooMany(): Outcome
  /** The token of this user. */
  tokenOf(user: AuthenticatedUser): string
  /** What is known about the token of this user; `undefined` for a copy of a user. */
  credentialOf(user: AuthenticatedUser): Credential | undefined
  /** Whether the local row, which this does not create, admits the user. Throws when the database does not respond. */
  isAdmitted(user: AuthenticatedUser | ServiceUser, credential: Credential): Promise<boolean>
  /** How often users were forgotten. */
  generation(): number
  /** Removes a user from the cache, or all. */
  forget(uuid?: string): void
}

export interface AuthenticatorOptions {
  readonly verifier: TokenVerifier
  readonly feed: Feed
  readonly users: UserSync
  readonly admit: AdmitLocally
  /** The expected values of tokens; the claim `aud` must cover this host. */
  readonly expected: Expected
  /** The number of cached tokens. */
  readonly cacheSize: number
  /** In seconds. */
  readonly clockTolerance: number
  /** The prototype of users: what is computed only where it is asked for. */
  readonly methods: object
  /** Whether a revoked session is renewed, since only the auth service can tell which session is meant. */
  readonly renewsRevoked?: boolean
  /** The app's own grants; `null` if it has none. */
  readonly grants: Pick<Grants, 'load'> | null
  /** A token was verified. */
  readonly onVerified: (credential: Credential) => void
  readonly metrics: ReturnType<typeof createMetrics>
  readonly now: () => number
  readonly log: Logger
  readonly warn: WarnLimited
}

/** Rejections that would also meet a new token of the same issuer, so that renewal is no remedy. */
const HOPELESS = new Set<TokenReason>(['wrong_issuer', 'wrong_audience', 'not_yet_valid'])

/** Authenticates tokens, and caches users while their tokens are valid. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { verifier, feed, users, admit, expected, clockTolerance, metrics, now, log, warn } = options
  const cache = createTokenCache(options.cacheSize, now, feed.isStillValid)
  const credentials = new WeakMap<AuthenticatedUser, Credential>()

  function refuse(reason: string): void {
    if (reason === 'expired') metrics.count.expired++
    else metrics.reject(reason)
    log.debug({ reason }, 'refused an access token')
  }

  const authenticate = singleFlight(async (token, isJustIssued?: boolean): Promise<Outcome> => {
    feed.start()
    // Revocations from while this app was not running; waits briefly, once.
    const settled = feed.settled()
    if (settled) {
      await settled
      // Where the feed is polled, it was valid all the time.
      const cached = known(token)
      if (cached) return cached
    }
    const version = feed.version()
    const verified = await verifier.access(token, expected.host, isJustIssued)
    if (verified.ok) return accept(token, verified.value, version)
    const { reason } = verified
    refuse(reason)
    if (reason === 'expired') return EXPIRED
    if (reason === 'keys_unavailable') return reject('unavailable')
    logRejectedToken(warn, reason, token, expected)
    // A hopeless one has a valid signature, so a setting or a clock is wrong: a new token would be rejected, too.
    return reject('rejected', !HOPELESS.has(reason), reason)
  })

  /** The local user of a valid token, unless it was revoked; the row is written only then. */
  async function accept(token: string | null, claims: AccessClaims, version: number): Promise<Outcome> {
    const { sid, sub, iat, user_version: userVersion } = claims
    const facts = { sid, sub, iat, userVersion }
    return revoked(facts) ?? localUser(token, claims, { ...facts, version })
  }

  function revoked(facts: Omit<Standing, 'version'>): Outcome | null {
    const verdict = feed.isTrusted() ? feed.verdict(facts) : 'unheard'
    if (verdict === 'good') return null
    refuse(verdict === 'revoked' ? 'session_over' : verdict)
    if (verdict === 'unheard') {
      warn({ event: 'token_refused', cause: 'feed_stale', setting: 'whenFeedIsStale' }, FEED_IS_STALE)
      return reject('unavailable')
    }
    return verdict === 'revoked'
      ? reject('session_over', options.renewsRevoked, 'session_over')
      : reject('rejected', true, verdict)
  }

  async function fromClaims(claims: AccessClaims): Promise<Outcome> {
    feed.start()
    await feed.settled()
    return accept(null, claims, feed.version())
  }

  async function localUser(token: string | null, claims: AccessClaims, standing: Standing): Promise<Outcome> {
    const generation = cache.generation()
    const local = await admit(claims)
    if ('isAuthenticated' in local) return local
    const user = Object.freeze({
      __proto__: options.methods,
      isAuthenticated: true,
      id: local.id,
      ...local.facts,
      sessionId: claims.sid,
    }) as unknown as AuthenticatedUser
    if (options.grants && !(await options.grants.load(user))) return reject('unavailable')
    metrics.count.verified++
    const expiresAt = claims.exp + clockTolerance
    const isCached = token !== null && cache.generation() === generation
    const own = isCached ? cache.set(token, user, expiresAt, standing) : (token ?? '')
    const credential = { token: own, standing, expiresAt: expiresAt * 1000, generation }
    credentials.set(user, credential)
    options.onVerified(credential)
    return user
  }

  function known(token: string): AuthenticatedUser | null {
    const user = cache.get(token)
    if (user !== null) metrics.count.hits++
    return user
  }

  function recall(token: string, companion: number): AuthenticatedUser | null {
    const user = cache.getPaired(token, companion)
    if (user !== null) metrics.count.hits++
    return user
  }

  /**
   * A sibling host can put its own access cookie beside a user's refresh cookie after their access cookie expired. The
   * result is cached, so that each pair is checked once.
   */
  async function besideRefreshTokens(who: Outcome, refreshTokens: readonly string[]): Promise<Outcome> {
    if (!who.isAuthenticated || refreshTokens.length === 0) return who
    if (refreshTokens.length > MAX_SAME_NAME) return rejectTooMany()
    const [token, [only = '', ...others]] = [tokenOf(who), refreshTokens]
    const isSole = others.length === 0
    if (isSole && cache.getPaired(token, companionOf(only)) !== null) return who
    const verified = await Promise.all(refreshTokens.map(verifier.refresh))
    if (verified.some((claims) => claims.ok && claims.value.sub !== who.uuid)) {
      warn({ event: 'token_refused', cause: 'conflicting', cookie: expected.cookie }, CONFLICTING_REFRESH)
      return reject('conflicting', false, 'conflicting')
    }
    const isJudged = verified.every((claims) => claims.ok || claims.reason !== 'keys_unavailable')
    if (isSole && isJudged) cache.pair(token, companionOf(only))
    return who
  }

  const tokenOf = (user: AuthenticatedUser): string => credentials.get(user)?.token ?? ''

  async function isAdmitted(
    user: AuthenticatedUser | ServiceUser,
    { standing }: Credential,
  ): Promise<boolean> {
    // An app has no local row.
    if (user.isService) return true
    const { uuid, email, emailVerified, firstName, lastName, isStaff, isSuperuser, groups } = user
    const facts = { uuid, email, emailVerified, firstName, lastName, isStaff, isSuperuser, groups }
    const age = { issuedAt: standing.iat, version: standing.userVersion ?? 0 }
    return (await users.sync({ ...facts, ...age }, 'existing'))?.isActive === true
  }

  const fromToken = async (token: string, isJustIssued?: boolean): Promise<Outcome> =>
    known(token) ?? authenticate(token, isJustIssued)

  /** The user of these cookies of one name, if they all agree. */
  async function fromTokens(tokens: readonly string[]): Promise<Outcome> {
    if (tokens.length > MAX_SAME_NAME) return rejectTooMany()
    const found = await Promise.all([...new Set(tokens)].map((token) => fromToken(token)))
    return onePerson(found)
  }

  function onePerson(found: readonly Outcome[]): Outcome {
    const people = found.filter((one) => one.isAuthenticated)
    if (new Set(people.map(({ uuid }) => uuid)).size > 1) return rejectConflict()
    const others = found.filter((one) => !one.isAuthenticated)
    return (
      people[0] ??
      others.find(({ reason }) => reason === 'not_registered' || reason === 'inactive') ??
      others.find(({ reason }) => reason === 'unavailable') ??
      others.find(({ renewable }) => renewable) ??
      others[0] ??
      reject('missing', true)
    )
  }

  function rejectConflict(): Outcome {
    warn({ event: 'token_refused', cause: 'conflicting', cookie: expected.cookie }, CONFLICTING_ACCESS)
    return reject('conflicting', false, 'conflicting')
  }

  function rejectTooMany(): Outcome {
    warn(
      { event: 'token_refused', cause: 'too_many', cookie: expected.cookie, most: MAX_SAME_NAME },
      TOO_MANY_COOKIES,
    )
    return reject('conflicting', false, 'conflicting')
  }

  return {
    recall,
    fromToken,
    fromTokens,
    fromClaims,
    rejectConflict,
    rejectTooMany,
    besideRefreshTokens,
    tokenOf,
    credentialOf: (user) => credentials.get(user),
    isAdmitted,
    generation: cache.generation,
    forget: cache.forget,
  }
}
