import { timingSafeEqual } from 'node:crypto'
import type { KeyPurpose, Secrets } from './derive-key.ts'
import { createKeyedHash } from './keyed-hash.ts'

/** Signs what browsers and commands bring back: HMAC-SHA-256 under a key derived from SECRET_KEY (RFC 2104). */
export interface Signatures {
  sign(data: string | Uint8Array): Buffer
  /** Whether it was signed so with SECRET_KEY, or an earlier one. */
  isValid(data: string | Uint8Array, signature: Uint8Array): boolean
}

/** Makes them for one purpose; `bytes` is the length that signatures are cut to. Default: 32, all of it. */
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
