import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import type { SigningAlgorithm } from '@latchkey/jwt-middleware'

// node:crypto rather than WebCrypto: half the time for ES256, and it answers without a promise.

/** A new private key for the algorithm (RFC 7518, section 3.1; RFC 8037). */
export function generateKey(alg: SigningAlgorithm): KeyObject {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    case 'EdDSA':
      return generateKeyPairSync('ed25519').privateKey
  }
}

export const publicJwk = (key: KeyObject): JsonWebKey => createPublicKey(key).export({ format: 'jwk' })

export const exportPrivateKey = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'pkcs8' })

export const importPrivateKey = (der: Buffer): KeyObject =>
  createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })

// JWS wants the bare r and s of an ECDSA signature (RFC 7518, section 3.4), not DER. Other kinds don't look.
const dsaEncoding = 'ieee-p1363'

/** A JWS in compact form (RFC 7515, section 7.1). */
export function signJws(
  header: { alg: SigningAlgorithm; kid: string; typ: string },
  payload: object,
  key: KeyObject,
): string {
  const input = `${encode(header)}.${encode(payload)}`
  const digest = header.alg === 'EdDSA' ? null : 'sha256'
  return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding }).toString('base64url')}`
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
