import { isSigned } from '#node-or-web/verify/signature'
import { isCount, isName } from '../contract/claims.ts'
import { readFormat } from '../contract/jws-format.ts'
import { failure, type Result, success } from '../contract/result.ts'
import type { KeySource } from '../verify/key-source.ts'

/** What a logout token says: which session ended, or all of a user's. Times in seconds. */
export interface LogoutToken {
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly sid: string | null
  readonly sub: string | null
}

/** Why a logout token was refused; safe to log, and to tell the sender. */
export type LogoutReason =
  | 'malformed'
  | 'wrong_type'
  | 'unknown_key'
  | 'keys_unavailable'
  | 'bad_signature'
  | 'bad_claims'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'not_yet_valid'
  | 'expired'
  | 'replayed'

export interface LogoutTokensOptions {
  readonly keys: KeySource
  readonly issuer: string
  readonly clientId: string
  /** In seconds. */
  readonly clockTolerance: number
  readonly now: () => number
}

/** `typ` of logout tokens, which tells them from all other tokens (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
const TYPE = 'logout+jwt'
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

const isId = (value: unknown): value is string => isName(value) && value.length <= 255
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Verifies logout tokens (OpenID Connect Back-Channel Logout 1.0, section 2.6), except for replays. */
export function createLogoutTokens({ keys, issuer, clientId, clockTolerance, now }: LogoutTokensOptions) {
  return async (token: string): Promise<Result<LogoutToken, LogoutReason>> => {
    const format = readFormat(token)
    if (!format.ok) return failure('malformed')
    const { header, payload } = format.value
    if (header.typ !== TYPE) return failure('wrong_type')
    const time = now()
    const key = await keys.get(header.kid, time)
    if (key === 'unavailable') return failure('keys_unavailable')
    if (key === 'unknown') return failure('unknown_key')
    if (header.alg !== key.alg || !(await isSigned(token, key))) return failure('bad_signature')

    const { iss, aud, iat, exp, jti, sid = null, sub = null, events } = payload
    if (iss !== issuer) return failure('wrong_issuer')
    if (![aud].flat().includes(clientId)) return failure('wrong_audience')
    const isComplete = isCount(iat) && isCount(exp) && isId(jti)
    const names = [sid, sub].filter((value) => value !== null)
    const isLogout = isObject(events) && isObject(events[EVENT]) && !('nonce' in payload)
    if (!isComplete || !isLogout || names.length === 0 || !names.every(isId)) return failure('bad_claims')
    const seconds = time / 1000
    if (iat > seconds + clockTolerance) return failure('not_yet_valid')
    if (exp <= seconds - clockTolerance) return failure('expired')
    return success({ jti, iat, exp, sid: sid as string | null, sub: sub as string | null })
  }
}

export type ReadLogoutToken = ReturnType<typeof createLogoutTokens>
