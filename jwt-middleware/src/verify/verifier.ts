import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type CommonClaims,
  REFRESH_TOKEN_TYPE,
  type RefreshClaims,
  readAccessClaims,
  readRefreshClaims,
} from '../contract/claims.ts'
import { type FormatReason, readFormat, type TokenParts } from '../contract/jws-format.ts'
import { failure, type Result, success } from '../contract/result.ts'
import { isWithinDomain } from '../contract/urls.ts'
import type { KeySource } from './jwks-client.ts'
import { isSigned } from './signature.ts'

/** Why a token was rejected; safe to log, since it does not include the token's content. */
export type TokenReason =
  | FormatReason
  | 'wrong_type'
  | 'unknown_key'
  | 'keys_unavailable'
  | 'wrong_algorithm'
  | 'bad_signature'
  | 'bad_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'not_yet_valid'
  | 'expired'

/** The settings of a verifier. */
export interface VerifierOptions {
  readonly keys: KeySource
  /** The only trusted issuer: `AUTH_URL`. */
  readonly issuer: string
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number
  readonly now: () => number
  /** Whether the issuer itself verifies: a token of its own from the future means that its clock was set back. */
  readonly isIssuer?: boolean
}

/** Verifies tokens, with the reason of a rejection. */
export interface TokenVerifier {
  /** Verifies an access token for an app on this host (RFC 9068, section 4). */
  access(token: string, host: string): Promise<Result<AccessClaims, TokenReason>>
  /** Verifies a refresh token; only the auth service needs that. */
  refresh(token: string): Promise<Result<RefreshClaims, TokenReason>>
}

/** Verifies tokens of the family: format, type, key, signature, then claims. Rejections are values, not errors. */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { keys, issuer, clockTolerance, now, isIssuer = false } = options

  async function verifySignature(
    token: string,
    type: string,
  ): Promise<Result<TokenParts['payload'], TokenReason>> {
    const format = readFormat(token)
    if (!format.ok) return format
    const { header, payload } = format.value
    if (header.typ !== type) return failure('wrong_type')
    const key = await keys.get(header.kid)
    if (key === 'unknown') return failure('unknown_key')
    if (key === 'unavailable') return failure('keys_unavailable')
    if (header.alg !== key.alg) return failure('wrong_algorithm')
    return isSigned(token, key) ? success(payload) : failure('bad_signature')
  }

  function refuse(claims: CommonClaims, audienceFits: boolean): TokenReason | null {
    const seconds = now() / 1000
    if (claims.iss !== issuer) return 'wrong_issuer'
    if (!audienceFits) return 'wrong_audience'
    if (!isIssuer && claims.iat > seconds + clockTolerance) return 'not_yet_valid'
    return claims.exp <= seconds - clockTolerance ? 'expired' : null
  }

  return {
    async access(token, host) {
      const payload = await verifySignature(token, ACCESS_TOKEN_TYPE)
      const claims = payload.ok ? readAccessClaims(payload.value) : payload
      if (!claims.ok) return claims
      const reason = refuse(claims.value, isWithinDomain(host, claims.value.aud))
      return reason ? failure(reason) : claims
    },
    async refresh(token) {
      const payload = await verifySignature(token, REFRESH_TOKEN_TYPE)
      const claims = payload.ok ? readRefreshClaims(payload.value) : payload
      if (!claims.ok) return claims
      const reason = refuse(claims.value, claims.value.aud === issuer)
      return reason ? failure(reason) : claims
    },
  }
}
