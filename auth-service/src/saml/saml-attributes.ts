import { claimsOf } from '../oidc/oidc-claims.ts'
import { element, type XmlElement } from '../platform/xml/xml-tree.ts'
import type { User } from '../users/users.ts'

const FORMAT = 'urn:oasis:names:tc:SAML:2.0:attrname-format:'

/**
 * The attribute of each claim: the OIDs of X.500, inetOrgPerson and eduPerson where they have one, with their names as
 * the friendly name (MACE-Dir attribute profile); our own by their claim's name.
 */
const ATTRIBUTES = {
  sub: { name: 'urn:oid:0.9.2342.19200300.100.1.1', friendly: 'uid' },
  email: { name: 'urn:oid:0.9.2342.19200300.100.1.3', friendly: 'mail' },
  email_verified: { name: 'email_verified', friendly: 'email_verified' },
  given_name: { name: 'urn:oid:2.5.4.42', friendly: 'givenName' },
  family_name: { name: 'urn:oid:2.5.4.4', friendly: 'sn' },
  name: { name: 'urn:oid:2.16.840.1.113730.3.1.241', friendly: 'displayName' },
  locale: { name: 'urn:oid:2.16.840.1.113730.3.1.39', friendly: 'preferredLanguage' },
  groups: { name: 'urn:oid:1.3.6.1.4.1.5923.1.5.1.1', friendly: 'isMemberOf' },
  is_staff: { name: 'is_staff', friendly: 'is_staff' },
  is_superuser: { name: 'is_superuser', friendly: 'is_superuser' },
} as const

/** What service providers are told of a user (saml-core, section 2.7.3). Empty ones are left out. */
export function attributesOf(user: User): XmlElement {
  const claims: Readonly<Record<string, unknown>> = claimsOf(user)
  const attributes = Object.entries(ATTRIBUTES).flatMap(([claim, { name, friendly }]) => {
    const values = [claims[claim]].flat().filter((value) => value !== undefined)
    if (values.length === 0) return []
    const format = FORMAT + (name.startsWith('urn:') ? 'uri' : 'basic')
    return [
      element(
        'saml:Attribute',
        { Name: name, NameFormat: format, FriendlyName: friendly },
        ...values.map((value) => element('saml:AttributeValue', {}, String(value))),
      ),
    ]
  })
  return element('saml:AttributeStatement', {}, ...attributes)
}
