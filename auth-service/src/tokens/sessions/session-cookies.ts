import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { cookieNames, isWithinDomain, serializeCookie } from '@latchkey/jwt-middleware/contract'
import { type Cookies, createHostCookie, NO_COOKIES } from '../../platform/client/host-cookies.ts'
import { type Config, configuredCookieNames } from '../../platform/config/config.ts'

/** A token, or another secret, and its remaining lifetime in seconds. */
export interface Minted {
  readonly token: string
  readonly ttl: number
}

/** The two cookies of a session in the family. */
export interface SessionCookies {
  /**
   * The `Set-Cookie` values with the tokens, and with the secret of a new session; unless they are persistent (the
   * default), they end with the browser.
   * @throws LatchkeyError `cookie_too_large`
   */
  set(access: Minted, refresh: Minted, isPersistent?: boolean, secret?: Minted): string[]
  /**
   * The `Set-Cookie` values that delete both, and others of ours among these cookies: the refresh cookie of the other
   * REFRESH_COOKIE, and PREVIOUS_COOKIES.
   */
  clear(cookies?: Cookies): string[]
  /** Like clear, with every other Domain for which a host of the family can have set cookies of these names. */
  clearAll(cookies?: Cookies): string[]
  /** Like clear, without the two in use now: everything else that would lie beside them. */
  clearLeftovers(cookies: Cookies): string[]
  /** The access tokens, each once and unverified. */
  accessTokens(cookies: Cookies): string[]
  /** The refresh tokens, likewise. */
  refreshTokens(cookies: Cookies): string[]
  /** Both, under every former name. */
  everIssued(cookies: Cookies): { readonly access: string[]; readonly refresh: string[] }
}

export function createSessionCookies(config: Config): SessionCookies {
  const names = configuredCookieNames(config)
  const shared = { domain: config.cookieDomain, secure: config.https }
  // A __Host- cookie has no Domain; over http, a cookie of this service alone needs none either.
  const refreshScope = config.refreshCookie === 'auth' ? { secure: config.https } : shared
  const own = secretCookie(config).name

  function set(access: Minted, refresh: Minted, isPersistent = true, secret?: Minted): string[] {
    const all = [
      { ...access, name: names.access, attributes: shared },
      { ...refresh, name: names.refresh, attributes: refreshScope },
      // Apps never see this one, so it lasts as long as the session can.
      ...(secret ? [{ ...secret, name: own, attributes: { secure: config.https } }] : []),
    ]
    const lines: string[] = []
    for (const { name, token, ttl, attributes } of all)
      lines.push(serializeCookie(name, token, { ...attributes, maxAge: isPersistent ? ttl : undefined }))
    return lines
  }

  const nothing: Minted = { token: '', ttl: 0 }
  const present = new Set(set(nothing, nothing))
  const variants = [
    ...variantsOf(config.https, config.cookiePrefix, config.cookieDomain),
    ...config.previousCookies.flatMap(({ prefix, domain }) => variantsOf(config.https, prefix, domain)),
  ]
  const remove = (name: string, domain: string | undefined) =>
    serializeCookie(name, '', { domain, secure: config.https, maxAge: 0 })
  // Keeps headers small: browsers send the names of cookies, though not their domains.
  const leftovers = (cookies = NO_COOKIES) =>
    variants
      .filter(({ name }) => cookies.has(name))
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
    set,
    clear: (cookies) => [...new Set([...present, ...leftovers(cookies)])],
    clearAll: (cookies) => [
      ...new Set([...everywhere(names.access), ...everywhere(names.refresh), ...leftovers(cookies)]),
    ],
    clearLeftovers: (cookies) => [...new Set(leftovers(cookies))],
    accessTokens: (cookies) => valuesOf(cookies, names.access),
    refreshTokens: (cookies) => valuesOf(cookies, names.refresh),
    everIssued: (cookies) => ({
      access: everyName.access.flatMap((name) => valuesOf(cookies, name)),
      refresh: everyName.refresh.flatMap((name) => valuesOf(cookies, name)),
    }),
  }
}

/** One form in which browsers know or knew a cookie of ours; without a domain, it belongs to our host only. */
interface Variant {
  readonly kind: 'access' | 'refresh'
  readonly name: string
  readonly domain: string | undefined
}

/** The cookies of a prefix and a domain, for either REFRESH_COOKIE. */
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

const valuesOf = (cookies: Cookies, name: string): string[] => [...new Set(cookies.get(name))]

/**
 * The secret of a session, in a cookie of the auth service alone. Apps see the family's cookies, which without this one
 * open neither `/account` nor `/admin`.
 */
export interface SessionSecrets {
  /** A new secret, and its stored hash. */
  create(): { readonly secret: string; readonly hash: string }
  /** The `Set-Cookie` value that deletes it. */
  clear(): string
  /** Whether the cookies contain the secret with this hash. Up to four values are checked. */
  isIn(cookies: Cookies, hash: string | null): boolean
}

const secretCookie = ({ https }: { readonly https: boolean }) => createHostCookie('session', https)

const SECRET = /^[A-Za-z0-9_-]{43}$/

/** Creates and recognises secrets. Over http a sibling host can plant its own values, so each is compared. */
export function createSessionSecrets({ https }: { readonly https: boolean }): SessionSecrets {
  const cookie = secretCookie({ https })

  return {
    create() {
      const secret = randomBytes(32).toString('base64url')
      return { secret, hash: digest(secret).toString('base64url') }
    },
    clear: cookie.clear,
    isIn(cookies, hash) {
      if (hash === null) return false
      const stored = Buffer.from(hash, 'base64url')
      return cookie
        .values(cookies)
        .some((value) => SECRET.test(value) && timingSafeEqual(digest(value), stored))
    },
  }
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest()
