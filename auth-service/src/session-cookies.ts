import { MAX_SAME_NAME, readCookies, serializeCookie } from '@latchkey/jwt-middleware'
import { type Config, configuredCookieNames } from './config.ts'

/** A token and how long it will live, in seconds. */
export interface Minted {
  readonly token: string
  readonly ttl: number
}

/** The two cookies that carry a session through the family. */
export interface SessionCookies {
  /**
   * The `Set-Cookie` values that hand the tokens out.
   * @throws LatchkeyError `cookie_too_large`
   */
  set(access: Minted, refresh: Minted): string[]
  /** The `Set-Cookie` values that delete both. */
  clear(): string[]
  /** The access tokens in a raw `Cookie` header, each once; none where more came than anybody believes. */
  accessTokens(header: string | undefined): string[]
  /** The refresh tokens, likewise. */
  refreshTokens(header: string | undefined): string[]
}

export function createSessionCookies(config: Config): SessionCookies {
  const names = configuredCookieNames(config)
  const shared = { domain: config.cookieDomain, secure: config.https }
  // A __Host- cookie has no Domain; kept to this service over http, it needs none either.
  const refreshScope = config.refreshCookie === 'auth' ? { secure: config.https } : shared
  const both = (access: Minted, refresh: Minted) => [
    serializeCookie(names.access, access.token, { ...shared, maxAge: access.ttl }),
    serializeCookie(names.refresh, refresh.token, { ...refreshScope, maxAge: refresh.ttl }),
  ]
  const nothing: Minted = { token: '', ttl: 0 }

  return {
    set: both,
    clear: () => both(nothing, nothing),
    accessTokens: (header) => believable(header, names.access),
    refreshTokens: (header) => believable(header, names.refresh),
  }
}

function believable(header: string | undefined, name: string): string[] {
  const values = readCookies(header ?? '', name)
  return values.length > MAX_SAME_NAME ? [] : [...new Set(values)]
}
