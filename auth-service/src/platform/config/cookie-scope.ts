import {
  failure,
  isCookiePrefix,
  isWithinDomain,
  type Result,
  success,
} from '@latchkey/jwt-middleware/contract'
import { getPublicSuffix } from 'tldts'
import { redact } from '../validation/redact.ts'

/** Reads COOKIE_PREFIX. */
export function readCookiePrefix(
  value: string | undefined,
  https: boolean,
): Result<string | undefined, string> {
  if (!value) return success(undefined)
  if (!isCookiePrefix(value)) {
    return failure(
      `COOKIE_PREFIX is ${redact(value)}. Use 1 to 64 letters, digits and -._~, but not __Host-, which can't be shared in a domain`,
    )
  }
  return !https && /^__secure-/i.test(value)
    ? failure(
        'COOKIE_PREFIX starts with __Secure-, which browsers reject over http. Choose another prefix, or use https',
      )
    : success(value)
}

/** Reads COOKIE_DOMAIN; `authUrl` is `''` if it is invalid. */
export function readCookieDomain(value: string | undefined, authUrl: string): Result<string, string> {
  const example = 'e.g. example.com for https://auth.example.com'
  if (!value)
    return failure(`COOKIE_DOMAIN is not set. Set it to the domain that covers all apps, ${example}`)
  const domain = hostname(value)
  if (domain !== value) {
    const meant = domain ?? hostname(value.replace(/^\./, ''))
    return failure(
      `COOKIE_DOMAIN is ${redact(value)}. Use a bare domain in lower case, without leading dot, scheme or port${meant ? `: ${meant}` : `, ${example}`}`,
    )
  }
  if (/^[\d.]+$|^\[/.test(domain)) {
    return failure(
      `COOKIE_DOMAIN is ${domain}: an IP address has no subdomains that could share cookies. Use a name, ${example}`,
    )
  }
  // Including private suffixes: under github.io every site has another owner.
  if (getPublicSuffix(domain, { allowPrivateDomains: true }) === domain) {
    return failure(
      `COOKIE_DOMAIN is ${domain}, a public suffix: browsers reject cookies for it. Use a domain under it, ` +
        (domain === 'localhost'
          ? 'e.g. demo.localhost for http://auth.demo.localhost'
          : `e.g. yours.${domain}`),
    )
  }
  const host = authUrl && new URL(authUrl).hostname
  return host && !isWithinDomain(host, domain)
    ? failure(
        `COOKIE_DOMAIN is ${domain}, but AUTH_URL's host ${host} is not at or under it. Set it to ${parent(host)}`,
      )
    : success(domain)
}

/** The host as URL parsers write it, or `null` if the text is not exactly a host. */
function hostname(text: string): string | null {
  if (!/^[^\s/?#@\\:.][^\s/?#@\\:]*$/.test(text) || !URL.canParse(`http://${text}`)) return null
  return new URL(`http://${text}`).hostname
}

/** The probable domain of the family: without the first label, unless only a public suffix is left. */
function parent(host: string): string {
  const above = host.slice(host.indexOf('.') + 1)
  return getPublicSuffix(above, { allowPrivateDomains: true }) === above ? host : above
}
