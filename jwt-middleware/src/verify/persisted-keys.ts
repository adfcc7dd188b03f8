import { canShare } from '#process-or-worker/contract/flights'
import { KEYS_NOT_READ, KEYS_NOT_SAVED } from '#process-or-worker/contract/log-messages'
import { innermostError } from '../contract/innermost-error.ts'
import type { Logger } from '../contract/log.ts'
import type { StoredValue } from '../users/state.ts'
import type { PublishedKey } from './verification-key.ts'

type PublicKeys = ReadonlyMap<string, Pick<PublishedKey, 'jwk'>>

/** The last good keys as stored: only public parts, and the time of the fetch, in ms. */
export interface PersistedKeys {
  /** A JWK Set, or `null`. An unreadable store counts as empty. */
  read(): Promise<{ readonly jwks: unknown; readonly fetchedAt: number } | null>
  write(keys: PublicKeys, fetchedAt: number): Promise<void>
}

export function createPersistedKeys(state: StoredValue, log: Logger): PersistedKeys {
  const report = (error: unknown, message: string) =>
    log.warn({ error: innermostError(error).message }, message)
  let writing = Promise.resolve()

  async function write(keys: PublicKeys, fetchedAt: number): Promise<void> {
    try {
      const list = [...keys.values()].map(({ jwk }) => jwk)
      await state.write(JSON.stringify({ fetchedAt, keys: list }))
    } catch (error) {
      report(error, KEYS_NOT_SAVED)
    }
  }

  return {
    async read() {
      try {
        const text = await state.read()
        if (text === null) return null
        const jwks = JSON.parse(text) as { fetchedAt?: unknown }
        return Number.isSafeInteger(jwks.fetchedAt) ? { jwks, fetchedAt: jwks.fetchedAt as number } : null
      } catch (error) {
        report(error, KEYS_NOT_READ)
        return null
      }
    },
    // One write after the other, so that the newest remains, where one request may wait for another.
    write(keys, fetchedAt) {
      writing = canShare ? writing.then(() => write(keys, fetchedAt)) : write(keys, fetchedAt)
      return writing
    },
  }
}
