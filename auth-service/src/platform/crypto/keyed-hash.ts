import { createHmac, timingSafeEqual } from 'node:crypto'
import { deriveKey, type KeyPurpose, type Secrets } from './derive-key.ts'

/** HMAC-SHA-256 under a key derived from SECRET_KEY. */
export type KeyedHash = (data: string | Uint8Array) => Buffer

/**
 * Hashes what must not be stored or sent in plain text, and signs. The same input gives the same hash, each purpose has
 * hashes of its own, and guessing inputs needs SECRET_KEY.
 */
export function createKeyedHash(secretKey: string, purpose: KeyPurpose): KeyedHash {
  const key = deriveKey(secretKey, purpose)
  return (data) => createHmac('sha256', key).update(data).digest()
}

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
