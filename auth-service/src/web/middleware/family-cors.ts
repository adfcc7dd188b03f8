import { isWithinDomain } from '@latchkey/jwt-middleware/contract'
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { noteRefusal } from './refusal-log.ts'

export interface FamilyOptions {
  readonly cookieDomain: string
  readonly https: boolean
}

/** Whether an `Origin` header names a host of the family, over https if the auth service uses it. */
export function isFamilyOrigin(origin: string | undefined, { cookieDomain, https }: FamilyOptions): boolean {
  const url = origin === undefined ? null : URL.parse(origin)
  if (url === null || url.origin !== origin || !/^https?:$/.test(url.protocol)) return false
  return isWithinDomain(url.hostname, cookieDomain) && (url.protocol === 'https:' || !https)
}

/** Seconds for which a browser caches a preflight. */
const PREFLIGHT_AGE = 600

/** Lets scripts on the family's own pages POST here with cookies (Fetch, section 3.2); others get no such header. */
export function familyCors(family: FamilyOptions): MiddlewareHandler {
  const allow = cors({
    origin: (origin) => origin,
    allowMethods: ['POST'],
    allowHeaders: ['accept', 'content-type'],
    credentials: true,
    maxAge: PREFLIGHT_AGE,
  })
  return async (c, next) => {
    if (isFamilyOrigin(c.req.header('origin'), family)) return allow(c, next)
    if (c.req.method === 'OPTIONS') noteRefusal(c, 'cross_origin')
    await next()
    c.header('Vary', 'Origin', { append: true })
  }
}
