import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { type PublicJwk, readPublicJwk } from '../../../jwt-middleware/src/contract/jwk.ts'
import { memoryState, type StateStore, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { createKeySet } from '../../../jwt-middleware/src/verify/jwks-client-process.ts'
import { KEYS_COOLDOWN, KEYS_MAX_AGE, type KeyLookup } from '../../../jwt-middleware/src/verify/key-source.ts'
import { eventually } from '../../support/eventually.ts'
import { jwksResponse, recordingLogger, type TestKey, testKey } from '../../support/tokens.ts'

let first: TestKey
let second: TestKey
beforeAll(async () => {
  ;[first, second] = await Promise.all([testKey('first'), testKey('second')])
})

/** A key set with the test's responses and clock. */
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
  // A look-up of an unpublished kid waits for the running fetch.
  const settled = async () => void (await keys.get('nobody'))
  return { state, log, settled, kid: async (kid: string) => summary(await keys.get(kid)), keys }
}

const summary = (found: KeyLookup) => (typeof found === 'string' ? found : `${found.kid} ${found.alg}`)

describe('The key set over a socket', () => {
  it('waits five seconds for a silent server, and no longer', { timeout: 60_000 }, async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const keys = createKeySet({
      url,
      fetch,
      now: Date.now,
      log: recordingLogger(),
      state: storedValue(memoryState(), 'keys'),
    })
    expect(await keys.get('first')).toBe('unavailable')
    server.closeAllConnections()
    server.close()
  })

  it('follows no redirect to foreign keys', async () => {
    const reached: (string | undefined)[] = []
    const server = createServer((request, response) => {
      reached.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
    const keys = createKeySet({
      url,
      fetch,
      now: Date.now,
      log: recordingLogger(),
      state: storedValue(memoryState(), 'keys'),
    })
    expect(await keys.get('first')).toBe('unavailable')
    expect(reached).toEqual(['/jwks'])
    server.close()
  })
})

describe('The key set', () => {
  it('fetches nothing before the first token, then once for all simultaneous ones', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    expect(state.fetches).toBe(0)
    const found = await Promise.all(Array.from({ length: 100 }, () => kid('first')))
    expect(new Set(found)).toEqual(new Set(['first ES256']))
    expect(state.fetches).toBe(1)
  })

  it('answers from memory without a promise once it knows the key', async () => {
    const { kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    expect(keys.get('first')).toMatchObject({ kid: 'first' })
  })

  it('refreshes old keys in the background while they stay in use', async () => {
    const { state, kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    state.time += KEYS_MAX_AGE
    state.answer = () => jwksResponse(first, second)
    expect(keys.get('first')).toMatchObject({ kid: 'first' })
    expect(await kid('second')).toBe('second ES256')
    expect(state.fetches).toBe(2)
  })

  it('does not fetch them in the async context of the request that came just then', async () => {
    const request = new AsyncLocalStorage<string>()
    const { state, kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    const seen: unknown[] = []
    state.answer = () => {
      seen.push(request.getStore())
      return jwksResponse(first)
    }
    state.time += KEYS_MAX_AGE
    request.run('a request', () => void keys.get('first'))
    expect(seen).toEqual([undefined])
  })

  it('fetches a new key at its first use, once the cooldown is over', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = () => jwksResponse(first, second)
    state.time += KEYS_COOLDOWN
    expect(await kid('second')).toBe('second ES256')
  })

  it('uses its corrected clock again, however far ahead it was', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    expect(await kid('second')).toBe('unknown')
    state.time -= 3_600_000
    state.answer = () => jwksResponse(first, second)
    expect(await kid('second')).toBe('second ES256')
    expect(await kid('third')).toBe('unknown')
    expect(state.fetches).toBe(2)
  })

  it('drops a key that is no longer published', async () => {
    const { state, kid, settled } = keySet(() => jwksResponse(first, second))
    expect(await kid('second')).toBe('second ES256')
    state.answer = () => jwksResponse(first)
    state.time += KEYS_MAX_AGE
    await kid('second')
    await settled()
    expect(await kid('second')).toBe('unknown')
  })

  const POISON: [string, () => Response][] = [
    ['an empty set', () => Response.json({ keys: [] })],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    [
      'a page that claims to be JSON',
      () => new Response('<html>', { headers: { 'content-type': 'application/json' } }),
    ],
    ['JSON of another kind', () => Response.json(['keys'])],
    ['null', () => Response.json(null)],
    ['an error', () => new Response('no', { status: 500 })],
    ['ten megabytes', () => Response.json({ keys: [], filler: 'x'.repeat(10_000_000) })],
    [
      'two keys of one kid',
      () => jwksResponse(first, { ...second, publicJwk: { ...second.publicJwk, kid: 'first' } }),
    ],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'http://evil.example/' } })],
    ['a symmetric key', () => Response.json({ keys: [{ kty: 'oct', kid: 'first', k: 'c2VjcmV0' }] })],
    ['a private key', () => Response.json({ keys: [{ ...first.publicJwk, d: 'c2VjcmV0' }] })],
    ['an encryption key', () => Response.json({ keys: [{ ...first.publicJwk, use: 'enc' }] })],
    ['a key of another algorithm', () => Response.json({ keys: [{ ...first.publicJwk, alg: 'RS256' }] })],
    ['a point off the curve', () => Response.json({ keys: [{ ...first.publicJwk, x: first.publicJwk.y }] })],
    ['a kid that is no name', () => Response.json({ keys: [{ ...first.publicJwk, kid: '../first' }] })],
    ['a list of nothing', () => Response.json({ keys: [null, 1, 'x'] })],
    [
      'a broken connection',
      () => {
        throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
      },
    ],
  ]

  it.each(POISON)('keeps the last good keys after %s, with one warning', async (_, poison) => {
    const { state, kid, log, settled } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = poison
    for (let round = 0; round < 5; round++) {
      state.time += KEYS_MAX_AGE
      expect(await kid('first')).toBe('first ES256')
      await settled()
    }
    expect(state.fetches).toBe(6)
    expect(log.warnings).toHaveLength(1)
    state.answer = () => jwksResponse(second)
    state.time += KEYS_MAX_AGE
    expect(await kid('second')).toBe('second ES256')
  })

  it.each(POISON)('says "unavailable", not "unknown", if it has only received %s', async (_, poison) => {
    const { kid } = keySet(poison)
    expect(await kid('first')).toBe('unavailable')
  })

  it('rejects an RSA key that is too short', async () => {
    const { privateKey: _, ...pair } = await generateKeyPair('RS256', { extractable: true })
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'rsa' }
    const short = {
      ...jwk,
      n: Buffer.from(jwk.n as string, 'base64url')
        .subarray(0, 128)
        .toString('base64url'),
    }
    expect(await keySet(() => Response.json({ keys: [jwk] })).kid('rsa')).toBe('rsa RS256')
    expect(await keySet(() => Response.json({ keys: [short] })).kid('rsa')).toBe('unavailable')
  })

  it.each(['ES256', 'RS256', 'EdDSA'] as const)('reads keys for %s', async (alg) => {
    const key = await testKey('key', alg)
    expect(await keySet(() => jwksResponse(key)).kid('key')).toBe(`key ${alg}`)
  })

  it.each([
    ['up', () => jwksResponse(first)],
    ['down', () => new Response(null, { status: 503 })],
  ])('fetches at most once in 30 s during 20,000 unknown kids, with the service %s', async (_, answer) => {
    const { state, kid } = keySet(answer)
    for (let i = 0; i < 20_000; i++) {
      state.time += 9 // three minutes in all
      await kid(`flood-${i}`)
    }
    expect(state.fetches).toBeGreaterThan(1)
    expect(state.fetches).toBeLessThanOrEqual(Math.ceil((20_000 * 9) / KEYS_COOLDOWN))
  })

  it('remembers an unknown kid beyond the cooldown, so that one client cannot keep it busy', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    expect(await kid('ghost')).toBe('unknown')
    for (let i = 0; i < 9; i++) {
      state.time += KEYS_COOLDOWN
      expect(await kid('ghost')).toBe('unknown')
    }
    expect(state.fetches).toBe(1)
  })

  it('remembers no kid as unknown for long without asking about it', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = () => jwksResponse(first, second)
    state.time += 1_000
    expect(await kid('second'), 'within the cooldown').toBe('unknown')
    state.time += KEYS_COOLDOWN
    expect(await kid('second')).toBe('second ES256')
  })

  it('works again at once when the auth service is back', async () => {
    const { state, kid } = keySet(() => new Response(null, { status: 503 }))
    expect(await kid('first')).toBe('unavailable')
    state.answer = () => jwksResponse(first)
    expect(await kid('first')).toBe('unavailable')
    state.time += KEYS_COOLDOWN
    expect(await kid('first')).toBe('first ES256')
  })
})

describe('The key set that hears of a new key', () => {
  const jwkOf = (key: TestKey) => readPublicJwk(key.publicJwk) as PublicJwk

  it('has it at once without a fetch, and lookups in the meantime wait', async () => {
    const { state, kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    keys.add(jwkOf(second))
    const asked = kid('second')
    expect(await asked).toBe('second ES256')
    expect(keys.get('second')).toMatchObject({ kid: 'second' })
    expect(keys.status().count).toBe(2)
    expect(state.fetches).toBe(1)
  })

  it('knows it even after a lookup found it unpublished', async () => {
    const { kid, keys, state } = keySet(() => jwksResponse(first))
    expect(await kid('second')).toBe('unknown')
    keys.add(jwkOf(second))
    expect(await kid('second')).toBe('second ES256')
    expect(state.fetches).toBe(1)
  })

  it('knows it before the first fetch, and gives it to lookups that wait for that fetch', async () => {
    const answer = Promise.withResolvers<Response>()
    const { kid, keys } = keySet(() => answer.promise)
    const asked = kid('second')
    await eventually(() => expect(keys.status().age).toBeNull())
    keys.add(jwkOf(second))
    answer.resolve(jwksResponse(first))
    expect(await asked).toBe('second ES256')
    expect(await kid('first')).toBe('first ES256')
  })

  it('keeps it despite older responses, for as long as they can be cached', async () => {
    const { kid, keys, state, settled } = keySet(() => jwksResponse(first))
    await kid('first')
    keys.add(jwkOf(second))
    await kid('second')
    state.time += KEYS_MAX_AGE - 1
    await settled()
    expect(state.fetches).toBe(2)
    expect(await kid('second')).toBe('second ES256')
    state.time += KEYS_MAX_AGE
    await kid('first')
    await settled()
    expect(state.fetches).toBe(3)
    expect(await kid('second')).toBe('unknown')
  })

  it('keeps it while it is published', async () => {
    const { kid, keys, state, settled } = keySet(() => jwksResponse(first))
    await kid('first')
    keys.add(jwkOf(second))
    state.answer = () => jwksResponse(first, second)
    for (let round = 0; round < 3; round++) {
      state.time += KEYS_MAX_AGE
      await kid('second')
      await settled()
    }
    state.answer = () => jwksResponse(first)
    state.time += KEYS_MAX_AGE
    await kid('second')
    await settled()
    expect(await kid('second')).toBe('unknown')
  })

  it('has it after a restart, even if the auth service is down', async () => {
    const store = memoryState()
    const { kid, keys } = keySet(() => jwksResponse(first), store)
    await kid('first')
    keys.add(jwkOf(second))
    await eventually(() => expect(store.readState('keys')?.toString()).toContain('second'))
    const down = () => new Response(null, { status: 503 })
    expect(await keySet(down, store).kid('second')).toBe('second ES256')

    const restarted = keySet(down, store)
    restarted.keys.add(jwkOf(await testKey('third')))
    expect(await restarted.kid('first')).toBe('first ES256')
    await eventually(() => expect(store.readState('keys')?.toString()).toContain('third'))
    expect(await keySet(down, store).kid('third')).toBe('third ES256')
  })

  it('does not restore a removed one, in any order of events', async () => {
    const { kid, keys } = keySet(() => jwksResponse(first, second))
    await kid('first')
    keys.remove('second')
    keys.add(jwkOf(second))
    expect(await kid('second')).toBe('unknown')
    const third = await testKey('third')
    keys.add(jwkOf(third))
    keys.remove('third')
    expect(await kid('third')).toBe('unknown')
    expect(keys.status().count).toBe(1)
  })

  it('ignores an invalid one', async () => {
    const { kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    keys.add({ ...jwkOf(second), x: jwkOf(second).y as string })
    expect(await kid('second')).toBe('unknown')
    expect(keys.status().count).toBe(1)
  })
})

describe('The key set after a restart', () => {
  const down = () => {
    throw new TypeError('fetch failed')
  }

  /** A store with the keys of an earlier process. */
  async function left(...keys: readonly TestKey[]) {
    const store = memoryState()
    await keySet(() => jwksResponse(...keys), store).kid('first')
    await eventually(() => expect(store.readState('keys')).not.toBeNull())
    return store
  }

  it('uses the stored keys of any age while the auth service is down', async () => {
    const { kid, keys, state, log } = keySet(down, await left(first, second))
    state.time += 30 * 86_400_000
    expect(await kid('first')).toBe('first ES256')
    expect(keys.get('second')).toMatchObject({ kid: 'second' })
    expect(await kid('third')).toBe('unavailable')
    expect(keys.status()).toEqual({ count: 2, age: 30 * 86_400 })
    expect(log.warnings).toHaveLength(1)
  })

  it('uses the published keys while the auth service is up', async () => {
    const { kid, state } = keySet(() => jwksResponse(second), await left(first))
    expect(await kid('first')).toBe('unknown')
    expect(await kid('second')).toBe('second ES256')
    expect(state.fetches).toBe(1)
  })

  it('waits at most a second for a silent auth service', async () => {
    const { kid } = keySet(() => new Promise(() => {}), await left(first))
    expect(await kid('first')).toBe('first ES256')
  })

  it('stores only public parts', async () => {
    const text = (await left(first)).readState('keys') as string
    expect(JSON.parse(text)).toEqual({
      fetchedAt: 1_000_000,
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: first.publicJwk.x,
          y: first.publicJwk.y,
          kid: 'first',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    })
  })

  it('does not restore a removed key, even while it is still published', async () => {
    const store = await left(first, second)
    const before = keySet(() => jwksResponse(first, second), store)
    await before.kid('first')
    before.keys.remove('first')
    before.keys.remove('first')
    expect(before.keys.status().count).toBe(1)
    before.state.time += KEYS_MAX_AGE
    await before.settled()
    expect(await before.kid('first')).toBe('unknown')
    expect(await keySet(down, store).kid('first')).toBe('unavailable')
    expect(await keySet(down, store).kid('second')).toBe('second ES256')
  })

  it('drops a stored key that is removed before its first use, also for the next start', async () => {
    const store = await left(first, second)
    const { keys, kid } = keySet(down, store)
    keys.remove('first')
    expect([await kid('first'), await kid('second')]).toEqual(['unknown', 'second ES256'])
    await eventually(() => expect(store.readState('keys')?.toString()).not.toContain('first'))
    expect(await keySet(down, store).kid('first')).toBe('unavailable')
  })

  it.each([
    ['nonsense', 'nonsense'],
    ['a truncated key set', '{"fetchedAt":1,"ke'],
    ['another format', '{"keys":[]}'],
    ['no key', '{"fetchedAt":1,"keys":[]}'],
    ['null', 'null'],
  ])('behaves as on the first start if %s was stored', async (_, text) => {
    const store = memoryState()
    store.writeState('keys', text)
    expect(await keySet(() => jwksResponse(first), store).kid('first')).toBe('first ES256')
    store.writeState('keys', text)
    expect(await keySet(down, store).kid('first')).toBe('unavailable')
  })

  it('works if the store keeps nothing or does not respond, and says so', async () => {
    expect(await keySet(() => jwksResponse(first), {}).kid('first')).toBe('first ES256')
    const fail = () => {
      throw new Error('database is locked')
    }
    const { kid, log } = keySet(() => jwksResponse(first), { readState: fail, writeState: fail })
    expect(await kid('first')).toBe('first ES256')
    await eventually(() => expect(log.warnings).toHaveLength(2))
    expect(log.warnings.join()).toMatch(
      /could not read the saved public keys.*database is locked.*could not save the public keys/,
    )
  })

  it('waits at most a second for a silent store', async () => {
    const readState = () => new Promise<never>(() => {})
    expect(await keySet(() => jwksResponse(first), { readState }).kid('first')).toBe('first ES256')
  })
})
