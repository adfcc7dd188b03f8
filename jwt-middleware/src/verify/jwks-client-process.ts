import { createBackground } from '#node-or-web/verify/background'
import { KEYS_UNAVAILABLE } from '#process-or-worker/contract/log-messages'
import type { PublicJwk } from '../contract/jwk.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import { secondsSince } from '../contract/seconds.ts'
import { unref } from '../contract/unref.ts'
import { KEYS_COOLDOWN, KEYS_MAX_AGE, type KeyLookup, type KeySet, type KeySetOptions } from './key-source.ts'
import { fetchKeySet, readKey, readKeySet } from './parse-jwks.ts'
import { createPersistedKeys } from './persisted-keys.ts'
import type { PublishedKey } from './verification-key.ts'

/** How long to wait for newer keys while stored ones are available, in ms. */
const PATIENCE = 1_000
const MAX_UNKNOWN = 1_000

/**
 * The auth service's public keys (RFC 7517, section 5). Good keys stay in use until newer ones have arrived, through
 * outages, empty sets, broken responses and restarts.
 */
export function createKeySet({ url, fetch, now, log, state }: KeySetOptions): KeySet {
  let keys: ReadonlyMap<string, PublishedKey> = new Map()
  let fetchedAt = Number.NEGATIVE_INFINITY
  let attemptedAt = Number.NEGATIVE_INFINITY
  /** Why the last fetch failed; `null` if it did not. */
  let failing: string | null = null
  const warn = createLimitedLog(log)
  let flight: Promise<void> | null = null
  let restoring: Promise<void> | null = null
  let restored = false
  const unknown = new Map<string, number>()
  const removed = new Set<string>()
  /** Added keys with the time, in ms. */
  const added = new Map<string, number>()
  const arriving = new Map<string, Promise<void>>()
  const persisted = createPersistedKeys(state, log)
  const inBackground = createBackground()
  /** Milliseconds since then; a time in the future comes from a wrong clock, and counts as long ago. */
  const since = (moment: number, time = now()) => (moment > time ? Number.POSITIVE_INFINITY : time - moment)

  /** An added key stays until a response without it cannot be an older, cached one. */
  function use(found: ReadonlyMap<string, PublishedKey>, askedAt: number, at: number): void {
    for (const [kid, addedAt] of added) {
      if (found.has(kid) || addedAt <= askedAt - KEYS_MAX_AGE) added.delete(kid)
    }
    const stay = [...keys].filter(([kid]) => added.has(kid))
    keys = new Map([...found, ...stay].filter(([kid]) => !removed.has(kid)))
    fetchedAt = at
  }

  function keep(): void {
    if (restored && Number.isFinite(fetchedAt)) void persisted.write(keys, fetchedAt)
  }

  /** Keys of an earlier process are used only if no newer ones are available. */
  async function restore(): Promise<void> {
    const pending = refresh()
    const kept = await soon(persisted.read())
    const found = kept ? await readKeySet(kept.jwks) : null
    if (kept && found?.ok) {
      await soon(pending)
      if (!Number.isFinite(fetchedAt)) use(found.value, kept.fetchedAt, kept.fetchedAt)
    }
    restored = true
    // These changes came before the stored keys did.
    if (removed.size > 0 || added.size > 0) keep()
  }

  async function load(): Promise<void> {
    const fetched = await fetchKeySet(url, fetch)
    if (fetched.ok) {
      use(fetched.value, attemptedAt, now())
      failing = null
      void persisted.write(keys, fetchedAt)
      return
    }
    const { reason, remedy } = fetched.reason
    if (reason !== failing) {
      const message = KEYS_UNAVAILABLE
      warn({ event: 'keys_unavailable', url, reason, remedy }, message)
    }
    failing = reason
  }

  function refresh(): Promise<void> | null {
    if (flight || since(attemptedAt) < KEYS_COOLDOWN) return flight
    attemptedAt = now()
    flight = load().finally(() => {
      flight = null
    })
    return flight
  }

  /** Only a fetch that ran for this kid proves that it is not published. */
  function absent(kid: string, fetched: boolean): KeyLookup {
    if (failing !== null || keys.size === 0) return 'unavailable'
    if (!fetched) return 'unknown'
    unknown.delete(kid)
    unknown.set(kid, now())
    if (unknown.size > MAX_UNKNOWN) unknown.delete(unknown.keys().next().value as string)
    return 'unknown'
  }

  async function takeIn(jwk: PublicJwk): Promise<void> {
    const { kid } = jwk
    const key = await readKey(jwk)
    arriving.delete(kid)
    if (!key || keys.has(kid) || removed.has(kid)) return
    unknown.delete(kid)
    keys = new Map([...keys, [kid, key]])
    keep()
  }

  function get(kid: string, time = now()): KeyLookup | Promise<KeyLookup> {
    if (removed.has(kid)) return 'unknown'
    if (!restored) {
      restoring ??= restore()
      return restoring.then(() => get(kid, time))
    }
    const stale = since(fetchedAt, time) >= KEYS_MAX_AGE
    const key = keys.get(kid)
    if (key) {
      if (stale) inBackground(refresh)
      return key
    }
    const arrival = arrivalOf(kid, time)
    if (arrival) return arrival
    const seenAt = unknown.get(kid)
    if (seenAt !== undefined && since(seenAt, time) < KEYS_MAX_AGE) return 'unknown'
    const pending = refresh()
    return pending
      ? pending.then(() => keys.get(kid) ?? arrivalOf(kid, time) ?? absent(kid, true))
      : absent(kid, false)
  }

  const arrivalOf = (kid: string, time: number) => arriving.get(kid)?.then(() => get(kid, time))

  return {
    get,
    add(jwk) {
      const { kid } = jwk
      if (removed.has(kid)) return
      added.set(kid, now())
      if (!keys.has(kid) && !arriving.has(kid)) arriving.set(kid, takeIn(jwk))
    },
    remove(kid) {
      if (removed.has(kid)) return
      removed.add(kid)
      added.delete(kid)
      keys = new Map([...keys].filter(([known]) => known !== kid))
      keep()
    },
    status: () => ({
      count: keys.size,
      age: secondsSince(fetchedAt, now()),
    }),
  }
}

/** The value, or `null` after the time-out. */
const soon = <Value>(value: Promise<Value> | null): Promise<Value | null> =>
  Promise.race([value, new Promise<null>((resolve) => unref(setTimeout(resolve, PATIENCE, null)))])
