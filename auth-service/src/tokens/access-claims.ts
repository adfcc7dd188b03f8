import type { AccessClaims } from '@latchkey/jwt-middleware/contract'
import type { Config } from '../platform/config/config.ts'
import type { User } from '../users/users.ts'

export type AccessClaimsConfig = Pick<Config, 'authUrl' | 'cookieDomain' | 'accessTtl'>

/** A session, as far as its access tokens show it; times in seconds. */
export interface ClaimedSession {
  readonly id: string
  readonly expiresAt: number
}

/** The claims of an access token with this id (`jti`) that is issued at this second (`iat`). */
export const accessClaims = (
  { authUrl, cookieDomain, accessTtl }: AccessClaimsConfig,
  user: User,
  session: ClaimedSession,
  { jti, iat }: Pick<AccessClaims, 'jti' | 'iat'>,
): AccessClaims => ({
  iss: authUrl,
  aud: cookieDomain,
  sub: user.uuid,
  sid: session.id,
  jti,
  iat,
  exp: Math.max(iat + 1, Math.min(iat + accessTtl, session.expiresAt)),
  token_type: 'access',
  user_uuid: user.uuid,
  user_version: user.version,
  user_email: user.email,
  email_verified: user.emailVerifiedAt !== null,
  user_first_name: user.firstName,
  user_last_name: user.lastName,
  user_is_staff: user.isStaff,
  user_is_superuser: user.isSuperuser,
  ...(user.groups.length > 0 && { groups: user.groups }),
})
