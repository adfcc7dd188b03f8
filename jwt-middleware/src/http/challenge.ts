import { problemResponse } from '../contract/problem.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { loginUrl, MAX_LOCATION_LENGTH, ownAddress } from '../contract/urls.ts'
import type { AnonymousReason, AnonymousUser } from '../users/user.ts'
import type { AuthRequest } from './request.ts'

export interface ChallengeOptions {
  readonly loginUrl: string
  readonly ownOrigin: string
}

/** Answers a rejected request: the only place with the login redirect. */
export interface Challenge {
  /**
   * Anonymous: redirects a page to the login page and back, and answers others with 401; 403 or 503 if signing in would
   * not help. The note tells the login page about a rejected token.
   */
  anonymous(request: AuthRequest, user: AnonymousUser, note?: string): Response
  /** Signed in, but not allowed: 403, never a redirect. */
  forbidden(request: AuthRequest, detail?: string): Response
}

/** Seconds after which a client may retry while the auth service is unavailable. */
const RETRY_AFTER = '5'

const REFUSED: Partial<Record<AnonymousReason, string>> = {
  not_registered:
    'You are signed in, but this app does not know your account. Ask the administrator of the app for access.',
  inactive: 'You are signed in, but your account is disabled in this app. Ask the administrator of the app.',
}

export function createChallenge({ loginUrl: base, ownOrigin }: ChallengeOptions): Challenge {
  // If the login page has our own origin, no policy blocks the form.
  const leadsToSelf = URL.parse(base)?.origin === ownOrigin

  function forbidden(
    request: AuthRequest,
    detail = 'You are signed in, but you don’t have permission to open this page.',
  ) {
    return refusal(request, { status: 403, title: 'Not allowed', detail })
  }

  function signIn(request: AuthRequest, user: AnonymousUser, note: string | undefined): Response {
    const next = returnAddress(request, ownOrigin)
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
    if (isNavigation(request)) return leadOn(request, location, headers)
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

/** The header of every response that depends on a cookie (RFC 9111, section 5.2.2). */
export const PRIVATE = { 'cache-control': 'private, no-store', vary: 'Cookie' } as const

/** Whether a browser requested a page (Fetch Metadata), rather than a script data. */
function isNavigation({ method, header }: AuthRequest): boolean {
  if (header('hx-request') === 'true' || header('x-requested-with') === 'XMLHttpRequest') return false
  const mode = header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return method !== 'OPTIONS' && prefersHtml(header('accept'))
}

const prefersHtml = (accept = ''): boolean => /\btext\/html\b/i.test(accept)

/** The page to return to: this one, or the one that sent the form or fragment. */
function returnAddress(request: AuthRequest, ownOrigin: string): string {
  const fragment = request.header('hx-request') === 'true'
  if (!fragment && isSafeMethod(request.method)) return ownAddress(ownOrigin, request.target)
  const from = request.header(fragment ? 'hx-current-url' : 'referer')
  const url = from !== undefined && URL.canParse(from) ? new URL(from) : null
  return url?.origin === ownOrigin
    ? ownAddress(ownOrigin, url.pathname + url.search + url.hash)
    : `${ownOrigin}/`
}

type Refusal = {
  readonly status: number
  readonly title: string
  readonly detail: string
}

function refusal(request: AuthRequest, content: Refusal, headers: Record<string, string> = {}): Response {
  if (!isNavigation(request)) return problemResponse(content, { ...PRIVATE, ...headers })
  const { status, title, detail } = content
  return htmlResponse(status, title, `<p>${detail}</p>`, headers)
}

/**
 * A page that leads to the login page, instead of a redirect. Chromium applies a page's `form-action` policy also to
 * redirects after its forms, so `form-action 'self'` would block them; and a URL that is too long for a header fits in
 * the body.
 */
function leadOn({ method }: AuthRequest, location: string, headers: Record<string, string>): Response {
  const href = location.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const lost = isSafeMethod(method) ? '' : '<p>Your input was not saved.</p>'
  return htmlResponse(401, 'Please sign in', `${lost}<p><a href="${href}">Sign in</a></p>`, headers, href)
}

/** A page without styles and scripts, which the app's Content Security Policy would block. */
function htmlResponse(
  status: number,
  title: string,
  content: string,
  headers: Record<string, string>,
  refresh?: string,
): Response {
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>` +
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">' +
    (refresh === undefined ? '' : `<meta http-equiv="refresh" content="0; url=${refresh}">`) +
    `</head><body><main><h1>${title}</h1>${content}</main></body></html>`
  return new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', ...PRIVATE, ...headers },
  })
}
