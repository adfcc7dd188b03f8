import { importPublicKey } from '#node-or-web/verify/signature'
import type { PublicJwk } from '../contract/jwk.ts'
import type { VerificationKey } from '../verify/verification-key.ts'
import type * as OnNode from './usable-key-node.ts'

export const usableKey: typeof OnNode.usableKey = async (key) =>
  (await importPublicKey({
    ...key.export({ format: 'jwk' }),
    alg: 'ES256',
  } as PublicJwk)) as VerificationKey['key']
