import { SignedXml } from 'xml-crypto'
import { pemOf } from '../apps/certificate-input.ts'
import { ALGORITHMS } from '../platform/xml/saml-names.ts'
import type { SamlKey } from './saml-keys.ts'

/**
 * Signs the root of a document, which has an `ID` (saml-core, section 5.4): enveloped, RSA-SHA256, exclusive
 * canonicalization. The signature follows the issuer, or is the first child of a root without one.
 */
export function signXml(xml: string, { privateKey, certificate }: SamlKey, hasIssuer = true): string {
  const { rsaSha256, sha256, exclusive, enveloped } = ALGORITHMS
  const signer = new SignedXml({
    privateKey,
    publicCert: pemOf(certificate),
    signatureAlgorithm: rsaSha256,
    canonicalizationAlgorithm: exclusive,
  })
  signer.addReference({ xpath: '/*', transforms: [enveloped, exclusive], digestAlgorithm: sha256 })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: hasIssuer
      ? { reference: "/*/*[local-name(.)='Issuer']", action: 'after' }
      : { reference: '/*', action: 'prepend' },
  })
  return signer.getSignedXml()
}
