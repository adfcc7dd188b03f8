import { DOMImplementation, DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom'

/** An element to be written. Its name has a prefix that the writer knows. */
export interface XmlElement {
  readonly name: string
  /** Those that are `undefined` are left out. */
  readonly attributes: Readonly<Record<string, string | undefined>>
  readonly children: readonly XmlContent[]
}

/** Text, an element, or a document that was written before, and perhaps signed: its root is taken over unchanged. */
export type XmlContent = string | XmlElement | { readonly written: string }

export const element = (
  name: string,
  attributes: XmlElement['attributes'] = {},
  ...children: readonly XmlContent[]
): XmlElement => ({ name, attributes, children })

/** Writes elements whose prefixes stand for these namespaces. Text and values are escaped by the DOM's serializer. */
export function createXmlWriter(namespaces: Readonly<Record<string, string>>) {
  function namespaceOf(name: string): string {
    const namespace = namespaces[name.split(':', 1)[0] ?? '']
    if (namespace === undefined) throw new Error(`No namespace is known for ${name}.`)
    return namespace
  }

  function build(document: Document, { name, attributes, children }: XmlElement): Element {
    const node = document.createElementNS(namespaceOf(name), name)
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined) node.setAttribute(key, storable(value))
    }
    for (const child of children) {
      if (typeof child === 'string') node.appendChild(document.createTextNode(storable(child)))
      else if ('written' in child) node.appendChild(document.importNode(rootOf(child.written), true))
      else node.appendChild(build(document, child))
    }
    return node
  }

  return (root: XmlElement): string => {
    const document = new DOMImplementation().createDocument(null, '')
    document.appendChild(build(document, root))
    return new XMLSerializer().serializeToString(document)
  }
}

function rootOf(written: string): Element {
  const root = new DOMParser().parseFromString(written, 'text/xml').documentElement
  if (root === null) throw new Error('A written document has no root.')
  return root
}

/** Without the characters that XML can't contain (XML 1.0, section 2.2). */
const storable = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are left out
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
