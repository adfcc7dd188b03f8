import { hash, randomBytes } from 'node:crypto'
import { OPAQUE_BYTES, type OpaqueKind, opaqueToken } from '@latchkey/jwt-middleware/contract'

/** Characters that pages show of a secret, beside those of its prefix. */
const SHOWN = 8

/** A new secret, which is shown once, and what is stored of it. */
export interface OpaqueSecret {
  readonly secret: string
  readonly hash: string
  /** Its first characters, to recognise it by. */
  readonly start: string
}

/** Creates a secret of this kind. */
export function createOpaqueSecret(kind: OpaqueKind): OpaqueSecret {
  const secret = opaqueToken(kind, randomBytes(OPAQUE_BYTES))
  return { secret, hash: hashOfSecret(secret), start: secret.slice(0, SHOWN) }
}

/** What is stored of a secret: SHA-256. It has 256 random bits, so that nothing slower protects it better. */
export const hashOfSecret = (secret: string): string => hash('sha256', secret, 'base64url')
