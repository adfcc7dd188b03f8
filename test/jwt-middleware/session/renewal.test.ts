import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createRenewal } from '../../../jwt-middleware/src/session/renewal.ts'
import { recordingLogger } from '../../support/tokens.ts'

const COOKIES = [
  'jwt.access=new-access; Domain=demo.localhost; Path=/; Max-Age=300; HttpOnly; SameSite=Lax',
  'jwt.refresh=new-refresh; Domain=demo.localhost; Path=/; Max-Age=432000; HttpOnly; SameSite=Lax',
]

const respond = (status: number, cookies: readonly string[] = []) => {
  const headers = new Headers()
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response('{}', { status, headers })
}

function renewal(answer: (request: Request) => Response | Promise<Response>) {
  const requests: Request[] = []
  const log = recordingLogger()
  const renew = createRenewal({
    url: 'http://127.0.0.1:4000/refresh',
    accessCookie: 'jwt.access',
    refreshCookie: 'jwt.refresh',
    log,
    fetch: async (input, init) => {
      const request = new Request(input as string, init)
      requests.push(request)
      return answer(request)
    },
  })
  return { renew, requests, log }
}

/** A server on a free port with this request handler. */
async function serverThat(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/refresh`
  const log = recordingLogger()
  const names = { accessCookie: 'jwt.access', refreshCookie: 'jwt.refresh' }
  return { server, log, renew: createRenewal({ url, ...names, log, fetch }) }
}

describe('Renewal over a socket', () => {
  it('waits three seconds for a silent server, and no longer', { timeout: 60_000 }, async () => {
    const { server, renew } = await serverThat(() => {})
    expect(await renew(['old'])).toMatchObject({ ok: false, reason: 'unavailable' })
    server.closeAllConnections()
    server.close()
  })

  it('follows no redirect, which would forward the token', async () => {
    const reached: (string | undefined)[] = []
    const { server, renew } = await serverThat((request, response) => {
      reached.push(request.url)
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    expect(await renew(['old'])).toMatchObject({ ok: false, reason: 'unavailable' })
    expect(reached).toEqual(['/refresh'])
    server.close()
  })
})

describe('Renewal', () => {
  it('exchanges the refresh token for a pair and forwards both cookies unchanged', async () => {
    const { renew, requests } = renewal(() => respond(200, COOKIES))
    expect(await renew(['old'])).toEqual({ ok: true, accessToken: 'new-access', setCookies: COOKIES })
    expect(requests[0]?.method).toBe('POST')
    expect(requests[0]?.headers.get('cookie')).toBe('jwt.refresh=old')
  })

  it('sends all tokens of a request together, and learns that they belong to two users', async () => {
    const { renew, requests, log } = renewal(() => respond(409))
    expect(await renew(['one', 'two'])).toEqual({ ok: false, reason: 'conflicting', setCookies: [] })
    expect(requests[0]?.headers.get('cookie')).toBe('jwt.refresh=one; jwt.refresh=two')
    expect(log.warnings).toEqual([])
  })

  it('calls once for all simultaneous requests with one token', async () => {
    const { renew, requests } = renewal(() => respond(200, COOKIES))
    const all = await Promise.all(Array.from({ length: 100 }, () => renew(['old'])))
    expect(new Set(all.map((one) => one.ok))).toEqual(new Set([true]))
    expect(requests).toHaveLength(1)
    await Promise.all([renew(['old']), renew(['another'])])
    expect(requests).toHaveLength(3)
  })

  it('treats a rejection as the end of the session, and forwards its cookies', async () => {
    const gone = ['jwt.access=; Domain=demo.localhost; Path=/; Max-Age=0; HttpOnly; SameSite=Lax']
    const { renew } = renewal(() => respond(401, gone))
    expect(await renew(['old'])).toEqual({ ok: false, reason: 'session_over', setCookies: gone })
  })

  it.each([
    ['an error', () => respond(500)],
    ['an outage with cookies', () => respond(503, COOKIES)],
    ['a rejected request', () => respond(403)],
    ['too many requests', () => respond(429)],
    ['success without a cookie', () => respond(200)],
    ['success with a foreign token', () => respond(200, ['other=1; Path=/'])],
    [
      'silence',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ])('treats %s as an outage, which ends nothing', async (_, answer) => {
    const { renew, log } = renewal(answer)
    expect(await renew(['old-secret-token'])).toEqual({ ok: false, reason: 'unavailable', setCookies: [] })
    expect(log.warnings).toHaveLength(1)
    expect(log.warnings.join()).not.toContain('old-secret-token')
  })

  it('can be tried again after an outage', async () => {
    let down = true
    const { renew } = renewal(() => (down ? respond(503) : respond(200, COOKIES)))
    expect((await renew(['old'])).ok).toBe(false)
    down = false
    expect((await renew(['old'])).ok).toBe(true)
  })
})
