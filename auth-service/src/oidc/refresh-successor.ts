import type { Secrets } from '../platform/crypto/derive-key.ts'
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts'

/**
 * The refresh token that follows another one. It is computed, so that every use of the earlier one within the grace
 * period gets the same successor, in any process; without SECRET_KEY it can't be guessed.
 */
export type SuccessorOf = (refreshToken: string) => string

export function createSuccessorOf({ secretKey }: Secrets): SuccessorOf {
  const hash = createKeyedHash(secretKey, 'oidcRefreshTokens')
  return (refreshToken) => hash(refreshToken).toString('base64url')
}
