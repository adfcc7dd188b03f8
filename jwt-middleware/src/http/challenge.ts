import { problemResponse } from '../contract/problem.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { loginUrl, MAX_LOCATION_LENGTH } from '../contract/urls.ts'
import type { AnonymousReason, AnonymousUser } from '../users/user.ts'
import { isNavigation, leadOn, PRIVATE, RETRY_AFTER, refusal } from './answer.ts'
import type { AuthRequest } from './request.ts'
import { type IsReader, returnAddress } from './return-address.ts'

export interface ChallengeOptions {
  readonly loginUrl: string
  readonly ownOrigin: string
  /** Pages of these origins return to themselves. */
  readonly isReader: IsReader
}

/** Answers a rejected request: the only place with the login redirect. */
export interface Challenge {
  /**
   * Anonymous: redirects a page to the login page and back, and answers others with 401; 403 or 503 if signing in would
   * not help. The note tells the login page about a rejected token.
   */
  anonymous(request: AuthRequest, user: AnonymousUser, note?: string): Response
  /** Signed in, but not allowed: 403, never a redirect. Programs get the extension as well. */
  forbidden(request: AuthRequest, detail?: string, extension?: Readonly<Record<string, unknown>>): Response
}

const SIGN_IN = { title: 'Please sign in', link: 'Sign in', lost: 'Your input was not saved.' }

const REFUSED: Partial<Record<AnonymousReason, string>> = {
  not_registered:
    'You are signed in, but this app does not know your account. Ask the administrator of the app for access.',
  inactive: 'You are signed in, but your account is disabled in this app. Ask the administrator of the app.',
  service: 'This is for people. An app’s own token is accepted only where API tokens are required.',
}

export function createChallenge({ loginUrl: base, ownOrigin, isReader }: ChallengeOptions): Challenge {
  // If the login page has our own origin, no policy blocks the form.
  const leadsToSelf = URL.parse(base)?.origin === ownOrigin

  function forbidden(
    request: AuthRequest,
    detail = 'You are signed in, but you don’t have permission to open this page.',
    extension = {},
  ) {
    return refusal(request, { ...extension, status: 403, title: 'Not allowed', detail })
  }

  function signIn(request: AuthRequest, user: AnonymousUser, note: string | undefined): Response {
    const next = returnAddress(request, ownOrigin, isReader)
    const location = loginUrl(base, next, note)
    const isRedirectable =
      (isSafeMethod(request.method) || leadsToSelf) && location.length <= MAX_LOCATION_LENGTH
    if (isNavigation(request) && isRedirectable) {
      return new Response(null, { status: 302, headers: { location, ...PRIVATE } })
    }
    const error = user.reason === 'missing' ? '' : ', error="invalid_token"'
    const headers: Record<string, string> = {
      ...PRIVATE,
      'www-authenticate': `Bearer realm="${ownOrigin}"${error}`,
    }
    if (isNavigation(request)) return leadOn(request, SIGN_IN, location, headers)
    // htmx follows this header for any status.
    if (request.header('hx-request') === 'true') {
      headers['hx-redirect'] = loginUrl(base, next, note, MAX_LOCATION_LENGTH)
    }
    const detail = 'Sign in at login_url, then repeat the request.'
    return problemResponse({ status: 401, title: 'Not signed in', detail, login_url: location }, headers)
  }

  return {
    forbidden,
    anonymous(request, user, note) {
      const refused = REFUSED[user.reason]
      if (refused) return forbidden(request, refused)
      if (user.reason !== 'unavailable') return signIn(request, user, note)
      const detail = 'Your sign-in can’t be checked at the moment. Please try again in a few seconds.'
      return refusal(
        request,
        { status: 503, title: 'Temporarily unavailable', detail },
        { 'retry-after': RETRY_AFTER },
      )
    },
  }
}
