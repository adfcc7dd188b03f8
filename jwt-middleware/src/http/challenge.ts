import { problemResponse } from '../contract/problem.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { loginUrl, MAX_LOCATION_LENGTH, ownAddress } from '../contract/urls.ts'
import type { AnonymousReason, AnonymousUser } from '../users/user.ts'
import type { AuthRequest } from './request.ts'

export interface ChallengeOptions {
  readonly loginUrl: string
  readonly ownOrigin: string
}

/** Answers a request that may not pass: the one place where the login redirect is written. */
export interface Challenge {
  /**
   * Anonymous: to the login page and back, or 401 for what is no page; 403 or 503 where signing in won't help. The note
   * tells the login page of a token that was refused.
   */
  anonymous(request: AuthRequest, user: AnonymousUser, note?: string): Response
  /** Signed in, and still not allowed: 403, never a redirect. */
  forbidden(request: AuthRequest, detail?: string): Response
}

/** Seconds after which a client may ask again once the auth service was out of reach. */
const RETRY_AFTER = '5'

const REFUSED: Partial<Record<AnonymousReason, string>> = {
  not_registered: 'You are signed in, but not registered with this app. Ask its owner to let you in.',
  inactive: 'You are signed in, but your account is switched off in this app. Ask its owner.',
}

export function createChallenge({ loginUrl: base, ownOrigin }: ChallengeOptions): Challenge {
  // Where the login page is our own, no policy keeps a form from it.
  const leadsToSelf = URL.parse(base)?.origin === ownOrigin

  function forbidden(request: AuthRequest, detail = 'You are signed in, but this is not open to you.') {
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
    // htmx follows this header whatever the status.
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
      const detail = 'Your sign-in could not be checked just now. Nothing is lost: try again in a moment.'
      return refusal(
        request,
        { status: 503, title: 'Back in a moment', detail },
        { 'retry-after': RETRY_AFTER },
      )
    },
  }
}

/** What every answer carries that depends on a cookie (RFC 9111, section 5.2.2). */
export const PRIVATE = { 'cache-control': 'private, no-store', vary: 'Cookie' } as const

/** Whether a browser asked for a page (Fetch Metadata), rather than a script for data. */
function isNavigation({ method, header }: AuthRequest): boolean {
  if (header('hx-request') === 'true' || header('x-requested-with') === 'XMLHttpRequest') return false
  const mode = header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  return method !== 'OPTIONS' && prefersHtml(header('accept'))
}

const prefersHtml = (accept = ''): boolean => /\btext\/html\b/i.test(accept)

/** The page to come back to: this one, or the one a form or a fragment was sent from. */
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
 * A page that leads to the login page, instead of a redirect. Chromium applies `form-action` of a page's Content Security
 * Policy to the redirects after its forms as well, so that `form-action 'self'` would block them; and an address that
 * proxies may not take in a header stands in the body here.
 */
function leadOn({ method }: AuthRequest, location: string, headers: Record<string, string>): Response {
  const href = location.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const lost = isSafeMethod(method) ? '' : '<p>What you sent was not saved.</p>'
  return htmlResponse(401, 'Please sign in', `${lost}<p><a href="${href}">Sign in</a></p>`, headers, href)
}

/** A page without a style or a script: neither would get past the app's Content Security Policy. */
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
