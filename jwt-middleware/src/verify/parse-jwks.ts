import { KeyObject } from 'node:crypto'
import {
  type ConnectionFailure,
  explainAnswer,
  explainError,
  headOf,
} from '../contract/connection-failure.ts'
import { readPublicJwk, type SigningAlgorithm } from '../contract/jwk.ts'
import { failure, type Result, success } from '../contract/result.ts'

/** A public key and the one algorithm it may be used with (RFC 8725, section 3.1). */
export interface VerificationKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly key: KeyObject
}

const FETCH_TIMEOUT = 5_000
const MAX_BYTES = 64 * 1024

/** Fetches a JWK Set; a failure explains why, with the remedy. */
export async function fetchKeySet(
  url: string,
  fetch: typeof globalThis.fetch,
): Promise<Result<ReadonlyMap<string, VerificationKey>, ConnectionFailure>> {
  try {
    const response = await fetch(url, {
      // Redirects are not followed, but distinguished from outages.
      redirect: 'manual',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_TIMEOUT),
    })
    const head = headOf(response)
    const strange = explainAnswer(head, { url })
    if (strange) {
      await response.body?.cancel()
      return failure(strange)
    }
    if (!/^application\/(jwk-set\+)?json\b/.test(head.contentType)) return failure(notKeys('is not JSON'))
    const text = await readLimited(response)
    if (text === null) return failure(notKeys(`exceeds ${MAX_BYTES} bytes`))
    const keys = await readKeySet(JSON.parse(text))
    return keys.ok ? keys : failure(notKeys(keys.reason))
  } catch (error) {
    return failure(error instanceof SyntaxError ? notKeys('is not JSON') : explainError(error, { url }))
  }
}

const notKeys = (what: string): ConnectionFailure => ({
  reason: `its answer ${what}`,
  remedy: 'Another program may answer there: check AUTH_INTERNAL_URL.',
})

async function readLimited(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    // Leaving the loop cancels the stream, so that no more is read.
    if (length > MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Reads a JWK Set. Skips unsupported kinds of keys (RFC 7517, section 5); rejects a set without a usable key, or with
 * two of one `kid`.
 */
export async function readKeySet(
  body: unknown,
): Promise<Result<ReadonlyMap<string, VerificationKey>, string>> {
  const list = (body as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) return failure('is not a JWK Set')
  const keys = new Map<string, VerificationKey>()
  for (const jwk of list) {
    const key = await readKey(jwk)
    if (!key) continue
    if (keys.has(key.kid)) return failure('has two keys with one kid')
    keys.set(key.kid, key)
  }
  return keys.size > 0 ? success(keys) : failure('holds no usable key')
}

/** The key, or `null` if it is not supported. */
export async function readKey(value: unknown): Promise<VerificationKey | null> {
  const jwk = readPublicJwk(value)
  if (!jwk) return null
  const { kid, alg } = jwk
  // Loaded here, since the auth service and apps with their own keys never need it.
  const { importJWK } = await import('jose')
  try {
    const imported = await importJWK(jwk, alg, { extractable: true })
    if (imported instanceof Uint8Array) return null
    const key = KeyObject.from(imported)
    return isStrong(key) ? { kid, alg, key } : null
  } catch {
    return null
  }
}

/** Rejects RSA keys of less than 2,048 bits (RFC 7518, section 3.3). */
const isStrong = ({ asymmetricKeyDetails: { modulusLength = 2048 } = {} }: KeyObject): boolean =>
  modulusLength >= 2048
