import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { createService } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { ISSUER } from '../../../support/tokens.ts'
import { testConfig } from '../../support/services.ts'

type Line = Record<string, unknown>

async function open(changes: Parameters<typeof testConfig>[0] = {}) {
  const lines: Line[] = []
  const log = createLog('debug', { write: (line) => void lines.push(JSON.parse(line)) })
  const service = await createService(testConfig(changes), { log })
  onTestFinished(() => service.close())
  const app = createApp(service)
  lines.length = 0
  const of = (event: string) => lines.filter((line) => line.event === event)
  return { app, of, text: () => JSON.stringify(lines) }
}

const TLS = { authUrl: 'https://auth.example.com', cookieDomain: 'example.com', https: true }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('A rejected return URL is logged with its host, the cause and the setting:', () => {
  it.each([
    [
      'https://app1.elsewhere.example/notes?secret=1',
      'outside',
      'app1.elsewhere.example',
      /OWN_URL.*COOKIE_DOMAIN/,
    ],
    ['/notes?secret=1', 'not_absolute', undefined, /LOGIN_URL/],
    ['javascript:alert(1)', 'not_absolute', undefined, /link/],
    ['http://ada:secret@app1.demo.localhost/', 'user', 'app1.demo.localhost', /link/],
    ['http://app1.demo.localhost/ä?secret', 'characters', 'app1.demo.localhost', /percent-encode/],
    [`http://app1.demo.localhost/${'x'.repeat(9000)}`, 'too_long', 'app1.demo.localhost', /link/],
    ['http://203.0.113.7/secret', 'outside', '(an IP address)', /OWN_URL/],
  ])('%s', async (next, cause, host, setting) => {
    const { app, of, text } = await open()
    for (let i = 0; i < 3; i++) await app.request(`/login?${new URLSearchParams({ next })}`)
    const found = of('next_refused')
    expect(found).toMatchObject([{ level: 40, cause, setting: expect.stringMatching(setting) }])
    if (host) expect(found[0]?.host).toBe(host)
    expect(text()).not.toMatch(/secret|203\.0/)
  })

  it('an http page when AUTH_URL uses https', async () => {
    const { app, of } = await open(TLS)
    await app.request('/login?next=http%3A%2F%2Fapp1.example.com%2F')
    expect(of('next_refused')).toMatchObject([
      { cause: 'http', host: 'app1.example.com', setting: expect.stringContaining('OWN_URL') },
    ])
  })

  it('two return URLs', async () => {
    const { app, of } = await open()
    await app.request('/login?next=a&next=b')
    expect(of('next_refused')).toMatchObject([{ cause: 'several' }])
  })

  it("and not a second time for the page's form", async () => {
    const { app, of } = await open()
    await app.request('/login?next=refused')
    expect(of('next_refused')).toEqual([])
  })

  it('at most ten times a minute during a flood', async () => {
    const { app, of } = await open()
    for (let i = 0; i < 30; i++) await app.request(`/login?next=https://${i}.example/`)
    expect(of('next_refused')).toHaveLength(10)
  })
})

describe('A rejected form is logged', () => {
  it('with both origins if it came from another site', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, origin: 'https://evil.example/' }
    for (let i = 0; i < 3; i++) await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([
      { level: 40, cause: 'foreign_origin', host: 'evil.example', expected: ISSUER, setting: 'AUTH_URL' },
    ])
    expect(of('request')).toMatchObject(Array(3).fill({ status: 403, refused: 'cross_origin' }))
  })

  it('as the same host over https, if it is', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, origin: ISSUER.replace('http:', 'https:') }
    await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([{ msg: expect.stringContaining('its scheme or port') }])
  })

  it('as a form without a cookie from the browser', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, host: 'login.example.com' }
    await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([
      { cause: 'no_cookie', host: 'login.example.com', expected: ISSUER, setting: 'AUTH_URL' },
    ])
  })

  it('and so is a renewal by a script of another origin', async () => {
    const { app, of } = await open()
    await app.request('/refresh', { method: 'POST', headers: { origin: 'https://app1.demo.localhost' } })
    expect(of('request_refused')).toMatchObject([{ cause: 'foreign_origin', host: 'app1.demo.localhost' }])
  })
})

describe('The log explains each rejected request:', () => {
  it.each([
    ['GET', '/nothing', {}, 'not_found'],
    ['DELETE', '/login', {}, 'method_not_allowed'],
    ['POST', '/refresh', {}, 'missing'],
    ['POST', '/refresh', { cookie: 'jwt.refresh=rubbish' }, 'rejected'],
    ['POST', '/introspect', {}, 'no_token'],
    ['GET', '/account', {}, 'missing'],
    ['POST', '/login', { 'content-type': 'text/plain' }, 'unsupported_media_type'],
  ])('%s %s with %j is %s', async (method, path, headers, refused) => {
    const { app, of } = await open()
    const body = method === 'POST' ? 'x' : undefined
    await app.request(path, { method, headers: headers as Record<string, string>, ...(body && { body }) })
    expect(of('request')).toMatchObject([{ refused }])
  })

  it('and contains nothing about accepted ones', async () => {
    const { app, of } = await open()
    await app.request('/login')
    expect(of('request')).toMatchObject([{ status: 200 }])
    expect(of('request')[0]).not.toHaveProperty('refused')
  })
})

describe('A rejected refresh token is logged', () => {
  it('once, if it is foreign', async () => {
    const { app, of } = await open()
    for (let i = 0; i < 3; i++) {
      await app.request('/refresh', { method: 'POST', headers: { cookie: 'jwt.refresh=rubbish' } })
    }
    expect(of('refresh_token_refused')).toMatchObject([
      { level: 40, cause: 'malformed', setting: expect.stringContaining('COOKIE_PREFIX') },
    ])
  })
})

describe('An http AUTH_URL behind a TLS proxy is logged', () => {
  const config = { authUrl: 'http://auth.example.com', cookieDomain: 'example.com' }
  const PAGE = { accept: 'text/html' }

  it.each([{ 'x-forwarded-proto': 'https' }, { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }])(
    'when %j shows it',
    async (headers) => {
      const { app, of } = await open(config)
      await app.request('/login', { headers: { ...PAGE, host: 'auth.example.com', ...headers } })
      expect(of('settings_differ')).toMatchObject([
        { cause: 'auth_url_scheme', host: 'auth.example.com', setting: 'AUTH_URL' },
      ])
    },
  )

  it('only then', async () => {
    const plain = await open(config)
    await plain.app.request('/login', { headers: PAGE })
    const local = await open()
    await local.app.request('/login', { headers: { ...PAGE, 'sec-fetch-site': 'none' } })
    const tls = await open(TLS)
    await tls.app.request('/login', { headers: { ...PAGE, 'x-forwarded-proto': 'https' } })
    for (const { of } of [plain, local, tls]) expect(of('settings_differ')).toEqual([])
  })
})
