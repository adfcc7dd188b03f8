import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isPublicAddress } from '../../../../auth-service/src/platform/net/ip-address.ts'
import { createPublicFetch } from '../../../../auth-service/src/platform/net/public-fetch.ts'
import { openInternet, PUBLIC_ADDRESS } from '../../support/internet.ts'

const HOST = 'app.example'

/** By range, its first and its last address. */
const SPECIAL = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.1', '127.255.255.255'],
  ['169.254.0.1', '169.254.169.254'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
  ['::', '::1'],
  ['::127.0.0.1', '::ffff:127.0.0.1'],
  ['::ffff:7f00:1', '::ffff:a00:1'],
  ['64:ff9b::7f00:1', '64:ff9b:1::1'],
  ['100::', '100::ffff'],
  ['2001::1', '2001:1ff:ffff::1'],
  ['2001:db8::', '2001:db8:ffff::1'],
  ['2002:7f00:1::', '2002:c0a8:1::1'],
  ['3fff::', '3fff:fff::1'],
  ['5f00::1', '5f00:ffff::1'],
  ['fc00::', 'fdff:ffff::1'],
  ['fe80::1', 'fe80::1%eth0'],
  ['fec0::1', 'feff::1'],
  ['ff00::', 'ff02::1'],
].flat()

describe('An address', () => {
  it.each([...SPECIAL, '', 'localhost', '127.1', '0x7f000001', '2130706433'])('%o is not public', (text) => {
    expect(isPublicAddress(text)).toBe(false)
  })

  it.each([
    PUBLIC_ADDRESS,
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '::ffff:93.184.216.34',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is public', (text) => {
    expect(isPublicAddress(text)).toBe(true)
  })
})

describe('A fetch for URLs of strangers', () => {
  it('reads JSON by https, from a public host', async () => {
    const internet = await openInternet(HOST)
    internet.serve({ hello: 'world' })
    const answer = await createPublicFetch(internet.options)(`https://${HOST}/a?b`, {
      headers: { accept: 'application/json' },
    })
    expect([answer.status, await answer.json()]).toEqual([200, { hello: 'world' }])
    expect(internet.dialled).toEqual([{ host: HOST, port: 443, addresses: [PUBLIC_ADDRESS] }])
    const [request] = internet.requests
    expect([request?.method, request?.url, request?.headers]).toEqual([
      'GET',
      '/a?b',
      { host: HOST, accept: 'application/json', 'accept-encoding': 'identity', connection: 'close' },
    ])
  })

  it.each(['http://app.example/', 'ftp://app.example/', 'file:///etc/passwd', 'data:application/json,{}'])(
    'refuses other schemes, without asking DNS: %s',
    async (url) => {
      const internet = await openInternet(HOST)
      await expect(createPublicFetch(internet.options)(url)).rejects.toMatchObject({ code: 'not_https' })
      expect([internet.asked, internet.dialled]).toEqual([[], []])
    },
  )

  it.each([
    ...SPECIAL.filter((address) => !address.includes('%')).map((address) =>
      address.includes(':') ? `[${address}]` : address,
    ),
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '[0:0:0:0:0:ffff:7f00:1]',
  ])('refuses an address in the URL that is not public: %s', async (host) => {
    const internet = await openInternet(HOST)
    const fetch = createPublicFetch(internet.options)
    await expect(fetch(`https://${host}/`)).rejects.toMatchObject({ code: 'private_address' })
    await expect(fetch(`https://${host}:8443/`)).rejects.toMatchObject({ code: 'private_address' })
    expect(internet.dialled).toEqual([])
  })

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [[PUBLIC_ADDRESS, '10.0.0.1']],
    [['169.254.169.254', PUBLIC_ADDRESS]],
    [['::ffff:127.0.0.1']],
    [['fd00::1', '2606:4700::1111']],
    [[]],
    [['not an address']],
  ])('refuses a host of which one address is not public: %o', async (addresses) => {
    const internet = await openInternet(HOST)
    internet.name(HOST, addresses)
    await expect(createPublicFetch(internet.options)(`https://${HOST}/`)).rejects.toMatchObject({
      code: 'private_address',
    })
    expect(internet.dialled).toEqual([])
  })

  it('refuses this machine by the names that the system knows', async () => {
    const internet = await openInternet('localhost')
    internet.serve({ secret: true })
    for (const host of ['localhost', 'LOCALHOST', 'localhost.']) {
      await expect(createPublicFetch()(`https://${host}:${internet.port}/`), host).rejects.toThrow()
    }
    await expect(createPublicFetch()(`https://localhost:${internet.port}/`)).rejects.toMatchObject({
      code: 'private_address',
    })
    expect(internet.requests).toEqual([])
  })

  it('resolves a host once, and connects to what it checked (DNS rebinding)', async () => {
    const internet = await openInternet(HOST)
    internet.serve({})
    const answers = [[PUBLIC_ADDRESS], ['127.0.0.1']]
    internet.name(HOST, () => answers.shift() ?? ['127.0.0.1'])
    const fetch = createPublicFetch(internet.options)
    await fetch(`https://${HOST}/`)
    expect([internet.asked, internet.dialled]).toEqual([
      [HOST],
      [{ host: HOST, port: 443, addresses: [PUBLIC_ADDRESS] }],
    ])
    await expect(fetch(`https://${HOST}/`)).rejects.toMatchObject({ code: 'private_address' })
    expect(internet.dialled).toHaveLength(1)
  })

  it('dials the checked addresses itself, whatever the system would say of the host', async () => {
    const attempts: string[] = []
    const watch = (message: unknown) =>
      (message as { socket: Socket }).socket.on('connectionAttempt', (ip: string) => attempts.push(ip))
    subscribe('net.client.socket', watch)
    try {
      const fetch = createPublicFetch({ resolve: async () => [PUBLIC_ADDRESS] })
      const { signal, abort } = abortable()
      const attempted = fetch('https://localhost/', { signal })
      const refused = expect(attempted).rejects.toThrow()
      await expect.poll(() => attempts).toEqual([PUBLIC_ADDRESS])
      abort()
      await refused
    } finally {
      unsubscribe('net.client.socket', watch)
    }
  })

  it('follows no redirect', async () => {
    const internet = await openInternet(HOST)
    internet.answer((_, res) => void res.writeHead(302, { location: 'https://127.0.0.1/' }).end('{}'))
    const answer = await createPublicFetch(internet.options)(`https://${HOST}/`)
    expect([answer.status, await answer.text()]).toEqual([302, ''])
    expect([internet.requests.length, internet.dialled.length]).toEqual([1, 1])
  })

  it.each(['text/html', 'text/plain; charset=json', 'application/jsonp', 'application/xml', ''])(
    'refuses what is not JSON: %o',
    async (type) => {
      const internet = await openInternet(HOST)
      internet.answer((_, res) => void res.writeHead(200, type ? { 'content-type': type } : {}).end('{}'))
      await expect(createPublicFetch(internet.options)(`https://${HOST}/`)).rejects.toMatchObject({
        code: 'not_json',
      })
    },
  )

  it.each(['application/json; charset=utf-8', 'application/jwk-set+json', 'Application/JSON'])(
    'takes %s',
    async (type) => {
      const internet = await openInternet(HOST)
      internet.serve({}, { 'content-type': type })
      expect(await (await createPublicFetch(internet.options)(`https://${HOST}/`)).json()).toEqual({})
    },
  )

  it('takes no answer that switches protocols, and does not wait for one', async () => {
    const internet = await openInternet(HOST)
    const closed: boolean[] = []
    internet.answer(({ socket }) => {
      socket.on('close', (hadError: boolean) => closed.push(hadError))
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n')
    })
    await expect(createPublicFetch(internet.options)(`https://${HOST}/`)).rejects.toMatchObject({
      code: 'not_json',
    })
    await expect.poll(() => closed.length).toBe(1)
  })

  it('checks the certificate of the host', async () => {
    const internet = await openInternet('other.example')
    internet.serve({})
    await expect(createPublicFetch(internet.options)(`https://${HOST}/`)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    expect(internet.requests).toEqual([])
  })

  it('looks up one host at a time, however many wait for servers that do not answer', async () => {
    const internet = await openInternet(HOST)
    internet.serve({ hello: 'world' })
    const lookups = new Map<string, PromiseWithResolvers<readonly string[]>>()
    const fetch = createPublicFetch({
      ...internet.options,
      resolve: (host) => {
        lookups.set(host, Promise.withResolvers())
        return (lookups.get(host) as PromiseWithResolvers<readonly string[]>).promise
      },
    })
    const { signal, abort } = abortable()
    const slow = ['a.example', 'b.example', 'c.example'].map((host) => fetch(`https://${host}/`, { signal }))
    const ended = Promise.allSettled(slow)
    abort()
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const waiting = fetch(`https://${HOST}/`)
    expect([...lookups.keys()], 'the first one goes on').toEqual(['a.example'])
    lookups.get('a.example')?.reject(new Error('no answer'))
    await expect.poll(() => [...lookups.keys()]).toEqual(['a.example', HOST])
    lookups.get(HOST)?.resolve([PUBLIC_ADDRESS])
    expect((await waiting).status).toBe(200)
  })

  it('ends with its signal: while it resolves, waits or reads', async () => {
    const internet = await openInternet(HOST)
    const slow = createPublicFetch({ ...internet.options, resolve: () => new Promise(() => {}) })
    const resolving = abortable()
    const first = expect(slow(`https://${HOST}/`, { signal: resolving.signal })).rejects.toThrow('ended')
    resolving.abort()
    await first

    internet.answer(() => {})
    const waiting = abortable()
    const fetch = createPublicFetch(internet.options)
    const second = expect(fetch(`https://${HOST}/`, { signal: waiting.signal })).rejects.toThrow()
    await expect.poll(() => internet.requests.length).toBe(1)
    waiting.abort()
    await second

    internet.answer((_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{')
    })
    const reading = abortable()
    const answer = await fetch(`https://${HOST}/`, { signal: reading.signal })
    const third = expect(answer.text()).rejects.toThrow()
    reading.abort()
    await third
  })
})

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort(new Error('ended')) }
}
