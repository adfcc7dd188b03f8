import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type PublicJwk, readPublicJwk } from '../../../jwt-middleware/src/contract/jwk.ts'
import { memoryState, type StateStore, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { createKeySet } from '../../../jwt-middleware/src/verify/jwks-client-worker.ts'
import { KEYS_COOLDOWN, KEYS_MAX_AGE } from '../../../jwt-middleware/src/verify/key-source.ts'
import { jwksResponse, recordingLogger, type TestKey, testKey } from '../../support/tokens.ts'

let first: TestKey
let second: TestKey
beforeAll(async () => {
  ;[first, second] = await Promise.all([testKey('first'), testKey('second')])
})

function keySet(initial: () => Response | Promise<Response>, store: Partial<StateStore> = memoryState()) {
  const state = { answer: initial, time: 1_000_000, fetches: 0 }
  const log = recordingLogger()
  const keys = createKeySet({
    url: 'http://127.0.0.1/.well-known/jwks.json',
    now: () => state.time,
    log,
    state: storedValue(store, 'keys'),
    fetch: async () => {
      state.fetches++
      return state.answer()
    },
  })
  const kid = async (wanted: string) => {
    const found = await keys.get(wanted)
    return typeof found === 'string' ? found : `${found.kid} ${found.alg}`
  }
  return { state, log, kid, keys }
}

const down = () => Promise.reject(new TypeError('fetch failed'))
const jwkOf = (key: TestKey) => readPublicJwk(key.publicJwk) as PublicJwk

describe('The key set of a worker', () => {
  it('fetches keys when one is needed, and keeps them', async () => {
    const { state, kid, keys } = keySet(() => jwksResponse(first))
    expect(keys.status()).toEqual({ count: 0, age: null })
    expect([await kid('first'), await kid('first'), state.fetches]).toEqual(['first ES256', 'first ES256', 1])
    expect(keys.status()).toEqual({ count: 1, age: 0 })
  })

  it('asks for an unknown kid at most every 30 s', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    for (let i = 0; i < 20; i++) expect(await kid(`unknown-${i}`)).toBe('unknown')
    expect(state.fetches).toBe(1)
    state.answer = () => jwksResponse(first, second)
    state.time += KEYS_COOLDOWN
    expect([await kid('second'), state.fetches]).toEqual(['second ES256', 2])
  })

  it('lets a thousand requests with unknown kids at once ask once, and tells the others to come again', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.time += KEYS_COOLDOWN
    const found = await Promise.all(Array.from({ length: 1_000 }, (_, i) => kid(`unknown-${i}`)))
    expect([found.filter((one) => one === 'unknown').length, state.fetches]).toEqual([1, 2])
    expect(new Set(found)).toEqual(new Set(['unknown', 'unavailable']))
    expect(await kid('unknown-1')).toBe('unknown')
  })

  it('waits for no request that began to fetch while there is no key', async () => {
    const { state, kid } = keySet(() => new Promise(() => {}))
    void kid('first')
    state.answer = () => jwksResponse(first)
    expect(await kid('first')).toBe('first ES256')
  })

  it('refreshes old keys, and waits a second at most while it has one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.time += KEYS_MAX_AGE
    state.answer = () => new Promise(() => {})
    const slow = kid('first')
    expect(await kid('first'), 'others do not wait').toBe('first ES256')
    await vi.advanceTimersByTimeAsync(1_000)
    expect([await slow, state.fetches]).toEqual(['first ES256', 2])
    vi.useRealTimers()
  })

  it('keeps the last good keys through outages, says so once, and tells outages from unknown keys', async () => {
    const { state, kid, log } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = down
    for (let i = 0; i < 3; i++) {
      state.time += KEYS_MAX_AGE
      expect([await kid('first'), await kid('second')]).toEqual(['first ES256', 'unavailable'])
    }
    expect(log.warnings).toEqual([expect.stringContaining('keys_unavailable')])
    expect(await keySet(down).kid('first')).toBe('unavailable')
  })

  it('takes the keys of an earlier worker while the auth service is down', async () => {
    const store = memoryState()
    await keySet(() => jwksResponse(first), store).kid('first')
    expect(await keySet(down, store).kid('first')).toBe('first ES256')
    expect(await keySet(() => jwksResponse(second), store).kid('first')).toBe('unknown')
  })

  it('knows a key that was just published, and none that was removed', async () => {
    const { keys, kid, state } = keySet(() => jwksResponse(first))
    await kid('first')
    keys.add(jwkOf(second))
    expect([await kid('second'), state.fetches]).toEqual(['second ES256', 1])
    keys.remove('first')
    expect(await kid('first')).toBe('unknown')
    state.time += KEYS_MAX_AGE
    await kid('second')
    expect([await kid('first'), keys.status().count]).toEqual(['unknown', 0])
  })
})
