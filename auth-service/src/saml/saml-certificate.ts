import { KeyObject, webcrypto } from 'node:crypto'

/** A new key, and the certificate that it signed itself. */
export interface NewSamlKey {
  readonly privateKey: KeyObject
  /** X.509 in DER, as base64. */
  readonly certificate: string
}

/** RSA with SHA-256: the one algorithm that every service provider verifies. */
const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
}

/** Years until its end, at which some products refuse it: longer than it will be in use. */
const YEARS = 20
/** Before now in ms, for service providers whose clock is behind. */
const EARLIER = 86_400_000

/** Makes a key of 2048 bits, and a self-signed certificate for this host. `now` is in ms. */
export async function makeSamlKey(host: string, now: number): Promise<NewSamlKey> {
  // The library reads its own metadata by it. Both are loaded once in years.
  await import('reflect-metadata')
  const {
    cryptoProvider,
    X509CertificateGenerator,
    BasicConstraintsExtension,
    KeyUsagesExtension,
    KeyUsageFlags,
  } = await import('@peculiar/x509')
  cryptoProvider.set(webcrypto as never)
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + YEARS)
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
      .toString('hex')
      .replace(/^./, '4'),
    name: [{ CN: [host.slice(0, MAX_NAME)] }],
    notBefore: new Date(now - EARLIER),
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    ],
  })
  return {
    privateKey: KeyObject.from(keys.privateKey),
    certificate: Buffer.from(certificate.rawData).toString('base64'),
  }
}

/** Longest common name (RFC 5280, appendix A.1). */
const MAX_NAME = 64
