import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { MAX_BODY } from '../forms/body.ts'

/**
 * Refuses longer bodies than {@link MAX_BODY} before they are read. If `Content-Length` tells the length, only that is
 * read: Hono's limit would make a stream of every body, which takes longer than everything else that reads it.
 */
export function limitBody(refuse: (c: Context) => Response | Promise<Response>): MiddlewareHandler {
  const whileReading = bodyLimit({ maxSize: MAX_BODY, onError: refuse })
  return (c, next) => {
    const length = c.req.header('content-length')
    // Node refuses a request that has another body than this (RFC 9112, section 6.3).
    const isKnown = length !== undefined && c.req.header('transfer-encoding') === undefined
    if (!isKnown) return whileReading(c, next)
    return Number(length) > MAX_BODY ? Promise.resolve(refuse(c)) : next()
  }
}
