import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { DOMParser, type Document, type Element, type Node } from '@xmldom/xmldom'

/** Why a text is refused, although other parsers may accept it: a constant, for logs. */
export type XmlProblem =
  | 'too_large'
  | 'not_xml'
  | 'dtd'
  | 'not_one_root'
  | 'comment'
  | 'duplicate_id'
  | 'too_deep'

/** Longest document in characters. */
export const MAX_XML = 64 * 1024
/** Deepest nesting of elements. */
const MAX_DEPTH = 40
/** Most tags, and most attributes: what parses and canonicalizes them takes a second for the longest document otherwise. */
const MAX_PARTS = 2000

export interface ReadXmlOptions {
  /** Whether comments may stand between elements. Default: none at all. */
  readonly comments?: boolean
}

/**
 * Parses a document that a stranger may have written. What parsers read differently is refused: document types,
 * entities, processing instructions, CDATA, comments inside text, two roots, two elements with one ID, and everything
 * that is not well-formed XML 1.0 in UTF-8.
 */
export function readXml(
  text: string,
  { comments = false }: ReadXmlOptions = {},
): Result<Element, XmlProblem> {
  if (text.length > MAX_XML) return failure('too_large')
  const declared = /^<\?xml\s[^<>]*?\?>/.exec(text)?.[0] ?? ''
  if (
    /\sencoding\s*=\s*(["'])(?!utf-8\1)/i.test(declared) ||
    !/version\s*=\s*(["'])1\.0\1/.test(declared || V1)
  ) {
    return failure('not_xml')
  }
  const body = text.slice(declared.length)
  if (/<!\s*(?:DOCTYPE|ENTITY)/i.test(body)) return failure('dtd')
  if (NOT_XML.test(text) || body.includes('<![') || body.includes('<?')) return failure('not_xml')
  if (hasTooManyParts(body)) return failure('too_large')
  const outside = comments ? body.replace(/<!--.*?-->/gs, '') : body
  if (outside.includes(']]>') || hasBadReference(outside)) return failure('not_xml')
  const document = parse(body)
  if (document === null) return failure('not_xml')
  const roots = [...document.childNodes].filter((node) => node.nodeType === ELEMENT)
  const [root] = roots as Element[]
  if (roots.length !== 1 || root === undefined || hasTextOutside(document)) return failure('not_one_root')
  if (isTooDeep(root)) return failure('too_deep')
  const problem = problemIn(root, comments) ?? (comments ? null : commentBeside(document))
  return problem === null ? success(root) : failure(problem)
}

const V1 = 'version="1.0"'
const [ELEMENT, TEXT, COMMENT] = [1, 3, 8]

/** Characters that XML 1.0 has no place for (section 2.2). */
const NOT_XML =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/** An `&`, with the name or the number of a character if one follows. */
const REFERENCE = /&(?:(amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)?/g

/** Parsers also take an `&` for itself, and numbers of characters that XML has no place for. */
const hasBadReference = (text: string): boolean =>
  [...text.matchAll(REFERENCE)].some(([, reference]) => {
    if (reference === undefined) return true
    if (!reference.startsWith('#')) return false
    const code = Number(reference.replace(/^#(x?)/, '0$1'))
    return code > 0x10ffff || NOT_XML.test(String.fromCodePoint(code))
  })

function parse(text: string): Document | null {
  const refuse = () => {
    throw new Error('not well-formed')
  }
  try {
    return new DOMParser({ locator: false, onError: refuse }).parseFromString(text, 'text/xml')
  } catch {
    return null
  }
}

/** By the text alone, before anything is made of it. A `<` has no other place than before a tag or a comment. */
const hasTooManyParts = (text: string): boolean =>
  [/</g, /=\s*["']/g].some((part) => (text.match(part)?.length ?? 0) > MAX_PARTS)

/** Level by level: what calls itself for each element inside another runs out of stack. */
function isTooDeep(root: Element): boolean {
  let level = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_DEPTH) return true
    level = level.flatMap((element) => [...element.childNodes].filter(isElement))
  }
  return false
}

const hasTextOutside = (document: Document): boolean =>
  [...document.childNodes].some((node) => node.nodeType === TEXT && (node.nodeValue ?? '').trim() !== '')

const commentBeside = (document: Document): XmlProblem | null =>
  [...document.childNodes].some((node) => node.nodeType === COMMENT) ? 'comment' : null

/** What is wrong with an element or those inside it. */
function problemIn(root: Element, comments: boolean): XmlProblem | null {
  const ids = new Set<string>()
  for (const element of elementsIn(root)) {
    const children = [...element.childNodes]
    const kinds = new Set(children.map(({ nodeType }) => nodeType))
    if (kinds.has(COMMENT) && (!comments || textIn(element).trim() !== '')) return 'comment'
    for (const { name, value } of element.attributes) {
      if (!/^(?:xml:)?id$/i.test(name)) continue
      if (ids.has(value)) return 'duplicate_id'
      ids.add(value)
    }
  }
  return null
}

/** The element and all inside it. */
export function elementsIn(root: Element): Element[] {
  return [root, ...[...root.childNodes].filter(isElement).flatMap(elementsIn)]
}

const isElement = (node: Node): node is Element => node.nodeType === ELEMENT

/** Its direct children with this name in this namespace. */
export const childrenOf = (parent: Element, namespace: string, name: string): Element[] =>
  [...parent.childNodes]
    .filter(isElement)
    .filter((child) => child.namespaceURI === namespace && child.localName === name)

/** The only such child; `null` for none, or several. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | null {
  const found = childrenOf(parent, namespace, name)
  return found.length === 1 ? (found[0] as Element) : null
}

/** The text directly in an element. */
export const textIn = (element: Element): string =>
  [...element.childNodes]
    .filter(({ nodeType }) => nodeType === TEXT)
    .map(({ nodeValue }) => nodeValue ?? '')
    .join('')

/** An attribute without a namespace; `null` if it is missing. */
export const attributeOf = (element: Element, name: string): string | null =>
  element.hasAttribute(name) ? element.getAttribute(name) : null
