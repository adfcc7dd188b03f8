import { createHmac } from 'node:crypto'
import { deriveKey, type KeyPurpose } from './derive-key.ts'

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
