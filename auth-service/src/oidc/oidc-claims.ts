import type { Amr } from '../tokens/sessions/sessions.ts'
import type { User } from '../users/users.ts'

/**
 * The claim `acr` of a sign-in with a password (OASIS SAML 2.0, saml-authn-context, section 3.4.7): the value that most
 * products know. Sign-ins by an emailed link or code have no `acr`.
 */
export const ACR_PASSWORD = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'

export const acrOf = (amr: Amr | null): string | undefined => (amr === 'pwd' ? ACR_PASSWORD : undefined)

/** The claims of each scope (OpenID Connect Core 1.0, section 5.4; the last one is ours). */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'locale'],
  email: ['email', 'email_verified'],
  groups: ['groups', 'is_staff', 'is_superuser'],
} as const

export type Scope = keyof typeof CLAIMS_BY_SCOPE

export const SCOPES = Object.keys(CLAIMS_BY_SCOPE) as readonly Scope[]

/** All claims about a user; oidc-provider omits those of other scopes. Empty ones are left out. */
export function claimsOf(user: User) {
  const { uuid, email, emailVerifiedAt, firstName, lastName, language, groups, isStaff, isSuperuser } = user
  const name = [firstName, lastName].filter(Boolean).join(' ')
  return {
    sub: uuid,
    ...(name !== '' && { name }),
    ...(firstName !== '' && { given_name: firstName }),
    ...(lastName !== '' && { family_name: lastName }),
    ...(language !== null && { locale: language }),
    email,
    email_verified: emailVerifiedAt !== null,
    groups: [...groups],
    is_staff: isStaff,
    is_superuser: isSuperuser,
  }
}
