import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { type Message, message } from '../platform/i18n/message.ts'
import { noByDefault, readInput, says, type Typed } from '../platform/validation/input.ts'
import { readCertificates } from './certificate-input.ts'
import { groupNames, listOf } from './oidc-client-input.ts'
import { readRedirectUri } from './redirect-uri.ts'

/** What a service provider calls its users by. */
export const NAME_ID_FORMATS = ['persistent', 'email', 'transient'] as const

export type NameIdFormat = (typeof NAME_ID_FORMATS)[number]

/** How its logout requests and ours travel: in the address, or in a form. */
export const SLO_BINDINGS = ['redirect', 'post'] as const

export type SloBinding = (typeof SLO_BINDINGS)[number]

/** An assertion consumer service: where the browser brings the answer, always with a form. */
export interface Consumer {
  readonly index: number
  readonly url: string
}

/** What makes an app a service provider of SAML 2.0. */
export interface ServiceProvider {
  readonly entityId: string
  /** At least one; the first one is the default. */
  readonly consumers: readonly Consumer[]
  /** Where it hears of sign-outs; `null` if it does not. */
  readonly sloUrl: string | null
  readonly sloBinding: SloBinding
  /** Where answers to its own logout requests go, if elsewhere. */
  readonly sloResponseUrl: string | null
  /** Where it hears of sign-outs without a browser, by SOAP; `null` if it does not. */
  readonly soapUrl: string | null
  /** With which it signs: base64 of X.509 in DER. */
  readonly certificates: readonly string[]
  /** For which assertions are encrypted. Default: the first one of the others. */
  readonly encryptionCertificate: string | null
  /** Unless a request asks for another one. */
  readonly nameIdFormat: NameIdFormat
  readonly requiresSignedRequests: boolean
  readonly encryptsAssertions: boolean
  /** Whether its link on the account page begins a sign-in without a request of the app. */
  readonly startsHere: boolean
  /** Names of the groups that may use it; `null` for all users. */
  readonly groups: readonly string[] | null
}

/** Unvalidated input: lists as lists, or as text with white space between; groups with commas. */
export type ServiceProviderInput = Typed<typeof serviceProviderInput>

/** Error messages by field, for the administrator. */
export type ServiceProviderErrors = Partial<Record<keyof ServiceProviderInput, Message>>

export type ServiceProviderResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly errors: ServiceProviderErrors }

const MAX_CONSUMERS = 20
/** Longest entity ID (saml-core, section 8.3.6). */
const MAX_ENTITY_ID = 1024
/** `index` is an unsigned short. */
const MAX_INDEX = 65_535

const text = v.pipe(v.optional(v.any(), ''), v.metadata({ type: 'string' }))
const texts = v.pipe(
  v.optional(v.any(), ''),
  v.metadata({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }),
)

const oneOf = <const Choice extends string>(choices: readonly Choice[], fallback: NoInfer<Choice>) =>
  v.optional(
    v.picklist(choices, says(message('Choose one of: {choices}.', { choices: choices.join(', ') }))),
    fallback,
  )

/** The input that describes a service provider. What the fields mean together is checked by {@link readServiceProvider}. */
export const serviceProviderInput = v.object({
  /** Its metadata as XML: it takes precedence over the other fields. */
  metadata: text,
  entity_id: text,
  acs_urls: listOf(/\s+/),
  slo_url: text,
  slo_binding: oneOf(SLO_BINDINGS, 'redirect'),
  slo_response_url: text,
  slo_soap_url: text,
  certificates: texts,
  encryption_certificate: text,
  name_id_format: oneOf(NAME_ID_FORMATS, 'persistent'),
  signed_requests: noByDefault,
  encrypt_assertions: noByDefault,
  starts_here: noByDefault,
  groups: groupNames,
})

type Read = v.InferOutput<typeof serviceProviderInput>

/** Validates the description of a service provider; `httpsOnly` if the auth service uses https. */
export async function readServiceProvider(
  input: ServiceProviderInput,
  httpsOnly: boolean,
): Promise<ServiceProviderResult<ServiceProvider>> {
  const { metadata } = input
  const isGiven = typeof metadata === 'string' && metadata.trim() !== ''
  const said = isGiven ? await readFrom(metadata) : null
  if (said && !said.ok) return { ok: false, errors: { metadata: said.reason } }
  const read = readInput(serviceProviderInput, { ...input, ...said?.value })
  if (!read.ok) return read
  const provider = providerOf(read.value, httpsOnly)
  if (provider.ok) return provider
  // The fields beside the metadata are hidden from the problem otherwise.
  const { field, text } = provider.reason
  return { ok: false, errors: { [said && field in said.value ? 'metadata' : field]: text } }
}

/** What reads XML is loaded when it is needed. */
async function readFrom(metadata: string) {
  const { readMetadata } = await import('./service-provider-metadata.ts')
  return readMetadata(metadata)
}

interface Problem {
  readonly field: keyof Read
  readonly text: Message
}

const problem = (field: keyof Read, text: Message): Result<never, Problem> => failure({ field, text })

function providerOf(input: Read, httpsOnly: boolean): Result<ServiceProvider, Problem> {
  const entityId = String(input.entity_id).trim()
  if (!/^[!-~]+$/.test(entityId) || entityId.length > MAX_ENTITY_ID)
    return problem('entity_id', ENTER_ENTITY_ID)
  const consumers = readConsumers(input.acs_urls, httpsOnly)
  if (!consumers.ok) return problem('acs_urls', consumers.reason)
  const slo = readAddress(input.slo_url, httpsOnly)
  if (!slo.ok) return problem('slo_url', slo.reason)
  const answers = readAddress(input.slo_response_url, httpsOnly)
  if (!answers.ok) return problem('slo_response_url', answers.reason)
  const soap = readAddress(input.slo_soap_url, httpsOnly)
  if (!soap.ok) return problem('slo_soap_url', soap.reason)
  const certificates = readCertificates(input.certificates)
  if (!certificates.ok) return problem('certificates', certificates.reason)
  const encryption = readCertificates(input.encryption_certificate)
  if (!encryption.ok) return problem('encryption_certificate', encryption.reason)
  const [encryptionCertificate = null] = encryption.value
  if (input.signed_requests && certificates.value.length === 0)
    return problem('certificates', NEEDS_CERTIFICATE)
  if (input.encrypt_assertions && encryptionCertificate === null && certificates.value.length === 0) {
    return problem('encryption_certificate', NEEDS_ENCRYPTION)
  }
  return success({
    entityId,
    consumers: consumers.value,
    sloUrl: slo.value,
    sloBinding: input.slo_binding,
    sloResponseUrl: answers.value,
    soapUrl: soap.value,
    certificates: certificates.value,
    encryptionCertificate,
    nameIdFormat: input.name_id_format,
    requiresSignedRequests: input.signed_requests,
    encryptsAssertions: input.encrypt_assertions,
    startsHere: input.starts_here,
    groups: input.groups,
  })
}

/** `https://…`, or `3:https://…` with its index; without one, it is its place in the list. */
function readConsumers(given: readonly unknown[], httpsOnly: boolean): Result<readonly Consumer[], Message> {
  if (given.length === 0) return failure(ENTER_ACS)
  if (given.length > MAX_CONSUMERS) {
    return failure(message('Enter at most {count} {count:address|addresses}.', { count: MAX_CONSUMERS }))
  }
  const consumers: Consumer[] = []
  for (const [place, one] of given.entries()) {
    const [, number = String(place), url = ''] = /^(?:(\d{1,5}):)?(.*)$/s.exec(String(one)) ?? []
    const read = readRedirectUri(url, { httpsOnly, isPublic: false })
    if (!read.ok || read.value.kind === 'native') return failure(notAnAddress(url))
    const index = Number(number)
    if (index > MAX_INDEX || consumers.some((other) => other.index === index)) return failure(SAME_INDEX)
    consumers.push({ index, url: read.value.uri })
  }
  return success(consumers)
}

function readAddress(typed: unknown, httpsOnly: boolean): Result<string | null, Message> {
  if (typed === '' || typed === null) return success(null)
  const read = readRedirectUri(String(typed).trim(), { httpsOnly, isPublic: false })
  return read.ok && read.value.kind !== 'native'
    ? success(read.value.uri)
    : failure(notAnAddress(String(typed)))
}

const notAnAddress = (typed: string): Message =>
  message('“{url}” is not an address like https://app.example.com/saml.', { url: typed.slice(0, 200) })

/** As JSON, and as input. */
export const providerDetailsOf = (provider: ServiceProvider) => ({
  entity_id: provider.entityId,
  acs_urls: provider.consumers.map(({ index, url }, place) => (index === place ? url : `${index}:${url}`)),
  slo_url: provider.sloUrl,
  slo_binding: provider.sloBinding,
  slo_response_url: provider.sloResponseUrl,
  slo_soap_url: provider.soapUrl,
  certificates: provider.certificates,
  encryption_certificate: provider.encryptionCertificate,
  name_id_format: provider.nameIdFormat,
  signed_requests: provider.requiresSignedRequests,
  encrypt_assertions: provider.encryptsAssertions,
  starts_here: provider.startsHere,
  groups: provider.groups,
})

const ENTER_ENTITY_ID = message(
  'Enter the entity ID of the app, exactly as the app names it, e.g. https://app.example.com/saml/metadata.',
)
const ENTER_ACS = message(
  'Enter at least one address for responses (ACS) that takes HTTP-POST, e.g. https://app.example.com/saml/acs.',
)
const SAME_INDEX = message('Each of these addresses needs an index of its own, at most 65535.')
const NEEDS_CERTIFICATE = message(
  'Enter the certificate with which the app signs: without it, no signed request can be verified.',
)
const NEEDS_ENCRYPTION = message('Enter the certificate for which assertions are encrypted.')
