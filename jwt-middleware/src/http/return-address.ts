import { isSafeMethod } from '../contract/same-origin.ts'
import { ownAddress } from '../contract/urls.ts'
import type { AuthRequest } from './request.ts'

/** Whether pages of this origin may read responses, and so learn where to sign in. */
export type IsReader = (origin: string | undefined) => boolean

/** The page to return to: this one, or the one that sent the form, the fragment or the request of a script. */
export function returnAddress(request: AuthRequest, ownOrigin: string, isReader: IsReader): string {
  const caller = request.header('origin')
  if (isReader(caller)) {
    // Browsers send other origins no path, unless the page's referrer policy says so.
    const page = URL.parse(request.header('referer') ?? '')
    return page && page.origin === caller
      ? ownAddress(page.origin, page.pathname + page.search)
      : `${caller}/`
  }
  const fragment = request.header('hx-request') === 'true'
  if (!fragment && isSafeMethod(request.method)) return ownAddress(ownOrigin, request.target)
  return ownPage(request.header(fragment ? 'hx-current-url' : 'referer'), ownOrigin)
}

/** This path, or this URL of the app's own; the start page for anything else, which may come from a stranger. */
export function ownPage(address: string | undefined, ownOrigin: string): string {
  // Query parsers return a list where a name comes twice, whatever the types say.
  if (typeof address !== 'string') return `${ownOrigin}/`
  if (address.startsWith('/')) return ownAddress(ownOrigin, address)
  const url = URL.parse(address)
  return url?.origin === ownOrigin
    ? ownAddress(ownOrigin, url.pathname + url.search + url.hash)
    : `${ownOrigin}/`
}
