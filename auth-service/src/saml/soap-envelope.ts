import type { Element } from '@xmldom/xmldom'
import { childrenOf, onlyChild, readXml } from '../platform/xml/strict-xml.ts'

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'

/** Puts a message, which may be signed, into an envelope of SOAP 1.1 (saml-bindings, section 3.2.2). */
export const inEnvelope = (message: string): string =>
  `<S:Envelope xmlns:S="${SOAP}"><S:Body>${message}</S:Body></S:Envelope>`

/** The message in an envelope. A fault contains no message: `null`. */
export function outOfEnvelope(text: string, namespace: string, name: string): Element | null {
  const read = readXml(text.trim())
  if (!read.ok || read.value.namespaceURI !== SOAP || read.value.localName !== 'Envelope') return null
  const [body, ...others] = childrenOf(read.value, SOAP, 'Body')
  return body && others.length === 0 ? onlyChild(body, namespace, name) : null
}
