import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Element } from '@xmldom/xmldom'
import { type Message, message } from '../platform/i18n/message.ts'
import { BINDINGS, NS, PROTOCOL, SOAP_BINDING } from '../platform/xml/saml-names.ts'
import {
  attributeOf,
  childrenOf,
  elementsIn,
  onlyChild,
  readXml,
  textIn,
} from '../platform/xml/strict-xml.ts'

/** What the metadata of a service provider says, as fields of the form. Not validated yet. */
export interface MetadataFields {
  readonly entity_id: string
  readonly acs_urls: readonly string[]
  readonly slo_url: string
  readonly slo_binding: string
  readonly slo_response_url: string
  readonly slo_soap_url: string
  readonly certificates: readonly string[]
  readonly encryption_certificate: string
  /** Only if it says so. */
  readonly signed_requests?: true
}

/**
 * Reads the metadata of one service provider (saml-metadata, section 2.4.4). Its signature is not verified: the
 * administrator vouches for it.
 */
export function readMetadata(text: string): Result<MetadataFields, Message> {
  const read = readXml(text.replace(/^\ufeff/, '').trim(), { comments: true })
  if (!read.ok) return failure(read.reason === 'too_large' ? TOO_LARGE : NO_METADATA)
  const [entity, ...others] = elementsIn(read.value).filter(
    ({ namespaceURI, localName }) => namespaceURI === NS.md && localName === 'EntityDescriptor',
  )
  if (!entity) return failure(NO_METADATA)
  if (others.length > 0) return failure(SEVERAL)
  const descriptor = childrenOf(entity, NS.md, 'SPSSODescriptor').find((one) =>
    (attributeOf(one, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  )
  if (!descriptor) return failure(NO_PROVIDER)
  const [logout] = (['redirect', 'post'] as const).flatMap((binding) =>
    childrenOf(descriptor, NS.md, 'SingleLogoutService')
      .filter((one) => attributeOf(one, 'Binding') === BINDINGS[binding])
      .map((one) => ({ binding, one })),
  )
  const soap = childrenOf(descriptor, NS.md, 'SingleLogoutService').find(
    (one) => attributeOf(one, 'Binding') === SOAP_BINDING,
  )
  return success({
    entity_id: attributeOf(entity, 'entityID') ?? '',
    acs_urls: consumersOf(descriptor),
    slo_url: (logout && attributeOf(logout.one, 'Location')) ?? '',
    slo_binding: logout?.binding ?? 'redirect',
    slo_response_url: (logout && attributeOf(logout.one, 'ResponseLocation')) ?? '',
    slo_soap_url: (soap && attributeOf(soap, 'Location')) ?? '',
    certificates: certificatesFor(descriptor, 'signing'),
    encryption_certificate: certificatesFor(descriptor, 'encryption')[0] ?? '',
    ...(isTrue(attributeOf(descriptor, 'AuthnRequestsSigned')) && { signed_requests: true }),
  })
}

/** Those that take forms, the default first, each with its index (saml-metadata, section 2.2.3). */
function consumersOf(descriptor: Element): string[] {
  const all = childrenOf(descriptor, NS.md, 'AssertionConsumerService').filter(
    (one) => attributeOf(one, 'Binding') === BINDINGS.post,
  )
  const chosen =
    all.find((one) => isTrue(attributeOf(one, 'isDefault'))) ??
    all.find((one) => attributeOf(one, 'isDefault') === null)
  const sorted = [...all.filter((one) => one === chosen), ...all.filter((one) => one !== chosen)]
  return sorted.map((one) => `${attributeOf(one, 'index') ?? ''}:${attributeOf(one, 'Location') ?? ''}`)
}

/** A key without a use has both (saml-metadata, section 2.4.1.1). */
const certificatesFor = (descriptor: Element, use: 'signing' | 'encryption'): string[] =>
  childrenOf(descriptor, NS.md, 'KeyDescriptor')
    .filter((one) => (attributeOf(one, 'use') ?? use) === use)
    .flatMap((one) => {
      const info = onlyChild(one, NS.ds, 'KeyInfo')
      const data = info && childrenOf(info, NS.ds, 'X509Data')[0]
      const certificate = data && childrenOf(data, NS.ds, 'X509Certificate')[0]
      return certificate ? [textIn(certificate).replace(/\s+/g, '')] : []
    })

const isTrue = (value: string | null): boolean => value === 'true' || value === '1'

const NO_METADATA = message(
  'This is not the metadata of a service provider. Paste its XML, which begins with <EntityDescriptor.',
)
const TOO_LARGE = message('This XML is too long. Paste the metadata of one service provider alone.')
const SEVERAL = message(
  'This XML describes several services. Paste the EntityDescriptor of this service provider alone.',
)
const NO_PROVIDER = message(
  'This metadata describes no service provider of SAML 2.0: it has no SPSSODescriptor. Is it that of an identity provider?',
)
