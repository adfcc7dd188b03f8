import { randomBytes } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import { requestContext } from '../../platform/logging/request-context.ts'
import { clientOf } from './client-ip.ts'

/** Crockford's Base32: no two characters look or sound alike, since users read it out. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const LENGTH = 12

/** The form of an id from a trusted proxy. */
const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

const ids = new WeakMap<Context, string>()

/** The id of a request, for the log and for users who need help; `''` if it has none. */
export const requestIdOf = (c: Context): string => ids.get(c) ?? ''

/**
 * Assigns an id to every request, or takes the one in `X-Request-Id` of a trusted proxy. Responses contain it in the
 * same header, and problems (RFC 9457) as `request_id`.
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

/** Random bytes for the next ids: a call of the generator costs as much as a query. */
const pool = { bytes: Buffer.alloc(0), used: 0 }

function makeId(): string {
  if (pool.used + LENGTH > pool.bytes.length) {
    pool.bytes = randomBytes(LENGTH * 256)
    pool.used = 0
  }
  let id = ''
  for (let i = 0; i < LENGTH; i++) id += ALPHABET[(pool.bytes[pool.used++] as number) % ALPHABET.length]
  return id
}

async function withRequestId(response: Response, id: string): Promise<Response> {
  const { status, headers } = response
  const problem = JSON.stringify({ ...((await response.json()) as object), request_id: id })
  return new Response(problem, { status, headers })
}
