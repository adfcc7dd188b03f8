import {
  auth,
  loginRequired,
  requireFresh,
  staffRequired,
  tokenRequired,
} from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuthOptions } from '@latchkey/jwt-middleware/testing'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recordingLogger } from '../../support/tokens.ts'
import { cardPermissions } from '../support/card-permissions.ts'

afterEach(() => vi.unstubAllEnvs())

function createApp(options: TestAuthOptions = {}) {
  const testAuth = createTestAuth(options)
  const app = new Hono()
    .use(auth({ ...testAuth.options, permissions: cardPermissions, log: recordingLogger() }))
    .get('/', loginRequired(), (c) => c.json(c.var.user))
    .get('/staff', staffRequired(), (c) => c.text('staff'))
    .get('/fresh', requireFresh(), (c) => c.text('fresh'))
    .get('/cards', tokenRequired({ scopes: ['cards.read'] }), (c) => c.json(c.var.caller))
  return { testAuth, app }
}

describe('A test user', () => {
  it('is signed in to the app, with these properties', async () => {
    const { testAuth, app } = createApp()
    const ada = testAuth.signedIn({ email: 'ada@example.com', isStaff: true, groups: ['editors'] })
    const response = await app.request('/', { headers: ada.headers })
    expect(await response.json()).toMatchObject({
      uuid: ada.uuid,
      email: 'ada@example.com',
      isStaff: true,
      groups: ['editors'],
      emailVerified: true,
      sessionId: ada.sessionId,
    })
    expect((await app.request('/', { headers: ada.bearer })).status).toBe(200)
    expect((await app.request('/')).status).toBe(401)
  })

  it('is the same one for the same email', () => {
    const { testAuth } = createApp()
    const [one, two] = [testAuth.signedIn(), testAuth.signedIn({ email: 'ADA@example.com' })]
    expect(two.uuid).toBe(one.uuid)
    expect(two.sessionId).not.toBe(one.sessionId)
    expect(testAuth.signedIn({ email: 'bob@example.com' }).uuid).not.toBe(one.uuid)
  })

  it('cannot have a misspelled property', () => {
    const { testAuth } = createApp()
    expect(() => testAuth.signedIn({ staff: true } as object)).toThrow(
      'signedIn() does not know the option "staff"',
    )
  })

  it('changes within the session, as an administrator would change them', async () => {
    const { testAuth, app } = createApp()
    const ada = testAuth.signedIn()
    expect((await app.request('/staff', { headers: ada.headers })).status).toBe(403)
    ada.change({ isStaff: true })
    const response = await app.request('/staff', { headers: ada.headers })
    expect(response.status).toBe(200)
    ada.receive(response)
    expect((await app.request('/staff', { headers: ada.headers })).headers.getSetCookie()).toEqual([])
  })
})

describe('The clock of a test', () => {
  it('lets tokens end, and the fake auth service renews them', async () => {
    const { testAuth, app } = createApp()
    const ada = testAuth.signedIn()
    const before = ada.cookie
    testAuth.clock.advance(331)
    const response = await app.request('/', { headers: ada.headers })
    expect(response.status).toBe(200)
    ada.receive(response)
    expect(ada.cookie).not.toBe(before)
    expect((await app.request('/', { headers: ada.headers })).headers.getSetCookie()).toEqual([])
  })

  it('lets tokens end for good where apps do not see the refresh cookie', async () => {
    const { testAuth, app } = createApp({ refreshCookie: 'auth' })
    const ada = testAuth.signedIn()
    expect((await app.request('/', { headers: ada.headers })).status).toBe(200)
    testAuth.clock.advance(331)
    expect((await app.request('/', { headers: ada.headers })).status).toBe(401)
  })

  it('shows what an outage of the auth service does', async () => {
    const { testAuth, app } = createApp()
    const ada = testAuth.signedIn()
    testAuth.authService.stop()
    expect((await app.request('/', { headers: ada.headers })).status).toBe(200)
    testAuth.clock.advance(331)
    expect((await app.request('/', { headers: ada.headers })).status).toBe(503)
    testAuth.authService.start()
    expect((await app.request('/', { headers: ada.headers })).status).toBe(200)
  })
})

describe('The end of a session', () => {
  it('is known to the app at once', async () => {
    const { testAuth, app } = createApp()
    const [laptop, phone] = [testAuth.signedIn(), testAuth.signedIn()]
    for (const { headers } of [laptop, phone]) expect((await app.request('/', { headers })).status).toBe(200)
    laptop.endSession()
    expect((await app.request('/', { headers: laptop.headers })).status).toBe(401)
    expect((await app.request('/fresh', { headers: phone.headers })).status).toBe(200)
  })

  it('comes for all sessions of a deleted user', async () => {
    const { testAuth, app } = createApp()
    const ada = testAuth.signedIn()
    await app.request('/', { headers: ada.headers })
    testAuth.deleteUser(ada.uuid)
    expect((await app.request('/', { headers: ada.headers })).status).toBe(401)
  })
})

describe('Cookies for Playwright', () => {
  it('belong to the app alone, or to the domain of the family', () => {
    const domains = (options: TestAuthOptions) =>
      createTestAuth(options)
        .signedIn()
        .storageState()
        .cookies.map(({ domain }) => domain)
    expect(domains({ ownUrl: 'http://localhost:3000' })).toEqual(['localhost', 'localhost'])
    expect(domains({ ownUrl: 'http://127.0.0.1:3000' })).toEqual(['127.0.0.1', '127.0.0.1'])
    expect(domains({ ownUrl: 'http://app1.demo.localhost', cookieDomain: 'demo.localhost' })).toEqual([
      '.demo.localhost',
      '.demo.localhost',
    ])
  })
})

describe('Test keys', () => {
  it('are accepted only by the app that got them', async () => {
    const { app } = createApp()
    const stranger = createTestAuth().signedIn()
    expect((await app.request('/', { headers: stranger.headers })).status).toBe(401)
  })

  it('do not exist in production', () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect(() => createTestAuth()).toThrow(
      'createTestAuth() signs users in without a password, so it does not run with NODE_ENV=production.',
    )
  })
})

it.each([
  [{ ownUrl: 'localhost' }, 'The option ownUrl is not an http(s) URL'],
  [{ loginUrl: 'login' }, 'loginUrl "login" is not an http(s) URL'],
  [{ cookieDomain: 'example.com' }, 'cookieDomain is "example.com"'],
  [{ url: 'x' } as object, 'createTestAuth() does not know the option "url"'],
])('The options %o are refused', (options, message) => {
  expect(() => createTestAuth(options)).toThrow(message)
})

describe('A test API token', () => {
  it('has its user, its name and its scopes', async () => {
    const { testAuth, app } = createApp()
    const script = testAuth.apiToken({ groups: ['team'], name: 'export', scopes: ['cards.read'] })
    const response = await app.request('/cards', { headers: script.headers })
    expect(await response.json()).toMatchObject({
      uuid: testAuth.signedIn().uuid,
      email: 'ada@example.com',
      sessionId: null,
      token: { id: script.id, name: 'export', scopes: ['cards.read'] },
    })
    const other = testAuth.apiToken()
    expect((await app.request('/cards', { headers: other.headers })).status).toBe(403)
    expect((await app.request('/fresh', { headers: other.headers })).status).toBe(200)
  })

  it('is refused after it was revoked, has expired, or lost its user', async () => {
    const { testAuth, app } = createApp()
    const statusOf = async ({ headers }: { headers: Record<string, string> }) =>
      (await app.request('/', { headers })).status
    const [revoked, kept, short, theirs] = [
      testAuth.apiToken(),
      testAuth.apiToken(),
      testAuth.apiToken({ maxAge: 60 }),
      testAuth.apiToken({ email: 'bob@example.com' }),
    ]
    for (const token of [revoked, kept, short, theirs]) expect(await statusOf(token)).toBe(200)
    revoked.revoke()
    testAuth.clock.advance(60)
    testAuth.deleteUser(testAuth.signedIn({ email: 'bob@example.com' }).uuid)
    expect(await Promise.all([revoked, short, theirs].map(statusOf))).toEqual([401, 401, 401])
    expect(await statusOf(kept)).toBe(200)
  })

  it('follows changes of its user', async () => {
    const { testAuth, app } = createApp()
    const [ada, script] = [testAuth.signedIn(), testAuth.apiToken()]
    const isStaff = async () => {
      const response = await app.request('/', { headers: script.headers })
      return ((await response.json()) as { isStaff: boolean }).isStaff
    }
    expect(await isStaff()).toBe(false)
    ada.change({ isStaff: true })
    expect(await isStaff()).toBe(true)
    expect((await app.request('/staff', { headers: script.headers })).status, 'no scope is for it').toBe(403)
  })

  it('can belong to another app', async () => {
    const { testAuth, app } = createApp()
    const { headers } = testAuth.apiToken({ app: 'reports', scopes: ['cards.read'] })
    const response = await app.request('/cards', { headers })
    expect(await response.json()).toMatchObject({ isService: true, app: 'reports' })
    expect((await app.request('/', { headers })).status).toBe(403)
  })

  it('gets 503 while the auth service is stopped, unless it is known', async () => {
    const { testAuth, app } = createApp()
    const [known, fresh] = [testAuth.apiToken(), testAuth.apiToken()]
    await app.request('/', { headers: known.headers })
    testAuth.authService.stop()
    expect((await app.request('/', { headers: known.headers })).status).toBe(200)
    expect((await app.request('/', { headers: fresh.headers })).status).toBe(503)
  })

  it('cannot have a misspelled property', () => {
    const { testAuth } = createApp()
    expect(() => testAuth.apiToken({ scope: 'a' } as object)).toThrow(
      'apiToken() does not know the option "scope"',
    )
    expect(() => testAuth.apiToken({ scopes: 'a' as never })).toThrow('scopes is not a list')
  })
})
