import type { AccessClaims } from '../contract/claims.ts'
import { isUuid } from '../contract/claims.ts'
import { failure, type Result, success } from '../contract/result.ts'
import { isTextList } from '../contract/text-list.ts'

/** What an ID token says of a user, by the scopes that the app asks for. */
export interface UserClaims {
  readonly email: string
  readonly emailVerified: boolean
  readonly firstName: string
  readonly lastName: string
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly groups: readonly string[]
}

/** A session of this app, as its cookie has it, sealed. Times in seconds. */
export interface OidcSession {
  /** This app's own id of the sign-in; users see it as `sessionId`. */
  readonly id: string
  /** The user's uuid. */
  readonly sub: string
  /** The provider's id of the session: logout tokens name it. A later sign-in may have the same. */
  readonly providerSid: string | null
  /** When the sign-in was. */
  readonly began: number
  /** When the provider said what is in `user`. */
  readonly issuedAt: number
  /** From then on, the session is renewed at the provider. */
  readonly freshUntil: number
  readonly accessToken: string
  /** Without one, the session ends at `freshUntil`. */
  readonly refreshToken: string | null
  readonly user: UserClaims
}

/** Only this app can have sealed it, so that a version is all there is to check. */
const VERSION = 1

/**
 * The content of the cookie. A list without names: a session of a user has to fit wherever an access token of the family
 * with the same groups does.
 */
export const sessionContent = (session: OidcSession): readonly unknown[] => {
  const { id, sub, providerSid, began, issuedAt, freshUntil, accessToken, refreshToken, user } = session
  const { email, emailVerified, firstName, lastName, isStaff, isSuperuser, groups } = user
  const times = [began, issuedAt, freshUntil]
  const flags = [emailVerified, isStaff, isSuperuser].map(Number)
  const names = [email, firstName, lastName]
  return [VERSION, id, sub, providerSid, ...times, accessToken, refreshToken, ...names, ...flags, groups]
}

/** The session in the content of a cookie; `null` for another version of it. */
export function readSession(content: unknown): OidcSession | null {
  if (!Array.isArray(content) || content[0] !== VERSION) return null
  const [, id, sub, providerSid, began, issuedAt, freshUntil, accessToken, refreshToken, ...rest] = content
  const [email, firstName, lastName, emailVerified, isStaff, isSuperuser, groups] = rest
  const user = {
    email,
    emailVerified: emailVerified === 1,
    firstName,
    lastName,
    isStaff: isStaff === 1,
    isSuperuser: isSuperuser === 1,
    groups,
  }
  return { id, sub, providerSid, began, issuedAt, freshUntil, accessToken, refreshToken, user }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * What the claims of an ID token, or of the userinfo endpoint, say of the user (OpenID Connect Core 1.0, section 5.1).
 * The failure names what is missing.
 */
export function readUserClaims(
  claims: Readonly<Record<string, unknown>>,
): Result<UserClaims, 'sub' | 'email'> {
  const { sub, email, groups } = claims
  if (!isUuid(sub)) return failure('sub')
  if (typeof email !== 'string' || email === '') return failure('email')
  return success({
    email,
    emailVerified: claims.email_verified === true,
    firstName: textOf(claims.given_name),
    lastName: textOf(claims.family_name),
    isStaff: claims.is_staff === true,
    isSuperuser: claims.is_superuser === true,
    groups: isTextList(groups) ? groups : [],
  })
}

/** The same as the claims of an access token of the family, which everything behind this point reads. */
export function accessClaimsOf(session: OidcSession, issuer: string, audience: string): AccessClaims {
  const { id, sub, issuedAt, freshUntil, user } = session
  return {
    iss: issuer,
    aud: audience,
    sub,
    sid: id,
    jti: id,
    iat: issuedAt,
    exp: freshUntil,
    token_type: 'access',
    user_uuid: sub,
    user_email: user.email,
    email_verified: user.emailVerified,
    user_first_name: user.firstName,
    user_last_name: user.lastName,
    user_is_staff: user.isStaff,
    user_is_superuser: user.isSuperuser,
    groups: user.groups,
  }
}
