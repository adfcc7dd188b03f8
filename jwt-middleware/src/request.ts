import { findCookie } from './cookies.ts'
import type { HeaderReader } from './origin.ts'

/** What authentication needs to know of a request, whatever the framework. */
export interface AuthRequest {
  /** In upper case. */
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  readonly header: HeaderReader
}

/** A node request's raw header list; names and values alternate. */
export type RawHeaders = readonly string[]

/** Reads headers from node's raw list; several of one name are joined as RFC 9110, section 5.3, and RFC 6265 say. */
export function rawHeaderReader(raw: RawHeaders): HeaderReader {
  return (name) => {
    let found: string | undefined
    for (let i = 0; i < raw.length; i += 2) {
      if ((raw[i] as string).toLowerCase() !== name) continue
      found = found === undefined ? raw[i + 1] : `${found}${name === 'cookie' ? '; ' : ', '}${raw[i + 1]}`
    }
    return found
  }
}

/**
 * The access token of an ordinary request: one `Cookie` header with one cookie of that name, no `Authorization`
 * and no `Upgrade`. Anything else is `null` and takes the long way. Reading node's list costs a tenth of building a
 * `Headers` object.
 */
export function soleAccessToken(raw: RawHeaders, cookieName: string): string | null {
  let cookies: string | null = null
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === 6 && name.toLowerCase() === 'cookie') {
      if (cookies !== null) return null
      cookies = raw[i + 1] as string
    } else if (name.length === 13 && name.toLowerCase() === 'authorization') return null
    else if (name.length === 7 && name.toLowerCase() === 'upgrade') return null
  }
  if (cookies === null) return null
  const at = findCookie(cookies, cookieName, 0)
  if (at === -1) return null
  const end = cookies.indexOf(';', at)
  if (end === -1) return cookies.slice(at)
  return findCookie(cookies, cookieName, end) === -1 ? cookies.slice(at, end) : null
}

/** The token of an `Authorization: Bearer` header, scheme in any case (RFC 6750, section 2.1), or `null`. */
export function readBearer(authorization: string | undefined): string | null {
  return authorization?.match(/^bearer +([^ ]+) *$/i)?.[1] ?? null
}
