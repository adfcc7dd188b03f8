import type { MiddlewareHandler } from 'hono'

/** Marks what a handler answers as made for one visitor: no cache keeps it. */
export const privately: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('Cache-Control', 'private, no-store')
  c.res.headers.set('Vary', 'Cookie')
}
