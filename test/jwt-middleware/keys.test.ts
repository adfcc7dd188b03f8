import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createKeySet, KEYS_COOLDOWN, KEYS_MAX_AGE, type KeyLookup } from '../../jwt-middleware/src/keys.ts'
import { jwksResponse, recordingLogger, type TestKey, testKey } from '../support/tokens.ts'

let first: TestKey
let second: TestKey
beforeAll(async () => {
  ;[first, second] = await Promise.all([testKey('first'), testKey('second')])
})

/** A key set whose endpoint answers what the test says, and whose clock the test turns. */
function keySet(initial: () => Response | Promise<Response>) {
  const state = { answer: initial, time: 1_000_000, fetches: 0 }
  const log = recordingLogger()
  const keys = createKeySet({
    url: 'http://127.0.0.1/.well-known/jwks.json',
    now: () => state.time,
    log,
    fetch: async () => {
      state.fetches++
      return state.answer()
    },
  })
  // Who asks for a kid that nobody published waits for the fetch under way.
  const settled = async () => void (await keys.get('nobody'))
  return { state, log, settled, kid: async (kid: string) => summary(await keys.get(kid)), keys }
}

const summary = (found: KeyLookup) => (typeof found === 'string' ? found : `${found.kid} ${found.alg}`)

describe('the key set over a socket', () => {
  it('waits five seconds for a server that never answers, and no longer', { timeout: 15_000 }, async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const keys = createKeySet({ url, fetch, now: Date.now, log: recordingLogger() })
    expect(await keys.get('first')).toBe('unavailable')
    server.closeAllConnections()
    server.close()
  })

  it('follows no redirect to keys of somebody else', async () => {
    const reached: (string | undefined)[] = []
    const server = createServer((request, response) => {
      reached.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
    const keys = createKeySet({ url, fetch, now: Date.now, log: recordingLogger() })
    expect(await keys.get('first')).toBe('unavailable')
    expect(reached).toEqual(['/jwks'])
    server.close()
  })
})

describe('the key set', () => {
  it('fetches nothing before a token asks, then once for all that ask together', async () => {
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

  it('refreshes old keys in the background while they serve on', async () => {
    const { state, kid, keys } = keySet(() => jwksResponse(first))
    await kid('first')
    state.time += KEYS_MAX_AGE
    state.answer = () => jwksResponse(first, second)
    expect(keys.get('first')).toMatchObject({ kid: 'first' })
    expect(await kid('second')).toBe('second ES256')
    expect(state.fetches).toBe(2)
  })

  it('learns a new key when it first meets one, once the cooldown is over', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = () => jwksResponse(first, second)
    state.time += KEYS_COOLDOWN
    expect(await kid('second')).toBe('second ES256')
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

  it.each(POISON)('keeps the last good keys against %s, with one warning', async (_, poison) => {
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

  it.each(POISON)('says "unavailable", not "unknown", where all it ever got was %s', async (_, poison) => {
    const { kid } = keySet(poison)
    expect(await kid('first')).toBe('unavailable')
  })

  it('refuses an RSA key that is too short to trust', async () => {
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
  ])(
    'fetches at most once in 30 s while 20,000 unknown kids pour in, the service being %s',
    async (_, answer) => {
      const { state, kid } = keySet(answer)
      for (let i = 0; i < 20_000; i++) {
        state.time += 9 // three minutes in all
        await kid(`flood-${i}`)
      }
      expect(state.fetches).toBeGreaterThan(1)
      expect(state.fetches).toBeLessThanOrEqual(Math.ceil((20_000 * 9) / KEYS_COOLDOWN))
    },
  )

  it('remembers an unknown kid beyond the cooldown, so that one client can not keep it busy', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    expect(await kid('ghost')).toBe('unknown')
    for (let i = 0; i < 9; i++) {
      state.time += KEYS_COOLDOWN
      expect(await kid('ghost')).toBe('unknown')
    }
    expect(state.fetches).toBe(1)
  })

  it('calls nobody unknown for long whom it did not ask about', async () => {
    const { state, kid } = keySet(() => jwksResponse(first))
    await kid('first')
    state.answer = () => jwksResponse(first, second)
    state.time += 1_000
    expect(await kid('second'), 'within the cooldown').toBe('unknown')
    state.time += KEYS_COOLDOWN
    expect(await kid('second')).toBe('second ES256')
  })

  it('serves again at once when the auth service is back', async () => {
    const { state, kid } = keySet(() => new Response(null, { status: 503 }))
    expect(await kid('first')).toBe('unavailable')
    state.answer = () => jwksResponse(first)
    expect(await kid('first')).toBe('unavailable')
    state.time += KEYS_COOLDOWN
    expect(await kid('first')).toBe('first ES256')
  })
})
