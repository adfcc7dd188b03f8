import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { PRIVATE } from './challenge.ts'

type Head = (this: ServerResponse, status: number, headers?: OutgoingHttpHeaders) => ServerResponse

/** Whether a `Vary` header already says that cookies matter (RFC 9110, section 12.5.5). */
export const variesByCookie = (vary: string): boolean => /(^|,)\s*(cookie|\*)\s*(,|$)/i.test(vary)

/**
 * Makes a node response `private, no-store` and `Vary: Cookie` when its head is written, unless it says otherwise by
 * then. `setHeader` would do, but turns node's fast way of writing a head into its slow one, which costs more than
 * the check of the token. `false` where somebody else has taken hold of the response.
 */
export function keepPrivate(response: ServerResponse): boolean {
  if (Object.hasOwn(response, 'writeHead')) return false
  response.writeHead = writePrivateHead as typeof response.writeHead
  return true
}

const writePrivateHead: Head = function (status, given) {
  const headers: OutgoingHttpHeaders = { 'cache-control': PRIVATE['cache-control'], vary: PRIVATE.vary }
  for (const name in given) {
    const key = name.toLowerCase()
    const value = given[name]
    headers[key] = key === 'vary' && !variesByCookie(String(value)) ? `${value}, ${PRIVATE.vary}` : value
  }
  const { writeHead } = Object.getPrototypeOf(this) as { writeHead: Head }
  return writeHead.call(this, status, headers)
}
