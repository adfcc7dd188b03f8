import { isWithinDomain } from './cookies.ts'
import { failure, type Result, success } from './result.ts'

/** Longest accepted `next`, in bytes. */
export const MAX_NEXT_LENGTH = 8192

/**
 * Longest login URL, in bytes. nginx and Apache accept request lines of 8 KB by default, including method and protocol.
 */
export const MAX_LOGIN_URL_LENGTH = 8000

/**
 * Longest URL in a header, in bytes. nginx reads the head of a response into 4 KB by default, including cookies, and
 * returns 502 for longer ones. Longer URLs go into the body.
 */
export const MAX_LOCATION_LENGTH = 2048

/** The `notice` that the query of `next` was omitted because it was too long. */
export const SHORTENED = 'address_shortened'

/** The allowed targets after sign-in. */
export interface NextPolicy {
  /** The family: this host and all under it. */
  readonly cookieDomain: string
  /** Rejects http targets; set if the auth service uses https. */
  readonly httpsOnly: boolean
  /** Further origins, registered by the operator. Default: none. */
  readonly origins?: readonly string[] | undefined
}

// Printable ASCII without white space and backslash, which parsers read differently.
const PLAIN = /^[!-[\]-~]+$/

/**
 * The absolute URL to return to, or `null` if the value is foreign (OWASP: unvalidated redirects). Only the parsed href
 * may be sent, never the input.
 */
export function safeNext(next: unknown, policy: NextPolicy): string | null {
  if (typeof next !== 'string' || next.length > MAX_NEXT_LENGTH || !PLAIN.test(next)) return null
  if (!/^https?:\/\/[^/]/i.test(next) || !URL.canParse(next)) return null
  const url = new URL(next)
  if (url.username !== '' || url.password !== '' || next.split(/[/?#]/, 3)[2]?.includes('@')) return null
  if (policy.httpsOnly && url.protocol !== 'https:') return null
  const known = isWithinDomain(url.hostname, policy.cookieDomain) || policy.origins?.includes(url.origin)
  return known && url.href.length <= MAX_NEXT_LENGTH ? url.href : null
}

/**
 * `LOGIN_URL` with its own parameters, and `next` set to the page to return to; `refused` is the note about a rejected
 * token. If the result exceeds `longest` bytes, `next` loses its query, and a notice tells the login page.
 */
export function loginUrl(
  base: string,
  next: string,
  refused?: string,
  longest = MAX_LOGIN_URL_LENGTH,
): string {
  const lead = (to: string, isShortened: boolean): string => {
    const url = new URL(base)
    url.searchParams.set('next', to)
    if (isShortened) url.searchParams.append('notice', SHORTENED)
    if (refused) url.searchParams.set('refused', refused)
    return url.href
  }
  const whole = lead(next, false)
  if (whole.length <= longest) return whole
  const { origin, pathname } = new URL(next)
  const shortened = lead(origin + pathname, true)
  return shortened.length <= longest ? shortened : lead(`${origin}/`, true)
}

/**
 * The app's own URL for a request target (origin-form, or absolute-form from a proxy; RFC 9112, section 3.2). The host
 * comes from the settings, since the sender controls the `Host` header.
 */
export function ownAddress(ownOrigin: string, target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const address = `${ownOrigin}${path.startsWith('/') ? '' : '/'}${path}`
  if (!URL.canParse(address)) return `${ownOrigin}/`
  const { href, origin } = new URL(address)
  // URL parsers keep a backslash in the query, which `safeNext` rejects.
  return origin === ownOrigin ? href.replaceAll('\\', '%5C') : `${ownOrigin}/`
}

/** Reads a setting that must be an http(s) origin, e.g. `https://app1.example.com`. */
export function readOrigin(
  name: string,
  value: string | undefined,
  example = 'https://app1.example.com',
): Result<string, string> {
  if (!value) return failure(`${name} is not set. Set it to the public origin, for example ${example}`)
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    return failure(`${name} is not an http(s) URL. Include the scheme, for example ${example}`)
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    return failure(`${name} must be an origin without path or query: ${url.origin}`)
  }
  return success(url.origin)
}
