import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type Auth, createAuth } from './auth.ts'
import { LatchkeyError } from './contract/errors.ts'
import { type AuthRequest, rawHeaderReader } from './http/request.ts'
import { markGuarded, presetHead } from './http/response-head.ts'
import type { AuthOptions } from './options.ts'
import {
  type AuthenticatedUser,
  isStaff,
  isSuperuser,
  type User as LatchkeyUser,
  type UserTest,
} from './users/user.ts'

export type { AuthStatus } from './auth.ts'
export type { AuthOptions } from './options.ts'
export type { AnonymousUser, AuthenticatedUser, User, UserTest } from './users/user.ts'

declare global {
  namespace Express {
    interface Request {
      user: LatchkeyUser
      auth: Auth
    }
  }
}

// What Express takes for types that nobody names.
type AnyParams = Request['params']
type AnyBody = Request['body']
type AnyQuery = Request['query']
type AnyLocals = Record<string, AnyBody>

/** A request behind a guard: the user is known to be signed in. Further types are those of Express's `Request`. */
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

/** A guard in front of other handlers. It says nothing of types, so that the route's reach the handlers behind it. */
export type Guard = <Params, ResBody, ReqBody, ReqQuery, Locals extends AnyLocals>(
  req: Request<Params, ResBody, ReqBody, ReqQuery, Locals>,
  res: Response<ResBody, Locals>,
  next: NextFunction,
) => void

/** Guards the handlers that follow it or, given a handler, that one, whose `req.user` is then typed as signed in. */
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

/** As {@link CreateGuard}, for whom a test holds. */
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

export interface Guards {
  /**
   * Lets signed-in people pass for whom the test holds; the others get the login page, 401 or 403. Given a handler,
   * it guards that one, whose `req.user` is then typed as signed in.
   */
  readonly userPassesTest: CreateTestGuard
  /** Lets signed-in people pass. */
  readonly loginRequired: CreateGuard
  /** Lets staff pass. */
  readonly staffRequired: CreateGuard
  /** Lets superusers pass. */
  readonly superuserRequired: CreateGuard
  /**
   * Lets signed-in people pass whose session lives at this very moment: asks the auth service, every time. 503 where
   * it can't be asked. For the few routes where the seconds that a revocation may take are too long.
   */
  readonly requireFresh: CreateGuard
}

/**
 * The middleware, guards that need no middleware above them since they authenticate by themselves, and what the app's
 * owner can ask of it.
 */
export type AuthMiddleware = RequestHandler & Guards & Pick<Auth, 'forget' | 'status' | 'close'>

/**
 * Puts the user on `req.user` (Express 5). Responses are `private, no-store` and `Vary: Cookie` unless the handler
 * says otherwise; mount files that anybody may cache before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  const core = createAuth(options)
  const middleware: RequestHandler = (req, res, next) => enter(core, req, res, next)
  const guards = createGuards((req, res, run) =>
    req.auth === core ? run(core) : enter(core, req, res, () => run(core)),
  )
  const { forget, status, close } = core
  return Object.assign(middleware, { forget, status, close }, guards)
}

/** Authenticates a request before it goes on. */
function enter(core: Auth, req: Request, res: Response, proceed: () => unknown): void | Promise<void> {
  const user = core.recall(req.method, req.rawHeaders)
  if (user === null) return authenticate(core, req, res, proceed)
  req.auth = core
  req.user = user
  presetHead(res)
  if (core.requiresLogin({ target: req.originalUrl })) markGuarded(res)
  return proceed() as void | Promise<void>
}

async function authenticate(core: Auth, req: Request, res: Response, proceed: () => unknown): Promise<void> {
  const request = authRequest(req)
  const { user, setCookies, refusal } = await core.authenticate(request)
  req.auth = core
  req.user = user
  presetHead(res, setCookies)
  const isGuarded = core.requiresLogin(request)
  if (isGuarded) markGuarded(res)
  const answer = refusal ?? (isGuarded ? core.guard(request, user) : null)
  if (answer) await send(answer, res)
  else await proceed()
}

const authRequest = (req: Request): AuthRequest => ({
  method: req.method,
  target: req.originalUrl,
  header: rawHeaderReader(req.rawHeaders),
})

async function send(answer: globalThis.Response, res: Response): Promise<void> {
  res.status(answer.status).setHeaders(answer.headers)
  res.end(await answer.text())
}

/** What a guard asks before it lets a request pass: the answer to refuse it with, or `null`. */
type Check = (core: Auth, request: AuthRequest, user: LatchkeyUser) => Refusal | Promise<Refusal>
type Refusal = globalThis.Response | null

const passes =
  (test?: UserTest): Check =>
  (core, request, user) =>
    core.guard(request, user, test)
const isFresh: Check = (core, request, user) => core.guardFresh(request, user)

/** Runs a guard once the request is authenticated. */
type Authenticated = (req: Request, res: Response, run: (core: Auth) => unknown) => unknown

function createGuards(authenticated: Authenticated): Guards {
  const by =
    (check: Check) =>
    (handler?: AuthenticatedHandler): RequestHandler =>
    (req, res, next) => {
      const pass = (refusal: Refusal) => {
        if (refusal) return send(refusal, res)
        markGuarded(res)
        return handler ? handler(req as AuthenticatedRequest, res, next) : next()
      }
      return authenticated(req, res, (core) => {
        const refusal = check(core, authRequest(req), req.user)
        return refusal instanceof Promise ? refusal.then(pass) : pass(refusal)
      }) as void | Promise<void>
    }
  return {
    userPassesTest: ((test?: UserTest, handler?: AuthenticatedHandler) =>
      by(passes(test))(handler)) as CreateTestGuard,
    loginRequired: by(passes()) as CreateGuard,
    staffRequired: by(passes(isStaff)) as CreateGuard,
    superuserRequired: by(passes(isSuperuser)) as CreateGuard,
    requireFresh: by(isFresh) as CreateGuard,
  }
}

function coreOf({ auth }: Request): Auth {
  if (auth) return auth
  throw new LatchkeyError('middleware_missing', 'A guard ran before auth(). Add app.use(auth()) above it.')
}

/** Guards for routes behind `app.use(auth())`. */
export const { userPassesTest, loginRequired, staffRequired, superuserRequired, requireFresh }: Guards =
  createGuards((req, _res, run) => run(coreOf(req)))
