import { isIP } from 'node:net'

/** What stands in the log for an IP address, which may be a person's. */
export const SOME_ADDRESS = '(an IP address)'
/** What stands in the log for text that names no host. */
export const NO_HOST = '(unreadable)'

const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/

/**
 * The host of a URL, an `Origin` or a `Host` header, fit for a log: no path, no query, no user, no IP address but this
 * machine's own, and nothing that is no host.
 */
export function loggableHost(text: string | undefined): string {
  if (text === undefined || text.length > 10_000) return NO_HOST
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  const hostname = url?.hostname ?? ''
  if (hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)) return hostname
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return SOME_ADDRESS
  return hostname.length <= 253 && HOST.test(hostname) ? hostname : NO_HOST
}
