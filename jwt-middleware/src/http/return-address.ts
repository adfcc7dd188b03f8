import { isSafeMethod } from '../contract/same-origin.ts'
import { ownAddress } from '../contract/urls.ts'
import type { AuthRequest } from './request.ts'

/** The page to return to: this one, or the one that sent the form or fragment. */
export function returnAddress(request: AuthRequest, ownOrigin: string): string {
  const fragment = request.header('hx-request') === 'true'
  if (!fragment && isSafeMethod(request.method)) return ownAddress(ownOrigin, request.target)
  return ownPage(request.header(fragment ? 'hx-current-url' : 'referer'), ownOrigin)
}

/** This path, or this URL of the app's own; the start page for anything else, which may come from a stranger. */
export function ownPage(address: string | undefined, ownOrigin: string): string {
  if (address?.startsWith('/')) return ownAddress(ownOrigin, address)
  const url = address === undefined ? null : URL.parse(address)
  return url?.origin === ownOrigin
    ? ownAddress(ownOrigin, url.pathname + url.search + url.hash)
    : `${ownOrigin}/`
}
