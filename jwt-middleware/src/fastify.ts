import './contract/check-node.ts'
import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  preHandlerAsyncHookHandler,
  RouteGenericInterface,
  RouteHandlerMethod,
} from 'fastify'
import { type Check, type GuardsOf, guardSet } from './adapters/guard-set.ts'
import { enter, nodeRequest } from './adapters/node-exchange.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type AuthCore, createAuthCore, middlewareMissing } from './auth.ts'
import { LatchkeyError } from './contract/errors.ts'
import { refuseOldPeer } from './contract/peer-version.ts'
import type { AuthRequest } from './http/request.ts'
import { markGuarded } from './http/response-head.ts'
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

declare module 'fastify' {
  interface FastifyRequest {
    user: User
    auth: AuthCore
  }
}

/** A request behind a guard, whose user is signed in. `Route` is that of Fastify's `FastifyRequest`. */
export type AuthenticatedRequest<Route extends RouteGenericInterface = RouteGenericInterface> =
  FastifyRequest<Route> & {
    user: AuthenticatedUser
  }

/** A request behind `tokenRequired`, whose caller has an API token: `isService` tells a person from another app. */
export type TokenRequest<Route extends RouteGenericInterface = RouteGenericInterface> =
  FastifyRequest<Route> & {
    caller: TokenUser
  }

/** A handler behind a guard. */
export type GuardedHandler<Request> = (
  this: FastifyInstance,
  request: Request,
  reply: FastifyReply,
) => unknown

/** Without a handler, a hook: `preHandler: loginRequired()`. Given a handler, both in one. */
export interface CreateGuard {
  (): preHandlerAsyncHookHandler
  <Route extends RouteGenericInterface = RouteGenericInterface>(
    handler: GuardedHandler<AuthenticatedRequest<Route>>,
  ): RouteHandlerMethod
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): preHandlerAsyncHookHandler
  <Route extends RouteGenericInterface = RouteGenericInterface>(
    test: UserTest | undefined,
    handler: GuardedHandler<AuthenticatedRequest<Route>>,
  ): RouteHandlerMethod
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): preHandlerAsyncHookHandler
  <Route extends RouteGenericInterface = RouteGenericInterface>(
    ...namesAndHandler: readonly [Name, ...Name[], GuardedHandler<AuthenticatedRequest<Route>>]
  ): RouteHandlerMethod
}

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): preHandlerAsyncHookHandler
  <Route extends RouteGenericInterface = RouteGenericInterface>(
    options: TokenRequiredOptions | undefined,
    handler: GuardedHandler<TokenRequest<Route>>,
  ): RouteHandlerMethod
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** The auth service's pages for the app's own links, and the handler of its own sign-out button. */
export interface Links extends PageLinks<FastifyRequest> {
  /**
   * Signs this browser out of all apps: `app.post('/sign-out', web.signOut())`. Pages continue at `next`, a path of this
   * app (default: `/`); scripts get 204. 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): RouteHandlerMethod
}

/**
 * The plugin, its guards, which authenticate by themselves and also work without it, links, and functions for the app's
 * owner.
 */
export type AuthPlugin = FastifyPluginAsync & Guards & Links & OwnFunctions

/**
 * A plugin that sets `request.user` (Fastify 5) on all routes of the instance that registers it, and of those below:
 * `app.register(auth())`. Responses are `private, no-store` and `Vary: Cookie` unless the handler says otherwise.
 * Registering it fails with LatchkeyError `name_taken` if another plugin has a `request.user`.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment, and
 * `unsupported_version`
 */
export function auth(options: AuthOptions = {}): AuthPlugin {
  refuseOldPeer('fastify')
  const core = createAuthCore(options)
  const arrive = (request: FastifyRequest, reply: FastifyReply) =>
    enter({
      core,
      req: request.raw,
      res: reply.raw,
      method: request.method,
      target: request.originalUrl,
      setUser(user) {
        request.auth = core
        request.user = user
      },
    })
  const plugin: FastifyPluginAsync = async (app) => {
    decorate(app)
    // Before the body is read: who is refused uploads nothing.
    app.addHook('onRequest', (request, reply, done) => {
      // Registered again in a context below.
      const answer = request.auth === core ? null : arrive(request, reply)
      if (answer === null) return done()
      sendIfAny(answer, reply).then((isSent) => {
        if (!isSent) done()
      }, done)
    })
  }
  const guards = createGuards(
    async (request, reply) => (request.auth === core ? core : ((await arrive(request, reply)) ?? core)),
    core.checkPermissions,
  )
  return Object.assign(plugin, META, ownFunctions(core, authRequest), guards, {
    signOut(given: SignOutOptions = {}): RouteHandlerMethod {
      const { next } = readSignOutOptions(given)
      return async (request, reply) => send(await core.signOut(authRequest(request), next), reply)
    },
  })
}

/** Tells our decorators, which contexts below inherit, from those of other plugins. */
const DECORATED = Symbol('@latchkey/jwt-middleware')

/** A plugin that writes `request.user` after this one would decide what guards see. */
function decorate(app: FastifyInstance): void {
  if (app.hasRequestDecorator(DECORATED)) return
  const names = ['user', 'auth', 'caller']
  const taken = names.filter((name) => app.hasRequestDecorator(name))
  if (taken.length > 0) {
    throw new LatchkeyError(
      'name_taken',
      `Another plugin has request.${taken.join(' and request.')} already. Give that another name, such as with ` +
        'decoratorName of @fastify/jwt, or register the two in contexts of their own.',
    )
  }
  for (const name of [DECORATED, ...names]) app.decorateRequest(name, null)
}

/** Applies the plugin to the instance that registers it, instead of to a context of its own (Fastify, "Plugins"). */
const META = {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@latchkey/jwt-middleware',
  [Symbol.for('plugin-meta')]: { name: '@latchkey/jwt-middleware', fastify: '5.x' },
}

const authRequest = ({ raw, method, originalUrl }: FastifyRequest): AuthRequest =>
  nodeRequest(raw, method, originalUrl)

async function send(answer: Response, reply: FastifyReply): Promise<FastifyReply> {
  const earlier = reply.getHeader('vary')
  reply.code(answer.status)
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') reply.header(name, value)
  const cookies = answer.headers.getSetCookie()
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  // Of what came before the plugin, such as @fastify/cors.
  if (earlier !== undefined) reply.header('vary', `${answer.headers.get('vary')}, ${earlier}`)
  return reply.send(answer.status === 204 ? undefined : await answer.text())
}

/** Resolves to whether there was a response to send. */
async function sendIfAny(answer: Response | Promise<Response | null>, reply: FastifyReply): Promise<boolean> {
  const response = await answer
  if (response !== null) await send(response, reply)
  return response !== null
}

/** Authenticates the request of a guard, or returns the response to send instead. */
type Authenticated = (
  request: FastifyRequest,
  reply: FastifyReply,
) => AuthCore | Response | Promise<AuthCore | Response>

function createGuards(authenticated: Authenticated, checkNames?: AuthCore['checkPermissions']): Guards {
  const by = (check: Check) => (handler?: GuardedHandler<never>) =>
    async function (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
      const core = await authenticated(request, reply)
      if (core instanceof Response) return send(core, reply)
      const refusal = await check(core, authRequest(request), request.user, (caller) =>
        Object.assign(request, { caller }),
      )
      if (refusal) return send(refusal, reply)
      markGuarded(reply.raw)
      if (handler === undefined) return
      const result = handler.call(this, request as never, reply)
      // A handler that returns nothing sends later; this function is async, so that it must say so.
      return result === undefined ? reply : result
    }
  return guardSet<GuardedHandler<never>, unknown>(by, checkNames) as Guards
}

/** Guards for routes behind `app.register(auth())`. */
const guards: Guards = createGuards((request) => {
  if (!request.auth) throw middlewareMissing()
  return request.auth
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
