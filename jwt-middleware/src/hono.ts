import './contract/check-node.ts'
import type { Context, Env, Handler, Input, MiddlewareHandler, Next } from 'hono'
import type { BlankInput, HandlerResponse } from 'hono/types'
import { type Check, type GuardsOf, guardSet, type Refusal } from './adapters/guard-set.ts'
import { nodeRequest } from './adapters/node-exchange.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type AuthCore, createAuthCore, middlewareMissing } from './auth.ts'
import { refuseOldPeer } from './contract/peer-version.ts'
import { PRIVATE } from './http/answer.ts'
import type { Cors } from './http/cors.ts'
import type { AuthRequest } from './http/request.ts'
import {
  completeHead,
  cookieName,
  markGuarded,
  variesByCookie,
  withoutSharedCaches,
} from './http/response-head.ts'
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

declare module 'hono' {
  interface ContextVariableMap {
    user: User
    auth: AuthCore
  }
}

/** Behind a guard, the user is signed in. */
export type AuthenticatedEnv = { Variables: { user: AuthenticatedUser } }

/**
 * Without a handler, a guard in front of the following handlers. Given a handler, both in one: its `c.var.user` is
 * typed as signed in.
 */
export interface CreateGuard {
  (): MiddlewareHandler<AuthenticatedEnv & Env>
  <
    E extends Env = Env,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    P extends string = any,
    I extends Input = BlankInput,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    R extends HandlerResponse<any> = any,
  >(
    handler: Handler<E & AuthenticatedEnv, P, I, R>,
  ): Handler<E, P, I, R>
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): MiddlewareHandler<AuthenticatedEnv & Env>
  <
    E extends Env = Env,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    P extends string = any,
    I extends Input = BlankInput,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    R extends HandlerResponse<any> = any,
  >(
    test: UserTest | undefined,
    handler: Handler<E & AuthenticatedEnv, P, I, R>,
  ): Handler<E, P, I, R>
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): MiddlewareHandler<AuthenticatedEnv & Env>
  <
    E extends Env = Env,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    P extends string = any,
    I extends Input = BlankInput,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    R extends HandlerResponse<any> = any,
  >(
    ...namesAndHandler: readonly [Name, ...Name[], Handler<E & AuthenticatedEnv, P, I, R>]
  ): Handler<E, P, I, R>
}

/** Behind `tokenRequired`, `c.var.caller` has an API token: `isService` tells a person from another app. */
export type TokenEnv = { Variables: { caller: TokenUser } }

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): MiddlewareHandler<TokenEnv & Env>
  <
    E extends Env = Env,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    P extends string = any,
    I extends Input = BlankInput,
    // biome-ignore lint/suspicious/noExplicitAny: as Hono's own types have it
    R extends HandlerResponse<any> = any,
  >(
    options: TokenRequiredOptions | undefined,
    handler: Handler<E & TokenEnv, P, I, R>,
  ): Handler<E, P, I, R>
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** The auth service's pages for the app's own links, and the handler of its own sign-out button. */
export interface Links extends PageLinks<Context> {
  /**
   * Signs this browser out of all apps: `app.post('/sign-out', web.signOut())`. Pages continue at `next`, a path of this
   * app (default: `/`); scripts get 204. 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): Handler
}

/**
 * The middleware, its guards, which authenticate by themselves and need no middleware before them, links, and functions
 * for the app's owner.
 */
export type AuthMiddleware = MiddlewareHandler & Guards & Links & OwnFunctions

/** What @hono/node-server puts into `c.env`; absent on other servers and under `app.request()`. */
interface NodeBindings {
  readonly incoming?: import('node:http').IncomingMessage
  readonly outgoing?: import('node:http').ServerResponse
}

const NOT_NODE: NodeBindings = {}

/**
 * Sets `c.var.user`. Responses are `private, no-store` and `Vary: Cookie` unless the handler says otherwise; mount
 * public files before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment, and
 * `unsupported_version`
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  refuseOldPeer('hono')
  const core = createAuthCore(options)
  const middleware: MiddlewareHandler = (c, next) => enter(core, c, next)
  const guards = createGuards(
    (c, run) => (c.get('auth') === core ? run(core) : enter(core, c, () => run(core))),
    core.checkPermissions,
  )
  return Object.assign(middleware, ownFunctions(core, authRequest), guards, {
    signOut(given: SignOutOptions = {}) {
      const { next } = readSignOutOptions(given)
      return (c: Context) => core.signOut(authRequest(c), next)
    },
  })
}

/**
 * Authenticates a request, and then continues. It creates no promise of its own: an async function here would cost a
 * warm request a tenth of its throughput.
 */
function enter<Answer>(core: AuthCore, c: Context, proceed: () => Answer): Answer {
  if (core.cors !== null) {
    return allowReading(core.cors, c, () => enterHere(core, c, proceed)) as Answer
  }
  return enterHere(core, c, proceed)
}

/** Answers preflights, and lets the sender read the response, unless a library decided that before. */
async function allowReading(cors: Cors, c: Context, proceed: () => unknown): Promise<Response | undefined> {
  const request = authRequest(c)
  const preflight = cors.preflight(request)
  if (preflight) return preflight
  const answer = await proceed()
  const isResponse = answer !== undefined && answer !== c
  if (isResponse) c.res = answer as Response
  if (!c.res.headers.has('access-control-allow-origin')) {
    for (const [name, value] of Object.entries(cors.headers(request))) c.header(name, value)
  }
  if (!/\borigin\b/i.test(c.res.headers.get('vary') ?? '')) c.header('vary', 'Origin', { append: true })
  return isResponse ? c.res : undefined
}

function enterHere<Answer>(core: AuthCore, c: Context, proceed: () => Answer): Answer {
  const { incoming, outgoing } = (c.env ?? NOT_NODE) as NodeBindings
  if (!incoming || !outgoing) return authenticate(core, c, proceed) as Answer
  // Not the method that node received: apps may override it, and the effective one decides whether origins matter.
  const user = core.recall(c.req.method, incoming.rawHeaders, incoming.url)
  if (user === null) return authenticate(core, c, proceed) as Answer
  completeHead(outgoing)
  if (core.requiresLogin({ target: incoming.url ?? '/' })) markGuarded(outgoing)
  c.set('auth', core)
  c.set('user', user)
  return proceed()
}

/** Resolves to the response of a guard or a handler; after `next()` the response is in `c.res`. */
async function authenticate(core: AuthCore, c: Context, proceed: () => unknown): Promise<unknown> {
  const request = authRequest(c)
  const { user, setCookies, refusal } = await core.authenticate(request)
  c.set('auth', core)
  c.set('user', user)
  const { outgoing } = (c.env ?? NOT_NODE) as NodeBindings
  if (outgoing) completeHead(outgoing, setCookies)
  const isGuarded = core.requiresLogin(request)
  if (isGuarded) setGuarded(c)
  const refused = refusal ?? (isGuarded ? core.guard(request, user) : null)
  const answer = refused ?? (await orComplete(proceed))
  // next() resolves to the context itself, whatever its type says.
  const response = answer === c ? undefined : (answer as Response | undefined)
  if (outgoing) return response
  if (response) c.res = response
  completeResponse(c, setCookies)
  return response && c.res

  /** An error's response leaves with the new cookies, too: a browser that kept the old ones would look like a thief. */
  async function orComplete(proceed: () => unknown): Promise<unknown> {
    try {
      return await proceed()
    } catch (error) {
      if (!outgoing) completeResponse(c, setCookies)
      throw error
    }
  }
}

const GUARDED = 'latchkeyGuarded'

/** See {@link markGuarded}; on other servers than node's, stored until {@link completeResponse}. */
function setGuarded(c: Context): void {
  const { outgoing } = (c.env ?? NOT_NODE) as NodeBindings
  if (outgoing) markGuarded(outgoing)
  else c.set(GUARDED, true)
}

/** Does what {@link completeHead} does, for other servers than node's. */
function completeResponse(c: Context, setCookies: readonly string[]): void {
  // The handler's own cookies win: it may just have signed the user out.
  const own = new Set(c.res.headers.getSetCookie().map(cookieName))
  const missing = own.size === 0 ? setCookies : setCookies.filter((cookie) => !own.has(cookieName(cookie)))
  for (const cookie of missing) c.header('set-cookie', cookie, { append: true })
  if (setCookies.length > 0 || !c.res.headers.has('cache-control')) {
    c.header('cache-control', PRIVATE['cache-control'])
  } else if (c.get(GUARDED)) {
    c.header('cache-control', withoutSharedCaches(c.res.headers.get('cache-control') ?? ''))
  }
  const vary = c.res.headers.get('vary')
  if (vary === null || !variesByCookie(vary)) c.header('vary', PRIVATE.vary, { append: true })
}

function authRequest(c: Context): AuthRequest {
  const { incoming } = (c.env ?? NOT_NODE) as NodeBindings
  if (incoming) return nodeRequest(incoming, c.req.method)
  const { pathname, search } = new URL(c.req.url)
  return {
    method: c.req.method,
    target: pathname + search,
    header: c.req.header.bind(c.req),
    body: c.req.raw.body,
  }
}

/** Runs a guard after the request was authenticated. */
type Authenticated = (c: Context, run: (core: AuthCore) => unknown) => unknown

function createGuards(authenticated: Authenticated, checkNames?: AuthCore['checkPermissions']): Guards {
  const by = (check: Check) => (handler?: Handler) => (c: Context, next: Next) => {
    const pass = (refusal: Refusal) => {
      // A promise, as the type of a middleware requires.
      if (refusal) return Promise.resolve(refusal)
      setGuarded(c)
      return handler ? handler(c, next) : next()
    }
    return authenticated(c, (core) => {
      const refusal = check(core, authRequest(c), c.get('user'), (caller) =>
        c.set('caller' as never, caller as never),
      )
      return refusal instanceof Promise ? refusal.then(pass) : pass(refusal)
    })
  }
  return guardSet(by, checkNames) as Guards
}

/** Guards for routes behind `app.use(auth())`. */
const guards: Guards = createGuards((c, run) => {
  const core = c.get('auth')
  if (!core) throw middlewareMissing()
  return run(core)
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
