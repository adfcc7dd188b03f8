import type { NameIdFormat } from '../apps/service-provider-input.ts'
import type { User } from '../users/users.ts'

/** The URN of each format (saml-core, section 8.3). */
export const NAME_ID_URNS: Readonly<Record<NameIdFormat, string>> = {
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  email: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  transient: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
}

const ANY = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'

/** The format that a request asks for, or else the usual one of the app; `null` if we have no such format. */
export function formatFor(requested: string | null, usual: NameIdFormat): NameIdFormat | null {
  if (requested === null || requested === ANY) return usual
  const formats = Object.keys(NAME_ID_URNS) as NameIdFormat[]
  return formats.find((format) => NAME_ID_URNS[format] === requested) ?? null
}

/** The name of a user. `session` is how the app knows the session: the name of one session alone. */
export function nameOf(
  { uuid, email }: Pick<User, 'uuid' | 'email'>,
  format: NameIdFormat,
  session: string,
): string {
  if (format === 'persistent') return uuid
  return format === 'email' ? email : session
}
