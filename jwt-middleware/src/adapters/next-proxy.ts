import { type NextFetchEvent, type NextRequest, NextResponse } from 'next/server.js'
import { isNavigation, PRIVATE } from '../http/answer.ts'
import type { AuthRequest } from '../http/request.ts'
import { cookieName } from '../http/response-head.ts'
import type { User } from '../users/user.ts'
import { finishResponse } from './finish-response.ts'
import type { SharedAuth } from './next-registry.ts'
import { proxyRequest, TARGET_HEADER } from './next-requests.ts'

/** What Next calls for each request that the matcher of `proxy.ts` lets through. */
export type Proxy = (request: NextRequest, event?: NextFetchEvent) => Promise<Response>

/**
 * Continues a request in the proxy, for example with another library. The request has the cookies of a renewal: pass its
 * headers on, where you change them. Without a response, the page follows.
 */
export type ProxyHandler = (
  request: NextRequest,
  user: User,
  event: NextFetchEvent | undefined,
) => Response | undefined | Promise<Response | undefined>

/** The proxy itself, and one around a handler. */
export interface CreateProxy {
  (request: NextRequest, event?: NextFetchEvent): Promise<Response>
  (handler: ProxyHandler): Proxy
}

/** Authenticates each request, renews sessions, and hands new cookies to the page in the same pass. */
export function createProxy(shared: SharedAuth): CreateProxy {
  async function run(request: NextRequest, event?: NextFetchEvent, handler?: ProxyHandler) {
    const { core } = shared.open()
    const asked = proxyRequest(request)
    const preflight = core.cors?.preflight(asked)
    if (preflight) return preflight
    const { user, setCookies, refusal } = await core.authenticate(asked)
    const isGuarded = core.requiresLogin(asked)
    const owed = { setCookies, isGuarded, readable: core.cors?.headers(asked) ?? null }
    const answer = refusal ? forRouter(refusal, asked) : isGuarded ? core.guard(asked, user) : null
    if (answer) return finishResponse(answer, owed)

    request.headers.set(TARGET_HEADER, asked.target)
    replaceCookies(request, setCookies)
    const handled = await handler?.(request, user, event)
    const onward = NextResponse.next({ request: { headers: request.headers } })
    if (!handled) return finishResponse(onward, { ...owed, isPassedOn: true })
    return finishResponse(handOn(handled, onward), { ...owed, isPassedOn: isRouted(handled) })
  }

  return ((first: NextRequest | ProxyHandler, event?: NextFetchEvent) => {
    if (typeof first !== 'function') return run(first, event)
    return (request: NextRequest, own?: NextFetchEvent) => run(request, own, first)
  }) as CreateProxy
}

/**
 * Next's router fetches what a link or a guard leads to, also the addresses of a sign-in. It can't follow them to the
 * provider, which is another origin; given nothing, it opens the address itself.
 */
const forRouter = (answer: Response, request: AuthRequest): Response =>
  answer.status === 302 && !isNavigation(request)
    ? new Response(null, { status: 204, headers: PRIVATE })
    : answer

/** The page behind gets the cookies that the browser gets. Other cookies stay as they came. */
function replaceCookies({ headers, cookies }: NextRequest, setCookies: readonly string[]): void {
  if (setCookies.length === 0) return
  const pairs = setCookies.map((line) => line.split(';', 1)[0] as string)
  const fresh = pairs.filter((pair) => !pair.endsWith('='))
  const names = new Set(pairs.map(cookieName))
  const kept = (headers.get('cookie') ?? '').split(/; */).filter((pair) => !names.has(cookieName(pair)))
  // The parsed cookies are for a handler; setting them writes the header again, with other encodings.
  for (const name of names) cookies.delete(name)
  for (const pair of fresh) cookies.set(cookieName(pair), pair.slice(cookieName(pair).length + 1))
  headers.set('cookie', [...kept, ...fresh].filter((pair) => pair !== '').join('; '))
}

/** Whether Next goes on with a page, rather than with this response. */
const isRouted = ({ headers }: Response): boolean =>
  headers.has('x-middleware-next') || headers.has('x-middleware-rewrite')

const OVERRIDES = 'x-middleware-override-headers'

/** Where the handler itself passes no request headers on, the page gets ours. */
function handOn(handled: Response, onward: Response): Response {
  if (!isRouted(handled) || handled.headers.has(OVERRIDES)) return handled
  const headers = new Headers(handled.headers)
  for (const [name, value] of onward.headers) {
    if (name === OVERRIDES || name.startsWith('x-middleware-request-')) headers.set(name, value)
  }
  return new Response(handled.body, { status: handled.status, headers })
}
