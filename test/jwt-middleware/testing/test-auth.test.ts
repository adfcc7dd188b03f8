import { auth, loginRequired, requireFresh, staffRequired } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuthOptions } from '@latchkey/jwt-middleware/testing'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { recordingLogger } from '../../support/tokens.ts'

afterEach(() => vi.unstubAllEnvs())

function createApp(options: TestAuthOptions = {}) {
  const testAuth = createTestAuth(options)
  const app = new Hono()
    .use(auth({ ...testAuth.options, log: recordingLogger() }))
    .get('/', loginRequired(), (c) => c.json(c.var.user))
    .get('/staff', staffRequired(), (c) => c.text('staff'))
    .get('/fresh', requireFresh(), (c) => c.text('fresh'))
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
