import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { COOKIE, ISSUER } from '../people.ts'
import type { Visitor, Visitors } from './contender.ts'

/** Signs visitors in with the token of our auth service. */
export const byToken = ({ token }: Visitor): string => `${COOKIE}=${token}`

/** See {@link Visitor.untypedToken}. */
export const byUntypedToken = ({ untypedToken }: Visitor): string => `${COOKIE}=${untypedToken}`

/** What the page reads from a token. */
export interface Claims {
  readonly user_email: string
}

/** What every verifier of these tokens must expect. */
export const EXPECTED = { issuer: ISSUER, audience: 'bench.localhost' } as const

export const publicKeyOf = ({ jwk }: Visitors): KeyObject =>
  createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
