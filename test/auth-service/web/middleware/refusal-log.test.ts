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

describe('a return address that is refused leaves a line with its host, the cause and the setting:', () => {
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

  it('an http page where AUTH_URL is https', async () => {
    const { app, of } = await open(TLS)
    await app.request('/login?next=http%3A%2F%2Fapp1.example.com%2F')
    expect(of('next_refused')).toMatchObject([
      { cause: 'http', host: 'app1.example.com', setting: expect.stringContaining('OWN_URL') },
    ])
  })

  it('two of them', async () => {
    const { app, of } = await open()
    await app.request('/login?next=a&next=b')
    expect(of('next_refused')).toMatchObject([{ cause: 'several' }])
  })

  it('and the form that stands for it leaves no second line', async () => {
    const { app, of } = await open()
    await app.request('/login?next=refused')
    expect(of('next_refused')).toEqual([])
  })

  it('of which a flood writes ten a minute', async () => {
    const { app, of } = await open()
    for (let i = 0; i < 30; i++) await app.request(`/login?next=https://${i}.example/`)
    expect(of('next_refused')).toHaveLength(10)
  })
})

describe('a form that is refused leaves a line', () => {
  it('with both origins, where it came from another site', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, origin: 'https://evil.example/' }
    for (let i = 0; i < 3; i++) await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([
      { level: 40, cause: 'foreign_origin', host: 'evil.example', expected: ISSUER, setting: 'AUTH_URL' },
    ])
    expect(of('request')).toMatchObject(Array(3).fill({ status: 403, refused: 'cross_origin' }))
  })

  it('that says so where it is the same host over https', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, origin: ISSUER.replace('http:', 'https:') }
    await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([{ msg: expect.stringContaining('its scheme or port') }])
  })

  it('where the browser sent no cookie with it', async () => {
    const { app, of } = await open()
    const headers = { ...FORM, host: 'login.example.com' }
    await app.request('/login', { method: 'POST', headers, body: 'email=a' })
    expect(of('request_refused')).toMatchObject([
      { cause: 'no_cookie', host: 'login.example.com', expected: ISSUER, setting: 'AUTH_URL' },
    ])
  })

  it('and so does a renewal by a script of another origin', async () => {
    const { app, of } = await open()
    await app.request('/refresh', { method: 'POST', headers: { origin: 'https://app1.demo.localhost' } })
    expect(of('request_refused')).toMatchObject([{ cause: 'foreign_origin', host: 'app1.demo.localhost' }])
  })
})

describe('the line of each refused request says why:', () => {
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

  it('and nothing of what passes', async () => {
    const { app, of } = await open()
    await app.request('/login')
    expect(of('request')).toMatchObject([{ status: 200 }])
    expect(of('request')[0]).not.toHaveProperty('refused')
  })
})

describe('a refresh token that is refused leaves a line', () => {
  it('once, where it is none of ours', async () => {
    const { app, of } = await open()
    for (let i = 0; i < 3; i++) {
      await app.request('/refresh', { method: 'POST', headers: { cookie: 'jwt.refresh=rubbish' } })
    }
    expect(of('refresh_token_refused')).toMatchObject([
      { level: 40, cause: 'malformed', setting: expect.stringContaining('COOKIE_PREFIX') },
    ])
  })
})

describe('an http AUTH_URL behind a proxy that speaks TLS leaves a line', () => {
  const config = { authUrl: 'http://auth.example.com', cookieDomain: 'example.com' }
  const PAGE = { accept: 'text/html' }

  it.each([{ 'x-forwarded-proto': 'https' }, { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }])(
    'where %j shows it',
    async (headers) => {
      const { app, of } = await open(config)
      await app.request('/login', { headers: { ...PAGE, host: 'auth.example.com', ...headers } })
      expect(of('settings_differ')).toMatchObject([
        { cause: 'auth_url_scheme', host: 'auth.example.com', setting: 'AUTH_URL' },
      ])
    },
  )

  it('and nothing does where there is none', async () => {
    const plain = await open(config)
    await plain.app.request('/login', { headers: PAGE })
    const local = await open()
    await local.app.request('/login', { headers: { ...PAGE, 'sec-fetch-site': 'none' } })
    const tls = await open(TLS)
    await tls.app.request('/login', { headers: { ...PAGE, 'x-forwarded-proto': 'https' } })
    for (const { of } of [plain, local, tls]) expect(of('settings_differ')).toEqual([])
  })
})
