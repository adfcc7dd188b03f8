import type { ServiceProvider } from '../apps/service-provider-input.ts'
import { STATUS_CODES, type StatusCode, writeSaml } from '../platform/xml/saml-names.ts'
import { element, type XmlContent, type XmlElement } from '../platform/xml/xml-tree.ts'
import { encryptAssertion } from './encrypt-assertion.ts'
import { instant, messageId } from './message-id.ts'
import type { SamlKey } from './saml-keys.ts'
import { signXml } from './sign-xml.ts'

/** The app and the user of an answer, and the request that it answers. Times in seconds. */
export interface Addressed {
  /** Our entity ID. */
  readonly issuer: string
  readonly key: SamlKey
  /** The assertion consumer service. */
  readonly consumerUrl: string
  /** `ID` of the request; `null` for a sign-in that began here. */
  readonly inResponseTo: string | null
  readonly now: number
}

/** What is asserted of a user. Times in seconds. */
export interface Asserted {
  readonly provider: Pick<
    ServiceProvider,
    'entityId' | 'encryptsAssertions' | 'encryptionCertificate' | 'certificates'
  >
  readonly nameId: string
  /** A URN. */
  readonly nameIdFormat: string
  readonly sessionIndex: string
  readonly authenticatedAt: number
  /** When the service provider should ask again. */
  readonly sessionEnd: number
  readonly contextClass: string
  readonly attributes: XmlElement
}

/** How long an assertion can be used, in seconds: the way through the browser. */
export const ASSERTION_LIFETIME = 300
/** How far a service provider's clock may be behind, in seconds. */
const EARLIER = 60

/** A signed answer with a signed assertion, as XML (saml-profiles, section 4.1.4.2). */
export async function writeResponse(addressed: Addressed, asserted: Asserted): Promise<string> {
  const { provider } = asserted
  const assertion = signXml(writeAssertion(addressed, asserted), addressed.key)
  const certificate = provider.encryptionCertificate ?? provider.certificates[0]
  if (!provider.encryptsAssertions) return write(addressed, ['success'], { written: assertion })
  if (certificate === undefined) throw new Error(`${provider.entityId} has no certificate to encrypt for.`)
  return write(addressed, ['success'], await encryptAssertion(assertion, certificate))
}

/** A signed answer that says why there is no sign-in (saml-core, section 3.2.2.2). */
export const writeRefusal = (addressed: Addressed, codes: readonly [StatusCode, ...StatusCode[]]): string =>
  write(addressed, codes)

function write(
  { issuer, key, consumerUrl, inResponseTo, now }: Addressed,
  codes: readonly [StatusCode, ...StatusCode[]],
  ...assertions: readonly XmlContent[]
): string {
  const response = element(
    'samlp:Response',
    {
      ID: messageId(),
      Version: '2.0',
      IssueInstant: instant(now),
      Destination: consumerUrl,
      InResponseTo: inResponseTo ?? undefined,
    },
    element('saml:Issuer', {}, issuer),
    statusOf(codes),
    ...assertions,
  )
  return signXml(writeSaml(response), key)
}

/** The codes, each within the one before. */
export function statusOf(codes: readonly [StatusCode, ...StatusCode[]]): XmlElement {
  const nested = codes.reduceRight<XmlElement | null>(
    (inner, code) => element('samlp:StatusCode', { Value: STATUS_CODES[code] }, ...(inner ? [inner] : [])),
    null,
  )
  return element('samlp:Status', {}, nested as XmlElement)
}

function writeAssertion(addressed: Addressed, asserted: Asserted): string {
  const { issuer, consumerUrl, inResponseTo, now } = addressed
  const notOnOrAfter = instant(now + ASSERTION_LIFETIME)
  return writeSaml(
    element(
      'saml:Assertion',
      { ID: messageId(), Version: '2.0', IssueInstant: instant(now) },
      element('saml:Issuer', {}, issuer),
      element(
        'saml:Subject',
        {},
        element('saml:NameID', { Format: asserted.nameIdFormat }, asserted.nameId),
        element(
          'saml:SubjectConfirmation',
          { Method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer' },
          element('saml:SubjectConfirmationData', {
            NotOnOrAfter: notOnOrAfter,
            Recipient: consumerUrl,
            InResponseTo: inResponseTo ?? undefined,
          }),
        ),
      ),
      element(
        'saml:Conditions',
        { NotBefore: instant(now - EARLIER), NotOnOrAfter: notOnOrAfter },
        element('saml:AudienceRestriction', {}, element('saml:Audience', {}, asserted.provider.entityId)),
      ),
      element(
        'saml:AuthnStatement',
        {
          AuthnInstant: instant(asserted.authenticatedAt),
          SessionIndex: asserted.sessionIndex,
          SessionNotOnOrAfter: instant(asserted.sessionEnd),
        },
        element('saml:AuthnContext', {}, element('saml:AuthnContextClassRef', {}, asserted.contextClass)),
      ),
      asserted.attributes,
    ),
  )
}
