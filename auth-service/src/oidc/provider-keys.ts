import { createPublicKey, type KeyObject } from 'node:crypto'
import type { PublicJwk } from '@latchkey/jwt-middleware/contract'
import type { ExternalSigningKey } from 'oidc-provider'
import { jwsSignature } from '../platform/crypto/jws.ts'
import type { SigningKey } from '../tokens/keys/key-encryption.ts'
import type { KeySet } from '../tokens/keys/key-set.ts'

/** The family's keys at one moment: what oidc-provider was set up with. */
export interface KeySnapshot {
  readonly current: SigningKey
  readonly published: readonly PublicJwk[]
  /** Differs as soon as a key is rotated or removed. */
  readonly fingerprint: string
}

export function snapshotOf(keys: Pick<KeySet, 'current' | 'published'>): KeySnapshot {
  const current = keys.current()
  const { keys: published } = keys.published()
  return { current, published, fingerprint: [current.kid, ...published.map(({ kid }) => kid)].join(' ') }
}

type Base = typeof ExternalSigningKey

/**
 * The keys for oidc-provider. Only the current one signs; the others verify ID tokens that they once signed. Private
 * halves stay where they are.
 */
export function providerKeys(Key: Base, { current, published }: KeySnapshot): ExternalSigningKey[] {
  class FamilyKey extends Key {
    readonly #publicKey: KeyObject
    readonly #signer: SigningKey | null

    constructor(jwk: PublicJwk, signer: SigningKey | null) {
      super()
      Object.assign(this, { kid: jwk.kid, alg: jwk.alg })
      this.#publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
      this.#signer = signer
    }

    override keyObject(): KeyObject {
      return this.#publicKey
    }

    override async sign(data: Uint8Array): Promise<Uint8Array> {
      if (!this.#signer) throw new Error('Only the current signing key signs.')
      return jwsSignature(this.#signer.alg, data, this.#signer.key)
    }
  }

  // It signs with the first key of an algorithm.
  const signing = published.filter(({ kid }) => kid === current.kid)
  const others = published.filter(({ kid }) => kid !== current.kid)
  return [
    ...signing.map((jwk) => new FamilyKey(jwk, current)),
    ...others.map((jwk) => new FamilyKey(jwk, null)),
  ]
}
