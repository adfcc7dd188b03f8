import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Auth } from '../auth.ts'
import { type AuthRequest, rawHeaderReader } from '../http/request.ts'
import { completeHead, markGuarded } from '../http/response-head.ts'
import type { User } from '../users/user.ts'

/** The part of a node request that authentication needs. Frameworks may override method and target. */
export const nodeRequest = (
  req: IncomingMessage,
  method = req.method ?? 'GET',
  target = req.url ?? '/',
): AuthRequest => ({
  method,
  target,
  header: rawHeaderReader(req.rawHeaders),
  // Read only where the auth service is asked.
  get remoteAddress() {
    return req.socket?.remoteAddress
  },
})

/** The request of node's own server. Frameworks that mount handlers under a path keep the whole target in `originalUrl`. */
export const wholeRequest = (req: IncomingMessage & { readonly originalUrl?: string }) =>
  nodeRequest(req, req.method, req.originalUrl ?? req.url)

/** Sends one of our responses. Keeps the `Vary` of what ran before, such as a library for CORS. */
export async function sendResponse(answer: Response, res: ServerResponse): Promise<void> {
  const earlier = res.getHeader('vary')
  res.statusCode = answer.status
  res.setHeaders(answer.headers)
  if (earlier !== undefined) res.setHeader('vary', union(answer.headers.get('vary') ?? '', String(earlier)))
  res.end(await answer.text())
}

/** Both lists of names, each name once. */
function union(...lists: readonly string[]): string {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim())
  const byLowerCase = new Map(names.filter((name) => name !== '').map((name) => [name.toLowerCase(), name]))
  return [...byLowerCase.values()].join(', ')
}

/** How a framework on node takes part in authentication. */
export interface Exchange {
  readonly core: Auth
  readonly res: ServerResponse
  readonly request: AuthRequest
  /** Stores the user where handlers find it. */
  readonly setUser: (user: User) => void
  /** Completes the head when it is written; {@link completeHead} by default. */
  readonly prepareHead?: (res: ServerResponse, setCookies?: readonly string[]) => void
}

/**
 * Authenticates a request, and completes the head of its response. Returns the response to send instead of the
 * handler's, or `null`. Without a promise if the user is cached.
 */
export function enter(
  exchange: Exchange,
  rawHeaders: readonly string[],
): Response | null | Promise<Response | null> {
  const { core, res, request, setUser, prepareHead = completeHead } = exchange
  if (core.cors !== null) {
    const preflight = core.cors.preflight(request)
    if (preflight) return preflight
    allowReading(core.cors.headers(request), res)
  }
  const user = core.recall(request.method, rawHeaders)
  if (user === null) return authenticate(exchange)
  setUser(user)
  prepareHead(res)
  if (core.requiresLogin(request)) markGuarded(res)
  return null
}

async function authenticate(exchange: Exchange): Promise<Response | null> {
  const { core, res, request, setUser, prepareHead = completeHead } = exchange
  const { user, setCookies, refusal } = await core.authenticate(request)
  setUser(user)
  prepareHead(res, setCookies)
  const isGuarded = core.requiresLogin(request)
  if (isGuarded) markGuarded(res)
  return refusal ?? (isGuarded ? core.guard(request, user) : null)
}

/** Lets the sender read the response, unless a library decided that before. */
function allowReading(headers: Readonly<Record<string, string>>, res: ServerResponse): void {
  const vary = res.getHeader('vary')
  if (!/\borigin\b/i.test(String(vary ?? ''))) {
    res.setHeader('vary', vary === undefined ? 'Origin' : `${vary}, Origin`)
  }
  if (res.hasHeader('access-control-allow-origin')) return
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
}
