const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Safe methods (RFC 9110, section 9.2.1). */
export const isSafeMethod = (method: string): boolean => SAFE_METHODS.has(method)

/**
 * Whether a page of another origin must not send this request with a user's cookies: requests that change something,
 * and WebSocket upgrades, which browsers allow to any page (RFC 6455, section 10.2).
 */
export const needsSameOrigin = (method: string, isUpgrade: boolean): boolean =>
  isUpgrade || !isSafeMethod(method)

/** Reads one request header by its lower-case name; `undefined` if it was not sent. */
export type HeaderReader = (name: string) => string | undefined

/**
 * Whether the request is from a page of the same origin, or not from a browser. SameSite cookies do not show that:
 * every sibling subdomain is the same site.
 */
export function isSameOrigin(header: HeaderReader, origins: readonly string[]): boolean {
  const site = header('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return true
  const origin = header('origin')
  if (origin !== undefined) return origins.includes(origin)
  return site === undefined
}
