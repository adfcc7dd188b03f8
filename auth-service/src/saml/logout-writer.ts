import { type StatusCode, writeSaml } from '../platform/xml/saml-names.ts'
import { element } from '../platform/xml/xml-tree.ts'
import { instant, messageId } from './message-id.ts'
import { statusOf } from './saml-response.ts'

/** A message, as XML without a signature, and its `ID`. */
export interface Written {
  readonly id: string
  readonly xml: string
}

/** Where a message goes. `now` in seconds. */
export interface LogoutAddress {
  /** Our entity ID. */
  readonly issuer: string
  readonly destination: string
  readonly now: number
}

/** The user and the sessions, as the service provider knows them. */
export interface LogoutSubject {
  readonly nameId: string
  /** A URN. */
  readonly nameIdFormat: string
  readonly sessionIndexes: readonly string[]
}

/** How long a logout request counts, in seconds. */
const LIFETIME = 300

/**
 * A logout request (saml-core, section 3.7.1). `reason` is `null` if it is not known: an administrator may have ended
 * it.
 */
export function writeLogoutRequest(
  { issuer, destination, now }: LogoutAddress,
  subject: LogoutSubject,
  reason: 'user' | null = 'user',
): Written {
  const id = messageId()
  const request = element(
    'samlp:LogoutRequest',
    {
      ID: id,
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: destination,
      NotOnOrAfter: instant(now + LIFETIME),
      Reason: reason === null ? undefined : `urn:oasis:names:tc:SAML:2.0:logout:${reason}`,
    },
    element('saml:Issuer', {}, issuer),
    element('saml:NameID', { Format: subject.nameIdFormat }, subject.nameId),
    ...subject.sessionIndexes.map((index) => element('samlp:SessionIndex', {}, index)),
  )
  return { id, xml: writeSaml(request) }
}

/** The answer to a logout request (saml-core, section 3.7.2). */
export function writeLogoutAnswer(
  { issuer, destination, now }: LogoutAddress,
  inResponseTo: string,
  codes: readonly [StatusCode, ...StatusCode[]],
): Written {
  const id = messageId()
  const answer = element(
    'samlp:LogoutResponse',
    {
      ID: id,
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: destination,
      InResponseTo: inResponseTo,
    },
    element('saml:Issuer', {}, issuer),
    statusOf(codes),
  )
  return { id, xml: writeSaml(answer) }
}
