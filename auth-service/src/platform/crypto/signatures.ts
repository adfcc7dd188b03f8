import { timingSafeEqual } from 'node:crypto'
import type { KeyPurpose, Secrets } from './derive-key.ts'
import { createKeyedHash } from './keyed-hash.ts'

/** Signs values that browsers and commands return: HMAC-SHA-256 under a key derived from SECRET_KEY (RFC 2104). */
export interface Signatures {
  sign(data: string | Uint8Array): Buffer
  /** Whether the signature was made with SECRET_KEY or an earlier one. */
  isValid(data: string | Uint8Array, signature: Uint8Array): boolean
}

/** Creates signatures for one purpose; `bytes` is their length. Default: 32, the full length. */
export function createSignatures(
  { secretKey, secretKeyFallbacks }: Secrets,
  purpose: KeyPurpose,
  bytes = 32,
): Signatures {
  const [hash, ...earlier] = [secretKey, ...secretKeyFallbacks].map((secret) => {
    const full = createKeyedHash(secret, purpose)
    return (data: string | Uint8Array) => full(data).subarray(0, bytes)
  }) as [(data: string | Uint8Array) => Buffer]
  return {
    sign: hash,
    isValid: (data, signature) =>
      signature.length === bytes && [hash, ...earlier].some((one) => timingSafeEqual(one(data), signature)),
  }
}
