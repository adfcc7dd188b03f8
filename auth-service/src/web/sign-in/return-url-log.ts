import { isWithinDomain, loggableHost, type WarnLimited } from '@latchkey/jwt-middleware/contract'

/** The requirements of `next`. */
export interface ReturnUrlRules {
  readonly cookieDomain: string
  readonly https: boolean
}

type Cause =
  | 'several'
  | 'unreadable'
  | 'not_absolute'
  | 'user'
  | 'http'
  | 'outside'
  | 'characters'
  | 'too_long'

const NOTES: Readonly<Record<Cause, readonly [message: string, setting: string]>> = {
  http: [
    'refused a return address: it is http, and AUTH_URL is https',
    'OWN_URL of that app: set it to its https address',
  ],
  outside: [
    'refused a return address: its host is not at or under COOKIE_DOMAIN, and its origin is not registered for an app',
    'OWN_URL of that app, COOKIE_DOMAIN here, or the origins of the app at /admin/apps',
  ],
  not_absolute: [
    'refused a return address: it is not an absolute http(s) URL',
    'the link or LOGIN_URL that points here',
  ],
  user: ['refused a return address: it contains a user name', 'the link or LOGIN_URL that points here'],
  characters: [
    'refused a return address: it contains white space, backslashes or characters that are not ASCII',
    'the link that points here: percent-encode them',
  ],
  too_long: ['refused a return address: it is too long', 'the link that points here'],
  several: ['refused a return address: it was given twice', 'LOGIN_URL of the app: it must not contain next'],
  unreadable: ['refused a return address: it is not text', 'the program that sent it'],
}

/** Logs why a `next` was rejected, with its host only, since path and query may be private. */
export function logRefusedReturnUrl(warn: WarnLimited, given: unknown, rules: ReturnUrlRules): void {
  const cause = causeOf(given, rules)
  const [message, setting] = NOTES[cause]
  const host = typeof given === 'string' ? loggableHost(given) : undefined
  warn({ event: 'next_refused', cause, host, setting }, message)
}

function causeOf(given: unknown, { cookieDomain, https }: ReturnUrlRules): Cause {
  if (Array.isArray(given)) return 'several'
  if (typeof given !== 'string') return 'unreadable'
  const url = /^https?:\/\/[^/]/i.test(given) ? URL.parse(given) : null
  if (!url) return 'not_absolute'
  if (given.split(/[/?#]/, 3)[2]?.includes('@')) return 'user'
  if (https && url.protocol === 'http:' && isWithinDomain(url.hostname, cookieDomain)) return 'http'
  if (!/^[!-[\]-~]+$/.test(given)) return 'characters'
  return isWithinDomain(url.hostname, cookieDomain) ? 'too_long' : 'outside'
}
