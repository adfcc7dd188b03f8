import type { JWK } from 'jose'
import { isKeyId } from './jws-format.ts'

/** The supported algorithms, all asymmetric: with a shared secret, any app could issue a superuser's token. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

/** A published public key (RFC 7517, section 4). */
export interface PublicJwk extends JWK {
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly use: 'sig'
}

/** The public members of each kind of key (RFC 7518, sections 6.2.1 and 6.3.1; RFC 8037, section 2). */
const MEMBERS = { EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], RSA: ['n', 'e'] } as const

/** The key with only its public members, or `null` for an unsupported kind or use, or a private key. */
export function readPublicJwk(value: unknown): PublicJwk | null {
  if (typeof value !== 'object' || value === null) return null
  const jwk = value as JWK
  const alg = algorithmOf(jwk)
  if (!alg || !isKeyId(jwk.kid) || (jwk.use !== undefined && jwk.use !== 'sig')) return null
  // RFC 7517, section 4.3: a key with a declared use has no other.
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
