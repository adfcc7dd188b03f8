import { isWithinDomain, readCookies, serializeCookie } from '@latchkey/jwt-middleware'
import { type Config, configuredCookieNames } from './config.ts'

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
  /** The `Set-Cookie` values that delete both. */
  clear(): string[]
  /** As clear, with every other Domain under which a host of the family can have set cookies of these names. */
  clearAll(): string[]
  /** The access tokens in a raw `Cookie` header, each once; what they are worth is for the reader to say. */
  accessTokens(header: string | undefined): string[]
  /** The refresh tokens, likewise. */
  refreshTokens(header: string | undefined): string[]
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
  const domains = [undefined, ...domainsBetween(new URL(config.authUrl).hostname, config.cookieDomain)]
  const everywhere = (name: string) =>
    (name.startsWith('__Host-') ? [undefined] : domains).map((domain) =>
      serializeCookie(name, '', { domain, secure: config.https, maxAge: 0 }),
    )

  return {
    set: both,
    clear: () => both(nothing, nothing),
    clearAll: () => [...everywhere(names.access), ...everywhere(names.refresh)],
    accessTokens: (header) => valuesOf(header, names.access),
    refreshTokens: (header) => valuesOf(header, names.refresh),
  }
}

/** The host and the domains above it, up to that of the family. */
function domainsBetween(host: string, family: string): string[] {
  const above = host.slice(host.indexOf('.') + 1)
  return host === family || !isWithinDomain(above, family) ? [host] : [host, ...domainsBetween(above, family)]
}

const valuesOf = (header = '', name: string): string[] => [...new Set(readCookies(header, name))]
