import { createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { usableKey } from '#node-or-web/testing/usable-key'
import type { PublicJwk } from '../contract/jwk.ts'
import type { KeySource } from '../verify/key-source.ts'
import type { VerificationKey } from '../verify/verification-key.ts'

/** A key that exists in this process only. */
export interface TestKeys {
  /** What `auth()` takes as `keys`, so that it accepts the tokens without a network. */
  readonly source: KeySource
  /** The public key, as the auth service publishes it. */
  readonly jwk: PublicJwk
  /** A signed token (RFC 7515, section 7.1) of this type. */
  sign(typ: string, payload: object): string
}

export function createTestKeys(): TestKeys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = `test-${randomUUID()}`
  const publicKey = createPublicKey(privateKey)
  const key = usableKey(publicKey)
  const named = (key: VerificationKey['key']) => ({ kid, alg: 'ES256', key }) as const
  return {
    source: {
      get: (wanted) => (wanted !== kid ? 'unknown' : key instanceof Promise ? key.then(named) : named(key)),
    },
    jwk: { ...publicKey.export({ format: 'jwk' }), kty: 'EC', kid, alg: 'ES256', use: 'sig' },
    sign(typ, payload) {
      const input = `${encode({ alg: 'ES256', kid, typ })}.${encode(payload)}`
      const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${input}.${signature.toString('base64url')}`
    },
  }
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
