import type { KeyObject, webcrypto } from 'node:crypto'
import type { PublicJwk, SigningAlgorithm } from '../contract/jwk.ts'

/** A public key and the one algorithm it may be used with (RFC 8725, section 3.1). */
export interface VerificationKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  /** Elsewhere than on Node a `CryptoKey`. */
  readonly key: KeyObject | webcrypto.CryptoKey
}

/** A key of a JWK Set. */
export interface PublishedKey extends VerificationKey {
  readonly jwk: PublicJwk
}
