import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readTrustedProxies } from '../../../../auth-service/src/platform/config/trusted-proxies.ts'
import {
  createOperatorProof,
  PROOF_HEADER,
} from '../../../../auth-service/src/platform/crypto/operator-proof.ts'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { type Client, identifyClient } from '../../../../auth-service/src/web/middleware/request-client.ts'
import { cpuTime } from '../../../support/cpu-time.ts'
import { SECRET_KEY, testConfig } from '../../support/services.ts'

/** The client address of requests, with these trusted proxies. */
function open(proxies: string, authUrl = 'http://auth.demo.localhost:4000') {
  const read = readTrustedProxies(proxies)
  if (!read.ok) throw new Error(read.reason)
  const logged: Record<string, unknown>[] = []
  const log = createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) })
  const service = {
    config: testConfig({ trustedProxies: read.value, authUrl, https: authUrl.startsWith('https:') }),
    log,
  }
  const app = new Hono().use(identifyClient(service)).get('/', (c) => c.json(c.var.client))
  async function ask(
    remoteAddress: string | undefined,
    headers: Record<string, string> = {},
    httpVersion = '1.1',
  ) {
    const incoming = { httpVersion, socket: { remoteAddress } }
    const response = await app.request('/', { headers }, { incoming })
    return (await response.json()) as Client
  }
  return { logged, ask }
}

describe('Without trusted proxies,', () => {
  it("the client address is the connection's, whatever headers claim", async () => {
    const { ask } = open('')
    const claims = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
    }
    expect(await ask('192.0.2.7', claims)).toEqual({
      address: '192.0.2.7',
      isProxied: false,
      viaUnknownProxy: true,
    })
    expect(await ask('::ffff:192.0.2.7')).toEqual({
      address: '192.0.2.7',
      isProxied: false,
      viaUnknownProxy: false,
    })
    expect(await ask(undefined)).toEqual({
      address: '',
      isProxied: false,
      viaUnknownProxy: false,
    })
  })

  it('the first forwarded request is logged, once', async () => {
    const { ask, logged } = open('')
    await ask('172.17.0.1')
    expect(logged).toEqual([])
    await ask('172.17.0.1', { 'x-forwarded-for': '203.0.113.9' })
    await ask('172.17.0.2', { forwarded: 'for=203.0.113.9' })
    expect(logged).toEqual([
      expect.objectContaining({ event: 'untrusted_proxy', level: 50, peer: '172.17.0.1' }),
    ])
  })

  it('the doctor, who sends an address of its own making, is not taken for a proxy in the log', async () => {
    const { ask, logged } = open('')
    const proof = createOperatorProof({ secretKey: SECRET_KEY }, Date.now)
    await ask('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', [PROOF_HEADER]: proof })
    expect(logged).toEqual([])
    await ask('127.0.0.1', { 'x-forwarded-for': '192.0.2.1', [PROOF_HEADER]: 'x' })
    expect(logged).toMatchObject([{ event: 'untrusted_proxy' }])
  })

  it.each([
    ['x-forwarded-for', '203.0.113.9'],
    ['forwarded', 'for=203.0.113.9'],
    ['x-real-ip', '203.0.113.9'],
    ['via', '1.1 proxy'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', 'auth.example.com'],
    ['cf-connecting-ip', '203.0.113.9'],
  ])('a request with %s came through an unlisted proxy', async (name, value) => {
    const { ask, logged } = open('')
    expect(await ask('127.0.0.1', { [name]: value })).toMatchObject({
      address: '127.0.0.1',
      viaUnknownProxy: true,
    })
    expect(logged).toHaveLength(1)
  })

  it('an HTTP/1.0 request and an https request to the public name came through one, too', async () => {
    const { ask } = open('', 'https://auth.example.com')
    const isProxied = async (...args: Parameters<typeof ask>) => (await ask(...args)).viaUnknownProxy
    expect(await isProxied('127.0.0.1', {}, '1.0')).toBe(true)
    expect(await isProxied('127.0.0.1', { host: 'auth.example.com' })).toBe(true)
    expect(await isProxied('127.0.0.1', { host: '127.0.0.1:4000' })).toBe(false)
    const local = open('')
    expect((await local.ask('127.0.0.1', { host: 'auth.demo.localhost:4000' })).viaUnknownProxy).toBe(false)
  })

  it('a forged header of a stranger does not keep the log from naming the local proxy', async () => {
    const { ask, logged } = open('')
    const forwarded = { 'x-forwarded-for': '203.0.113.9' }
    for (const peer of ['198.51.100.1', '198.51.100.2', '127.0.0.1', '127.0.0.1']) await ask(peer, forwarded)
    expect(logged.map(({ level, peer }) => [level, peer])).toEqual([
      [40, undefined],
      [50, '127.0.0.1'],
    ])
  })

  it('the log contains no address of a stranger', async () => {
    const { ask, logged } = open('10.0.0.1')
    await ask('203.0.113.9', { 'x-forwarded-for': '198.51.100.1' })
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toMatch(/203\.0|198\.51/)
  })
})

describe('Behind trusted proxies,', () => {
  const { ask, logged } = open('10.0.0.0/8,fd00::/8,127.0.0.1')
  const address = async (peer: string, forwarded: string) =>
    (await ask(peer, { 'x-forwarded-for': forwarded })).address

  it.each([
    ['what the proxy appended', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['what the proxy appended to a forged address', '10.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['what the outer proxy appended', '10.0.0.1', '198.51.100.1,203.0.113.9 , 10.0.0.2', '203.0.113.9'],
    ['what the proxy appended to invalid text', '10.0.0.1', '<script>, , 203.0.113.9', '203.0.113.9'],
    ['an address with its port', '127.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['an IPv6 address with its port', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['an IPv6 address', '::ffff:10.0.0.1', '2001:DB8:0::7', '2001:db8::7'],
    ['IPv4 within IPv6', '10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['a proxy within IPv6', '10.0.0.1', '203.0.113.9, ::ffff:10.1.1.1', '203.0.113.9'],
    ['the innermost if all are trusted proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the proxy if it sends no address', '10.0.0.1', '', '10.0.0.1'],
    ['the proxy if it sends invalid text', '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
    ['the last known address', '10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2', '10.0.0.2'],
    ['the connection if it is not a trusted proxy', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ])('the client address is %s', async (_, peer, header, expected) => {
    expect(await address(peer, header)).toBe(expected)
  })

  it('a request through a proxy is recognised', async () => {
    expect(await ask('10.0.0.1')).toEqual({
      address: '10.0.0.1',
      isProxied: true,
      viaUnknownProxy: false,
    })
    expect(await ask('203.0.113.9')).toEqual({
      address: '203.0.113.9',
      isProxied: false,
      viaUnknownProxy: false,
    })
  })

  it('a proxy that sends no client address is logged, once', async () => {
    const silent = open('127.0.0.1')
    await silent.ask('127.0.0.1')
    // An app on the same machine, with the fetch of Node.
    await silent.ask('127.0.0.1', { 'sec-fetch-mode': 'cors' })
    expect(silent.logged).toEqual([])
    for (let i = 0; i < 3; i++) await silent.ask('127.0.0.1', { 'sec-fetch-site': 'none' })
    expect(silent.logged).toEqual([expect.objectContaining({ event: 'missing_forwarded_for', level: 50 })])
    expect(await silent.ask('127.0.0.1', { 'x-forwarded-proto': 'https' })).toMatchObject({
      isProxied: true,
      viaUnknownProxy: true,
    })
  })

  it('nothing is logged except forwarding by strangers', () => {
    expect(logged).toHaveLength(1)
  })

  it('a header with thousands of addresses is parsed quickly', async () => {
    const spent = await cpuTime(async () =>
      expect(await address('10.0.0.1', Array(4000).fill('10.0.0.2').join())).toBe('10.0.0.2'),
    )
    expect(spent).toBeLessThan(1000)
  })
})

const describing = new Hono()
  .use(identifyClient({ config: testConfig(), log: createLog('silent') }))
  .get('/', (c) => c.json(c.var.device))

it('a device is identified by its user agent and connection, not by forwarding headers', async () => {
  const headers = {
    'user-agent': 'curl/8.5.0',
    'x-forwarded-for': '203.0.113.9',
    forwarded: 'for=203.0.113.9',
  }
  const env = { incoming: { socket: { remoteAddress: '192.0.2.7' } } }
  const response = await describing.request('/', { headers }, env)
  expect(await response.json()).toEqual({
    userAgent: 'curl/8.5.0',
    address: '192.0.2.7',
    viaProxy: true,
    cookies: {},
  })
})

it('a device without a user agent is empty', async () => {
  expect(await (await describing.request('/')).json()).toEqual({
    userAgent: '',
    address: '',
    viaProxy: false,
    cookies: {},
  })
  expect(await (await describing.request('/', {}, { incoming: { socket: {} } })).json()).toMatchObject({
    address: '',
  })
})

it('a user agent is kept as far as its 512th character; Node refuses what no database could store', async () => {
  const long = `${'x'.repeat(511)}\u00E9 and more`
  const response = await describing.request('/', { headers: { 'user-agent': long } })
  expect(await response.json()).toMatchObject({ userAgent: long.slice(0, 512) })

  const server = serve({ fetch: describing.fetch, port: 0, hostname: '127.0.0.1' })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (userAgent: Buffer) => {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: auth.example\r\nConnection: close\r\nUser-Agent: ')
    socket.write(userAgent)
    socket.end('\r\n\r\n')
    return (await text(socket)).split('\r\n\r\n') as [string, string]
  }
  expect((await ask(Buffer.from('a\0b')))[0]).toMatch(/^HTTP\/1.1 400/)
  // Half of a character in UTF-8, and one that UTF-8 would not have: bytes are characters (RFC 9110, section 5.5).
  for (const bytes of [
    [0xed, 0xa0, 0xbd],
    [0xff, 0xfe],
  ]) {
    const [head, body] = await ask(Buffer.from(bytes))
    expect(head).toMatch(/^HTTP\/1.1 200/)
    expect(body).toContain(JSON.stringify(Buffer.from(bytes).toString('latin1')).slice(1, -1))
  }
})
