import type { HeaderReader } from '../contract/same-origin.ts'

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
  /** The body, as a stream of bytes or parsed: only the provider's sign-outs have one that is read. */
  readonly body?: unknown
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

/** Distinguishes refresh tokens without verifying them: the end of the signature. */
export const companionOf = (refreshToken: string): number => companionAt(refreshToken, refreshToken.length)

export function companionAt(text: string, end: number): number {
  let key = 0
  for (let i = Math.max(0, end - 6); i < end; i++) key = (key << 6) ^ text.charCodeAt(i)
  return key === 0 ? 1 : key
}
