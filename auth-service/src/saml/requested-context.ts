import { CONTEXTS } from '../platform/xml/saml-names.ts'
import type { RequestedContext } from './authn-request.ts'

/** What our sign-ins are, from the weakest: all others are for smart cards, Kerberos and the like. */
const OURS: readonly string[] = [
  CONTEXTS.unspecified,
  'urn:oasis:names:tc:SAML:2.0:ac:classes:Password',
  CONTEXTS.password,
]

/**
 * The context class to assert for what is requested (saml-core, section 3.3.2.2.1); `null` if no sign-in here is like
 * that. A password and an emailed one-time code both count as a password over a protected connection.
 */
export function contextFor(requested: RequestedContext | null): string | null {
  if (requested === null || requested.classes.length === 0) return CONTEXTS.password
  const places = requested.classes.map((one) => OURS.indexOf(one))
  const known = places.filter((place) => place >= 0)
  switch (requested.comparison) {
    case 'exact':
      return OURS[Math.max(...known, -1)] ?? null
    // One of those is enough.
    case 'minimum':
      return known.length > 0 ? CONTEXTS.password : null
    case 'maximum':
      return known.length > 0 ? (OURS[Math.max(...known)] ?? null) : CONTEXTS.password
    // Stronger than all of them.
    case 'better':
      return known.length === places.length && Math.max(...known) < OURS.length - 1 ? CONTEXTS.password : null
    default:
      return null
  }
}
