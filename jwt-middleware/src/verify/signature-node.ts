import { KeyObject, verify } from 'node:crypto'
import type { PublicJwk } from '../contract/jwk.ts'
import type { VerificationKey } from './verification-key.ts'

/**
 * Whether a JWS in compact form was signed with this key (RFC 7515, section 5.2). Uses node:crypto instead of
 * WebCrypto, which takes twice as long for ES256 and returns a promise.
 */
export const isSigned: (
  token: string,
  key: Pick<VerificationKey, 'alg' | 'key'>,
) => boolean | Promise<boolean> = (token, { alg, key }) => {
  const dot = token.lastIndexOf('.')
  const input = Buffer.from(token.slice(0, dot))
  const bare = Buffer.from(token.slice(dot + 1), 'base64url')
  const signature = alg === 'ES256' ? derSignature(bare) : bare
  const own = key instanceof KeyObject ? key : KeyObject.from(key)
  return signature !== null && verify(alg === 'EdDSA' ? null : 'sha256', input, own, signature)
}

/** The key, or `null` if it is not valid. RSA keys of less than 2,048 bits are not (RFC 7518, section 3.3). */
export async function importPublicKey(jwk: PublicJwk): Promise<VerificationKey['key'] | null> {
  // Loaded here, since the auth service and apps with their own keys never need it.
  const { importJWK } = await import('jose')
  try {
    const imported = await importJWK(jwk, jwk.alg, { extractable: true })
    if (imported instanceof Uint8Array) return null
    const key = KeyObject.from(imported)
    return isStrong(key) ? key : null
  } catch {
    return null
  }
}

const isStrong = ({ asymmetricKeyDetails: { modulusLength = 2048 } = {} }: KeyObject): boolean =>
  modulusLength >= 2048

/** Bytes of r and of s on the curve P-256. */
const SIZE = 32
const SEQUENCE = 0x30
const INTEGER = 0x02

/**
 * Converts JWS's bare r and s for ES256 (RFC 7518, section 3.4) into DER; `null` unless they are 64 bytes. Node has an
 * option for that, but evaluating it takes half as long as a verification.
 */
function derSignature(bare: Buffer): Buffer | null {
  if (bare.length !== 2 * SIZE) return null
  const r = derInteger(bare.subarray(0, SIZE))
  const s = derInteger(bare.subarray(SIZE))
  return Buffer.concat([Buffer.from([SEQUENCE, r.length + s.length]), r, s])
}

/** An integer without leading zeros, except one where the first bit would make it negative (X.690, section 8.3). */
function derInteger(bytes: Buffer): Buffer {
  let start = 0
  while (start < SIZE - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  const sign = (digits[0] as number) >= 0x80 ? [0] : []
  return Buffer.concat([Buffer.from([INTEGER, digits.length + sign.length, ...sign]), digits])
}
