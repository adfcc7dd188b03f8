import { verify } from 'node:crypto'
import type { VerificationKey } from './parse-jwks.ts'

/**
 * Whether a JWS in compact form was signed with this key (RFC 7515, section 5.2). Uses node:crypto instead of
 * WebCrypto, which takes twice as long for ES256 and returns a promise.
 */
export function isSigned(token: string, { alg, key }: Pick<VerificationKey, 'alg' | 'key'>): boolean {
  const dot = token.lastIndexOf('.')
  const input = Buffer.from(token.slice(0, dot))
  const bare = Buffer.from(token.slice(dot + 1), 'base64url')
  const signature = alg === 'ES256' ? derSignature(bare) : bare
  return signature !== null && verify(alg === 'EdDSA' ? null : 'sha256', input, key, signature)
}

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
