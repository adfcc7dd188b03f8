import type { webcrypto } from 'node:crypto'
import { fromBase64Url } from '#node-or-web/contract/bytes'
import type { SigningAlgorithm } from '../contract/jwk.ts'
import type * as OnNode from './signature-node.ts'

type Algorithm = webcrypto.EcKeyImportParams & webcrypto.EcdsaParams & webcrypto.RsaHashedImportParams

const ALGORITHMS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
} as const satisfies Record<SigningAlgorithm, Partial<Algorithm>>

/** WebCrypto itself, since jose would be a quarter of what a worker may weigh. */
export const isSigned: typeof OnNode.isSigned = (token, { alg, key }) => {
  const dot = token.lastIndexOf('.')
  const [input, signature] = [token.slice(0, dot), fromBase64Url(token.slice(dot + 1))]
  return crypto.subtle.verify(
    ALGORITHMS[alg],
    key as webcrypto.CryptoKey,
    signature,
    new TextEncoder().encode(input),
  )
}

export const importPublicKey: typeof OnNode.importPublicKey = async ({
  alg,
  use: _use,
  kid: _kid,
  ...jwk
}) => {
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, ALGORITHMS[alg] as Algorithm, true, ['verify'])
    const { modulusLength = 2048 } = key.algorithm as Partial<webcrypto.RsaKeyAlgorithm>
    return modulusLength >= 2048 ? key : null
  } catch {
    return null
  }
}
