import { importPublicKey } from '#node-or-web/verify/signature'
import { explainAnswer, explainError } from '#process-or-worker/contract/explain'
import { type ConnectionFailure, headOf } from '../contract/connection-failure.ts'
import { readPublicJwk } from '../contract/jwk.ts'
import { failure, type Result, success } from '../contract/result.ts'
import type { PublishedKey } from './verification-key.ts'

const FETCH_TIMEOUT = 5_000
const MAX_BYTES = 64 * 1024

/** Fetches a JWK Set; a failure explains why, with the remedy. */
export async function fetchKeySet(
  url: string,
  fetch: typeof globalThis.fetch,
): Promise<Result<ReadonlyMap<string, PublishedKey>, ConnectionFailure>> {
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
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    // Leaving the loop cancels the stream, so that no more is read.
    if (length > MAX_BYTES) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/**
 * Reads a JWK Set. Skips unsupported kinds of keys (RFC 7517, section 5); rejects a set without a usable key, or with
 * two of one `kid`.
 */
export async function readKeySet(body: unknown): Promise<Result<ReadonlyMap<string, PublishedKey>, string>> {
  const list = (body as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) return failure('is not a JWK Set')
  const keys = new Map<string, PublishedKey>()
  for (const jwk of list) {
    const key = await readKey(jwk)
    if (!key) continue
    if (keys.has(key.kid)) return failure('has two keys with one kid')
    keys.set(key.kid, key)
  }
  return keys.size > 0 ? success(keys) : failure('holds no usable key')
}

/** The key, or `null` if it is not supported. */
export async function readKey(value: unknown): Promise<PublishedKey | null> {
  const jwk = readPublicJwk(value)
  const key = jwk && (await importPublicKey(jwk))
  return key && { kid: jwk.kid, alg: jwk.alg, key, jwk }
}
