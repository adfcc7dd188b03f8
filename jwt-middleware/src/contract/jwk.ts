import type { JWK } from 'jose'
import { isKeyId } from './jws-format.ts'

/** The algorithms Latchkey verifies, all asymmetric: with a shared secret any app could mint a superuser. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

/** A public key as it is published (RFC 7517, section 4). */
export interface PublicJwk extends JWK {
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
}

/** The public members of each kind of key (RFC 7518, sections 6.2.1 and 6.3.1; RFC 8037, section 2). */
const MEMBERS = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['n', 'e'] } as const

/** The key with its public members alone, or `null` for what is none of ours: another kind or use, or a private key. */
export function readPublicJwk(value: unknown): PublicJwk | null {
  if (typeof value !== 'object' || value === null) return null
  const jwk = value as JWK
  const alg = algorithmOf(jwk)
  if (!alg || !isKeyId(jwk.kid) || (jwk.use !== undefined && jwk.use !== 'sig')) return null
  // RFC 7517, section 4.3: a key that says what it is for is for nothing else.
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify')))
    return null
  if ((jwk.alg !== undefined && jwk.alg !== alg) || 'd' in jwk) return null
  const kty = jwk.kty as PublicJwk['kty']
  const members = MEMBERS[kty].map((name) => [name, jwk[name]] as const)
  if (!members.every(([, text]) => typeof text === 'string')) return null
  return { kty, kid: jwk.kid, alg, use: 'sig', ...Object.fromEntries(members) }
}

function algorithmOf({ kty, crv }: JWK): SigningAlgorithm | null {
  if (kty === 'EC' && crv === 'P-256') return 'ES256'
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  return kty === 'RSA' ? 'RS256' : null
}
