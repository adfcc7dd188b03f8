import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import type { SigningAlgorithm } from '@latchkey/jwt-middleware/contract'

// node:crypto instead of WebCrypto: half the time for ES256, and synchronous.

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

/** A JWS in compact form (RFC 7515, section 7.1). */
export function signJws(
  header: { alg: SigningAlgorithm; kid: string; typ: string },
  payload: object,
  key: KeyObject,
): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${jwsSignature(header.alg, Buffer.from(input), key).toString('base64url')}`
}

/** The signature of a JWS signing input (RFC 7515, section 5.1). */
export function jwsSignature(alg: SigningAlgorithm, input: Uint8Array, key: KeyObject): Buffer {
  const signature = sign(alg === 'EdDSA' ? null : 'sha256', input, key)
  return alg === 'ES256' ? bareSignature(signature) : signature
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Bytes of r and of s on the curve P-256. */
const SIZE = 32

/**
 * Converts node:crypto's DER into the bare r and s of JWS (RFC 7518, section 3.4). Node has an option for that, but
 * evaluating it takes longer than signing.
 */
function bareSignature(der: Buffer): Buffer {
  const bare = Buffer.alloc(2 * SIZE)
  // A sequence of two integers, with a leading zero only where they would be negative; every length is below 128, and
  // so one byte (X.690, sections 8.1.3 and 8.3).
  let at = 2
  for (const end of [SIZE, 2 * SIZE]) {
    const next = at + 2 + (der[at + 1] as number)
    const integer = der.subarray(Math.max(at + 2, next - SIZE), next)
    integer.copy(bare, end - integer.length)
    at = next
  }
  return bare
}
