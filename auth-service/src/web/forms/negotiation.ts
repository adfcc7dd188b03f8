import type { Context } from 'hono'
import { accepts } from 'hono/accepts'

const JSON_TYPES = ['application/json', 'application/problem+json']

/** The media type in lower case and without parameters; `''` if none was sent (RFC 9110, section 8.3). */
export const mediaType = (c: Context): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** Whether the response should be JSON: the request is, or prefers it to a page. Browsers never do so by themselves. */
export function wantsJson(c: Context): boolean {
  if (mediaType(c) === 'application/json') return true
  const type = accepts(c, { header: 'Accept', supports: ['text/html', ...JSON_TYPES], default: 'text/html' })
  return JSON_TYPES.includes(type)
}
