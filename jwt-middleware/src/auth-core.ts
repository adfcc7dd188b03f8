import type { FeedStatus } from './feed/feed.ts'
import type { Cors } from './http/cors.ts'
import type { Links } from './http/links.ts'
import type { AuthRequest, RawHeaders } from './http/request.ts'
import type { Authentication } from './session/authentication.ts'
import type { LongConnection } from './session/end-connection.ts'
import type { Metrics } from './session/metrics.ts'
import type { EndListener, Unsubscribe } from './session/watched-sessions.ts'
import type { Permission } from './users/permissions.ts'
import type { AuthenticatedUser, ServiceUser, TokenUser, User, UserTest } from './users/user.ts'
import type { KeysStatus } from './verify/key-source.ts'

/** Authentication without a framework; an adapter only translates requests and responses. */
export interface AuthCore {
  /**
   * The cached user of an ordinary request with one look-up; otherwise `null`. Without the target, path and query, an app
   * with the option `oidc` has none: the request may be for one of its own addresses.
   */
  recall(method: string, rawHeaders: RawHeaders, target?: string): AuthenticatedUser | null
  /** Authenticates a request, and renews expired tokens. Never throws because of a client's input. */
  authenticate(request: AuthRequest): Promise<Authentication>
  /** The response to a user who does not pass the test, or `null`. Without a test, being signed in is enough. */
  guard(request: AuthRequest, user: User, test?: UserTest): Response | null
  /** Like {@link guard}, for users who have all these permissions. Throws LatchkeyError `unknown_permission`. */
  guardPermissions(request: AuthRequest, user: User, names: readonly string[]): Response | null
  /**
   * Like {@link guard}, for what is no permission: API tokens do not pass, since no scope says that they may. `guard` is
   * its name.
   */
  guardInPerson(request: AuthRequest, user: User, guard: string, test: UserTest): Response | null
  /** Like {@link guard}, for members of at least one of these groups, and superusers. API tokens do not pass. */
  guardGroups(request: AuthRequest, user: User, groups: readonly string[]): Response | null
  /** The permissions that the app defined, with the groups that have them. */
  readonly permissions: readonly Permission[]
  /** Throws LatchkeyError `unknown_permission` if one of these names is not defined. */
  checkPermissions(names: readonly string[]): void
  /**
   * Like {@link guard}, and requires that the auth service has just confirmed the session: 503 if it is unavailable.
   */
  guardFresh(request: AuthRequest, user: User): Promise<Response | null>
  /**
   * The user of an API token that has these scopes, also another app; else the response. Throws LatchkeyError
   * `unknown_permission`.
   */
  guardToken(request: AuthRequest, user: User, scopes: readonly string[]): TokenUser | Response
  /** Whether `requireLogin` requires a user for this request. */
  requiresLogin(request: Pick<AuthRequest, 'target'>): boolean
  /** The access token that identified this user; `null` with an API token, a mere check of the session, or `oidc`. */
  accessTokenOf(user: AuthenticatedUser): string | null
  /** Set if pages of other origins may read responses. */
  readonly cors: Cors | null
  /** URLs of the auth service's pages. */
  readonly links: Links
  /**
   * Ends the session of the browser that sent this request, at the auth service and so in all apps: 303 to `next` (a
   * path of the app, the start page by default) for a page, 204 for all others. 503, with the cookies unchanged, if the
   * auth service is unavailable. A safe method, and a browser whose session only the auth service sees, gets the page
   * that asks.
   */
  signOut(request: AuthRequest, next?: string): Promise<Response>
  /**
   * Calls back once when the session of this user ends, within a second, and not at a renewal. The reason is that of
   * `user.signal`. Call the result once the connection or job is over.
   */
  onSessionEnd(user: AuthenticatedUser | ServiceUser, listener: EndListener): Unsubscribe
  /**
   * Calls back once when the account's names, email, flags or groups changed, so that this user is out of date. Call the
   * result once the connection or job is over.
   */
  onUserChange(user: AuthenticatedUser | ServiceUser, listener: () => void): Unsubscribe
  /**
   * Closes a WebSocket (of `ws`, or Hono's), a stream of Hono, or a response of Node (Fastify's `reply.raw`, Koa's
   * `ctx.res`) when the session of its user ends, or when the account changes. An `AbortController` is for anything else.
   * The codes of WebSockets are 4401 and 1012. Lets go of what closes by itself.
   */
  endWithSession(user: AuthenticatedUser | ServiceUser, connection: LongConnection): Unsubscribe
  /**
   * Removes a user from the cache, or all, e.g. after disabling them in this app or after changing what they have been
   * granted. Open connections end if the local row no longer admits their user.
   */
  forget(uuid?: string): void
  /** The state of keys, feed and requests; for the app's own health page. */
  status(): AuthStatus
  /**
   * Disconnects from the auth service for good; the cache stays. A process can also exit without calling it; on Bun and
   * Deno the feed keeps it alive.
   */
  close(): void
}

/** Can be sent as JSON, and contains no user data. */
export interface AuthStatus {
  /** `null` if the app has its own keys. */
  readonly keys: KeysStatus | null
  readonly feed: FeedStatus
  readonly requests: Metrics
}
