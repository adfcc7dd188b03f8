import type { CookieNames } from '../contract/cookies.ts'
import type { HeaderReader } from '../contract/same-origin.ts'
import { plainApiToken } from './bearer.ts'

/** The part of a request that authentication needs, for any framework. */
export interface AuthRequest {
  /** In upper case. */
  readonly method: string
  /** Path and query as the client sent them. */
  readonly target: string
  readonly header: HeaderReader
  /** The other end of the connection. */
  readonly remoteAddress?: string | undefined
  /** Set where no cookies can be sent back, or none should be: a session is then checked, and not renewed. */
  readonly isReadOnly?: boolean
}

/** A node request's raw header list; names and values alternate. */
export type RawHeaders = readonly string[]

/** Reads headers from node's raw list; several of one name are joined (RFC 9110, section 5.3, and RFC 6265). */
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

/** The tokens that identify the user. */
export interface RequestTokens {
  /** The access token, or an API token. */
  readonly token: string
  /** Identifies the refresh token beside it: see `companionOf`. 0 if there is none. */
  readonly companion: number
  readonly isApiToken: boolean
}

/**
 * The tokens of an ordinary request: one `Cookie` header with at most one cookie of each name, or one `Authorization`
 * header with an API token, and no `Upgrade`. Anything else is `null` and takes the slow path. Reading node's list costs
 * a tenth of building a `Headers` object.
 */
export function soleTokens(raw: RawHeaders, names: CookieNames): RequestTokens | null {
  let cookies: string | null = null
  let authorization: string | null = null
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === 6 && name.toLowerCase() === 'cookie') {
      if (cookies !== null) return null
      cookies = raw[i + 1] as string
    } else if (name.length === 13 && name.toLowerCase() === 'authorization') {
      if (authorization !== null) return null
      authorization = raw[i + 1] as string
    } else if (name.length === 7 && name.toLowerCase() === 'upgrade') return null
  }
  if (authorization !== null) {
    const token = plainApiToken(authorization)
    return token === null ? null : { token, companion: 0, isApiToken: true }
  }
  return cookies === null ? null : soleTokensOf(cookies, names)
}

function soleTokensOf(cookies: string, { access, refresh }: CookieNames): RequestTokens | null {
  let token: string | null = null
  let companion = 0
  for (let at = 0; at < cookies.length; ) {
    const semicolon = cookies.indexOf(';', at)
    const end = semicolon === -1 ? cookies.length : semicolon
    while (cookies.charCodeAt(at) === 32 || cookies.charCodeAt(at) === 9) at++
    if (isNamed(cookies, access, at)) {
      if (token !== null) return null
      token = cookies.slice(at + access.length + 1, end)
    } else if (isNamed(cookies, refresh, at)) {
      if (companion !== 0) return null
      companion = companionAt(cookies, end)
    }
    at = end + 1
  }
  return token === null ? null : { token, companion, isApiToken: false }
}

const isNamed = (cookies: string, name: string, at: number): boolean =>
  cookies.charCodeAt(at + name.length) === 61 /* = */ && cookies.startsWith(name, at)

/** Distinguishes refresh tokens without verifying them: the end of the signature. */
export const companionOf = (refreshToken: string): number => companionAt(refreshToken, refreshToken.length)

function companionAt(text: string, end: number): number {
  let key = 0
  for (let i = Math.max(0, end - 6); i < end; i++) key = (key << 6) ^ text.charCodeAt(i)
  return key === 0 ? 1 : key
}

/** The token of an `Authorization: Bearer` header, with the scheme in any case (RFC 6750, section 2.1), or `null`. */
export function readBearer(authorization: string | undefined): string | null {
  return authorization?.match(/^bearer +([^ ]+) *$/i)?.[1] ?? null
}
