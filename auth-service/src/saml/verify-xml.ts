import type { Element } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { pemOf } from '../apps/certificate-input.ts'
import { ALGORITHMS, NS } from '../platform/xml/saml-names.ts'
import { attributeOf, childrenOf, elementsIn, onlyChild } from '../platform/xml/strict-xml.ts'

/** Why a signature does not count. */
export type SignatureProblem = 'misplaced_signature' | 'weak_algorithm' | 'bad_signature'

export type Verified =
  /** What was signed: the only thing to read. */
  { readonly ok: true; readonly signed: string } | { readonly ok: false; readonly reason: SignatureProblem }

const { rsaSha256, rsaSha512, sha256, sha512, exclusive, enveloped } = ALGORITHMS

/** Whether the document has a signature anywhere. */
export const hasSignature = (root: Element): boolean => signaturesIn(root).length > 0

const signaturesIn = (root: Element): Element[] =>
  elementsIn(root).filter((one) => one.localName === 'Signature' && one.namespaceURI === NS.ds)

/**
 * Verifies the signature of a whole document by one of these certificates (base64 of DER). There must be exactly one
 * signature, directly in the root, over the root, by its ID (saml-core, section 5.4.2), with nothing in it that the
 * signature does not need. Certificates in the message are not looked at. Read only what it returns: the bytes that were
 * signed, and not the document around them.
 */
export function verifyXml(text: string, root: Element, certificates: readonly string[]): Verified {
  const [signature, ...others] = signaturesIn(root)
  if (!signature || others.length > 0 || signature.parentNode !== root) return misplaced
  const info = onlyChild(signature, NS.ds, 'SignedInfo')
  const reference = info && onlyChild(info, NS.ds, 'Reference')
  const id = attributeOf(root, 'ID')
  if (!info || !reference || childrenOf(signature, NS.ds, 'Object').length > 0) return misplaced
  if (!id || !NCNAME.test(id) || attributeOf(reference, 'URI') !== `#${id}`) return misplaced
  if (!hasKnownAlgorithms(info, reference)) return { ok: false, reason: 'weak_algorithm' }
  for (const certificate of certificates) {
    const signed = signedBy(text, signature, certificate)
    if (signed !== null) return { ok: true, signed }
  }
  return { ok: false, reason: 'bad_signature' }
}

const misplaced = { ok: false, reason: 'misplaced_signature' } as const

/** An `ID` (XML Schema 1, part 2, section 3.3.8), in ASCII and of a sensible length. */
export const NCNAME = /^[A-Za-z_][\w.-]{0,199}$/

/** SHA-1 and everything older or stranger is refused. */
function hasKnownAlgorithms(info: Element, reference: Element): boolean {
  const algorithm = (parent: Element, name: string) => {
    const child = onlyChild(parent, NS.ds, name)
    return child && attributeOf(child, 'Algorithm')
  }
  const transforms = onlyChild(reference, NS.ds, 'Transforms')
  const steps = transforms ? childrenOf(transforms, NS.ds, 'Transform') : []
  return (
    algorithm(info, 'CanonicalizationMethod') === exclusive &&
    [rsaSha256, rsaSha512].includes(algorithm(info, 'SignatureMethod') as typeof rsaSha256) &&
    [sha256, sha512].includes(algorithm(reference, 'DigestMethod') as typeof sha256) &&
    steps.length === 2 &&
    steps.every((step, place) => attributeOf(step, 'Algorithm') === [enveloped, exclusive][place])
  )
}

/** What this certificate signed; `null` if it did not. */
function signedBy(text: string, signature: Element, certificate: string): string | null {
  const verifier = new SignedXml({
    publicCert: pemOf(certificate),
    // The keys in a message are anyone's.
    getCertFromKeyInfo: () => null,
  })
  try {
    verifier.loadSignature(signature as never)
    if (!verifier.checkSignature(text)) return null
    const [signed, ...others] = verifier.getSignedReferences()
    return others.length === 0 ? (signed ?? null) : null
  } catch {
    return null
  }
}
