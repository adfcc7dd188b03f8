import { LatchkeyError } from './errors.ts'

/** The scope of the refresh cookie: the whole family, or only the auth service. */
export type RefreshCookieScope = 'family' | 'auth'

/** The names of the two cookies. */
export interface CookieNames {
  readonly access: string
  readonly refresh: string
}

/** The settings that determine their names. */
export interface CookieNaming {
  /** Whether the auth service uses https. */
  readonly https: boolean
  /** Default: `__Secure-jwt` over https, `jwt` over http (where browsers reject the prefix). */
  readonly prefix?: string | undefined
  /** Default: `family`. */
  readonly refreshScope?: RefreshCookieScope | undefined
}

/** Browsers drop a cookie whose name and value together exceed this many bytes (RFC 6265bis, section 5.7). */
export const MAX_COOKIE_LENGTH = 4095

/** More cookies of one name than this are no accident; all are rejected. */
export const MAX_SAME_NAME = 4

const PREFIX = /^[!#$%&'*+\-.0-9A-Z^_`a-z|~]{1,64}$/

/** Whether the text is valid in a cookie's name (RFC 6265bis, section 4.1.1) that is shared with a domain. */
export const isCookiePrefix = (text: string): boolean => PREFIX.test(text) && !/^__host-/i.test(text)

/**
 * The names of the two cookies. A refresh cookie of the auth service alone is `__Host-`, which no sibling host can
 * forge.
 */
export function cookieNames({ https, prefix, refreshScope = 'family' }: CookieNaming): CookieNames {
  const base = prefix ?? (https ? '__Secure-jwt' : 'jwt')
  const refresh =
    refreshScope === 'auth' && https ? `__Host-${base.replace(/^__secure-/i, '')}.refresh` : `${base}.refresh`
  return { access: `${base}.access`, refresh }
}

/**
 * Whether the cookies of a domain are for this host, which is the domain or under it (RFC 6265bis, section 5.1.3). Both
 * in lower case, as URL parsers return them.
 */
export const isWithinDomain = (host: string, domain: string): boolean =>
  host === domain || host.endsWith(`.${domain}`)

/** A cookie's attributes. */
export interface CookieAttributes {
  /** Shares it with this domain and all under it; without it, the cookie stays with the host that set it. */
  readonly domain?: string | undefined
  readonly secure: boolean
  /** Lifetime in seconds; 0 deletes the cookie; without it, the cookie ends with the browser. */
  readonly maxAge?: number | undefined
}

/**
 * One `Set-Cookie` value, HttpOnly and SameSite=Lax (RFC 6265bis, section 4.1).
 * @throws LatchkeyError `cookie_too_large` when browsers would silently drop it
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes): string {
  const { length } = new TextEncoder().encode(name + value)
  if (length > MAX_COOKIE_LENGTH) {
    throw new LatchkeyError(
      'cookie_too_large',
      `The cookie ${name} would be ${length} bytes; browsers drop what exceeds ${MAX_COOKIE_LENGTH}. ` +
        'Use shorter group names, or remove this user from some groups.',
    )
  }
  const { domain, secure, maxAge } = attributes
  return [
    `${name}=${value}`,
    domain === undefined ? '' : `Domain=${domain}`,
    'Path=/',
    maxAge === undefined ? '' : `Max-Age=${maxAge}`,
    'HttpOnly',
    secure ? 'Secure' : '',
    'SameSite=Lax',
  ]
    .filter((part) => part !== '')
    .join('; ')
}

/**
 * Every value of one name in a raw `Cookie` header, in order. A parser that keeps only one would let a sibling host
 * decide which.
 */
export function readCookies(header: string, name: string): string[] {
  const values: string[] = []
  for (let at = findCookie(header, name, 0); at !== -1; at = findCookie(header, name, at)) {
    const end = header.indexOf(';', at)
    values.push(header.slice(at, end === -1 ? undefined : end).trimEnd())
  }
  return values
}

/** Index of the value of the next cookie of that name at or after `from`, or -1. */
function findCookie(header: string, name: string, from: number): number {
  for (let at = header.indexOf(name, from); at !== -1; at = header.indexOf(name, at + 1)) {
    const value = at + name.length + 1
    if (header.charCodeAt(value - 1) === 61 /* = */ && startsPair(header, at)) return value
  }
  return -1
}

function startsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (header.charCodeAt(before) === 32 || header.charCodeAt(before) === 9)) before--
  return before < 0 || header.charCodeAt(before) === 59 /* ; */
}

/** The cookies of a request: all values of each name, in order, since a sibling host can set others of that name. */
export type Cookies = ReadonlyMap<string, readonly string[]>

export const NO_COOKIES: Cookies = new Map()

/** All cookies of a raw `Cookie` header, as {@link readCookies} reads one name. */
export function parseCookies(header: string | undefined): Cookies {
  if (!header) return NO_COOKIES
  const cookies = new Map<string, string[]>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    if (at === -1) continue
    const name = pair.slice(0, at).replace(/^[ \t]+/, '')
    const value = pair.slice(at + 1).trimEnd()
    const values = cookies.get(name)
    if (values) values.push(value)
    else cookies.set(name, [value])
  }
  return cookies
}
