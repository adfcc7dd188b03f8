import { inflateRawSync } from 'node:zlib'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Element } from '@xmldom/xmldom'
import { NS } from '../platform/xml/saml-names.ts'
import {
  attributeOf,
  elementsIn,
  MAX_XML,
  onlyChild,
  readXml,
  textIn,
  type XmlProblem,
} from '../platform/xml/strict-xml.ts'
import { type RedirectProblem, type RedirectQuery, verifyRedirect } from './redirect-query.ts'
import { hasSignature, NCNAME, type SignatureProblem, verifyXml } from './verify-xml.ts'

/** Why a message is refused: a constant, for logs and for the administrator of the app. */
export type MessageProblem =
  | XmlProblem
  | SignatureProblem
  | RedirectProblem
  | 'not_base64'
  | 'not_deflated'
  | 'not_utf8'
  | 'not_saml'
  | 'several_messages'
  | 'unknown_issuer'
  | 'unsigned'
  | 'wrong_destination'
  | 'too_old'
  | 'from_the_future'
  | 'replayed'
  | 'unknown_consumer'
  | 'unsupported_binding'
  | 'long_relay_state'
  | 'unexpected_answer'

/** The messages that we take. */
export type MessageKind = 'AuthnRequest' | 'LogoutRequest' | 'LogoutResponse'

/** A message as it came in. */
export type Received =
  /** By HTTP-Redirect (saml-bindings, section 3.4): the query as it was sent, still encoded. */
  | { readonly binding: 'redirect'; readonly query: RedirectQuery }
  /** By HTTP-POST (section 3.5): the fields of the form. */
  | { readonly binding: 'post'; readonly message: string; readonly relayState: string | null }

/** A message that was parsed, but says nothing yet: its signature was not looked at. */
export interface Unverified {
  readonly received: Received
  readonly text: string
  readonly root: Element
  readonly kind: MessageKind
  /** The entity ID of its sender, as it claims. */
  readonly issuer: string
}

/** A message of a service provider, whose signature counts if it has to. Times in seconds. */
export interface Message {
  /** What to read: the signed document, or the whole one without a signature. */
  readonly root: Element
  readonly id: string
  readonly isSigned: boolean
  readonly issueInstant: number
  readonly destination: string | null
}

/** Decodes and parses a message strictly. */
export function openMessage(received: Received): Result<Unverified, MessageProblem> {
  const text =
    received.binding === 'post' ? decodeForm(received.message) : decodeQuery(received.query.message)
  if (!text.ok) return text
  const read = readXml(text.value)
  if (!read.ok) return read
  const root = read.value
  const kind = KINDS.find((name) => root.localName === name)
  if (!kind || root.namespaceURI !== NS.samlp) return failure('not_saml')
  if (elementsIn(root).filter(isMessage).length > 1) return failure('several_messages')
  const issuer = issuerOf(root)
  if (issuer === null || issuer === '') return failure('not_saml')
  return success({ received, text: text.value, root, kind, issuer })
}

export interface VerifyOptions {
  /** Those of its sender. */
  readonly certificates: readonly string[]
  readonly mustBeSigned: boolean
  /** Our address that it was sent to. */
  readonly destination: string
  /** In seconds. */
  readonly now: number
}

/** Verifies what must be true of every message of this sender, and returns what may be read. */
export function verifyMessage(
  { received, text, root, issuer }: Unverified,
  { certificates, mustBeSigned, destination, now }: VerifyOptions,
): Result<Message, MessageProblem> {
  const verified = verifySignature({ received, text, root }, certificates)
  if (!verified.ok) return verified
  const { signed, isSigned } = verified.value
  if (mustBeSigned && !isSigned) return failure('unsigned')
  // What was signed has the same issuer, whose certificate it was.
  if (issuerOf(signed) !== issuer || signed.localName !== root.localName)
    return failure('misplaced_signature')
  const id = attributeOf(signed, 'ID') ?? ''
  const issued = Date.parse(attributeOf(signed, 'IssueInstant') ?? '') / 1000
  if (attributeOf(signed, 'Version') !== '2.0' || !NCNAME.test(id) || Number.isNaN(issued))
    return failure('not_saml')
  if (issued > now + CLOCK_SKEW) return failure('from_the_future')
  if (issued < now - MAX_AGE) return failure('too_old')
  const sentTo = attributeOf(signed, 'Destination')
  // A signed message names its destination (saml-bindings, sections 3.4.5.2 and 3.5.5.2).
  if (sentTo === null ? isSigned && mustBeSigned : sentTo !== destination) return failure('wrong_destination')
  return success({ root: signed, id, isSigned, issueInstant: issued, destination: sentTo })
}

/** How far ahead the clock of a service provider may be, in seconds. */
const CLOCK_SKEW = 180
/** How long a message may take to arrive, in seconds. A replay is known for longer. */
const MAX_AGE = 600

const KINDS: readonly MessageKind[] = ['AuthnRequest', 'LogoutRequest', 'LogoutResponse']

/** Everything that is sent as a message of its own, or that an identity provider signs. */
const MESSAGES = new Set([...KINDS, 'Response', 'Assertion', 'ArtifactResolve', 'ArtifactResponse'])

const isMessage = ({ localName, namespaceURI }: Element): boolean =>
  MESSAGES.has(localName ?? '') && (namespaceURI === NS.samlp || namespaceURI === NS.saml)

/** `null` if it has none, or several. */
function issuerOf(root: Element): string | null {
  const issuer = onlyChild(root, NS.saml, 'Issuer')
  return issuer && textIn(issuer).trim()
}

/**
 * The signature is in the query (saml-bindings, section 3.4.4.1) or in the document. Without certificates it can't be
 * verified, so that the message counts as unsigned.
 */
function verifySignature(
  { received, text, root }: Pick<Unverified, 'received' | 'text' | 'root'>,
  certificates: readonly string[],
): Result<{ readonly signed: Element; readonly isSigned: boolean }, MessageProblem> {
  if (certificates.length === 0) return success({ signed: root, isSigned: false })
  if (received.binding === 'redirect') {
    const { query } = received
    if (query.signature !== null) {
      // It is over the whole document, in which some products leave another signature.
      const verified = verifyRedirect(query, certificates)
      return verified.ok ? success({ signed: root, isSigned: true }) : verified
    }
    return hasSignature(root) ? failure('misplaced_signature') : success({ signed: root, isSigned: false })
  }
  if (!hasSignature(root)) return success({ signed: root, isSigned: false })
  const verified = verifyXml(text, root, certificates)
  if (!verified.ok) return failure(verified.reason)
  const read = readXml(verified.signed)
  return read.ok ? success({ signed: read.value, isSigned: true }) : read
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeForm(message: string): Result<string, MessageProblem> {
  const bytes = fromBase64(message)
  if (bytes === null) return failure('not_base64')
  return bytes.length > MAX_XML ? failure('too_large') : asText(bytes)
}

/** DEFLATE (saml-bindings, section 3.4.4.1), up to the longest document: a small message must not become a large one. */
function decodeQuery(message: string): Result<string, MessageProblem> {
  const bytes = fromBase64(message)
  if (bytes === null) return failure('not_base64')
  try {
    return asText(inflateRawSync(bytes, { maxOutputLength: MAX_XML }))
  } catch (error) {
    return failure(
      (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'not_deflated',
    )
  }
}

function asText(bytes: Uint8Array): Result<string, MessageProblem> {
  try {
    return success(utf8.decode(bytes))
  } catch {
    return failure('not_utf8')
  }
}

/** Line breaks may stand anywhere (RFC 2045, section 6.8). */
function fromBase64(text: string): Buffer | null {
  const compact = text.replace(/[\r\n\t ]+/g, '')
  if (compact === '' || compact.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return null
  return Buffer.from(compact, 'base64')
}
