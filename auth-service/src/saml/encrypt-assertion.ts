import { X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { encrypt } from 'xml-encryption'
import { pemOf } from '../apps/certificate-input.ts'
import { ALGORITHMS } from '../platform/xml/saml-names.ts'
import { element, type XmlElement } from '../platform/xml/xml-tree.ts'

/**
 * Encrypts a signed assertion for a service provider (saml-core, section 2.3.4): AES-256-GCM under a new key, which is
 * encrypted with RSA-OAEP for its certificate (base64 of DER). OAEP uses SHA-1 by this name of the
 * algorithm, which all products take; its strength does not depend on collisions (RFC 8017, section 7.1).
 */
export async function encryptAssertion(assertion: string, certificate: string): Promise<XmlElement> {
  const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'))
  const written = await promisify(encrypt)(assertion, {
    rsa_pub: publicKey.export({ format: 'pem', type: 'spki' }),
    pem: pemOf(certificate),
    encryptionAlgorithm: ALGORITHMS.aes256Gcm,
    keyEncryptionAlgorithm: ALGORITHMS.rsaOaep,
  })
  return element('saml:EncryptedAssertion', {}, { written })
}
