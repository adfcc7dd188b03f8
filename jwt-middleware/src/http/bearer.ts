import { looksOpaque } from '../contract/opaque-token.ts'

/** The token of an `Authorization: Bearer` header, with the scheme in any case (RFC 6750, section 2.1), or `null`. */
export function readBearer(authorization: string | undefined): string | null {
  return authorization?.match(/^bearer +([^ ]+) *$/i)?.[1] ?? null
}

/** What an `Authorization` header says about an API token. */
export type ApiTokenHeader =
  /** There is none: no header, another scheme, or a token of another kind. */
  | { readonly kind: 'none' }
  /** One token that is ours by its prefix; its form may be wrong. */
  | { readonly kind: 'token'; readonly token: string }
  /** Several tokens or a header that is not `Bearer <token>`: which one counts would be a guess. */
  | { readonly kind: 'malformed' }

const NONE: ApiTokenHeader = { kind: 'none' }
const MALFORMED: ApiTokenHeader = { kind: 'malformed' }

/** Reads an API token (RFC 6750, section 2.1), with the scheme in any case. */
export function readApiToken(authorization: string | undefined): ApiTokenHeader {
  // A JWT can contain these characters, too, but not after a separator.
  if (authorization === undefined || !/[\s,]lk_/.test(authorization)) return NONE
  const token = /^bearer +([^\s,]+) *$/i.exec(authorization)?.[1]
  if (token !== undefined && looksOpaque('api_token', token)) return { kind: 'token', token }
  return /(?:^|[\s,])bearer[\s,]/i.test(authorization) ? MALFORMED : NONE
}

const START = 'Bearer lk_'
const LENGTH = 'Bearer '.length + 52

/** The token in a header as most programs write it; `null` for every other header. */
export const plainApiToken = (authorization: string): string | null =>
  authorization.length === LENGTH && authorization.startsWith(START) ? authorization.slice(7) : null
