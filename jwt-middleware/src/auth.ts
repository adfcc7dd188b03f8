import { IN_NO_GROUP, NOT_ALLOWED, WITHOUT_PERMISSION } from '#process-or-worker/contract/log-messages'
import { createFeed } from '#process-or-worker/feed/feed'
import { createSettingHints } from '#process-or-worker/http/setting-hints'
import { soleTokens } from '#process-or-worker/http/sole-tokens'
import { createSessionEnds } from '#process-or-worker/session/session-ends'
import { createKeySet } from '#process-or-worker/verify/jwks-client'
import type { AuthCore } from './auth-core.ts'
import { ACCESS_TOKEN_TYPE } from './contract/claims.ts'
import { readCookies } from './contract/cookies.ts'
import { environment } from './contract/environment.ts'
import { LatchkeyError } from './contract/errors.ts'
import { readFormat } from './contract/jws-format.ts'
import { createLimitedLog } from './contract/limited-log.ts'
import { writeRejectionNote } from './contract/rejection-note.ts'
import { success } from './contract/result.ts'
import { isSafeMethod, isSameOrigin, needsSameOrigin } from './contract/same-origin.ts'
import { secondOf } from './contract/seconds.ts'
import { isOfBrowser } from './http/answer.ts'
import { readApiToken, readBearer } from './http/bearer.ts'
import { createChallenge } from './http/challenge.ts'
import { createCors } from './http/cors.ts'
import { isExempt } from './http/exempt.ts'
import { createLinks } from './http/links.ts'
import { createOriginLog } from './http/origin-log.ts'
import type { AuthRequest } from './http/request.ts'
import { ownPage } from './http/return-address.ts'
import { signedOut, signOutElsewhere, stillSignedIn } from './http/sign-out-answer.ts'
import { type AuthOptions, readOptions } from './options.ts'
import { createAuthenticator } from './session/authenticate.ts'
import type { Authentication } from './session/authentication.ts'
import { createGrants } from './session/grants.ts'
import { createIntrospection } from './session/introspection.ts'
import { createLocalUsers } from './session/local-users.ts'
import { createMetrics } from './session/metrics.ts'
import type { Outcome, Rejected } from './session/outcome.ts'
import { createRefreshTokens } from './session/refresh-tokens.ts'
import { createRenewal } from './session/renewal.ts'
import { createSignOut, type PresentedTokens } from './session/sign-out.ts'
import { createAccess } from './users/access.ts'
import { storedValue } from './users/state.ts'
import {
  type AnonymousReason,
  type AnonymousUser,
  type AuthenticatedUser,
  anonymous,
  type ServiceUser,
  type User,
  type UserTest,
} from './users/user.ts'
import type { KeySource } from './verify/key-source.ts'
import { createTokenVerifier } from './verify/verifier.ts'

export type { AuthCore, AuthStatus } from './auth-core.ts'
export type { Authentication as CoreAuthentication } from './session/authentication.ts'

const FOREIGN = 'This request came from a page of another origin. Send it from a page of this app.'

const NO_SESSION = 'An API token has no session that could end. Revoke the token instead.'

const NOTHING_ENDED = success({ sessions: [], setCookies: [] })

/** Whether a token cannot be an access token of this issuer, judged by its form; nothing is verified. */
function isForeign(token: string, issuer: string): boolean {
  const format = readFormat(token)
  return !format.ok || format.value.header.typ !== ACCESS_TOKEN_TYPE || format.value.payload.iss !== issuer
}

/**
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function createAuthCore(options: AuthOptions = {}): AuthCore {
  const settings = readOptions(options, environment())
  const { part } = settings
  const { cookies, clock, log, users, sameOrigins } = settings
  const { now } = clock
  const host = new URL(settings.ownOrigin).hostname
  const warn = createLimitedLog(log)
  const hints = createSettingHints(settings, warn)
  const origins = createOriginLog(settings.ownOrigin, warn)
  const cors =
    settings.cors &&
    createCors({
      ...settings,
      readers: settings.cors,
      onRefused: ({ header }, setting) =>
        setting === 'cors' ? origins.unreadable(header) : origins.foreign(header),
    })
  const isReader = cors?.isReader ?? (() => false)
  const challenge = createChallenge({ ...settings, isReader })
  const credentials = settings.client && part.createCredentials(settings.client, now, log)
  const links = createLinks({ ...settings, isReader })
  const { fetch, issuer, clockTolerance, internalOrigin } = settings
  const keySet = settings.keys
    ? null
    : createKeySet({
        url: `${internalOrigin}/.well-known/jwks.json`,
        fetch,
        now,
        log,
        state: storedValue(users, 'keys'),
      })
  const feed = createFeed({
    url: `${internalOrigin}/revocations`,
    fetch,
    credentials,
    pollEvery: settings.feed.pollEvery ?? null,
    alongside: () => apiTokens.attend(),
    source: settings.revocations,
    whenStale: settings.whenFeedIsStale,
    onUserDeleted: settings.onUserDeleted,
    onKeyPublished: (jwk) => keySet?.add(jwk),
    onKeyRemoved: (kid) => keySet?.remove(kid),
    onTime: (seconds) => void follow(seconds),
    onEntry(entry) {
      apiTokens.hear(entry)
      ends.hear(entry)
    },
    onCaughtUp: () => ends.caughtUp(),
    state: storedValue(users, 'feed'),
    now,
    log,
  })
  /** The app's own source of keys does not hear of removed ones. */
  const withoutRemoved = (own: KeySource): KeySource => ({
    get: (kid, time) => (feed.isRemovedKey(kid) ? 'unknown' : own.get(kid, time)),
  })
  const keys = keySet ?? withoutRemoved(settings.keys as KeySource)
  const metrics = createMetrics()
  const access = createAccess(settings.permissions)
  const oidc =
    settings.oidc?.createSide({
      ...settings,
      keys: { get: (kid, time) => keys.get(kid, time) },
      state: storedValue(users, 'oidc-ended'),
      onEnd: (sid) => feed.noteEnd(sid),
      now,
      warn,
    }) ?? null
  const grants =
    settings.grants === undefined
      ? null
      : createGrants({ grantsOf: settings.grants, access, most: settings.cacheSize, warn })
  const notes = new WeakMap<AnonymousUser, string>()
  const expected = { cookie: cookies.access, issuer, host, keysFrom: internalOrigin, now }
  const introspect =
    oidc?.introspect ?? createIntrospection({ url: `${internalOrigin}/introspect`, fetch, log })
  const verifier = oidc?.verifier ?? createTokenVerifier({ keys, issuer, clockTolerance, now })
  const admit = createLocalUsers({ users, provisioning: settings.provisioning, warn })
  const methods = {
    isService: false,
    token: null,
    get signal() {
      return ends.signalOf(this as unknown as AuthenticatedUser)
    },
    can(this: AuthenticatedUser | ServiceUser, name: string) {
      return access.can(this, name)
    },
  }
  const authenticator = createAuthenticator({
    verifier,
    feed,
    users,
    admit,
    expected,
    cacheSize: settings.cacheSize,
    clockTolerance,
    methods,
    renewsRevoked: oidc !== null,
    grants,
    onVerified(credential) {
      if (ends.sessions.has(credential.standing.sid)) ends.renewed(credential)
    },
    metrics,
    now,
    log,
    warn,
  })
  const { recall, fromTokens, besideRefreshTokens, tokenOf } = authenticator
  const nobody = (reason: AnonymousReason) => anonymous(reason, ANONYMOUS)
  const ANONYMOUS = {
    signal: null,
    token: null,
    isService: false,
    can(name: string) {
      access.groupsOf(name)
      return false
    },
  }
  const apiTokens = part.createSide({
    ...settings,
    client: credentials,
    areAccepted: settings.accept !== 'cookies',
    feed,
    admit,
    grants,
    methods,
    generation: authenticator.generation,
    nobody,
    metrics,
    now,
    warn,
  })
  const ends = createSessionEnds({
    credentialOf: (user) =>
      (user.isService ? undefined : authenticator.credentialOf(user)) ?? apiTokens.credentialOf(user),
    verdict: feed.verdict,
    isFeedStale: () => ['stale', 'closed'].includes(feed.status().state),
    whenFeedIsStale: settings.whenFeedIsStale,
    ask: introspect.access,
    isAdmitted: authenticator.isAdmitted,
    generation: authenticator.generation,
    most: settings.cacheSize,
    now,
    warn,
  })
  apiTokens.publish(settings.permissions.list)
  // Deletions cannot wait until a visitor arrives.
  if (settings.onUserDeleted) feed.start()
  const renew =
    oidc?.renew ??
    createRenewal({
      url: `${internalOrigin}/refresh`,
      accessCookie: cookies.access,
      refreshCookie: cookies.refresh,
      fetch,
      log,
    })
  const endSessions = createSignOut({ url: `${internalOrigin}/logout`, cookies, fetch, log })

  const refreshTokens = createRefreshTokens({
    authenticator,
    verifier,
    introspect,
    renew,
    expected: { ...expected, cookie: cookies.refresh },
    follow,
    metrics,
    now,
    warn,
  })

  /** Returns to our clock after it was set back to the auth service's, in seconds. */
  async function follow(shown: number): Promise<boolean> {
    if (!clock.wasCorrectedTo(shown * 1000, clockTolerance * 1000)) return false
    feed.relearn()
    await feed.settled()
    clock.follow()
    return true
  }

  /** An app with sessions of its own takes none as `Bearer`, neither sealed ones nor the family's tokens. */
  const isNotOurs = (bearer: string): boolean => oidc !== null || isForeign(bearer, issuer)

  /** The tokens of a request: those of its cookies, or the one that a program sent as its own. */
  function presented(
    cookie: string,
    bearer: string | null,
  ): PresentedTokens & { readonly isBearer: boolean } {
    const access = readCookies(cookie, cookies.access)
    const refresh = settings.renewsInLine ? readCookies(cookie, cookies.refresh) : []
    // A proxy may send a token of its own, which does not concern a user with a session here.
    const hasSession = access.length > 0 || refresh.length > 0
    if (bearer === null || (hasSession && isNotOurs(bearer))) return { isBearer: false, access, refresh }
    return { isBearer: true, access: oidc ? [] : [bearer], refresh: [] }
  }

  /** Whether a program sent a token that is not ours, and no session beside it. A browser's may be from a proxy. */
  function isForeignProgram(request: AuthRequest, bearer: string | null): boolean {
    if (bearer === null || !isNotOurs(bearer) || isOfBrowser(request)) return false
    return !takesCookies || presented(request.header('cookie') ?? '', bearer).isBearer
  }

  const toUser = (who: Outcome): User => (who.isAuthenticated ? who : nobody(who.reason))

  /** The note for the login page, so that users in a redirect loop learn the reason. */
  const noteOf = (reason: string, tokens: readonly string[]): Promise<string> =>
    writeRejectionNote({ reason, host, now: secondOf(now()) }, tokens)

  /** The user of a request without an API token: by its cookies, or by the access token that a program sent. */
  async function fromCookies(request: AuthRequest, bearer: string | null): Promise<Authentication> {
    if (!takesCookies) return { user: nobody('missing'), setCookies: [], refusal: null }
    const header = request.header('cookie') ?? ''
    const isUpgrade = request.header('upgrade') !== undefined
    const { isBearer, access: brought, refresh } = presented(header, bearer)
    if (isBearer) return { user: toUser(await fromTokens(brought)), setCookies: [], refusal: null }
    if (brought.length === 0) hints.noToken(header, now() / 1000)
    const first = await besideRefreshTokens(await fromTokens(brought), refresh)
    if (first.isAuthenticated) hints.recognised(header, refresh.length)
    const renewable = !first.isAuthenticated && first.renewable && refresh.length > 0
    const foreign = needsSameOrigin(request.method, isUpgrade) && !isSameOrigin(request.header, sameOrigins)
    if (foreign && (first.isAuthenticated || renewable)) {
      origins.foreign(request.header)
      return { user: nobody('rejected'), setCookies: [], refusal: challenge.forbidden(request, FOREIGN) }
    }
    const { who, setCookies, tokens } = renewable
      ? await refreshTokens.renew(refresh, isUpgrade || request.isReadOnly === true)
      : { who: first, setCookies: [], tokens: [] }
    if (who.isAuthenticated) return { user: who, setCookies, refusal: null }
    const user = nobody(who.reason)
    // A renewal makes no one anonymous who was signed in.
    const reason = who.refused ?? (first as Rejected).refused
    const refused = [...brought, ...tokens]
    if (reason && refused.length > 0) notes.set(user, await noteOf(reason, refused))
    return { user, setCookies, refusal: null }
  }

  function checkPermissions(names: readonly string[]): void {
    for (const name of names) access.groupsOf(name)
  }

  const takesCookies = settings.accept !== 'tokens'

  const { withoutToken, withoutScopes, beyondScopes } = apiTokens

  function guardPermissions(request: AuthRequest, user: User, names: readonly string[]): Response | null {
    checkPermissions(names)
    if (!user.isAuthenticated) return askToSignIn(request, user)
    const missing = names.filter((name) => !access.can(user, name))
    if (missing.length === 0) return null
    const { token } = user
    const lacking = token === null ? [] : missing.filter((name) => !token.scopes.includes(name))
    if (lacking.length > 0) return withoutScopes(lacking)
    const groups = missing.map((name) => [...access.groupsOf(name)].join(' or ') || 'superusers')
    log.debug(
      {
        event: 'user_refused',
        cause: 'no_permission',
        permissions: missing.join(', '),
        groups: groups.join(', '),
        setting: 'permissions',
      },
      WITHOUT_PERMISSION,
    )
    return challenge.forbidden(request, undefined, {
      code: 'insufficient_permission',
      permissions: missing,
    })
  }

  function guard(request: AuthRequest, user: User, test?: UserTest): Response | null {
    if (!user.isAuthenticated) return askToSignIn(request, user)
    if (test === undefined || test(user)) return null
    log.debug({ event: 'user_refused', cause: 'not_allowed' }, NOT_ALLOWED)
    return challenge.forbidden(request)
  }

  function askToSignIn(request: AuthRequest, user: AnonymousUser): Response {
    if (!takesCookies && ['missing', 'rejected'].includes(user.reason)) return withoutToken(request, [])
    hints.sentToLogin(request.header)
    return challenge.anonymous(request, user, notes.get(user))
  }

  return {
    recall(method, rawHeaders, target) {
      if (method !== 'GET' && method !== 'HEAD') return null
      // The callback is for signed-in users, too.
      if (oidc && (target === undefined || oidc.isOwn(target))) return null
      const tokens = soleTokens(rawHeaders, cookies)
      if (tokens === null) return null
      if (tokens.isApiToken) return apiTokens.recall(tokens.token)
      return takesCookies ? recall(tokens.token, settings.renewsInLine ? tokens.companion : 0) : null
    },

    async authenticate(request) {
      const answer = oidc?.answer(request)
      if (answer) return { user: nobody('missing'), setCookies: [], refusal: await answer }
      const authorization = request.header('authorization')
      if (authorization === undefined) return fromCookies(request, null)
      const apiToken = readApiToken(authorization)
      if (apiToken.kind !== 'none') return apiTokens.authenticate(apiToken, request)
      const bearer = readBearer(authorization)
      return isForeignProgram(request, bearer) ? apiTokens.foreign() : fromCookies(request, bearer)
    },

    guard,

    guardInPerson(request, user, name, test) {
      return user.token === null ? guard(request, user, test) : beyondScopes(name)
    },

    guardPermissions,

    guardGroups(request, user, groups) {
      if (!user.isAuthenticated) return askToSignIn(request, user)
      if (user.token !== null) return beyondScopes('groupRequired()')
      if (user.isSuperuser || groups.some((group) => user.groups.includes(group))) return null
      log.debug(
        { event: 'user_refused', cause: 'no_group', groups: groups.join(' or '), setting: 'groupRequired' },
        IN_NO_GROUP,
      )
      return challenge.forbidden(request, undefined, { code: 'insufficient_permission', groups })
    },

    permissions: settings.permissions.list,
    checkPermissions,

    async guardFresh(request, user) {
      if (!user.isAuthenticated) return askToSignIn(request, user)
      if (refreshTokens.isConfirmed(user)) return null
      if (user.token !== null) return apiTokens.confirm(request)
      const token = tokenOf(user)
      const activity = await introspect.access(token)
      if (activity === 'active') return null
      if (activity === 'unavailable') return challenge.anonymous(request, anonymous('unavailable'))
      return challenge.anonymous(request, anonymous('session_over'), await noteOf('session_over', [token]))
    },

    guardToken(request, user, scopes) {
      checkPermissions(scopes)
      const holder = apiTokens.holderOf(user)
      if (holder === undefined) {
        const isHelpless = ['unavailable', 'not_registered', 'inactive']
        return !user.isAuthenticated && isHelpless.includes(user.reason)
          ? challenge.anonymous(request, user)
          : withoutToken(request, scopes)
      }
      const lacking = scopes.filter((name) => !holder.token.scopes.includes(name))
      if (lacking.length > 0) return withoutScopes(lacking)
      if (!user.isAuthenticated) return holder
      // A scope is what the token may do; whether its user still may is the app's to say.
      return guardPermissions(request, user, scopes) ?? holder
    },

    accessTokenOf: (user) => (!oidc && user.token === null && tokenOf(user)) || null,

    cors,
    links,

    async signOut(request, next = '/') {
      const elsewhere = () =>
        signOutElsewhere(request, links.signOut(request, next), links.signIn(request, next))
      if (isSafeMethod(request.method)) return elsewhere()
      const authorization = request.header('authorization')
      if (readApiToken(authorization).kind !== 'none') return challenge.forbidden(request, NO_SESSION)
      const { isBearer, access, refresh } = presented(
        request.header('cookie') ?? '',
        readBearer(authorization),
      )
      if (!isBearer && !isSameOrigin(request.header, sameOrigins)) {
        origins.foreign(request.header)
        return challenge.forbidden(request, FOREIGN)
      }
      if (oidc) return oidc.signOut(request, refresh, ownPage(next, settings.ownOrigin))
      const isPresent = access.length > 0 || refresh.length > 0
      const ended = isPresent ? await endSessions({ access, refresh }) : NOTHING_ENDED
      if (!ended.ok) return stillSignedIn(request)
      const { sessions, setCookies } = ended.value
      for (const sid of sessions) feed.noteEnd(sid)
      if (sessions.length === 0 && !settings.renewsInLine && !isBearer) return elsewhere()
      return signedOut(request, ownPage(next, settings.ownOrigin), setCookies)
    },

    requiresLogin: (request) =>
      settings.requireLogin && !isExempt(request.target.split('?', 1)[0] as string, settings.exempt),
    onSessionEnd: ends.onEnd,
    onUserChange: ends.onChange,
    endWithSession: ends.endWithSession,
    forget(uuid) {
      authenticator.forget(uuid)
      grants?.forget(uuid)
      apiTokens.forget(uuid)
      void ends.recheck(uuid)
    },
    status: () => ({
      keys: keySet?.status() ?? null,
      feed: feed.status(),
      requests: metrics.read(),
    }),
    close() {
      oidc?.close()
      feed.close()
      apiTokens.close()
    },
  }
}

/** For a guard where `auth()` did not run. */
export const middlewareMissing = () =>
  new LatchkeyError(
    'middleware_missing',
    'A guard ran before auth(). Add app.use(auth()) or app.register(auth()) above it.',
  )
