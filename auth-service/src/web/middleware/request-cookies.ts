import type { Context } from 'hono'
import { type Cookies, parseCookies } from '../../platform/client/cookies.ts'

const parsed = new WeakMap<Context, Cookies>()

/** The cookies of a request, parsed once. */
export function cookiesOf(c: Context): Cookies {
  const known = parsed.get(c)
  if (known) return known
  const cookies = parseCookies(c.req.header('cookie'))
  parsed.set(c, cookies)
  return cookies
}
