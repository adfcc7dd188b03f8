import { fromCanonicalBase64Url } from '#node-or-web/contract/bytes'
import type { Result } from './result.ts'

/** Maximum length of a token in bytes: a cookie's name and value must stay under 4,096. */
export const MAX_TOKEN_LENGTH = 4096

/** The three members of a JWS header that Latchkey issues and reads (RFC 7515, section 4.1). */
export interface TokenHeader {
  readonly alg: string
  readonly kid: string
  readonly typ: string
}

export interface TokenParts {
  readonly header: TokenHeader
  readonly payload: Readonly<Record<string, unknown>>
}

export type FormatReason = 'too_large' | 'malformed' | 'unsupported_header'

const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Whether the value can name a key. */
export const isKeyId = (value: unknown): value is string => typeof value === 'string' && KEY_ID.test(value)

/**
 * Checks the form before any cryptography: three segments of canonical base64url (RFC 4648, section 5, no padding and
 * no stray bits), JSON objects in the first two, and a plain header.
 */
export function readFormat(token: string): Result<TokenParts, FormatReason> {
  if (token.length > MAX_TOKEN_LENGTH) return { ok: false, reason: 'too_large' }
  const segments = token.split('.', 4)
  if (segments.length !== 3) return { ok: false, reason: 'malformed' }
  const [header, payload, signature] = segments.map(fromCanonicalBase64Url)
  if (!header || !payload || !signature) return { ok: false, reason: 'malformed' }
  const headerObject = parseObject(header)
  const payloadObject = parseObject(payload)
  if (!headerObject || !payloadObject) return { ok: false, reason: 'malformed' }
  const { alg, kid, typ } = headerObject
  if (typeof alg !== 'string' || typeof typ !== 'string' || !isKeyId(kid))
    return { ok: false, reason: 'unsupported_header' }
  // RFC 7515, section 4.1.11: an unknown critical extension makes the token invalid.
  if ('crit' in headerObject) return { ok: false, reason: 'unsupported_header' }
  return { ok: true, value: { header: { alg, kid, typ }, payload: payloadObject } }
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
