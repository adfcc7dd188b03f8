import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { completeHead, variesByCookie } from '../../../jwt-middleware/src/http/response-head.ts'
import { send } from '../../support/http.ts'

const COOKIES = ['jwt.access=a; Path=/', 'jwt.refresh=b; Path=/']

/** The received headers of a handler that answers like this behind the middleware. */
async function headersOf(answer: (response: ServerResponse) => void, setCookies?: readonly string[]) {
  const server = createServer((_, response) => {
    completeHead(response, setCookies)
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { status, headers } = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return { status, ...headers }
  } finally {
    server.close()
  }
}

/** All the ways in which Node lets a handler write a head. */
const WAYS: [string, (response: ServerResponse, headers: Record<string, string>) => void][] = [
  ['an object', (response, headers) => response.writeHead(201, headers).end()],
  ['a message and an object', (response, headers) => response.writeHead(201, 'Fine', headers).end()],
  [
    'alternating names and values',
    (response, headers) => response.writeHead(201, Object.entries(headers).flat()).end(),
  ],
  [
    'headers set before',
    (response, headers) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      response.statusCode = 201
      response.end()
    },
  ],
  [
    'some set before, some given',
    (response, { Vary = '', ...headers }) => {
      response.setHeader('vary', Vary)
      response.writeHead(201, headers).end()
    },
  ],
]

describe('The head of a response', () => {
  it('is private by default', async () => {
    const headers = await headersOf((response) => response.end('x'))
    expect(headers).toMatchObject({ status: 200, 'cache-control': 'private, no-store', vary: 'Cookie' })
    expect(headers['set-cookie']).toBeUndefined()
  })

  it('repeats no header that the handler set once, in any case', async () => {
    const given = { 'Content-Type': 'text/plain', 'content-type': 'text/html' }
    const headers = await headersOf((response) => {
      // Node then adds a list to earlier headers.
      response.setHeader('x-tried', '1')
      response.removeHeader('x-tried')
      response.writeHead(200, given).end()
    })
    expect(headers).toMatchObject({ 'content-type': 'text/html', 'cache-control': 'private, no-store' })
  })

  it.each(WAYS)("keeps the handler's headers, by %s", async (_, answer) => {
    const given = {
      'Cache-Control': 'public, max-age=60',
      Vary: 'Accept',
      'X-Other': '1',
      'Set-Cookie': 'theme=dark',
    }
    const headers = await headersOf((response) => answer(response, given))
    expect(headers).toMatchObject({
      status: 201,
      'cache-control': 'public, max-age=60',
      vary: 'Accept, Cookie',
      'x-other': '1',
      'set-cookie': ['theme=dark'],
    })
  })

  it.each(WAYS)('is private with new cookies for any headers of the handler, by %s', async (_, answer) => {
    const given = { 'Cache-Control': 'public, max-age=60', Vary: 'Accept', 'Set-Cookie': 'theme=dark' }
    const headers = await headersOf((response) => answer(response, given), COOKIES)
    expect(headers).toMatchObject({
      status: 201,
      'cache-control': 'private, no-store',
      vary: 'Accept, Cookie',
      'set-cookie': [...COOKIES, 'theme=dark'],
    })
  })

  it('sets no new cookie if the handler sets one of that name, as at sign-out', async () => {
    const gone = 'jwt.access=; Path=/; Max-Age=0'
    const headers = await headersOf((response) => response.setHeader('set-cookie', [gone]).end(), COOKIES)
    expect(headers['set-cookie']).toEqual([COOKIES[1], gone])
  })

  it('reads headers wherever Node does', async () => {
    const given = { 'content-security-policy': "default-src 'none'", 'x-frame-options': 'DENY' }
    for (const rest of [
      [given, undefined],
      [undefined, given],
      ['Fine', given],
      [given],
      [new Headers(), given],
    ]) {
      const headers = await headersOf((response) =>
        (response.writeHead as (...args: unknown[]) => ServerResponse)(200, ...rest).end(),
      )
      expect(headers).toMatchObject({ ...given, 'cache-control': 'private, no-store', vary: 'Cookie' })
    }
    const ignored = await headersOf((response) =>
      (response.writeHead as (...args: unknown[]) => ServerResponse)(200, new Headers({ 'x-a': '1' })).end(),
    )
    expect(ignored).toMatchObject({ status: 200, 'cache-control': 'private, no-store', vary: 'Cookie' })
  })

  it.each([
    ['an object', (headers: Record<string, string | string[]>) => headers],
    [
      'alternating names and values',
      (headers: Record<string, string | string[]>) => Object.entries(headers).flat(1),
    ],
    ['pairs', (headers: Record<string, string | string[]>) => Object.entries(headers)],
  ])('replaces earlier headers as Node does, by %s', async (_, shape) => {
    const given = {
      'Content-Type': 'text/plain',
      'Cache-Control': 'no-store',
      'Set-Cookie': ['theme=dark', 'size=2'],
    }
    const headers = await headersOf((response) => {
      response.setHeader('content-type', 'text/html')
      response.setHeader('cache-control', 'public, max-age=9')
      response.setHeader('set-cookie', 'theme=light')
      response.writeHead(200, shape(given) as never).end()
    })
    expect(headers).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'set-cookie': ['theme=dark', 'size=2'],
    })
  })

  it('keeps cookies in either spelling of their header', async () => {
    const given = { 'Set-Cookie': 'theme=dark', 'set-cookie': 'size=2' }
    for (const cookies of [undefined, COOKIES]) {
      const headers = await headersOf((response) => response.writeHead(200, given).end(), cookies)
      expect(headers['set-cookie']).toEqual([...(cookies ?? []), 'theme=dark', 'size=2'])
    }
  })

  it("leaves the app's objects unchanged", async () => {
    const shared = Object.freeze({ vary: 'Accept' })
    await headersOf((response) => response.writeHead(200, shared).end())
    expect((await headersOf((response) => response.writeHead(200, shared).end())).vary).toBe('Accept, Cookie')
  })

  it('works together with other middleware that wraps it', async () => {
    const headers = await headersOf((response) => {
      const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
      response.writeHead = ((...args: unknown[]) => {
        response.setHeader('x-timing', '1')
        return writeHead(...args)
      }) as typeof response.writeHead
      completeHead(response, COOKIES)
      response.writeHead(200, { vary: 'Accept' }).end()
    })
    expect(headers).toMatchObject({ 'x-timing': '1', vary: 'Accept, Cookie', 'set-cookie': COOKIES })
  })

  it('varies by cookie only once', () => {
    expect(['Cookie', 'Accept, cookie', '*', 'Accept,Cookie'].every(variesByCookie)).toBe(true)
    expect(['', 'Accept', 'X-Cookie', 'Cookie2'].some(variesByCookie)).toBe(false)
  })
})
