import { isWithinDomain, loggableHost } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Service } from '../../service.ts'
import { logAddress } from './refusal-log.ts'

/** Added to a URL that a browser was redirected to once, so that no proxy can cause a loop. */
const MARK = 'moved'
/**
 * Cookie of a browser that was redirected to AUTH_URL (`sent`), and returned from there (`back`). It is stored under
 * the host that the browser uses, so that it returns only if a proxy replaces the host.
 */
const COOKIE = 'moved'

/**
 * Redirects pages opened under another name (an IP address, `localhost`, a trailing dot, http instead of https) to
 * AUTH_URL, the only one where browsers store our cookies. If a browser returns under another name, a proxy replaces
 * its host, and this browser is served from then on, but no other: strangers can send any name. Names are only
 * compared, never used in URLs; programs are served under any. For GET and HEAD: a form is sent to where its page is.
 */
export function redirectToAuthUrl({ config, warn }: Pick<Service, 'config' | 'warn'>): MiddlewareHandler {
  const { hostname } = new URL(config.authUrl)

  const remember = (c: Context, what: 'sent' | 'back') =>
    setCookie(c, COOKIE, what, { path: '/', httpOnly: true, sameSite: 'Lax' })

  function report(c: Context, cause: string, message: string): void {
    const host = loggableHost(c.req.header('host'))
    warn({ event: 'opened_elsewhere', cause, host, expected: config.authUrl, setting: 'AUTH_URL' }, message)
  }

  /** The other name that a page is opened under, or `null`. */
  function otherName(c: Context): string | null {
    const names = namesOf(c)
    if (names.length === 0) return null
    if (!names.includes(hostname)) return names[0] as string
    const scheme = c.req.header('x-forwarded-proto')?.split(',', 1)[0]?.trim().toLowerCase()
    return config.https && scheme === 'http' ? `http://${hostname}` : null
  }

  return async (c, next) => {
    if (!isNavigation(c)) return next()
    logAddress({ config, warn }, c)
    const name = otherName(c)
    if (name === null) return next()
    const known = getCookie(c, COOKIE)
    if (known === 'back') return next()
    const { pathname, search, searchParams } = new URL(c.req.url)
    if (searchParams.has(MARK)) {
      // Served in any case: a browser without cookies must not end up in a loop either.
      if (known === 'sent') {
        remember(c, 'back')
        report(
          c,
          'rewritten_host',
          'a proxy changes Host or X-Forwarded-Proto: let it pass on what the browser sent',
        )
      }
      return next()
    }
    report(c, 'other_name', 'a page was opened at a host other than that of AUTH_URL, and redirected there')
    c.header('cache-control', 'no-store')
    remember(c, 'sent')
    return c.redirect(`${config.authUrl}${pathname}${search}${search === '' ? '?' : '&'}${MARK}=1`, 302)
  }
}

/** Whether a browser opens what is requested. */
function isNavigation(c: Context): boolean {
  const mode = c.req.header('sec-fetch-mode')
  return mode === undefined ? /\btext\/html\b/i.test(c.req.header('accept') ?? '') : mode === 'navigate'
}

/** The hosts that a request is for: its own, and that of a proxy that replaces it. */
function namesOf(c: Context): string[] {
  const said = `${c.req.header('host') ?? ''},${c.req.header('x-forwarded-host') ?? ''}`.split(',')
  return said.map((one) => URL.parse(`http://${one.trim()}`)?.hostname ?? '').filter((one) => one !== '')
}

/**
 * Whether a form was sent from a page of ours under a name where browsers store none of our cookies. The browser
 * reports it in `Origin`, which no proxy changes.
 */
export function isOfOtherAddress(
  c: Context,
  { authUrl, cookieDomain }: Pick<Service['config'], 'authUrl' | 'cookieDomain'>,
): boolean {
  const origin = URL.parse(c.req.header('origin') ?? '')
  if (!origin) return false
  // Over http, except on localhost, browsers send no Fetch Metadata.
  const site = c.req.header('sec-fetch-site')
  const isOurs = site === 'same-origin' || (site === undefined && origin.host === c.req.header('host'))
  const isKept = isWithinDomain(origin.hostname, cookieDomain)
  return isOurs && (!isKept || (authUrl.startsWith('https:') && origin.protocol === 'http:'))
}

const rightAddresses = new WeakMap<Context, string>()

/** Records where the page of a rejected form is at AUTH_URL, for the error page. */
export function noteRightAddress(c: Context, authUrl: string): void {
  const page = URL.parse(c.req.header('referer') ?? '')
  const isSame = page !== null && page.origin === c.req.header('origin')
  rightAddresses.set(c, isSame ? authUrl + page.pathname + page.search : `${authUrl}/`)
}

/** See {@link noteRightAddress}; `null` for every other request. */
export const rightAddressOf = (c: Context): string | null => rightAddresses.get(c) ?? null
