import { isSigned } from '#node-or-web/verify/signature'
import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type CommonClaims,
  REFRESH_TOKEN_TYPE,
  type RefreshClaims,
  readAccessClaims,
  readRefreshClaims,
} from '../contract/claims.ts'
import { isWithinDomain } from '../contract/cookies.ts'
import { type FormatReason, readFormat, type TokenParts } from '../contract/jws-format.ts'
import type { Result } from '../contract/result.ts'
import type { KeySource } from './key-source.ts'

/** Why a token was rejected; safe to log, since it does not include the token's content. */
export type TokenReason =
  | FormatReason
  | 'wrong_type'
  /** Not a session that this app sealed: see the option `oidc`. */
  | 'not_sealed'
  | 'unknown_key'
  | 'keys_unavailable'
  | 'wrong_algorithm'
  | 'bad_signature'
  | 'bad_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'not_yet_valid'
  /** Its signature is not verified, except by the issuer. */
  | 'expired'

/** The settings of a verifier. */
export interface VerifierOptions {
  readonly keys: KeySource
  /** The only trusted issuer: `AUTH_URL`. */
  readonly issuer: string
  /** Seconds by which clocks may differ. */
  readonly clockTolerance: number
  readonly now: () => number
  /**
   * Whether the issuer itself verifies: a token of its own from the future means that its clock was set back, and only
   * a genuine one is called expired, since it tells whose session is over.
   */
  readonly isIssuer?: boolean
}

/** Verifies tokens, with the reason of a rejection. */
export interface TokenVerifier {
  /**
   * Verifies an access token for an app on this host (RFC 9068, section 4). If one that was just issued has ended, the
   * clock is wrong by its whole life: then it counts as expired without tolerance.
   */
  access(token: string, host: string, isJustIssued?: boolean): Promise<Result<AccessClaims, TokenReason>>
  /** Verifies a refresh token; only the auth service needs that. */
  refresh(token: string): Promise<Result<RefreshClaims, TokenReason>>
}

/**
 * Verifies tokens of the family: format, type, the claims' form, end, key, signature, then issuer and audience. Rejections
 * are values, not errors.
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const { keys, issuer, clockTolerance, now, isIssuer = false } = options

  /** Without a host, the token is for the issuer itself. */
  async function verify<Claims extends CommonClaims>(
    token: string,
    type: string,
    read: (payload: TokenParts['payload']) => Result<Claims, TokenReason>,
    host?: string,
    isJustIssued?: boolean,
  ): Promise<Result<Claims, TokenReason>> {
    const format = readFormat(token)
    if (!format.ok) return format
    const { header, payload } = format.value
    if (header.typ !== type) return { ok: false, reason: 'wrong_type' }
    const time = now()
    const seconds = time / 1000
    const cutoff = seconds - clockTolerance
    // Before the signature: nothing below meets a claim of another type, since anyone may have written it.
    const claims = read(payload)
    if (!claims.ok) return claims
    const { iss, aud, iat, exp } = claims.value
    const isOver = exp <= (isJustIssued && iat < cutoff ? seconds : cutoff)
    // No signature helps an expired token, so apps save themselves a look at it.
    if (isOver && !isIssuer) return { ok: false, reason: 'expired' }
    const key = await keys.get(header.kid, time)
    if (key === 'unknown') return { ok: false, reason: 'unknown_key' }
    if (key === 'unavailable') return { ok: false, reason: 'keys_unavailable' }
    if (header.alg !== key.alg) return { ok: false, reason: 'wrong_algorithm' }
    if (!(await isSigned(token, key))) return { ok: false, reason: 'bad_signature' }
    if (iss !== issuer) return { ok: false, reason: 'wrong_issuer' }
    if (host === undefined ? aud !== issuer : !isWithinDomain(host, aud))
      return { ok: false, reason: 'wrong_audience' }
    if (!isIssuer && iat > seconds + clockTolerance) return { ok: false, reason: 'not_yet_valid' }
    return isOver ? { ok: false, reason: 'expired' } : claims
  }

  return {
    access: (token, host, isJustIssued) =>
      verify(token, ACCESS_TOKEN_TYPE, readAccessClaims, host, isJustIssued),
    refresh: (token) => verify(token, REFRESH_TOKEN_TYPE, readRefreshClaims),
  }
}
