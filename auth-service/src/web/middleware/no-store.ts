import type { Context, MiddlewareHandler } from 'hono'

/** Adds a request header to `Vary` (RFC 9110, section 12.5.5). */
function varyBy(c: Context, name: string): void {
  const names = c.res.headers.get('Vary')?.split(/, */) ?? []
  if (!names.includes(name)) c.res.headers.set('Vary', [...names, name].join(', '))
}

/** Marks a response as private: no cache stores it. */
export const noStore: MiddlewareHandler = async (c, next) => {
  await next()
  c.res.headers.set('Cache-Control', 'private, no-store')
  varyBy(c, 'Cookie')
}
