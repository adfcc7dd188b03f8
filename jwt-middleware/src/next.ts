import './contract/check-node.ts'
import type { Check, GuardsOf } from './adapters/guard-set.ts'
import { guardSet } from './adapters/guard-set.ts'
import { type CreateProxy, createProxy } from './adapters/next-proxy.ts'
import { type NextOptions, shareAuth } from './adapters/next-registry.ts'
import { createRendering } from './adapters/next-render.ts'
import { handlerRequest } from './adapters/next-requests.ts'
import { createRoutes, type GuardedHandler, type RouteHandler } from './adapters/next-route.ts'
import { createUpgrade, type Upgrade } from './adapters/node-upgrade.ts'
import type { OwnFunctions } from './adapters/own-functions.ts'
import type { AuthCore } from './auth.ts'
import { refuseInvalidOptions } from './contract/errors.ts'
import { refuseOldPeer } from './contract/peer-version.ts'
import type { AuthRequest } from './http/request.ts'
import {
  problemsOfOidc,
  readSignOutOptions,
  refuseUnknownAuthOptions,
  type SignOutOptions,
  type TokenRequiredOptions,
} from './options.ts'
import { createAccess } from './users/access.ts'
import { definePermissions, type PermissionName } from './users/permissions.ts'
import type { AuthenticatedUser, TokenUser, User, UserTest } from './users/user.ts'

export type { CreateProxy, Proxy, ProxyHandler } from './adapters/next-proxy.ts'
export type { NextOptions as AuthOptions } from './adapters/next-registry.ts'
export type { GuardedHandler, RouteHandler } from './adapters/next-route.ts'
export type { AuthStatus } from './auth.ts'
export type { SignOutOptions, TokenRequiredOptions } from './options.ts'
export type {
  AnonymousUser,
  ApiToken,
  AuthenticatedUser,
  ServiceUser,
  TokenUser,
  User,
  UserTest,
} from './users/user.ts'

/**
 * Without a handler, for pages, layouts and server actions: `const user = await loginRequired()`. All others are led to the
 * login page or get 403, by what Next throws. Given a handler, a route handler.
 */
export interface CreateGuard {
  (): Promise<AuthenticatedUser>
  <Context = unknown>(handler: GuardedHandler<AuthenticatedUser, Context>): RouteHandler<Context>
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): Promise<AuthenticatedUser>
  <Context = unknown>(
    test: UserTest | undefined,
    handler: GuardedHandler<AuthenticatedUser, Context>,
  ): RouteHandler<Context>
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): Promise<AuthenticatedUser>
  <Context = unknown>(
    ...namesAndHandler: readonly [Name, ...Name[], GuardedHandler<AuthenticatedUser, Context>]
  ): RouteHandler<Context>
}

/** A route handler for API tokens with these scopes. */
export type CreateTokenGuard = <Context = unknown>(
  options: TokenRequiredOptions | undefined,
  handler: GuardedHandler<TokenUser, Context>,
) => RouteHandler<Context>

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** Links to the auth service's pages, from pages, layouts and server actions. */
export interface Links {
  /** The login page, which returns to this page, or to `next`: a path or URL of this app. */
  signInUrl(next?: string): Promise<string>
  /** The registration, which returns likewise. */
  signUpUrl(next?: string): Promise<string>
  /** The page that asks before it signs out, and returns likewise. */
  signOutUrl(next?: string): Promise<string>
  /** The user's account. */
  accountUrl(): Promise<string>
}

/** Authenticates the requests of an app on Next, for its proxy, pages, route handlers and server actions. */
export interface NextAuth extends Guards, Links, OwnFunctions {
  /**
   * The function that `proxy.ts` exports. It renews sessions, and hands the new cookies to the page in the same pass. With
   * the option `oidc`, it answers the addresses of the sign-in as well. Given a handler, a proxy that goes on with that.
   */
  readonly proxy: CreateProxy
  /** The user of the current request, verified from its cookies, once for each request. Makes a page dynamic. */
  getUser(): Promise<User>
  /** A route handler for everyone, whose response is private and `Vary: Cookie`, unless the handler says otherwise. */
  handle<Context = unknown>(handler: GuardedHandler<User, Context>): RouteHandler<Context>
  /**
   * The route handler of a sign-out button: `export const POST = signOut()`. It signs this browser out of all apps. Pages
   * continue at `next`, a path of this app (default: `/`); scripts get 204. 503 if the auth service is unavailable: the
   * user is still signed in.
   */
  signOut(options?: SignOutOptions): RouteHandler
  /**
   * Does the same in a server action, and redirects. Throws LatchkeyError `auth_unavailable`: the user is still signed in.
   */
  endSession(options?: SignOutOptions): Promise<never>
  /** For a server of your own around Next: see `auth()` of `@latchkey/jwt-middleware/node`. */
  readonly upgrade: Upgrade
}

/**
 * For the App Router of Next 16. All copies of this that Next bundles share one feed and one cache. The environment is
 * read at the first request; until then, `LOGIN_URL` and `OWN_URL` may be missing.
 * @throws LatchkeyError `invalid_options` for unknown options, and `unsupported_version`
 */
export function auth(options: NextOptions = {}): NextAuth {
  refuseOldPeer('next')
  refuseUnknownAuthOptions(options)
  refuseInvalidOptions('auth()', problemsOfOidc(options.oidc))
  const shared = shareAuth(options)
  const access = createAccess(options.permissions ?? definePermissions({}))
  const rendering = createRendering(shared, options)
  const route = createRoutes(shared, options)
  const core = () => shared.open().core

  const by = (check: Check) => (handler?: GuardedHandler<never>) =>
    handler === undefined ? rendering.require(check) : route(check, handler)
  const checkNames = (names: readonly string[]) => {
    for (const name of names) access.groupsOf(name)
  }
  /** The request comes first: it stops a build, which has no settings. */
  const link =
    (of: (links: AuthCore['links'], request: AuthRequest, next?: string) => string) =>
    async (next?: string) => {
      const request = await rendering.request()
      return of(core().links, request, next)
    }
  const guards = guardSet<GuardedHandler<never>, unknown>(by, checkNames) as Guards

  return {
    ...guards,
    proxy: createProxy(shared),
    getUser: rendering.getUser,
    handle: (handler) => route(null, handler as GuardedHandler<never>) as never,
    signOut(given = {}) {
      const { next } = readSignOutOptions(given)
      return (request) => core().signOut(handlerRequest(request), next)
    },
    endSession: rendering.endSession,
    upgrade: (req, socket) => createUpgrade(core())(req, socket),
    signInUrl: link((links, request, next) => links.signIn(request, next)),
    signUpUrl: link((links, request, next) => links.signUp(request, next)),
    signOutUrl: link((links, request, next) => links.signOut(request, next)),
    accountUrl: link((links) => links.account()),
    permissions: options.permissions?.list ?? [],
    onSessionEnd: (user, listener) => core().onSessionEnd(user, listener),
    onUserChange: (user, listener) => core().onUserChange(user, listener),
    endWithSession: (user, connection) => core().endWithSession(user, connection),
    forget: (uuid) => core().forget(uuid),
    status: () => core().status(),
    close: () => shared.close(),
  }
}
