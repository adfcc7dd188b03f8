import {
  failure,
  isCookiePrefix,
  isWithinDomain,
  type Result,
  success,
} from '@latchkey/jwt-middleware/contract'
import { getPublicSuffix } from 'tldts'
import { redact } from '../validation/redact.ts'

/** A former COOKIE_PREFIX and COOKIE_DOMAIN, under which browsers may still have our cookies. */
export interface PreviousCookies {
  readonly prefix: string
  readonly domain: string
}

/** Settings that are known when PREVIOUS_COOKIES is read. */
interface Surroundings {
  /** Host of AUTH_URL; `''` if it is invalid. */
  readonly host: string
  readonly https: boolean
  readonly cookieDomain: string
}

const EXAMPLE = 'e.g. PREVIOUS_COOKIES=__Secure-jwt@example.com,org.example.jwt'

/** Reads PREVIOUS_COOKIES: `prefix@domain` or `prefix`, separated by commas; the domain defaults to COOKIE_DOMAIN. */
export function readPreviousCookies(
  value: string | undefined,
  surroundings: Surroundings,
): Result<readonly PreviousCookies[], string> {
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      const [prefix = '', domain = surroundings.cookieDomain, ...more] = entry.split('@')
      return { entry, prefix, domain, more }
    })
  for (const { entry, prefix, domain, more } of entries) {
    const problem = more.length > 0 ? 'has more than one @' : problemOf({ prefix, domain }, surroundings)
    if (problem) return failure(`PREVIOUS_COOKIES contains ${redact(entry)}, which ${problem}, ${EXAMPLE}`)
  }
  return success(entries.map(({ prefix, domain }) => ({ prefix, domain })))
}

/** Why this service never set such cookies, or cannot delete them. */
function problemOf(
  { prefix, domain }: PreviousCookies,
  { host, https, cookieDomain }: Surroundings,
): string | null {
  if (!isCookiePrefix(prefix)) {
    return 'does not start with a COOKIE_PREFIX. Use the previous one: 1 to 64 letters, digits and -._~, not __Host-'
  }
  if (!https && /^__secure-/i.test(prefix)) {
    return 'only https can clear. Leave it out, or use https'
  }
  if (host === '' || domain === cookieDomain) return null
  return !isWithinDomain(host, domain) || getPublicSuffix(domain, { allowPrivateDomains: true }) === domain
    ? `${host} can't set cookies for. Use the previous COOKIE_DOMAIN: ${host}, or a domain above it`
    : null
}
