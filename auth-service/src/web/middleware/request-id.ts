import { randomBytes } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { requestContext } from '../../platform/logging/request-context.ts'
import { clientOf } from './client-ip.ts'

/** Crockford's Base32: no two characters that look or sound alike, since people read it out to others. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LENGTH = 12

/** What a proxy of ours may have called the request before. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

const ids = new WeakMap<Context, string>()

/** The id of a request, for the log and for people who ask for help; `''` where it has none. */
export const requestIdOf = (c: Context): string => ids.get(c) ?? ''

/**
 * Gives every request an id, or takes the one in `X-Request-Id` that a proxy of ours gave it. Answers tell it in the same
 * header, and problems (RFC 9457) as `request_id`.
 */
export function identifyRequest(): MiddlewareHandler {
  return (c, next) => {
    const given = clientOf(c).isProxied ? (c.req.header('x-request-id') ?? '') : ''
    const id = WELL_FORMED.test(given) ? given : makeId()
    ids.set(c, id)
    return requestContext.run({ request_id: id }, async () => {
      await next()
      if (c.res.headers.get('content-type')?.startsWith('application/problem+json')) {
        c.res = await withRequestId(c.res, id)
      }
      c.res.headers.set('X-Request-Id', id)
    })
  }
}

const makeId = (): string =>
  Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('')

async function withRequestId(response: Response, id: string): Promise<Response> {
  const { status, headers } = response
  const problem = JSON.stringify({ ...((await response.json()) as object), request_id: id })
  return new Response(problem, { status, headers })
}
