import { failure, type Result, success } from './result.ts'

/** Longest `next` that is accepted, in bytes. */
export const MAX_NEXT_LENGTH = 8192

/**
 * Longest address of the login page, in bytes. nginx and Apache take request lines of 8 KB by default, the method and the
 * protocol included.
 */
export const MAX_LOGIN_URL_LENGTH = 8000

/**
 * Longest address that goes into a header, in bytes. nginx reads the head of an answer into 4 KB by default, cookies
 * included, and answers 502 where it does not fit. Longer addresses go into the body.
 */
export const MAX_LOCATION_LENGTH = 2048

/** The `notice` that tells the login page that the query of `next` was left out, since it was too long. */
export const SHORTENED = 'address_shortened'

/** Where a person may be sent after signing in. */
export interface NextPolicy {
  /** The family: this host and all below it. */
  readonly cookieDomain: string
  /** Refuse http targets; on wherever the auth service is reached over https. */
  readonly httpsOnly: boolean
  /** Further origins, registered by the operator. Default: none. */
  readonly origins?: readonly string[] | undefined
}

/** Whether the host is the domain or below it; both lower-case, as URL parsers give them. */
export const isWithinDomain = (host: string, domain: string): boolean =>
  host === domain || host.endsWith(`.${domain}`)

// Printable ASCII without white space and backslash: what parsers read differently never reaches one.
const PLAIN = /^[!-[\]-~]+$/

/**
 * The absolute URL to send a person back to, or `null` where the value is not one of ours (OWASP: unvalidated
 * redirects). The parsed href is what may be sent, never the input.
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
 * `LOGIN_URL` with its own parameters kept and `next` set to the page to come back to; `refused` is the note on a token
 * that the app refused. Where that is more than `longest` bytes, `next` loses its query, and the login page says so.
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
 * The app's own address of a request target (origin-form, or absolute-form from a proxy; RFC 9112, section 3.2).
 * The host comes from the configuration alone: a `Host` header is the sender's claim.
 */
export function ownAddress(ownOrigin: string, target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const address = `${ownOrigin}${path.startsWith('/') ? '' : '/'}${path}`
  if (!URL.canParse(address)) return `${ownOrigin}/`
  const { href, origin } = new URL(address)
  // URL parsers leave a backslash in the query as it is, and `safeNext` takes none.
  return origin === ownOrigin ? href.replaceAll('\\', '%5C') : `${ownOrigin}/`
}

/** Reads a setting that must be an http(s) origin, e.g. `https://app1.example.com`. */
export function readOrigin(
  name: string,
  value: string | undefined,
  example = 'https://app1.example.com',
): Result<string, string> {
  if (!value) return failure(`${name} is not set. Set it to the public origin, e.g. ${example}`)
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    return failure(`${name} is not an http(s) URL. Give it with its scheme, e.g. ${example}`)
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    return failure(`${name} must be an origin alone, without path or query: ${url.origin}`)
  }
  return success(url.origin)
}
