/** Replaces an IP address in the log, which may be personal data. */
export const SOME_ADDRESS = '(an IP address)'
/** Replaces text without a host in the log. */
export const NO_HOST = '(unreadable)'

/** As URL parsers write them. */
const ADDRESS = /^\[|^\d{1,3}(\.\d{1,3}){3}$/

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/

/**
 * The host of a URL, an `Origin` or a `Host` header, safe to log: without path, query, user and IP address, except for
 * this machine's own.
 */
export function loggableHost(text: string | undefined): string {
  if (text === undefined || text.length > 10_000) return NO_HOST
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  const hostname = url?.hostname ?? ''
  if (hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)) return hostname
  if (ADDRESS.test(hostname)) return SOME_ADDRESS
  return hostname.length <= 253 && HOST.test(hostname) ? hostname : NO_HOST
}
