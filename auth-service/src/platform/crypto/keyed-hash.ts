import { createHmac, hkdfSync } from 'node:crypto'

/** Names for what must not be written down: the same for the same, and nothing can be learnt from them. */
export type Pseudonyms = (text: string) => Buffer

/**
 * HMAC-SHA-256 under a key of its own (RFC 5869): without SECRET_KEY, nobody can try out all addresses there are. Each
 * purpose has other names.
 */
export function createPseudonyms(secretKey: string, purpose: string): Pseudonyms {
  const key = Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey ${purpose} v1`, 32))
  return (text) => createHmac('sha256', key).update(text).digest()
}
