import './contract/check-node.ts'
import { type Connection, FetchRequest, ordinaryHeaders } from './adapters/fetch-exchange.ts'
import { finishResponse } from './adapters/finish-response.ts'
import { type Check, type GuardsOf, guardSet } from './adapters/guard-set.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { type CoreAuthentication, createAuthCore } from './auth.ts'
import { defaultLogger } from './contract/log.ts'
import type { AuthRequest } from './http/request.ts'
import { parseSetCookie, type SetCookie } from './http/set-cookie.ts'
import {
  type AuthOptions,
  readSignOutOptions,
  type SignOutOptions,
  type TokenRequiredOptions,
} from './options.ts'
import type { PermissionName } from './users/permissions.ts'
import { type AuthenticatedUser, anonymous, type TokenUser, type User, type UserTest } from './users/user.ts'

export type { Connection } from './adapters/fetch-exchange.ts'
export type { AuthStatus } from './auth.ts'
export type { SetCookie } from './http/set-cookie.ts'
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

/** One request, with its user. */
export interface Visit {
  readonly user: User
  /**
   * The response to send instead of the app's, already finished; `null` if the app may answer. It is set for a request
   * that must not reach the app, for a preflight, and where `requireLogin` asks for a user.
   */
  readonly refusal: Response | null
  /**
   * The cookies of a renewal, for frameworks that set cookies of their own accord also where `finish` can't be called;
   * `finish` leaves out those that the response has already. Empty for most visits.
   */
  readonly cookies: readonly SetCookie[]
  /**
   * The app's response with what it must carry: the cookies of a renewal, `Cache-Control` and `Vary`. **Every** response
   * goes through it, also the page of an error: half a minute later old cookies count as reused, and the user is signed
   * out. Called again with its result, it changes nothing.
   */
  finish(response: Response): Response
}

/** Decides for a visit: `null` lets it pass, else the response to send, already finished. */
export type Guard = (visit: Visit) => Promise<Response | null>

/** Handles a request whose user passed the guard. */
export type GuardedHandler<Who> = (request: Request, user: Who, visit: Visit) => Response | Promise<Response>

/** Handles a request, and finishes its response. */
export type FetchHandler = (request: Request, from?: Connection) => Promise<Response>

/** Without a handler, a decision. Given a handler, a function for a server or a route, which finishes the response. */
export interface CreateGuard<Who = AuthenticatedUser> {
  (): Guard
  (handler: GuardedHandler<Who>): FetchHandler
}

/** Like {@link CreateGuard}, for users who pass a test. */
export interface CreateTestGuard {
  (test?: UserTest): Guard
  (test: UserTest | undefined, handler: GuardedHandler<AuthenticatedUser>): FetchHandler
}

/** Like {@link CreateGuard}, for names of permissions or groups. */
export interface CreateNamedGuard<Name extends string> {
  (...names: readonly [Name, ...Name[]]): Guard
  (...namesAndHandler: readonly [Name, ...Name[], GuardedHandler<AuthenticatedUser>]): FetchHandler
}

/** Like {@link CreateGuard}, for API tokens with these scopes. */
export interface CreateTokenGuard {
  (options?: TokenRequiredOptions): Guard
  (options: TokenRequiredOptions | undefined, handler: GuardedHandler<TokenUser>): FetchHandler
}

export type Guards = GuardsOf<
  CreateTestGuard,
  CreateGuard,
  CreateNamedGuard<PermissionName>,
  CreateNamedGuard<string>,
  CreateTokenGuard
>

/** Authenticates requests of servers and frameworks that take a `Request` and return a `Response` (Fetch). */
export interface WebAuth extends Guards, PageLinks<Request>, OwnFunctions {
  /** The user of a request. Asked again about the same `Request`, it gives the same visit. */
  (request: Request, from?: Connection): Promise<Visit>
  /**
   * A function for `Bun.serve`, `Deno.serve` and the like, which finishes every response. If the handler throws, it logs
   * the error and answers 500.
   */
  handle(handler: GuardedHandler<User>): FetchHandler
  /**
   * Signs this browser out of all apps. Pages continue at `next`, a path of this app (default: `/`); scripts get 204.
   * 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(options?: SignOutOptions): FetchHandler
}

interface OwnVisit extends Visit {
  readonly request: AuthRequest
  /** From now on, no shared cache may store the response. */
  markGuarded(): void
}

/**
 * For servers and frameworks of the Fetch standard, without one of their own here.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function auth(options: AuthOptions = {}): WebAuth {
  const core = createAuthCore(options)
  const log = options.log ?? defaultLogger

  /** Of this instance: an app may have several. */
  const VISIT = Symbol('visit')
  type Visited = Request & { [VISIT]?: OwnVisit | Promise<OwnVisit> }

  /** Frameworks run middleware once more for the page of an error: that must not renew once more. */
  function visitOf(request: Visited, from?: Connection): OwnVisit | Promise<OwnVisit> {
    request[VISIT] ??= newVisitOf(request, from)
    return request[VISIT]
  }

  /** Without a promise if the user is cached. */
  function newVisitOf(request: Request, from?: Connection): OwnVisit | Promise<OwnVisit> {
    const asked = new FetchRequest(request, from)
    const preflight = core.cors?.preflight(asked) ?? null
    if (preflight) {
      const user = anonymous('missing')
      const finish = () => preflight
      return { user, refusal: preflight, cookies: [], request: asked, finish, markGuarded: () => {} }
    }
    const user = core.recall(asked.method, ordinaryHeaders(request.headers))
    if (user !== null) return visitBy(asked, { user, setCookies: [], refusal: null })
    return core.authenticate(asked).then((authentication) => visitBy(asked, authentication))
  }

  function visitBy(asked: AuthRequest, { user, setCookies, refusal }: CoreAuthentication): OwnVisit {
    let isGuarded = core.requiresLogin(asked)
    const readable = core.cors?.headers(asked) ?? null
    const finish = (response: Response) => finishResponse(response, { setCookies, isGuarded, readable })
    const answer = refusal ?? (isGuarded ? core.guard(asked, user) : null)
    return {
      user,
      refusal: answer && finish(answer),
      cookies: setCookies.map(parseSetCookie),
      request: asked,
      finish,
      markGuarded() {
        isGuarded = true
      },
    }
  }

  /** Runs a handler and finishes its response. There is no framework above that could answer an error. */
  async function run<Who>(
    handler: GuardedHandler<Who>,
    request: Request,
    who: Who,
    visit: Visit,
  ): Promise<Response> {
    try {
      return visit.finish(await handler(request, who, visit))
    } catch (error) {
      if (error instanceof Response) return visit.finish(error)
      log.warn({ event: 'handler_failed', err: error }, 'a handler threw an error')
      return visit.finish(new Response('Internal Server Error', { status: 500 }))
    }
  }

  async function decide(check: Check, visit: OwnVisit): Promise<Response | TokenUser | null> {
    if (visit.refusal) return visit.refusal
    let caller: TokenUser | null = null
    const refusal = await check(core, visit.request, visit.user, (holder) => {
      caller = holder
    })
    if (refusal) return visit.finish(refusal)
    visit.markGuarded()
    return caller
  }

  const by = (check: Check) => (handler?: GuardedHandler<never>) => {
    if (handler === undefined) {
      const guard: Guard = async (visit) => {
        const found = await decide(check, visit as OwnVisit)
        return found instanceof Response ? found : null
      }
      return guard
    }
    const handle: FetchHandler = async (request, from) => {
      const visit = await visitOf(request, from)
      const found = await decide(check, visit)
      if (found instanceof Response) return found
      return run(handler, request, (found ?? visit.user) as never, visit)
    }
    return handle
  }

  const guards = guardSet<GuardedHandler<never>, unknown>(by, core.checkPermissions) as Guards
  return Object.assign(
    async (request: Request, from?: Connection) => visitOf(request, from),
    ownFunctions(core, (request: Request) => new FetchRequest(request)),
    guards,
    {
      handle: (handler: GuardedHandler<User>) => async (request: Request, from?: Connection) => {
        const visit = await visitOf(request, from)
        return visit.refusal ?? run(handler, request, visit.user, visit)
      },
      signOut(given: SignOutOptions = {}) {
        const { next } = readSignOutOptions(given)
        return async (request: Request) => core.signOut(new FetchRequest(request), next)
      },
    },
  )
}
