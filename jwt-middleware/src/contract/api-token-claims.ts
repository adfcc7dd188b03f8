import { isCount, isName, isText, isUuid } from './claims.ts'

/** What the auth service says about an API token that an app may accept (RFC 7662, section 2.2); times in seconds. */
interface CommonApiTokenClaims {
  readonly token_type: 'api_token'
  readonly iss: string
  readonly sub: string
  /** The token's id: what the feed calls it. */
  readonly jti: string
  readonly iat: number
  /** Left out if the token never expires. */
  readonly exp?: number
  /** Names of permissions, separated by spaces. */
  readonly scope: string
  /** The token's name. */
  readonly token_name: string
}

/** The claims of a user's token. */
export interface UserTokenClaims extends CommonApiTokenClaims {
  readonly user_uuid: string
  readonly user_version: number
  readonly user_email: string
  readonly email_verified: boolean
  readonly user_first_name: string
  readonly user_last_name: string
  readonly user_is_staff: boolean
  readonly user_is_superuser: boolean
  readonly groups?: readonly string[]
}

/** The claims of a registered app's own token. */
export interface ServiceTokenClaims extends CommonApiTokenClaims {
  /** The app's name. */
  readonly app: string
}

export type ApiTokenClaims = UserTokenClaims | ServiceTokenClaims

/** The claims in an answer about an API token, or `null` if one is missing or has another type. */
export function readApiTokenClaims(answer: Readonly<Record<string, unknown>>): ApiTokenClaims | null {
  const isToken =
    answer.token_type === 'api_token' &&
    isName(answer.iss) &&
    isName(answer.sub) &&
    isName(answer.jti) &&
    isCount(answer.iat) &&
    (answer.exp === undefined || isCount(answer.exp)) &&
    isText(answer.scope) &&
    isText(answer.token_name)
  if (!isToken) return null
  const isOfApp = answer.user_uuid === undefined && isName(answer.app)
  return isOfApp || isOfUser(answer) ? (answer as unknown as ApiTokenClaims) : null
}

const isOfUser = (answer: Readonly<Record<string, unknown>>): boolean =>
  isUuid(answer.user_uuid) &&
  answer.user_uuid === answer.sub &&
  isCount(answer.user_version) &&
  isName(answer.user_email) &&
  typeof answer.email_verified === 'boolean' &&
  isText(answer.user_first_name) &&
  isText(answer.user_last_name) &&
  typeof answer.user_is_staff === 'boolean' &&
  typeof answer.user_is_superuser === 'boolean' &&
  (answer.groups === undefined || (Array.isArray(answer.groups) && answer.groups.every(isName)))
