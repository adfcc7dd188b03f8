import { type Connection, FetchRequest } from './adapters/fetch-exchange.ts'
import { addMissing, addOwed, type Owed } from './adapters/owed-headers.ts'
import { type OwnFunctions, ownFunctions, type PageLinks } from './adapters/own-functions.ts'
import { createAuthCore } from './auth.ts'
import { LatchkeyError } from './contract/errors.ts'
import type { AuthOptions } from './options.ts'
import {
  type AnonymousUser,
  anonymous,
  isStaff,
  isSuperuser,
  type TokenUser,
  type User,
  type UserTest,
} from './users/user.ts'

/** The user of a request, and what the app must answer. */
export interface Authentication {
  readonly user: User
  /**
   * What every response must add: the cookies of a renewal, `Cache-Control: private, no-store` and `Vary: Cookie`. Pass
   * them to `new Response()`, or let `finish()` do it.
   */
  readonly headers: Headers
  /**
   * The response to send instead of the app's, complete. It is there for a request that must not reach the app, for a
   * preflight, and where `requireLogin` asks for a user.
   */
  readonly response?: Response
}

/**
 * Authentication of a `Request`, on web standards alone: in Node, Bun, Deno and workers. Guards return the response to
 * send instead of the app's, complete, or `null`; `authenticate()` must have run for that very request.
 */
export interface Auth extends OwnFunctions, PageLinks<Request> {
  /** Authenticates a request, and renews expired tokens. Never throws because of a client's input. */
  authenticate(request: Request, from?: Connection): Promise<Authentication>
  /** For users who pass the test, or for all who are signed in; others get the login page, 401 or 403. */
  guard(request: Request, user: AnonymousUser, test?: UserTest): Response
  guard(request: Request, user: User, test?: UserTest): Response | null
  /** For staff, but for no API tokens. */
  guardStaff(request: Request, user: User): Response | null
  /** For superusers, but for no API tokens. */
  guardSuperuser(request: Request, user: User): Response | null
  /** For users who have all these permissions. Throws LatchkeyError `unknown_permission`. */
  guardPermissions(request: Request, user: User, names: readonly string[]): Response | null
  /** For members of at least one of these groups, and superusers, but for no API tokens. */
  guardGroups(request: Request, user: User, groups: readonly string[]): Response | null
  /** For users whose session the auth service has just confirmed: 503 if it is unavailable. */
  guardFresh(request: Request, user: User): Promise<Response | null>
  /**
   * The user of an API token that has these scopes, also another app; else the response. Throws LatchkeyError
   * `unknown_permission`.
   */
  guardToken(request: Request, user: User, scopes: readonly string[]): TokenUser | Response
  /**
   * The response with what it must carry, as a copy: `headers`, and behind a guard no shared cache. The response's own
   * `Cache-Control` and cookies stay.
   */
  finish(request: Request, response: Response): Response
  /**
   * Signs this browser out of all apps: 303 to `next` (a path of the app, the start page by default) for a page, 204 for
   * all others. 503 if the auth service is unavailable: the user is still signed in.
   */
  signOut(request: Request, next?: string): Promise<Response>
}

/**
 * Authentication without a framework, for everything that takes a `Request` and returns a `Response`. The other entries
 * of the package are adapters for frameworks.
 * @throws LatchkeyError `invalid_options`, listing every problem of the options and the environment
 */
export function createAuth(options: AuthOptions = {}): Auth {
  const core = createAuthCore(options)
  const visits = new WeakMap<Request, Owed & { isGuarded: boolean }>()

  function visitOf(request: Request) {
    const visit = visits.get(request)
    if (visit) return visit
    throw new LatchkeyError(
      'middleware_missing',
      'authenticate() has not run for this request. Call it first, and pass the very same Request.',
    )
  }

  const finish = (request: Request, response: Response): Response => complete(response, visitOf(request))

  function decide(request: Request, refusal: Response | null): Response | null {
    if (refusal) return finish(request, refusal)
    visitOf(request).isGuarded = true
    return null
  }

  return {
    ...ownFunctions(core, (request: Request) => new FetchRequest(request)),

    async authenticate(request, from) {
      const asked = new FetchRequest(request, from)
      const preflight = core.cors?.preflight(asked)
      if (preflight) return { user: anonymous('missing'), headers: new Headers(), response: preflight }
      const { user, setCookies, refusal } = await core.authenticate(asked)
      const isGuarded = core.requiresLogin(asked)
      const visit = { setCookies, isGuarded, readable: core.cors?.headers(asked) ?? null }
      visits.set(request, visit)
      const answer = refusal ?? (isGuarded ? core.guard(asked, user) : null)
      return {
        user,
        headers: complete(new Response(), visit).headers,
        ...(answer && { response: complete(answer, visit) }),
      }
    },

    // Anonymous users always get a response.
    guard: ((request, user, test) =>
      decide(request, core.guard(new FetchRequest(request), user, test))) as Auth['guard'],
    guardStaff: (request, user) =>
      decide(request, core.guardInPerson(new FetchRequest(request), user, 'guardStaff()', isStaff)),
    guardSuperuser: (request, user) =>
      decide(request, core.guardInPerson(new FetchRequest(request), user, 'guardSuperuser()', isSuperuser)),
    guardPermissions: (request, user, names) =>
      decide(request, core.guardPermissions(new FetchRequest(request), user, names)),
    guardGroups: (request, user, groups) =>
      decide(request, core.guardGroups(new FetchRequest(request), user, groups)),
    guardFresh: async (request, user) =>
      decide(request, await core.guardFresh(new FetchRequest(request), user)),
    guardToken(request, user, scopes) {
      const found = core.guardToken(new FetchRequest(request), user, scopes)
      if ('isAuthenticated' in found) {
        decide(request, null)
        return found
      }
      return finish(request, found)
    },

    finish,
    signOut: (request, next) => core.signOut(new FetchRequest(request), next),
  }
}

/** A copy, since the head of a response that was fetched, or of a redirect, can't be changed. */
function complete(response: Response, owed: Owed): Response {
  // The answer to an opened WebSocket carries no cookies, and can't be copied.
  if (response.status === 101) return response
  const { body, status, statusText } = response
  const headers = new Headers(response.headers)
  addOwed(headers, owed, addMissing)
  return new Response(body, { status, statusText, headers })
}
