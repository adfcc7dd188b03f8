import { KEYS_UNAVAILABLE } from '#process-or-worker/contract/log-messages'
import type { PublicJwk } from '../contract/jwk.ts'
import { createLimitedLog } from '../contract/limited-log.ts'
import { secondsSince } from '../contract/seconds.ts'
import type * as InProcess from './jwks-client-process.ts'
import { KEYS_COOLDOWN, KEYS_MAX_AGE } from './key-source.ts'
import { fetchKeySet, readKey, readKeySet } from './parse-jwks.ts'
import { createPersistedKeys } from './persisted-keys.ts'
import type { PublishedKey } from './verification-key.ts'

/** How long requests leave it to the one that began to fetch, and how long that one waits while it has a key, in ms. */
const PATIENCE = 1_000

const soon = (loading: Promise<void>) =>
  Promise.race([loading, new Promise((resolve) => setTimeout(resolve, PATIENCE))])

/** The request that needs newer keys fetches them, and waits for no other one. */
export const createKeySet: typeof InProcess.createKeySet = ({ url, fetch, now, log, state }) => {
  let keys: ReadonlyMap<string, PublishedKey> = new Map()
  const published = new Map<string, PublicJwk>()
  const removed = new Set<string>()
  let fetchedAt = Number.NEGATIVE_INFINITY
  /** When the last fetch began, and when one ended. */
  let begunAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failing: string | null = null
  const persisted = createPersistedKeys(state, log)
  const warn = createLimitedLog(log)

  /** Only the request that began a fetch can wait for it, so without any key several fetch at once. */
  async function load(): Promise<void> {
    begunAt = now()
    const fetched = await fetchKeySet(url, fetch)
    triedAt = now()
    if (fetched.ok) {
      keys = new Map([...fetched.value].filter(([kid]) => !removed.has(kid)))
      fetchedAt = triedAt
      failing = null
      await persisted.write(keys, fetchedAt)
      return
    }
    if (fetched.reason.reason !== failing) {
      warn({ event: 'keys_unavailable', url, ...fetched.reason }, KEYS_UNAVAILABLE)
    }
    failing = fetched.reason.reason
    if (keys.size === 0) await restore()
  }

  /** Keys of an earlier worker. */
  async function restore(): Promise<void> {
    const kept = await persisted.read()
    const found = kept && (await readKeySet(kept.jwks))
    if (found?.ok && keys.size === 0) keys = found.value
  }

  return {
    async get(kid, time = now()) {
      if (removed.has(kid)) return 'unknown'
      const known = keys.get(kid) ?? (await readKey(published.get(kid)))
      const isDue = time - triedAt >= KEYS_COOLDOWN
      const isAsked = keys.size > 0 && time - begunAt < PATIENCE
      if (known) {
        if (isDue && !isAsked && time - fetchedAt >= KEYS_MAX_AGE) await soon(load())
        return known
      }
      if (isDue && isAsked) return 'unavailable'
      if (isDue) await load()
      return keys.get(kid) ?? (failing !== null || keys.size === 0 ? 'unavailable' : 'unknown')
    },
    add(jwk) {
      published.set(jwk.kid, jwk)
    },
    remove(kid) {
      removed.add(kid)
    },
    status: () => ({ count: keys.size, age: secondsSince(fetchedAt, now()) }),
  }
}
