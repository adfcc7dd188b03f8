import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { parseCookies } from '../../../../auth-service/src/platform/client/host-cookies.ts'
import type { Config } from '../../../../auth-service/src/platform/config/config.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { refreshEndpoint } from '../../../../auth-service/src/web/endpoints/refresh.ts'
import { describeOwnRequest } from '../../../../auth-service/src/web/middleware/request-client.ts'
import { someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { APP, ISSUER } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  onBothDatabases,
  openService,
  payloadOf,
  testConfig,
} from '../../support/services.ts'

const refresh = (service: Service, headers: Record<string, string> = {}) =>
  createApp(service).request('/refresh', { method: 'POST', headers })

const tokenIn = (line: string | undefined) => line?.split(';', 1)[0]?.split('=')[1] ?? ''

onBothDatabases('POST /refresh', (open) => {
  const signedIn = async (config: Partial<Config> = {}) => {
    const service = await open({ config })
    const ada = await addUser(service)
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    return { service, ada, refreshToken, cookie: `jwt.refresh=${refreshToken}` }
  }

  it('ignores a forged token beside it whose end is no primitive value', async () => {
    const { service, cookie, refreshToken } = await signedIn()
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [header] = refreshToken.split('.')
    const forged = `${header}.${part({ exp: { valueOf: 1, toString: 1 } })}.${Buffer.alloc(64).toString('base64url')}`
    expect((await refresh(service, { cookie: `${cookie}; jwt.refresh=${forged}` })).status).toBe(200)
    expect((await refresh(service, { cookie: `jwt.refresh=${forged}` })).status).toBe(401)
    const page = await createApp(service).request('/login', { headers: { cookie: `jwt.refresh=${forged}` } })
    expect(page.status).toBe(200)
    const body = new URLSearchParams({ token: forged })
    const inspected = await createApp(service).request('/introspect', { method: 'POST', body })
    expect(inspected.status).toBeLessThan(500)
  })

  it('exchanges the refresh cookie for two new cookies', async () => {
    const { service, ada, cookie, refreshToken } = await signedIn()
    service.wait(600)
    const response = await refresh(service, { cookie })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(await response.json()).toEqual({ expires_in: 300 })
    const [access, refreshed, ...more] = response.headers.getSetCookie()
    expect(more).toEqual([])
    expect(payloadOf(tokenIn(access))).toMatchObject({ sub: ada.uuid, token_type: 'access' })
    expect(tokenIn(refreshed)).not.toBe(refreshToken)
    const again = await refresh(service, { cookie: `jwt.refresh=${tokenIn(refreshed)}` })
    expect(again.status).toBe(200)
  })

  it('reports the lifetime of the access token, even when it is shorter than usual', async () => {
    const { service, cookie } = await signedIn({ refreshTtl: 1000, sessionMaxAge: 1000 })
    service.wait(900)
    const response = await refresh(service, { cookie })
    expect(await response.json()).toEqual({ expires_in: 100 })
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=100;')
  })

  it('gives a hundred simultaneous tabs the same refresh token', async () => {
    const { service, cookie } = await signedIn()
    const app = createApp(service)
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => app.request('/refresh', { method: 'POST', headers: { cookie } })),
    )
    const jtis = responses.map((response) => payloadOf(tokenIn(response.headers.getSetCookie()[1])).jti)
    expect(responses.every(({ status }) => status === 200)).toBe(true)
    expect(new Set(jtis).size).toBe(1)
  })

  it('gives apps that compare seconds a token of the second after a change, and others one at once', async () => {
    const { service, ada, cookie } = await signedIn()
    /** Seconds between a change and the `iat` of the token of a renewal in the same second. */
    const iatAfterChange = async (headers: Record<string, string>) => {
      const changedAt = service.now() / 1000
      await service.users.update(ada.uuid, { firstName: `Ada at ${changedAt}` })
      // The second is nearly over; it ends while the endpoint waits, or afterwards.
      const ended = Promise.withResolvers<void>()
      const now = () => {
        setTimeout(() => ended.resolve(service.wait(1)), 0)
        return service.now() + 990
      }
      const app = new Hono().use(describeOwnRequest).route('/', refreshEndpoint({ ...service, now }))
      const request = { method: 'POST', headers: { cookie, ...headers } }
      const response = await app.request('/refresh', request)
      await ended.promise
      return Number(payloadOf(tokenIn(response.headers.getSetCookie()[0])).iat) - changedAt
    }
    expect(await iatAfterChange({ 'latchkey-contract': '2' })).toBe(0)
    expect(await iatAfterChange({})).toBe(1)
    expect(await iatAfterChange({ 'latchkey-contract': 'new' })).toBe(1)
  })

  it('returns 401 and deletes both cookies when the session has ended', async () => {
    const { service, ada, cookie } = await signedIn()
    await service.sessions.endOthers(ada.id, '')
    const response = await refresh(service, { cookie })
    expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(await response.json()).toMatchObject({ status: 401, reason: 'session_over' })
    expect(response.headers.getSetCookie()).toEqual(service.sessions.clearFamilyCookies(parseCookies(cookie)))
  })

  it('returns 401 without a refresh token, or with a foreign one', async () => {
    const { service } = await signedIn()
    const reasons: unknown[] = []
    for (const headers of [{}, { cookie: 'jwt.access=x' }, { cookie: 'jwt.refresh=x' }]) {
      const response = await refresh(service, headers)
      expect(response.status).toBe(401)
      reasons.push(((await response.json()) as { reason: string }).reason)
    }
    expect(reasons).toEqual(['missing', 'missing', 'rejected'])
  })

  it('returns 409 for cookies of two users, and deletes neither', async () => {
    const { service, cookie } = await signedIn()
    const bob = await service.sessions.start(await addUser(service, 'bob@example.com'), DEVICE)
    const response = await refresh(service, { cookie: `${cookie}; jwt.refresh=${bob.refreshToken}` })
    expect(response.status).toBe(409)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(await response.json()).toMatchObject({ status: 409, reason: 'conflicting' })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('returns 503 during an outage, and keeps the cookies', async () => {
    const { service, cookie } = await signedIn()
    const failing = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    const sessions = { ...service.sessions, renewFrom: () => Promise.reject(failing) }
    const response = await refresh({ ...service, sessions }, { cookie })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.getSetCookie()).toEqual([])
    expect((await refresh(service, { cookie })).status).toBe(200)
  })

  it('returns 500 without cookies for internal errors', async () => {
    const { service, cookie } = await signedIn()
    const sessions = { ...service.sessions, renewFrom: () => Promise.reject(new TypeError('a mistake')) }
    const response = await refresh({ ...service, sessions }, { cookie })
    expect(response.status).toBe(500)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('serves our own pages and programs, and no other origins', async () => {
    const { service, cookie } = await signedIn()
    const status = async (headers: Record<string, string>) =>
      (await refresh(service, { cookie, ...headers })).status
    expect(await status({ origin: ISSUER })).toBe(200)
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    expect(await status({ origin: APP })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
  })

  it('serves scripts of the family where apps cannot renew, and no others', async () => {
    const { service, refreshToken } = await signedIn({ refreshCookie: 'auth' })
    const from = (origin: string, site: string) =>
      refresh(service, { cookie: `jwt.refresh=${refreshToken}`, origin, 'sec-fetch-site': site })

    const welcome = await from(APP, 'same-site')
    expect(welcome.status).toBe(200)
    expect(welcome.headers.getSetCookie()).toHaveLength(2)
    expect(welcome.headers.get('access-control-allow-origin')).toBe(APP)
    expect(welcome.headers.get('access-control-allow-credentials')).toBe('true')
    expect(welcome.headers.get('vary')).toContain('Origin')
    expect(welcome.headers.get('cache-control')).toBe('private, no-store')

    for (const origin of ['https://evil.example', 'null', 'http://app1.demo.localhost.evil.example']) {
      const refused = await from(origin, 'cross-site')
      expect(refused.status).toBe(403)
      expect([...refused.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(refused.headers.getSetCookie()).toEqual([])
    }
  })

  it('lets those scripts read that a session has ended', async () => {
    const { service } = await signedIn({ refreshCookie: 'auth' })
    const response = await refresh(service, { origin: APP, 'sec-fetch-site': 'same-site' })
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([401, APP])
  })

  it('does not serve scripts where apps renew in line', async () => {
    const { service, cookie } = await signedIn()
    for (const method of ['POST', 'OPTIONS']) {
      const response = await createApp(service).request('/refresh', {
        method,
        headers: { cookie, origin: APP, 'sec-fetch-site': 'same-site' },
      })
      expect(response.status).toBe(method === 'POST' ? 403 : 405)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  it('returns 401 for any naughty cookie', async () => {
    const { service } = await signedIn()
    for (const text of someNaughtyStrings) {
      // Values that are invalid in a header never arrive here.
      const value = Buffer.from(text)
        .toString('latin1')
        .replace(/[\0\r\n]/g, '')
      expect((await refresh(service, { cookie: `jwt.refresh=${value}` })).status).toBe(401)
    }
  })
})

describe('GET /refresh', () => {
  it('does nothing', async () => {
    const service = await openService(testConfig())
    expect((await createApp(service).request('/refresh')).status).toBe(405)
    expect((await refreshEndpoint(service).request('/refresh')).status).toBe(404)
    await service.close()
  })
})
