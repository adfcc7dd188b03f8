import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { type Auth, createAuth } from './auth.ts'
import { LatchkeyError } from './errors.ts'
import type { AuthOptions } from './options.ts'
import {
  type AuthenticatedUser,
  isStaff,
  isSuperuser,
  type User as LatchkeyUser,
  type UserTest,
} from './permissions.ts'
import { type AuthRequest, rawHeaderReader } from './request.ts'
import { completeHead } from './response-head.ts'

export type { AuthStatus } from './auth.ts'
export type { AuthOptions } from './options.ts'
export type { AnonymousUser, AuthenticatedUser, User, UserTest } from './permissions.ts'

declare global {
  namespace Express {
    interface Request {
      user: LatchkeyUser
      auth: Auth
    }
  }
}

/** A request behind a guard: the user is known to be signed in. */
export type AuthenticatedRequest = Request & { user: AuthenticatedUser }

/** A handler behind a guard. */
export type AuthenticatedHandler = (req: AuthenticatedRequest, res: Response, next: NextFunction) => unknown

/** The middleware, and what the app's owner can ask of it. */
export type AuthMiddleware = RequestHandler & Pick<Auth, 'forget' | 'status' | 'close'>

/**
 * Puts the user on `req.user` (Express 5). Responses are `private, no-store` and `Vary: Cookie` unless the handler
 * says otherwise; mount files that anybody may cache before it.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function auth(options: AuthOptions = {}): AuthMiddleware {
  const core = createAuth(options)

  const middleware: RequestHandler = (req, res, next) => {
    req.auth = core
    const user = core.recall(req.method, req.rawHeaders)
    if (user === null) return authenticate(core, req, res, next)
    completeHead(res)
    req.user = user
    next()
  }
  const { forget, status, close } = core
  return Object.assign(middleware, { forget, status, close })
}

async function authenticate(core: Auth, req: Request, res: Response, next: NextFunction): Promise<void> {
  const request = authRequest(req)
  const { user, setCookies, refusal } = await core.authenticate(request)
  req.user = user
  completeHead(res, setCookies)
  const answer = refusal ?? (core.requiresLogin(request) ? core.guard(request, user) : null)
  if (answer) await send(answer, res)
  else next()
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

/**
 * Lets signed-in people pass for whom the test holds; the others get the login page, 401 or 403. Given a handler,
 * it guards that one, whose `req.user` is then typed as signed in.
 */
export function userPassesTest(test?: UserTest, handler?: AuthenticatedHandler): RequestHandler {
  return (req, res, next) => {
    const refusal = coreOf(req).guard(authRequest(req), req.user, test)
    if (refusal) return send(refusal, res)
    return handler ? handler(req as AuthenticatedRequest, res, next) : next()
  }
}

/**
 * Lets signed-in people pass whose session lives at this very moment: asks the auth service, every time. 503 where
 * it can't be asked. For the few routes where the seconds that a revocation may take are too long.
 */
export function requireFresh(handler?: AuthenticatedHandler): RequestHandler {
  return async (req, res, next) => {
    const refusal = await coreOf(req).guardFresh(authRequest(req), req.user)
    if (refusal) return send(refusal, res)
    return handler ? handler(req as AuthenticatedRequest, res, next) : next()
  }
}

function coreOf({ auth }: Request): Auth {
  if (auth) return auth
  throw new LatchkeyError('middleware_missing', 'A guard ran before auth(). Add app.use(auth()) above it.')
}

/** Lets signed-in people pass. */
export const loginRequired = (handler?: AuthenticatedHandler) => userPassesTest(undefined, handler)
/** Lets staff pass. */
export const staffRequired = (handler?: AuthenticatedHandler) => userPassesTest(isStaff, handler)
/** Lets superusers pass. */
export const superuserRequired = (handler?: AuthenticatedHandler) => userPassesTest(isSuperuser, handler)
