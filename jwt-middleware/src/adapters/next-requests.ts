import type { NextRequest } from 'next/server.js'
import { isPrefetch } from '../http/prefetch.ts'
import type { AuthRequest } from '../http/request.ts'

/**
 * The address that the visitor asked for, from the proxy to the code behind it, since Next does not tell pages. Only the
 * return address after a sign-in depends on it: where the proxy did not run, a visitor can send any.
 */
export const TARGET_HEADER = 'x-latchkey-target'

const targetOf = (request: NextRequest): string => {
  const { pathname, search } = new URL(request.url)
  return pathname + search
}

/** A request in the proxy, or in a route handler behind it. */
export const handlerRequest = (request: NextRequest): AuthRequest => {
  const header = (name: string) => request.headers.get(name) ?? undefined
  return {
    method: request.method.toUpperCase(),
    target: header(TARGET_HEADER) ?? targetOf(request),
    header,
    get body() {
      return request.body
    },
    isReadOnly: isPrefetch({ header }),
  }
}

/** The same in the proxy, which is the first to see the request. */
export const proxyRequest = (request: NextRequest): AuthRequest =>
  // Not a copy, which would read the body.
  Object.assign(handlerRequest(request), { target: targetOf(request) })

/** What `headers()` returns. */
export type RequestHeaders = Pick<Headers, 'get' | 'has'>

/** Headers of requests that can change something: Next tells pages and actions no method. */
const OF_BODIES = ['next-action', 'content-type', 'content-length', 'transfer-encoding']

/** A request that a page or a server action answers, which can set no cookies while it is rendered. */
export const renderRequest = (headers: RequestHeaders): AuthRequest => ({
  method: OF_BODIES.some((name) => headers.has(name)) ? 'POST' : 'GET',
  target: headers.get(TARGET_HEADER) ?? '/',
  header: (name) => headers.get(name) ?? undefined,
  isReadOnly: true,
})

/** The sender learns where a sign-out leads from a header of any answer, rather than from a page. */
export const asHtmx = (request: AuthRequest): AuthRequest => ({
  ...request,
  header: (name) => (name === 'hx-request' ? 'true' : request.header(name)),
})

/** The page itself: a visitor comes back to it, also where the router fetched it, or where it sent an action. */
export const asPageView = (request: AuthRequest): AuthRequest => ({
  ...request,
  method: 'GET',
  header(name) {
    if (name === 'sec-fetch-mode') return 'navigate'
    return name === 'hx-request' || name === 'x-requested-with' ? undefined : request.header(name)
  },
})
