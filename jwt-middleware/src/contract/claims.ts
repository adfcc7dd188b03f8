import type { Result } from './result.ts'

/** `typ` of the two tokens: explicit typing, so that no other kind of token is accepted (RFC 8725, section 3.11). */
export const ACCESS_TOKEN_TYPE = 'at+jwt'
export const REFRESH_TOKEN_TYPE = 'rt+jwt'

/** Claims of every token of the family (RFC 7519, section 4.1); times in seconds. */
export interface CommonClaims {
  readonly iss: string
  readonly aud: string
  readonly sub: string
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
}

/** An access token's claims about its user. `aud` is the cookie domain. */
export interface AccessClaims extends CommonClaims {
  readonly token_type: 'access'
  readonly user_uuid: string
  /** Grows with every change to these claims. Older auth services omit it. */
  readonly user_version?: number
  readonly user_email: string
  /** Whether the user confirmed the email. Older auth services omit it. */
  readonly email_verified?: boolean
  readonly user_first_name: string
  readonly user_last_name: string
  readonly user_is_staff: boolean
  readonly user_is_superuser: boolean
  readonly groups?: readonly string[]
}

/** A refresh token contains no personal data. `aud` is the auth service itself. */
export interface RefreshClaims extends CommonClaims {
  readonly token_type: 'refresh'
}

type Payload = Readonly<Record<string, unknown>>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether the value is a lower-case UUID (RFC 9562, section 4). */
export const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value)
/** Whether the value is a text, which may be empty. */
export const isText = (value: unknown): value is string => typeof value === 'string'
/** Whether the value is a text that is not empty. */
export const isName = (value: unknown): value is string => typeof value === 'string' && value.length > 0
/** Whether the value is an integer from 0, as times and ids are. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

function isCommon(payload: Payload): boolean {
  return (
    isName(payload.iss) &&
    isName(payload.aud) &&
    isUuid(payload.sub) &&
    isName(payload.sid) &&
    isName(payload.jti) &&
    isCount(payload.iat) &&
    isCount(payload.exp) &&
    payload.exp > payload.iat
  )
}

/** Checks the presence and type of every claim of an access token; the verifier checks the values. */
export function readAccessClaims(payload: Payload): Result<AccessClaims, 'bad_claims'> {
  const valid =
    isCommon(payload) &&
    payload.token_type === 'access' &&
    payload.user_uuid === payload.sub &&
    (payload.user_version === undefined || isCount(payload.user_version)) &&
    (payload.email_verified === undefined || typeof payload.email_verified === 'boolean') &&
    isName(payload.user_email) &&
    isText(payload.user_first_name) &&
    isText(payload.user_last_name) &&
    typeof payload.user_is_staff === 'boolean' &&
    typeof payload.user_is_superuser === 'boolean' &&
    (payload.groups === undefined || (Array.isArray(payload.groups) && payload.groups.every(isName)))
  return valid ? { ok: true, value: payload as unknown as AccessClaims } : { ok: false, reason: 'bad_claims' }
}

/** Checks the presence and type of every claim of a refresh token. */
export function readRefreshClaims(payload: Payload): Result<RefreshClaims, 'bad_claims'> {
  return isCommon(payload) && payload.token_type === 'refresh'
    ? { ok: true, value: payload as unknown as RefreshClaims }
    : { ok: false, reason: 'bad_claims' }
}
