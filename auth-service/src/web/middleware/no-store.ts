import type { Context, MiddlewareHandler } from 'hono'

/** Notes that the answer depends on this header of the request (RFC 9110, section 12.5.5). */
export function varyBy(c: Context, name: string): void {
  const names = c.res.headers.get('Vary')?.split(/, */) ?? []
  if (!names.includes(name)) c.res.headers.set('Vary', [...names, name].join(', '))
}

/** Marks what a handler answers as made for one visitor: no cache keeps it. */
export const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('Cache-Control', 'private, no-store')
  varyBy(c, 'Cookie')
}
