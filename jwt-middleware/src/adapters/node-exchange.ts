import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthCore } from '../auth.ts'
import type { HeaderReader } from '../contract/same-origin.ts'
import { type AuthRequest, rawHeaderReader } from '../http/request.ts'
import { completeHead, markGuarded } from '../http/response-head.ts'
import type { User } from '../users/user.ts'

/** A class, because V8 makes a literal with a getter slowly. */
class NodeRequest implements AuthRequest {
  readonly method: string
  readonly target: string
  readonly header: HeaderReader
  readonly #req: IncomingMessage

  constructor(req: IncomingMessage, method: string, target: string) {
    this.#req = req
    this.method = method
    this.target = target
    this.header = rawHeaderReader(req.rawHeaders)
  }

  /** The stream, or what a body parser that read it has left. */
  get body(): unknown {
    return this.#req.readableDidRead ? (this.#req as { readonly body?: unknown }).body : this.#req
  }

  // Read only where the auth service is asked.
  get remoteAddress(): string | undefined {
    return this.#req.socket?.remoteAddress
  }
}

/** The part of a node request that authentication needs. Frameworks may override method and target. */
export const nodeRequest = (
  req: IncomingMessage,
  method = req.method ?? 'GET',
  target = req.url ?? '/',
): AuthRequest => new NodeRequest(req, method, target)

/** The request of node's own server. Frameworks that mount handlers under a path keep the whole target in `originalUrl`. */
export const wholeRequest = (req: IncomingMessage): AuthRequest =>
  nodeRequest(req, req.method, wholeTarget(req))

/** See {@link wholeRequest}. */
export const wholeTarget = (req: IncomingMessage & { readonly originalUrl?: string }): string =>
  req.originalUrl ?? req.url ?? '/'

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
  readonly core: AuthCore
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** As the framework has it. */
  readonly method: string
  /** The whole one, also where the framework mounts handlers under a path. */
  readonly target: string
  /** Stores the user where handlers find it. */
  readonly setUser: (user: User) => void
  /** Completes the head when it is written; {@link completeHead} by default. */
  readonly prepareHead?: (res: ServerResponse, setCookies?: readonly string[]) => void
}

/**
 * Authenticates a request, and completes the head of its response. Returns the response to send instead of the
 * handler's, or `null`. Without a promise if the user is cached.
 */
export function enter(exchange: Exchange): Response | null | Promise<Response | null> {
  const { core, req, res, method, setUser, prepareHead = completeHead } = exchange
  if (core.cors !== null) {
    const request = nodeRequest(req, method, exchange.target)
    const preflight = core.cors.preflight(request)
    if (preflight) return preflight
    allowReading(core.cors.headers(request), res)
  }
  const user = core.recall(method, req.rawHeaders, exchange.target)
  if (user === null) return authenticate(exchange)
  setUser(user)
  prepareHead(res)
  if (core.requiresLogin(exchange)) markGuarded(res)
  return null
}

async function authenticate(exchange: Exchange): Promise<Response | null> {
  const { core, req, res, method, target, setUser, prepareHead = completeHead } = exchange
  const request = nodeRequest(req, method, target)
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
