import './contract/check-node.ts'
import type { Context, DefaultContext, DefaultState, Middleware, Next, ParameterizedContext } from 'koa'
import { type Check, type GuardsOf, guardSet } from './adapters/guard-set.ts'
import { enter, nodeRequest } from './adapters/node-exchange.ts'
import { createUpgrade, type Upgrade } from './adapters/node-upgrade.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type AuthCore, createAuthCore, middlewareMissing } from './auth.ts'
import { refuseOldPeer } from './contract/peer-version.ts'
import type { AuthRequest } from './http/request.ts'
import { markGuarded, presetHead } from './http/response-head.ts'
import {
  type AuthOptions,
  readSignOutOptions,
  type SignOutOptions,
  type TokenRequiredOptions,
} from './options.ts'
import type { PermissionName } from './users/permissions.ts'
import type { AuthenticatedUser, TokenUser, User, UserTest } from './users/user.ts'

export type { AuthStatus } from './auth.ts'
export type { AuthOptions, SignOutOptions, TokenRequiredOptions } from './options.ts'
export type {
  AnonymousUser,
  ApiToken,
  AuthenticatedUser,
  ServiceUser,
  TokenUser,
  User,
  UserTest,
} from './users/user.ts'

declare module 'koa' {
  interface DefaultState {
    user: User
    auth: AuthCore
  }
}

/** Behind a guard, `ctx.state.user` is signed in. */
export type AuthenticatedState = DefaultState & { user: AuthenticatedUser }

/** Behind `tokenRequired`, `ctx.state.caller` has an API token: `isService` tells a person from another app. */
export type TokenState = DefaultState & { caller: TokenUser }

/** A handler behind a guard. */
export type GuardedHandler<State> = (ctx: ParameterizedContext<State, DefaultContext>, next: Next) => unknown

/** Without a handler, a guard in front of the following middleware; given a handler, both in one. */
export interface CreateGuard {
  (): Middleware
  (handler: GuardedHandler<AuthenticatedState>): Middleware
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): Middleware
  (test: UserTest | undefined, handler: GuardedHandler<AuthenticatedState>): Middleware
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): Middleware
  (...namesAndHandler: readonly [Name, ...Name[], GuardedHandler<AuthenticatedState>]): Middleware
}

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): Middleware
  (options: TokenRequiredOptions | undefined, handler: GuardedHandler<TokenState>): Middleware
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** The auth service's pages for the app's own links, its own sign-out button, and WebSockets, which Koa does not see. */
export interface Links extends PageLinks<Context> {
  /**
   * Signs this browser out of all apps: `router.post('/sign-out', web.signOut())`. Pages continue at `next`, a path of
   * this app (default: `/`); scripts get 204. 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): Middleware
  readonly upgrade: Upgrade
}

/**
 * The middleware, its guards, which authenticate by themselves and need no middleware before them, links, and functions
 * for the app's owner.
 */
export type AuthMiddleware = Middleware & Guards & Links & OwnFunctions

/**
 * Sets `ctx.state.user` (Koa 3). Responses are `private, no-store` and `Vary: Cookie` unless the handler says otherwise;
 * mount public files before it. The cookies of a renewal also leave with the page of an error, whose handler in Koa
 * removes all headers.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment, and
 * `unsupported_version`
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  refuseOldPeer('koa')
  const core = createAuthCore(options)
  const arrive = (ctx: Context) =>
    enter({
      core,
      req: ctx.req,
      res: ctx.res,
      method: ctx.method,
      target: ctx.originalUrl,
      setUser(user) {
        ctx.state.auth = core
        ctx.state.user = user
      },
      prepareHead: presetHead,
    })
  const middleware = (ctx: Context, next: Next) => {
    // Mounted again, for example by a router.
    const answer = ctx.state.auth === core ? null : arrive(ctx)
    return answer === null ? next() : sendOr(answer, ctx, next)
  }
  const guards = createGuards(
    async (ctx) => (ctx.state.auth === core ? core : ((await arrive(ctx)) ?? core)),
    core.checkPermissions,
  )
  return Object.assign(middleware as Middleware, ownFunctions(core, authRequest), guards, {
    upgrade: createUpgrade(core),
    signOut(given: SignOutOptions = {}) {
      const { next } = readSignOutOptions(given)
      return async (ctx: Context) => send(await core.signOut(authRequest(ctx), next), ctx)
    },
  }) as AuthMiddleware
}

const authRequest = ({ req, method, originalUrl }: Context): AuthRequest =>
  nodeRequest(req, method, originalUrl)

async function sendOr(answer: Response | Promise<Response | null>, ctx: Context, next: Next): Promise<void> {
  const response = await answer
  return response ? send(response, ctx) : next()
}

/** By Koa's own means, so that middleware before this one sees the response. */
async function send(answer: Response, ctx: Context): Promise<void> {
  const earlier = ctx.res.getHeader('vary')
  ctx.status = answer.status
  ctx.body = answer.status === 204 ? null : await answer.text()
  if (!answer.headers.has('content-type')) ctx.remove('content-type')
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') ctx.set(name, value)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) ctx.append('set-cookie', cookies)
  // Of what came before the middleware, such as @koa/cors.
  if (earlier !== undefined) ctx.vary(String(earlier).split(/ *, */))
}

/** Authenticates the request of a guard, or returns the response to send instead. */
type Authenticated = (ctx: Context) => AuthCore | Response | Promise<AuthCore | Response>

function createGuards(authenticated: Authenticated, checkNames?: AuthCore['checkPermissions']): Guards {
  const by = (check: Check) => (handler?: GuardedHandler<never>) => async (ctx: Context, next: Next) => {
    const core = await authenticated(ctx)
    if (core instanceof Response) return send(core, ctx)
    const refusal = await check(core, authRequest(ctx), ctx.state.user, (caller) => {
      ctx.state.caller = caller
    })
    if (refusal) return send(refusal, ctx)
    markGuarded(ctx.res)
    return handler ? handler(ctx as never, next) : next()
  }
  return guardSet<GuardedHandler<never>, unknown>(by, checkNames) as Guards
}

/** Guards for routes behind `app.use(auth())`. */
const guards: Guards = createGuards((ctx) => {
  if (!ctx.state.auth) throw middlewareMissing()
  return ctx.state.auth
})

// Each with its type by name: the compiler would write the names of permissions into the declarations as any text.
export const userPassesTest: Guards['userPassesTest'] = guards.userPassesTest
export const loginRequired: Guards['loginRequired'] = guards.loginRequired
export const staffRequired: Guards['staffRequired'] = guards.staffRequired
export const superuserRequired: Guards['superuserRequired'] = guards.superuserRequired
export const permissionRequired: Guards['permissionRequired'] = guards.permissionRequired
export const groupRequired: Guards['groupRequired'] = guards.groupRequired
export const requireFresh: Guards['requireFresh'] = guards.requireFresh
export const tokenRequired: Guards['tokenRequired'] = guards.tokenRequired
