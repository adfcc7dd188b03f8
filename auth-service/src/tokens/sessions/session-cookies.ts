import { cookieNames, isWithinDomain, readCookies, serializeCookie } from '@latchkey/jwt-middleware/contract'
import { type Config, configuredCookieNames } from '../../platform/config/config.ts'

/** A token and how long it will live, in seconds. */
export interface Minted {
  readonly token: string
  readonly ttl: number
}

/** The two cookies that carry a session through the family. */
export interface SessionCookies {
  /**
   * The `Set-Cookie` values that hand the tokens out; unless they are persistent (the default), they end
   * with the browser.
   * @throws LatchkeyError `cookie_too_large`
   */
  set(access: Minted, refresh: Minted, isPersistent?: boolean): string[]
  /**
   * The `Set-Cookie` values that delete both, and whatever else of ours a raw `Cookie` header shows: the refresh cookie
   * of the other REFRESH_COOKIE, and PREVIOUS_COOKIES.
   */
  clear(header?: string): string[]
  /** As clear, with every other Domain under which a host of the family can have set cookies of these names. */
  clearAll(header?: string): string[]
  /** As clear, less the two that are in use now: what would otherwise lie beside them. */
  clearLeftovers(header: string | undefined): string[]
  /** The access tokens in a raw `Cookie` header, each once; what they are worth is for the reader to say. */
  accessTokens(header: string | undefined): string[]
  /** The refresh tokens, likewise. */
  refreshTokens(header: string | undefined): string[]
  /** Both, under every name that they ever had. */
  everIssued(header: string | undefined): { readonly access: string[]; readonly refresh: string[] }
}

export function createSessionCookies(config: Config): SessionCookies {
  const names = configuredCookieNames(config)
  const shared = { domain: config.cookieDomain, secure: config.https }
  // A __Host- cookie has no Domain; kept to this service over http, it needs none either.
  const refreshScope = config.refreshCookie === 'auth' ? { secure: config.https } : shared
  const both = (access: Minted, refresh: Minted, isPersistent = true) => [
    serializeCookie(names.access, access.token, { ...shared, maxAge: isPersistent ? access.ttl : undefined }),
    serializeCookie(names.refresh, refresh.token, {
      ...refreshScope,
      maxAge: isPersistent ? refresh.ttl : undefined,
    }),
  ]
  const nothing: Minted = { token: '', ttl: 0 }
  const present = new Set(both(nothing, nothing))
  const variants = [
    ...variantsOf(config.https, config.cookiePrefix, config.cookieDomain),
    ...config.previousCookies.flatMap(({ prefix, domain }) => variantsOf(config.https, prefix, domain)),
  ]
  const remove = (name: string, domain: string | undefined) =>
    serializeCookie(name, '', { domain, secure: config.https, maxAge: 0 })
  // Headers stay small: browsers show the names of what they hold, though not the domains.
  const leftovers = (header = '') =>
    variants
      .filter(({ name }) => readCookies(header, name).length > 0)
      .map(({ name, domain }) => remove(name, domain))
      .filter((line) => !present.has(line))
  const namesOf = (kind: Variant['kind']) => [
    ...new Set(variants.filter((variant) => variant.kind === kind).map(({ name }) => name)),
  ]
  const everyName = { access: namesOf('access'), refresh: namesOf('refresh') }
  const domains = [undefined, ...domainsBetween(new URL(config.authUrl).hostname, config.cookieDomain)]
  const everywhere = (name: string) =>
    (name.startsWith('__Host-') ? [undefined] : domains).map((domain) => remove(name, domain))

  return {
    set: both,
    clear: (header) => [...new Set([...present, ...leftovers(header)])],
    clearAll: (header) => [
      ...new Set([...everywhere(names.access), ...everywhere(names.refresh), ...leftovers(header)]),
    ],
    clearLeftovers: (header) => [...new Set(leftovers(header))],
    accessTokens: (header) => valuesOf(header, names.access),
    refreshTokens: (header) => valuesOf(header, names.refresh),
    everIssued: (header) => ({
      access: everyName.access.flatMap((name) => valuesOf(header, name)),
      refresh: everyName.refresh.flatMap((name) => valuesOf(header, name)),
    }),
  }
}

/** One way in which a cookie of ours is, or was, known to browsers; without a domain, it is of our host alone. */
interface Variant {
  readonly kind: 'access' | 'refresh'
  readonly name: string
  readonly domain: string | undefined
}

/** What is issued under a prefix and a domain, whatever REFRESH_COOKIE says. */
function variantsOf(https: boolean, prefix: string | undefined, domain: string): Variant[] {
  const family = cookieNames({ https, prefix, refreshScope: 'family' })
  const auth = cookieNames({ https, prefix, refreshScope: 'auth' })
  return [
    { kind: 'access', name: family.access, domain },
    { kind: 'refresh', name: family.refresh, domain },
    { kind: 'refresh', name: auth.refresh, domain: undefined },
  ]
}

/** The host and the domains above it, up to that of the family. */
function domainsBetween(host: string, family: string): string[] {
  const above = host.slice(host.indexOf('.') + 1)
  return host === family || !isWithinDomain(above, family) ? [host] : [host, ...domainsBetween(above, family)]
}

const valuesOf = (header = '', name: string): string[] => [...new Set(readCookies(header, name))]
