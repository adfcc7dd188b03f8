import { DOMParser, type Element, XMLSerializer } from '@xmldom/xmldom'

const SAMLP = 'urn:oasis:names:tc:SAML:2.0:protocol'
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'

/** The sessions that a verified logout request names; node-saml tells the first one alone. */
export const sessionIndexesIn = (xml: string): string[] =>
  [...rootOf(xml).getElementsByTagNameNS(SAMLP, 'SessionIndex')].map((one) => one.textContent ?? '')

/** The message in a SOAP envelope (saml-bindings, section 3.2), not verified yet; `null` without exactly one. */
export function messageIn(envelope: string): string | null {
  const root = rootOf(envelope)
  if (root.namespaceURI !== SOAP || root.localName !== 'Envelope') return null
  const [message, ...others] = elementsOf(root)
    .filter(({ namespaceURI, localName }) => namespaceURI === SOAP && localName === 'Body')
    .flatMap(elementsOf)
  return message && others.length === 0 ? new XMLSerializer().serializeToString(message) : null
}

/** Parses XML from the auth service. Throws on malformed XML, and on a document type, which could define entities. */
function rootOf(xml: string): Element {
  const document = new DOMParser({
    onError(_level, message) {
      throw new Error(message)
    },
  }).parseFromString(xml, 'text/xml')
  if (document.doctype || !document.documentElement) throw new Error('This is not a message of SAML.')
  return document.documentElement
}

const elementsOf = (parent: Element): Element[] =>
  [...parent.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE)
