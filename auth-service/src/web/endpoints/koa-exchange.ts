import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Context } from 'hono'

/** A request and a response of Node for an app of Koa, and the response as it is returned to Hono. */
export interface KoaExchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Once Koa has answered. */
  response(): Response
}

/** What Koa gets to see. It could not be told which proxies to trust, so it hears of none. */
const PASSED = [
  'accept',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'content-type',
  'cookie',
  'dpop',
  'origin',
]

/**
 * Lets an app of Koa answer a request of Hono, so that all that stands before and behind it applies: limits, the log,
 * security headers. For Koa the request came to AUTH_URL, whatever its `Host` and `X-Forwarded-*` say.
 */
export async function koaExchange(
  c: Context,
  { authUrl, https }: { readonly authUrl: string; readonly https: boolean },
): Promise<KoaExchange> {
  const { pathname, search } = new URL(c.req.url)
  const body = Buffer.from(await c.req.arrayBuffer())
  const headers = PASSED.map((name) => [name, c.req.header(name)] as const)
  const req = new IncomingMessage(Object.assign(new Socket(), { encrypted: https }))
  Object.assign(req, {
    method: c.req.method,
    url: pathname + search,
    headers: {
      ...Object.fromEntries(headers.filter(([, value]) => value !== undefined)),
      host: new URL(authUrl).host,
      ...(c.req.method === 'POST' && { 'content-length': String(body.length) }),
    },
  })
  req.push(body.length > 0 ? body : null)
  if (body.length > 0) req.push(null)

  const res = new ServerResponse(req)
  let sent: string | Uint8Array<ArrayBuffer> | null = null
  res.end = ((chunk?: string | Uint8Array<ArrayBuffer>) => {
    sent = chunk ?? null
    return res
  }) as typeof res.end

  return {
    req,
    res,
    response() {
      const { statusCode: status } = res
      const answer = new Response(status === 204 || status === 304 ? null : sent, { status })
      // Without a body, `Response` has no type by itself.
      answer.headers.delete('content-type')
      for (const [name, value] of Object.entries(res.getHeaders())) {
        for (const one of [value].flat()) answer.headers.append(name, String(one))
      }
      return answer
    },
  }
}
