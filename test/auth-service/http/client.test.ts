import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { type Client, clientOf, knowClient } from '../../../auth-service/src/http/client.ts'
import { createLog } from '../../../auth-service/src/log.ts'
import { readTrustedProxies } from '../../../auth-service/src/trusted-proxies.ts'
import { cpuTime } from '../../support/cpu-time.ts'
import { testConfig } from '../support/services.ts'

/** Whom requests come from, with these proxies trusted. */
function open(proxies: string) {
  const read = readTrustedProxies(proxies)
  if (!read.ok) throw new Error(read.reason)
  const logged: Record<string, unknown>[] = []
  const log = createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) })
  const service = { config: testConfig({ trustedProxies: read.value }), log }
  const app = new Hono().use(knowClient(service)).get('/', (c) => c.json(clientOf(c)))
  async function ask(remoteAddress: string | undefined, headers: Record<string, string> = {}) {
    const response = await app.request('/', { headers }, { incoming: { socket: { remoteAddress } } })
    return (await response.json()) as Client
  }
  return { logged, ask }
}

describe('without trusted proxies', () => {
  it('a request is of whoever has the connection, whatever headers claim', async () => {
    const { ask } = open('')
    const claims = {
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'for=203.0.113.9',
      'x-real-ip': '203.0.113.9',
    }
    expect(await ask('192.0.2.7', claims)).toEqual({ address: '192.0.2.7', isProxied: false, marks: [] })
    expect(await ask('::ffff:192.0.2.7')).toEqual({ address: '192.0.2.7', isProxied: false, marks: [] })
    expect(await ask(undefined)).toEqual({ address: '', isProxied: false, marks: [] })
  })

  it('the first that is forwarded makes the log say so, once', async () => {
    const { ask, logged } = open('')
    await ask('172.17.0.1')
    expect(logged).toEqual([])
    await ask('172.17.0.1', { 'x-forwarded-for': '203.0.113.9' })
    await ask('172.17.0.2', { forwarded: 'for=203.0.113.9' })
    expect(logged).toEqual([
      expect.objectContaining({ event: 'untrusted_proxy', level: 40, peer: '172.17.0.1' }),
    ])
  })

  it('and does not tell the address of somebody out there', async () => {
    const { ask, logged } = open('10.0.0.1')
    await ask('203.0.113.9', { 'x-forwarded-for': '198.51.100.1' })
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toMatch(/203\.0|198\.51/)
  })
})

describe('behind trusted proxies', () => {
  const { ask, logged } = open('10.0.0.0/8,fd00::/8,127.0.0.1')
  const address = async (peer: string, forwarded: string) =>
    (await ask(peer, { 'x-forwarded-for': forwarded })).address

  it.each([
    ['what the proxy appended', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['what it appended to a lie', '10.0.0.1', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['what the outer one appended', '10.0.0.1', '198.51.100.1,203.0.113.9 , 10.0.0.2', '203.0.113.9'],
    ['what it appended to rubbish', '10.0.0.1', '<script>, , 203.0.113.9', '203.0.113.9'],
    ['an address with its port', '127.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
    ['an IPv6 address with its port', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['an IPv6 address', '::ffff:10.0.0.1', '2001:DB8:0::7', '2001:db8::7'],
    ['IPv4 within IPv6', '10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['a proxy within IPv6', '10.0.0.1', '203.0.113.9, ::ffff:10.1.1.1', '203.0.113.9'],
    ['the innermost, where all are ours', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['the proxy, where it tells nothing', '10.0.0.1', '', '10.0.0.1'],
    ['the proxy, where it tells rubbish', '10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
    ['the last that is known', '10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2', '10.0.0.2'],
    ['the connection, where that is a stranger', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ])('a request is of %s', async (_, peer, header, expected) => {
    expect(await address(peer, header)).toBe(expected)
  })

  it('it counts that a request came through one', async () => {
    expect(await ask('10.0.0.1')).toEqual({ address: '10.0.0.1', isProxied: true, marks: [] })
    expect(await ask('203.0.113.9')).toEqual({ address: '203.0.113.9', isProxied: false, marks: [] })
  })

  it('nothing is said, except of strangers who forward', () => {
    expect(logged).toHaveLength(1)
  })

  it('a header of thousands of addresses is read at once', async () => {
    const spent = await cpuTime(async () =>
      expect(await address('10.0.0.1', Array(4000).fill('10.0.0.2').join())).toBe('10.0.0.2'),
    )
    expect(spent).toBeLessThan(1000)
  })
})
