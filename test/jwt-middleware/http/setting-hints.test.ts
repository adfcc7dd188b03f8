import { createAuthCore } from '@latchkey/jwt-middleware'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { AuthOptions } from '../../../jwt-middleware/src/options.ts'
import { memoryUsers } from '../../../jwt-middleware/src/users/store.ts'
import { revocationSource } from '../../support/revocation-source.ts'
import {
  ADA,
  APP,
  accessPayload,
  ISSUER,
  jwksResponse,
  NOW,
  recordingLogger,
  refreshHeader,
  refreshPayload,
  type TestKey,
  testKey,
} from '../../support/tokens.ts'

let key: TestKey
let stranger: TestKey
beforeAll(async () => {
  ;[key, stranger] = await Promise.all([testKey('key-1'), testKey('key-2')])
})

function openApp(options: Partial<AuthOptions> = {}) {
  const log = recordingLogger()
  const auth = createAuthCore({
    loginUrl: `${ISSUER}/login`,
    ownUrl: APP,
    log,
    now: () => NOW * 1000,
    fetch: async () => jwksResponse(key),
    revocations: revocationSource(),
    ...options,
  })
  onTestFinished(() => auth.close())
  async function visit(headers: Record<string, string>, method = 'GET') {
    const request = {
      method,
      target: '/notes?secret=1',
      header: (name: string) => headers[name],
    }
    const { user, refusal } = await auth.authenticate(request)
    return refusal ?? auth.guard(request, user)
  }
  return { visit, lines: log.warnings }
}

const access = (changes: Record<string, unknown> = {}) => key.sign(accessPayload(changes))
const refresh = () => key.sign(refreshPayload(), refreshHeader(key))
const both = () => `jwt.access=${access()}; jwt.refresh=${refresh()}`

describe('One log line names the setting when', () => {
  it.each<[string, () => [Record<string, string>, Partial<AuthOptions>?, string?], string, RegExp]>([
    [
      'the cookies have another prefix',
      () => [{ cookie: `org.example.access=${access()}` }],
      'cookie_prefix',
      /org\.example\.access.*jwt\.access.*COOKIE_PREFIX/,
    ],
    [
      'AUTH_URL is https and LOGIN_URL http',
      () => [{ cookie: `__Secure-jwt.access=${access({ iss: ISSUER.replace('http:', 'https:') })}` }],
      'issuer_origin',
      /https:\/\/auth\.demo\.localhost:4000.*LOGIN_URL/,
    ],
    [
      'the auth service keeps the refresh cookie to itself',
      () => [{ cookie: `jwt.access=${access()}` }],
      'no_refresh_cookie',
      /REFRESH_COOKIE/,
    ],
    [
      'the refresh cookie goes to the family, and the app does not know it',
      () => [{ cookie: both() }, { refreshCookie: 'auth' }],
      'refresh_cookie',
      /REFRESH_COOKIE/,
    ],
    [
      'OWN_URL is that of another app',
      () => [{ host: 'app2.demo.localhost:4002' }],
      'own_url_host',
      /app2\.demo\.localhost.*app1\.demo\.localhost.*OWN_URL/,
    ],
    [
      'a proxy reports another host',
      () => [{ host: '127.0.0.1:4001', 'x-forwarded-host': 'notes.example.com' }],
      'own_url_host',
      /notes\.example\.com/,
    ],
    [
      'OWN_URL is http behind a proxy that speaks TLS',
      () => [{ host: 'app1.demo.localhost', 'x-forwarded-proto': 'https' }],
      'own_url_scheme',
      /OWN_URL/,
    ],
    [
      'OWN_URL is http behind two proxies, of which the first speaks TLS',
      () => [{ host: 'app1.demo.localhost:4001', 'x-forwarded-proto': 'https, http' }],
      'own_url_scheme',
      /opened over https.*OWN_URL/,
    ],
    [
      'OWN_URL is https, and a proxy tells that people use http',
      () => [
        { host: 'app1.demo.localhost:4001', 'x-forwarded-proto': 'http' },
        { ownUrl: 'https://app1.demo.localhost:4001' },
      ],
      'own_url_scheme',
      /opened over http, but OWN_URL is https/,
    ],
    [
      'OWN_URL is that of another app on the same host',
      () => [{ host: 'app1.demo.localhost:4002' }],
      'own_url_port',
      /"port":4002,"expected":4001.*OWN_URL/,
    ],
    [
      'a page of another origin posts',
      () => [{ cookie: both(), origin: 'https://evil.example/page?q=1' }, {}, 'POST'],
      'foreign_origin',
      /evil\.example".*trustedOrigins/,
    ],
    [
      'a page of this host posts over another scheme',
      () => [{ cookie: both(), origin: 'https://app1.demo.localhost:4001' }, {}, 'POST'],
      'foreign_origin',
      /scheme or port.*OWN_URL/,
    ],
    [
      'another auth service answers where the keys come from',
      () => [{ cookie: `jwt.access=${stranger.sign(accessPayload())}` }],
      'unknown_key',
      /AUTH_INTERNAL_URL/,
    ],
    [
      'the token is for another domain',
      () => [{ cookie: `jwt.access=${access({ aud: 'example.com' })}` }],
      'wrong_audience',
      /app1\.demo\.localhost.*example\.com.*OWN_URL/,
    ],
    [
      'the token has another issuer',
      () => [{ cookie: `jwt.access=${access({ iss: 'https://auth.example.com' })}` }],
      'wrong_issuer',
      /auth\.demo\.localhost.*auth\.example\.com.*LOGIN_URL/,
    ],
    [
      'the clock is behind',
      () => [{ cookie: `jwt.access=${access({ iat: NOW + 100, exp: NOW + 400 })}` }],
      'not_yet_valid',
      /"behind":100.*clock/,
    ],
    [
      'another program sets a cookie of our name',
      () => [{ cookie: 'jwt.access=12345' }],
      'malformed',
      /COOKIE_PREFIX/,
    ],
    [
      'only registered users are allowed',
      () => [{ cookie: both() }, { provisioning: 'existing' }],
      'not_registered',
      /provisioning/,
    ],
  ])('%s', async (_, given, cause, line) => {
    const [headers, options, method] = given()
    const { visit, lines } = openApp(options)
    for (let i = 0; i < 3; i++) expect((await visit(headers, method))?.status ?? 200).not.toBe(500)
    const found = lines.filter((one) => one.includes(`"cause":"${cause}"`))
    expect(found).toEqual([expect.stringMatching(line)])
    expect(found.join()).not.toMatch(/eyJ|secret=|example\.com\/|ada@/)
  })

  it('a user is disabled in this app', async () => {
    const users = memoryUsers()
    const { visit, lines } = openApp({
      users: { ...users, sync: async () => ({ id: 1, isActive: false }) } as never,
    })
    expect((await visit({ cookie: both() }))?.status).toBe(403)
    expect(lines).toEqual([expect.stringMatching(/disabled here.*"cause":"inactive"/)])
  })
})

describe('No log line is written', () => {
  it.each<[string, () => Record<string, string>]>([
    ['for a signed-in user', () => ({ cookie: both(), host: 'app1.demo.localhost:4001' })],
    ['for an anonymous request', () => ({ host: 'app1.demo.localhost:4001' })],
    ['for a host that only the proxy uses', () => ({ host: '127.0.0.1:4001' })],
    ['for a name within a cluster', () => ({ host: 'notes.default.svc' })],
    ['for an IP address', () => ({ host: '203.0.113.7' })],
    [
      'for a port behind a proxy',
      () => ({ host: 'app1.demo.localhost:80', 'x-forwarded-host': 'app1.demo.localhost' }),
    ],
    [
      'for another family’s cookie',
      () => ({ cookie: `other.access=${access({ iss: 'https://id.example' })}` }),
    ],
    ['for an expired former cookie', () => ({ cookie: `old.access=${access({ exp: NOW - 1 })}` })],
    ['for a cookie that is no token', () => ({ cookie: 'x.access=abcdefghijklmnopqrstuvwxyz' })],
    ['for an expired token', () => ({ cookie: `jwt.access=${access({ iat: NOW - 500, exp: NOW - 200 })}` })],
  ])('%s', async (_, headers) => {
    const { visit, lines } = openApp()
    await visit(headers())
    expect(lines).toEqual([])
  })

  it('with an email or a token in it', async () => {
    const { visit, lines } = openApp()
    await visit({ cookie: `jwt.access=${stranger.sign(accessPayload())}; x.access=${access()}` })
    await visit({ cookie: `jwt.access=${access({ iss: 'https://auth.example.com' })}` })
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.join()).not.toContain(ADA.email)
    expect(lines.join()).not.toContain(access().slice(0, 20))
  })
})
