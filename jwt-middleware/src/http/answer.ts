import { problemResponse } from '../contract/problem.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { readApiToken, readBearer } from './bearer.ts'
import type { AuthRequest } from './request.ts'

/** The header of every response that depends on a cookie (RFC 9111, section 5.2.2). */
export const PRIVATE = { 'cache-control': 'private, no-store', vary: 'Cookie' } as const

/** Seconds after which a client may retry while the auth service is unavailable. */
export const RETRY_AFTER = '5'

/**
 * Whether a browser requested a page (Fetch Metadata), rather than a script data. A program with a token of its own
 * never does; where a proxy adds one to a browser's requests, Fetch Metadata tell.
 */
export function isNavigation({ method, header }: AuthRequest): boolean {
  const authorization = header('authorization')
  if (readApiToken(authorization).kind !== 'none') return false
  if (header('hx-request') === 'true' || header('x-requested-with') === 'XMLHttpRequest') return false
  const mode = header('sec-fetch-mode')
  if (mode !== undefined) return mode === 'navigate'
  if (readBearer(authorization) !== null) return false
  return method !== 'OPTIONS' && prefersHtml(header('accept'))
}

/**
 * Whether a browser sent a request, so that a token in it may be a proxy's. Browsers send Fetch Metadata over TLS, and
 * `Origin` with WebSockets and unsafe requests. Node's fetch sends the mode as well, but no site.
 */
export const isOfBrowser = ({ header }: AuthRequest): boolean =>
  header('sec-fetch-site') !== undefined || header('origin') !== undefined

const prefersHtml = (accept = ''): boolean => /\btext\/html\b/i.test(accept)

export interface Refusal {
  readonly status: number
  readonly title: string
  readonly detail: string
  /** For programs. */
  readonly [extension: string]: unknown
}

/** A refusal as a page for browsers, and as a problem for all others. */
export function refusal(
  request: AuthRequest,
  content: Refusal,
  headers: Record<string, string> = {},
): Response {
  if (!isNavigation(request)) return problemResponse({ ...content }, { ...PRIVATE, ...headers })
  const { status, title, detail } = content
  return htmlResponse(status, title, `<p>${detail}</p>`, headers)
}

/**
 * A page that leads to another host, instead of a redirect. Chromium applies a page's `form-action` policy also to
 * redirects after its forms, so `form-action 'self'` would block them; and a URL that is too long for a header fits in
 * the body.
 */
export function leadOn(
  { method }: AuthRequest,
  { title, link, lost }: { readonly title: string; readonly link: string; readonly lost?: string },
  location: string,
  headers: Record<string, string>,
): Response {
  const href = location.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  const loss = isSafeMethod(method) || lost === undefined ? '' : `<p>${lost}</p>`
  return htmlResponse(401, title, `${loss}<p><a href="${href}">${link}</a></p>`, headers, href)
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
