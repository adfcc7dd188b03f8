import { loggableHost, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type { Context } from 'hono'
import type { Service } from '../../service.ts'
import { PROBLEMS } from '../problems.ts'

/** Where a request has the reason why it was rejected, for the log; nothing if it was not. */
export const REFUSED = 'refused'

/** Records why a request is rejected, for the log: a constant. The last one counts. */
export function noteRefusal(c: Context, reason: string): void {
  c.set(REFUSED, reason)
}

/** Warns of a rejection that a setting may cause; the others appear only in their request's line. */
export function logRefusal(
  { config, warn }: Pick<Service, 'config' | 'warn'>,
  c: Context,
  reason: string,
): void {
  if (reason === 'cross_origin') foreignOrigin(warn, c, config.authUrl)
  if (reason === 'other_address') {
    warn(
      {
        event: 'request_refused',
        cause: reason,
        host: loggableHost(c.req.header('origin')),
        expected: config.authUrl,
        setting: PROBLEMS[reason].setting,
      },
      "refused a form: its page was open at an address other than AUTH_URL, where browsers don't keep its cookies",
    )
  }
  if (reason === 'no_cookie') {
    warn(
      {
        event: 'request_refused',
        cause: reason,
        host: hostOf(c),
        expected: config.authUrl,
        setting: PROBLEMS[reason].setting,
      },
      'refused a form: the browser sent no cookie; it blocks cookies, or opened the page at an address other than AUTH_URL',
    )
  }
  if (reason === 'tangled_cookies') {
    warn(
      { event: 'conflicting_cookies', cause: 'tangled', setting: 'COOKIE_DOMAIN, PREVIOUS_COOKIES' },
      'cleared several cookies of one name from a browser: a sibling host sets them, or the cookie domain was changed',
    )
  }
}

function foreignOrigin(warn: WarnLimited, c: Context, authUrl: string): void {
  const host = loggableHost(c.req.header('origin'))
  const isOwn = host === new URL(authUrl).hostname
  warn(
    {
      event: 'request_refused',
      cause: 'foreign_origin',
      host,
      expected: authUrl,
      setting: PROBLEMS.cross_origin.setting,
    },
    isOwn
      ? 'refused a request from a page of this host: its scheme or port is not that of AUTH_URL'
      : 'refused a request from a page of another origin: only pages at AUTH_URL may send it',
  )
}

/** Warns if the page of this request is open at another URL than AUTH_URL, for which cookies and forms are made. */
export function logAddress({ config, warn }: Pick<Service, 'config' | 'warn'>, c: Context): void {
  if (config.https || !isOpenedOverHttps(c, config.authUrl)) return
  warn(
    {
      event: 'settings_differ',
      cause: 'auth_url_scheme',
      host: hostOf(c),
      expected: config.authUrl,
      setting: 'AUTH_URL',
    },
    'this service is opened over https, but AUTH_URL is http: set AUTH_URL to the https address',
  )
}

/**
 * Whether the browser sees an https URL, as far as it or a proxy says: browsers send Fetch Metadata only to trustworthy
 * origins, and http is one only on localhost. For hints, never for decisions.
 */
export function isOpenedOverHttps(c: Context, authUrl: string): boolean {
  const { hostname } = new URL(authUrl)
  const isLocal = /(^|\.)localhost$|^127\.|^\[::1\]$/.test(hostname)
  if (c.req.header('x-forwarded-proto')?.split(',', 1)[0]?.trim() === 'https') return true
  return !isLocal && c.req.header('sec-fetch-site') !== undefined
}

const hostOf = (c: Context): string => loggableHost(c.req.header('x-forwarded-host') ?? c.req.header('host'))
