import './contract/check-node.ts'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type Check, type GuardsOf, guardSet, type Refusal } from './adapters/guard-set.ts'
import { nodeRequest, sendResponse } from './adapters/node-exchange.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type AuthCore, createAuthCore, middlewareMissing } from './auth.ts'
import { refuseOldPeer } from './contract/peer-version.ts'
import type { Cors } from './http/cors.ts'
import type { AuthRequest } from './http/request.ts'
import { markGuarded, presetHead } from './http/response-head.ts'
import {
  type AuthOptions,
  readSignOutOptions,
  type SignOutOptions,
  type TokenRequiredOptions,
} from './options.ts'
import type { PermissionName } from './users/permissions.ts'
import type { AuthenticatedUser, User as LatchkeyUser, TokenUser, UserTest } from './users/user.ts'

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

// Not the global Express.Request, where Passport's types declare another user.
declare module 'express-serve-static-core' {
  interface Request {
    user: LatchkeyUser
    auth: AuthCore
  }
}

// Express's defaults for unspecified types.
type AnyParams = Request['params']
type AnyBody = Request['body']
type AnyQuery = Request['query']
type AnyLocals = Record<string, AnyBody>

/** A request behind a guard, whose user is signed in. The further types are those of Express's `Request`. */
export type AuthenticatedRequest<
  Params = AnyParams,
  ResBody = AnyBody,
  ReqBody = AnyBody,
  ReqQuery = AnyQuery,
  Locals extends AnyLocals = AnyLocals,
> = Request<Params, ResBody, ReqBody, ReqQuery, Locals> & { user: AuthenticatedUser }

/** A handler behind a guard. */
export type AuthenticatedHandler<
  Params = AnyParams,
  ResBody = AnyBody,
  ReqBody = AnyBody,
  ReqQuery = AnyQuery,
  Locals extends AnyLocals = AnyLocals,
> = (
  req: AuthenticatedRequest<Params, ResBody, ReqBody, ReqQuery, Locals>,
  res: Response<ResBody, Locals>,
  next: NextFunction,
) => unknown

/** A guard in front of other handlers. It declares no types, so that the route's own types reach them. */
export type Guard = <Params, ResBody, ReqBody, ReqQuery, Locals extends AnyLocals>(
  req: Request<Params, ResBody, ReqBody, ReqQuery, Locals>,
  res: Response<ResBody, Locals>,
  next: NextFunction,
) => void

/** Guards the following handlers or, given a handler, that one, whose `req.user` is then typed as signed in. */
export interface CreateGuard {
  (): Guard
  <
    Params = AnyParams,
    ResBody = AnyBody,
    ReqBody = AnyBody,
    ReqQuery = AnyQuery,
    Locals extends AnyLocals = AnyLocals,
  >(
    handler: AuthenticatedHandler<Params, ResBody, ReqBody, ReqQuery, Locals>,
  ): RequestHandler<Params, ResBody, ReqBody, ReqQuery, Locals>
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): Guard
  <
    Params = AnyParams,
    ResBody = AnyBody,
    ReqBody = AnyBody,
    ReqQuery = AnyQuery,
    Locals extends AnyLocals = AnyLocals,
  >(
    test: UserTest | undefined,
    handler: AuthenticatedHandler<Params, ResBody, ReqBody, ReqQuery, Locals>,
  ): RequestHandler<Params, ResBody, ReqBody, ReqQuery, Locals>
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): Guard
  <
    Params = AnyParams,
    ResBody = AnyBody,
    ReqBody = AnyBody,
    ReqQuery = AnyQuery,
    Locals extends AnyLocals = AnyLocals,
  >(
    ...namesAndHandler: readonly [
      Name,
      ...Name[],
      AuthenticatedHandler<Params, ResBody, ReqBody, ReqQuery, Locals>,
    ]
  ): RequestHandler<Params, ResBody, ReqBody, ReqQuery, Locals>
}

/** A request behind `tokenRequired`, whose caller has an API token: `isService` tells a person from another app. */
export type TokenRequest<
  Params = AnyParams,
  ResBody = AnyBody,
  ReqBody = AnyBody,
  ReqQuery = AnyQuery,
  Locals extends AnyLocals = AnyLocals,
> = Request<Params, ResBody, ReqBody, ReqQuery, Locals> & { caller: TokenUser }

/** A handler behind `tokenRequired`. */
export type TokenHandler<
  Params = AnyParams,
  ResBody = AnyBody,
  ReqBody = AnyBody,
  ReqQuery = AnyQuery,
  Locals extends AnyLocals = AnyLocals,
> = (
  req: TokenRequest<Params, ResBody, ReqBody, ReqQuery, Locals>,
  res: Response<ResBody, Locals>,
  next: NextFunction,
) => unknown

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): Guard
  <
    Params = AnyParams,
    ResBody = AnyBody,
    ReqBody = AnyBody,
    ReqQuery = AnyQuery,
    Locals extends AnyLocals = AnyLocals,
  >(
    options: TokenRequiredOptions | undefined,
    handler: TokenHandler<Params, ResBody, ReqBody, ReqQuery, Locals>,
  ): RequestHandler<Params, ResBody, ReqBody, ReqQuery, Locals>
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** The auth service's pages for the app's own links, and the handler of its own sign-out button. */
export interface Links extends PageLinks<Request> {
  /**
   * Signs this browser out of all apps: `app.post('/sign-out', web.signOut())`. Pages continue at `next`, a path of this
   * app (default: `/`); scripts get 204. 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): RequestHandler
}

/**
 * The middleware, its guards, which authenticate by themselves and need no middleware before them, links, and functions
 * for the app's owner.
 */
export type AuthMiddleware = RequestHandler & Guards & Links & OwnFunctions

/**
 * Sets `req.user` (Express 4.21 or later). Responses are `private, no-store` and `Vary: Cookie` unless the handler says
 * otherwise; mount public files before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment, and
 * `unsupported_version`
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  refuseOldPeer('express')
  const core = createAuthCore(options)
  const middleware: RequestHandler = (req, res, next) => passingErrors(next, enter(core, req, res, next))
  const guards = createGuards(
    (req, res, run) => (req.auth === core ? run(core) : enter(core, req, res, () => run(core))),
    core.checkPermissions,
  )
  return Object.assign(middleware, ownFunctions(core, authRequest), guards, {
    signOut(given: SignOutOptions = {}): RequestHandler {
      const { next } = readSignOutOptions(given)
      return (req, res, pass) =>
        passingErrors(
          pass,
          core.signOut(authRequest(req), next).then((answer) => sendResponse(answer, res)),
        )
    },
  })
}

/** Passes a rejection on to the error handlers. Express 4 doesn't do so itself: it would end the process. */
function passingErrors(next: NextFunction, result: unknown): void | Promise<void> {
  if (result instanceof Promise) return result.catch(next)
}

/** Authenticates a request, and then continues. */
function enter(core: AuthCore, req: Request, res: Response, proceed: () => unknown): void | Promise<void> {
  if (core.cors !== null) {
    const request = authRequest(req)
    const preflight = core.cors.preflight(request)
    if (preflight) return sendResponse(preflight, res)
    allowReading(core.cors, request, res)
  }
  const user = core.recall(req.method, req.rawHeaders, req.originalUrl)
  if (user === null) return authenticate(core, req, res, proceed)
  req.auth = core
  req.user = user
  presetHead(res)
  if (core.requiresLogin({ target: req.originalUrl })) markGuarded(res)
  return proceed() as void | Promise<void>
}

async function authenticate(
  core: AuthCore,
  req: Request,
  res: Response,
  proceed: () => unknown,
): Promise<void> {
  const request = authRequest(req)
  const { user, setCookies, refusal } = await core.authenticate(request)
  req.auth = core
  req.user = user
  presetHead(res, setCookies)
  const isGuarded = core.requiresLogin(request)
  if (isGuarded) markGuarded(res)
  const answer = refusal ?? (isGuarded ? core.guard(request, user) : null)
  if (answer) await sendResponse(answer, res)
  else await proceed()
}

/** Lets the sender read the response, unless a library decided that before. */
function allowReading(cors: Cors, request: AuthRequest, res: Response): void {
  res.vary('Origin')
  if (!res.hasHeader('access-control-allow-origin')) res.set(cors.headers(request))
}

const authRequest = (req: Request): AuthRequest => nodeRequest(req, req.method, req.originalUrl)

/** Runs a guard after the request was authenticated. */
type Authenticated = (req: Request, res: Response, run: (core: AuthCore) => unknown) => unknown

function createGuards(authenticated: Authenticated, checkNames?: AuthCore['checkPermissions']): Guards {
  const by =
    (check: Check) =>
    (handler?: AuthenticatedHandler): RequestHandler =>
    (req, res, next) => {
      const pass = (refusal: Refusal) => {
        if (refusal) return sendResponse(refusal, res)
        markGuarded(res)
        return handler ? handler(req as AuthenticatedRequest, res, next) : next()
      }
      const result = authenticated(req, res, (core) => {
        const refusal = check(core, authRequest(req), req.user, (caller) => Object.assign(req, { caller }))
        return refusal instanceof Promise ? refusal.then(pass) : pass(refusal)
      })
      return passingErrors(next, result)
    }
  return guardSet(by, checkNames) as Guards
}

/** Guards for routes behind `app.use(auth())`. */
const guards: Guards = createGuards((req, _res, run) => {
  if (!req.auth) throw middlewareMissing()
  return run(req.auth)
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
