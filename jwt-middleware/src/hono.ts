import type { Context, Env, MiddlewareHandler, Next } from 'hono'
import { type Auth, createAuth } from './auth.ts'
import { LatchkeyError } from './contract/errors.ts'
import { PRIVATE } from './http/challenge.ts'
import { type AuthRequest, rawHeaderReader } from './http/request.ts'
import { completeHead, markGuarded, variesByCookie, withoutSharedCaches } from './http/response-head.ts'
import type { AuthOptions } from './options.ts'
import { type AuthenticatedUser, isStaff, isSuperuser, type User, type UserTest } from './users/user.ts'

export type { AuthStatus } from './auth.ts'
export type { AuthOptions } from './options.ts'
export type { AnonymousUser, AuthenticatedUser, User, UserTest } from './users/user.ts'

declare module 'hono' {
  interface ContextVariableMap {
    user: User
    auth: Auth
  }
}

/** Behind a guard the user is known to be signed in. */
export type AuthenticatedEnv = { Variables: { user: AuthenticatedUser } }

/** The middleware, and what the app's owner can ask of it. */
export type AuthMiddleware = MiddlewareHandler & Pick<Auth, 'forget' | 'status' | 'close'>

/** What @hono/node-server puts into `c.env`; absent on other servers and under `app.request()`. */
interface NodeBindings {
  readonly incoming?: import('node:http').IncomingMessage
  readonly outgoing?: import('node:http').ServerResponse
}

const NOT_NODE: NodeBindings = {}

/**
 * Puts the user on `c.var.user`. Responses are `private, no-store` and `Vary: Cookie` unless the handler says
 * otherwise; mount files that anybody may cache before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  const core = createAuth(options)

  // No promise of its own: an async function here would cost a warm request a tenth of its throughput.
  const middleware: MiddlewareHandler = (c, next) => {
    const { incoming, outgoing } = (c.env ?? NOT_NODE) as NodeBindings
    if (!incoming || !outgoing) return authenticate(core, c, next)
    // Not the method that node received: apps may override it, and what it is now decides whether origins matter.
    const user = core.recall(c.req.method, incoming.rawHeaders)
    if (user === null) return authenticate(core, c, next)
    completeHead(outgoing)
    if (core.requiresLogin({ target: incoming.url ?? '/' })) markGuarded(outgoing)
    c.set('auth', core)
    c.set('user', user)
    return next()
  }
  const { forget, status, close } = core
  return Object.assign(middleware, { forget, status, close })
}

async function authenticate(core: Auth, c: Context, next: Next): Promise<void> {
  const request = authRequest(c)
  const { user, setCookies, refusal } = await core.authenticate(request)
  c.set('auth', core)
  c.set('user', user)
  const { outgoing } = (c.env ?? NOT_NODE) as NodeBindings
  if (outgoing) completeHead(outgoing, setCookies)
  const isGuarded = core.requiresLogin(request)
  const answer = refusal ?? (isGuarded ? core.guard(request, user) : null)
  if (isGuarded) setGuarded(c)
  if (answer) c.res = answer
  else await next()
  if (!outgoing) completeResponse(c, setCookies)
}

const GUARDED = 'latchkeyGuarded'

/** See {@link markGuarded}; on servers other than node's, remembered until {@link completeResponse}. */
function setGuarded(c: Context): void {
  const { outgoing } = (c.env ?? NOT_NODE) as NodeBindings
  if (outgoing) markGuarded(outgoing)
  else c.set(GUARDED, true)
}

/** What {@link completeHead} does, for servers other than node's. */
function completeResponse(c: Context, setCookies: readonly string[]): void {
  for (const cookie of setCookies) c.header('set-cookie', cookie, { append: true })
  if (setCookies.length > 0 || !c.res.headers.has('cache-control')) {
    c.header('cache-control', PRIVATE['cache-control'])
  } else if (c.get(GUARDED)) {
    c.header('cache-control', withoutSharedCaches(c.res.headers.get('cache-control') ?? ''))
  }
  if (!variesByCookie(c.res.headers.get('vary') ?? '')) c.header('vary', PRIVATE.vary, { append: true })
}

function authRequest(c: Context): AuthRequest {
  const { incoming } = (c.env ?? NOT_NODE) as NodeBindings
  if (incoming) {
    return { method: c.req.method, target: incoming.url ?? '/', header: rawHeaderReader(incoming.rawHeaders) }
  }
  const { pathname, search } = new URL(c.req.url)
  return { method: c.req.method, target: pathname + search, header: (name) => c.req.header(name) }
}

/** Lets signed-in people pass for whom the test holds; the others get the login page, 401 or 403. */
export function userPassesTest(test?: UserTest): MiddlewareHandler<AuthenticatedEnv & Env> {
  return (c, next) => {
    const refusal = coreOf(c).guard(authRequest(c), c.get('user'), test)
    if (refusal) return Promise.resolve(refusal)
    setGuarded(c)
    return next()
  }
}

/**
 * Lets signed-in people pass whose session lives at this very moment: asks the auth service, every time. 503 where
 * it can't be asked. For the few routes where the seconds that a revocation may take are too long.
 */
export function requireFresh(): MiddlewareHandler<AuthenticatedEnv & Env> {
  return async (c, next) => {
    const refusal = await coreOf(c).guardFresh(authRequest(c), c.get('user'))
    if (refusal) return refusal
    setGuarded(c)
    await next()
  }
}

function coreOf(c: Context): Auth {
  const core = c.get('auth') as Auth | undefined
  if (core) return core
  throw new LatchkeyError('middleware_missing', 'A guard ran before auth(). Add app.use(auth()) above it.')
}

/** Lets signed-in people pass. */
export const loginRequired = () => userPassesTest()
/** Lets staff pass. */
export const staffRequired = () => userPassesTest(isStaff)
/** Lets superusers pass. */
export const superuserRequired = () => userPassesTest(isSuperuser)
