import { X509Certificate } from 'node:crypto'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { type Message, message } from '../platform/i18n/message.ts'

/** Most certificates of one kind: two while the app changes its key, and some to spare. */
const MOST = 5
/** Shortest RSA key in bits. */
const MIN_BITS = 2048

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/**
 * Reads X.509 certificates, as PEM or as the base64 that metadata contains; several one after the other as PEM, or as a
 * list. Returns the base64 of each. Only their keys count: SAML takes no notice of their end, names or issuers
 * (saml-metadata-iop, section 2.3).
 */
export function readCertificates(typed: unknown): Result<readonly string[], Message> {
  const texts = Array.isArray(typed) ? typed.map(String) : splitPem(String(typed ?? ''))
  if (texts.length > MOST) return failure(message('Enter at most {count} certificates.', { count: MOST }))
  const read: string[] = []
  for (const text of texts) {
    const [body = text] = splitPem(text)
    const certificate = parse(body.replace(/\s+/g, ''))
    if (!certificate) return failure(NO_CERTIFICATE)
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
    const bits = asymmetricKeyDetails?.modulusLength ?? 0
    if (asymmetricKeyType !== 'rsa' || bits < MIN_BITS) return failure(WEAK)
    const base64 = certificate.raw.toString('base64')
    if (!read.includes(base64)) read.push(base64)
  }
  return success(read)
}

function splitPem(text: string): string[] {
  const found = [...text.matchAll(PEM)].map(([, body = '']) => body)
  return found.length > 0 ? found : [text.trim()].filter(Boolean)
}

function parse(base64: string): X509Certificate | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'))
  } catch {
    return null
  }
}

/** The certificate as PEM (RFC 7468). */
export const pemOf = (base64: string): string =>
  `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`

const NO_CERTIFICATE = message(
  'This is not an X.509 certificate. Paste it with its lines BEGIN CERTIFICATE and END CERTIFICATE.',
)
const WEAK = message('Use a certificate with an RSA key of at least {bits} bits.', { bits: MIN_BITS })
