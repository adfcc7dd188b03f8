import { setTimeout } from 'node:timers/promises'
import { type CryptoKey, importJWK, type JWK } from 'jose'
import { isKeyId } from './format.ts'
import { keptKeys } from './kept-keys.ts'
import type { Logger } from './log.ts'
import { failure, type Result, success } from './result.ts'
import type { KeptState } from './state.ts'

/** The algorithms Latchkey verifies, all asymmetric: with a shared secret any app could mint a superuser. */
export type SigningAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

/** A public key and the one algorithm it may be used with (RFC 8725, section 3.1). */
export interface VerificationKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly key: CryptoKey
}

/** The key, or why there is none: nobody published it, or nobody could be asked. */
export type KeyLookup = VerificationKey | 'unknown' | 'unavailable'

/** Where verifiers find keys. One that is at hand is answered without a promise. */
export interface KeySource {
  get(kid: string): KeyLookup | Promise<KeyLookup>
}

export interface KeySetOptions {
  /** Where the keys are published, e.g. `https://auth.example.com/.well-known/jwks.json`. */
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly log: Logger
  /** Where the last good keys outlive the process. */
  readonly state: KeptState
}

export interface KeysStatus {
  readonly count: number
  /** Seconds since the keys were last fetched; `null` where they never were. */
  readonly age: number | null
}

/** Keys that are fetched and kept. */
export interface KeySet extends KeySource {
  /** Drops a key at once, from what outlives the process, too. */
  remove(kid: string): void
  status(): KeysStatus
}

/** Age in ms from which keys are refreshed in the background; they keep being used meanwhile. */
export const KEYS_MAX_AGE = 300_000
/** Shortest time in ms between two fetches, whatever happens. */
export const KEYS_COOLDOWN = 30_000
const FETCH_TIMEOUT = 5_000
/** How long newer keys are waited for, in ms, where kept ones are at hand. */
const PATIENCE = 1_000
const MAX_BYTES = 64 * 1024
const MAX_UNKNOWN = 1_000

/**
 * The auth service's public keys (RFC 7517, section 5). What was good stays in use until something better has
 * arrived: no outage, empty set or broken answer takes it away, and no restart.
 */
export function createKeySet({ url, fetch, now, log, state }: KeySetOptions): KeySet {
  let keys: ReadonlyMap<string, VerificationKey> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failing = false
  let flight: Promise<void> | null = null
  let restoring: Promise<void> | null = null
  let restored = false
  const unknown = new Map<string, number>()
  const removed = new Set<string>()
  const keptOnes = keptKeys(state, log)

  function use(found: ReadonlyMap<string, VerificationKey>, at: number): void {
    keys = new Map([...found].filter(([kid]) => !removed.has(kid)))
    fetchedAt = at
  }

  /** What an earlier process kept serves only where nothing newer is to be had. */
  async function restore(): Promise<void> {
    const pending = refresh()
    const kept = await soon(keptOnes.read())
    const found = kept ? await readKeySet(kept.jwks) : null
    if (kept && found?.ok) {
      await soon(pending)
      if (keys.size === 0) use(found.value, kept.fetchedAt)
      // One was removed before we got here.
      if (fetchedAt === kept.fetchedAt && keys.size < found.value.size) void keptOnes.write(keys, fetchedAt)
    }
    restored = true
  }

  async function load(): Promise<void> {
    const fetched = await fetchKeySet(url, fetch)
    if (fetched.ok) {
      use(fetched.value, now())
      failing = false
      void keptOnes.write(keys, fetchedAt)
      return
    }
    if (!failing)
      log.warn({ url, reason: fetched.reason }, 'could not refresh the keys; the last good ones stay')
    failing = true
  }

  function refresh(): Promise<void> | null {
    if (flight || now() - attemptedAt < KEYS_COOLDOWN) return flight
    attemptedAt = now()
    flight = load().finally(() => {
      flight = null
    })
    return flight
  }

  /** Only a fetch that ran for this kid proves that nobody published it. */
  function absent(kid: string, fetched: boolean): KeyLookup {
    if (failing || keys.size === 0) return 'unavailable'
    if (!fetched) return 'unknown'
    unknown.delete(kid)
    unknown.set(kid, now())
    if (unknown.size > MAX_UNKNOWN) unknown.delete(unknown.keys().next().value as string)
    return 'unknown'
  }

  function get(kid: string): KeyLookup | Promise<KeyLookup> {
    if (!restored) {
      restoring ??= restore()
      return restoring.then(() => get(kid))
    }
    const stale = now() - fetchedAt >= KEYS_MAX_AGE
    const key = keys.get(kid)
    if (key) {
      if (stale) refresh()
      return key
    }
    const seenAt = unknown.get(kid)
    if (seenAt !== undefined && now() - seenAt < KEYS_MAX_AGE) return 'unknown'
    const pending = refresh()
    return pending ? pending.then(() => keys.get(kid) ?? absent(kid, true)) : absent(kid, false)
  }

  return {
    get,
    remove(kid) {
      if (removed.has(kid)) return
      removed.add(kid)
      use(keys, fetchedAt)
      if (restored) void keptOnes.write(keys, fetchedAt)
    },
    status: () => ({
      count: keys.size,
      age: Number.isFinite(fetchedAt) ? Math.max(0, Math.round((now() - fetchedAt) / 1000)) : null,
    }),
  }
}

/** The value, or `null` where it takes too long. */
const soon = <Value>(value: Promise<Value> | null): Promise<Value | null> =>
  Promise.race([value, setTimeout(PATIENCE, null, { ref: false })])

async function fetchKeySet(
  url: string,
  fetch: typeof globalThis.fetch,
): Promise<Result<ReadonlyMap<string, VerificationKey>, string>> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(FETCH_TIMEOUT),
    })
    if (response.status !== 200) return failure(`it answered ${response.status}`)
    if (!/^application\/(jwk-set\+)?json\b/.test(response.headers.get('content-type') ?? '')) {
      return failure('its answer is not JSON')
    }
    const text = await readLimited(response)
    return text === null
      ? failure(`its answer exceeds ${MAX_BYTES} bytes`)
      : await readKeySet(JSON.parse(text))
  } catch (error) {
    return failure(error instanceof SyntaxError ? 'its answer is not JSON' : describe(error))
  }
}

function describe(error: unknown): string {
  const { name, message, cause } = error as Error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return [name, code ?? message].join(': ')
}

async function readLimited(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    // Leaving the loop cancels the stream, so that no more of it is read.
    if (length > MAX_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * Reads a JWK Set. Keys of a kind we don't use are passed over (RFC 7517, section 5); a set without a usable key,
 * or with two of one `kid`, is refused as a whole.
 */
export async function readKeySet(
  body: unknown,
): Promise<Result<ReadonlyMap<string, VerificationKey>, string>> {
  const list = (body as { keys?: unknown } | null)?.keys
  if (!Array.isArray(list)) return failure('its answer is not a JWK Set')
  const keys = new Map<string, VerificationKey>()
  for (const jwk of list) {
    const key = await readKey(jwk)
    if (!key) continue
    if (keys.has(key.kid)) return failure('two of its keys have one kid')
    keys.set(key.kid, key)
  }
  return keys.size > 0 ? success(keys) : failure('it holds no usable key')
}

async function readKey(value: unknown): Promise<VerificationKey | null> {
  if (typeof value !== 'object' || value === null) return null
  const jwk = value as JWK
  const alg = algorithmOf(jwk)
  if (!alg || !isKeyId(jwk.kid) || (jwk.use !== undefined && jwk.use !== 'sig')) return null
  if ((jwk.alg !== undefined && jwk.alg !== alg) || 'd' in jwk) return null
  try {
    const key = await importJWK(jwk, alg, { extractable: true })
    return !(key instanceof Uint8Array) && isStrong(key) ? { kid: jwk.kid, alg, key } : null
  } catch {
    return null
  }
}

function algorithmOf(jwk: JWK): SigningAlgorithm | null {
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return 'ES256'
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return 'EdDSA'
  return jwk.kty === 'RSA' ? 'RS256' : null
}

function isStrong(key: CryptoKey): boolean {
  const { modulusLength } = key.algorithm as { modulusLength?: number }
  return modulusLength === undefined || modulusLength >= 2048
}
