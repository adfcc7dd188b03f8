import { beforeEach, describe, expect, it } from 'vitest'
import { PasswordsBusy } from '../../../auth-service/src/accounts/passwords/passwords.ts'
import { ADA, openSite, type Site } from '../support/site.ts'

let site: Site
beforeEach(async () => {
  site = await openSite()
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json' }

describe('The well-known URL for changing a password', () => {
  it('leads to the page, also through the login form', async () => {
    const browser = await site.signedIn()
    const { status, location } = await browser.get('/.well-known/change-password')
    expect([status, location]).toEqual([302, '/account/password'])
    expect((await browser.get('/account/password')).form('/account/password')).toHaveProperty('password')
    const stranger = await site.browser().get('/account/password')
    expect(stranger.location).toContain('/login?next=')
  })

  it.each([
    '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200',
    '/.well-known/',
  ])('does not exist for other names: %s', async (path) => {
    expect((await site.browser().get(path)).status).toBe(404)
  })
})

describe('Several tabs of a first visit', () => {
  const PATHS = [
    '/login',
    '/register',
    '/password/forgot',
    '/login?next=http://app1.demo.localhost:4001/',
    '/favicon.ico',
  ]

  /** Opens all tabs at once before any response arrives; the browser then has the cookies of all responses. */
  async function openTabs() {
    const browser = site.browser()
    const tabs = await Promise.all(PATHS.map((path) => site.browser().get(path)))
    for (const tab of tabs) {
      for (const line of tab.headers.getSetCookie()) await browser.jar.setCookie(line, site.origin)
    }
    return { browser, tabs }
  }

  it.each([0, 1, 2, 3])('all have working forms, that of tab %i first', async (first) => {
    await site.signedIn()
    const { browser, tabs } = await openTabs()
    const order = [first, ...[0, 1, 2, 3].filter((index) => index !== first)]
    for (const index of order) {
      const path = PATHS[index]?.replace(/\?.*/, '') ?? ''
      const email = path === '/register' ? `tab${order.indexOf(index)}@example.com` : ADA.email
      const page = await browser.post(path, { ...tabs[index]?.form(path), email, password: ADA.password })
      expect([path, page.status < 400]).toEqual([path, true])
    }
  })

  it('have forms that no foreign site can send', async () => {
    const { browser, tabs } = await openTabs()
    const page = await browser.request('/login', {
      method: 'POST',
      headers: { ...FORM, origin: 'http://evil.demo.localhost:4000', 'sec-fetch-site': 'same-site' },
      body: new URLSearchParams({ ...tabs[0]?.form('/login'), ...ADA }).toString(),
    })
    expect(page.status).toBe(403)
  })
})

describe('A URL without a page', () => {
  it.each([
    '/nothing',
    '/login/x',
    '/favicon.ico',
    '/account/nothing',
    '/%00',
    '/%ff',
    '/login%2F',
    '//login',
  ])('%s is answered with a page', async (path) => {
    const page = await (await site.signedIn()).get(`${site.origin}${path}`)
    expect(page.status).toBe(404)
    expect(page.title).toBe('Page not found · Latchkey')
    expect(page.html).toMatch(/^<!doctype html><html lang="en">/)
  })

  it.each(['/nothing', '/favicon.ico', '/register?invitation=none', '/.well-known/change-password'])(
    'or without a form sets no cookie: %s',
    async (path) => {
      const page = await site.browser().get(path)
      expect(page.headers.getSetCookie()).toEqual([])
    },
  )

  it('is answered with a problem for programs', async () => {
    const response = await site.app.request('/nothing', { headers: { accept: 'application/json' } })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(await response.json()).toMatchObject({ status: 404, title: 'Page not found' })
  })

  it.each([
    ['DELETE', '/login', 'GET, HEAD, POST'],
    ['PUT', '/account', 'GET, HEAD'],
    ['GET', '/refresh', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['POST', '/revocations', 'GET, HEAD'],
    ['GET', '/introspect', 'POST'],
    ['GET', '/account/sessions/end-all', 'POST'],
    ['GET', '/account/sessions/end-others', 'POST'],
  ])('for %s alone, at %s, lists the allowed methods', async (method, path, allow) => {
    const browser = await site.signedIn()
    const page = await browser.request(path, { method })
    expect(page.status).toBe(405)
    expect(page.headers.get('allow')).toBe(allow)
  })
})

describe('A body', () => {
  const long = (length: number) => `email=${'x'.repeat(length)}`

  it.each(['/login', '/register', '/logout', '/refresh', '/nothing'])(
    'over 64 KiB to %s is rejected, with or without a declared length',
    async (path) => {
      const headers = { ...FORM, 'content-length': '65542' }
      const announced = await site.app.request(path, { method: 'POST', headers, body: long(65_536) })
      expect(announced.status).toBe(413)
      const body = new Blob([long(65_536)]).stream()
      const streamed = await site.app.request(path, {
        method: 'POST',
        headers: FORM,
        body,
        duplex: 'half',
      } as RequestInit)
      expect(streamed.status).toBe(413)
    },
  )

  it('of 64 KiB is read', async () => {
    const body = JSON.stringify({ email: 'x'.repeat(65_536 - 27), password: 'x' })
    expect(body).toHaveLength(65_536)
    const response = await site.app.request('/login', { method: 'POST', headers: JSON_TYPE, body })
    expect(response.status).toBe(401)
  })

  it('is rejected with a page for people and a problem for programs', async () => {
    const page = await site.app.request('/login', { method: 'POST', headers: FORM, body: long(70_000) })
    expect(await page.text()).toContain('<h1>Request too large</h1>')
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect(page.headers.get('connection')).toBe('close')
    const problem = await site.app.request('/login', {
      method: 'POST',
      headers: JSON_TYPE,
      body: long(70_000),
    })
    expect(await problem.json()).toMatchObject({ status: 413 })
  })

  it.each([
    [415, 'text/plain', 'email=ada'],
    [415, 'multipart/form-data; boundary=x', '--x--'],
    [415, 'application/xml', '<email/>'],
    [400, 'application/json', '{"email":'],
    [400, 'application/json', '[]'],
    [400, 'application/x-www-form-urlencoded', 'email=a&email=b'],
    [400, 'application/x-www-form-urlencoded', 'email=%ff'],
  ])('gets %i for %s that contains %j, with a reason', async (status, type, body) => {
    for (const path of ['/login', '/register', '/logout']) {
      const response = await site.app.request(path, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
      expect(response.status).toBe(status)
      expect(await response.text()).toMatch(/neither a valid form|same field twice|Send a form/)
    }
  })
})

describe('While the database is unavailable', () => {
  const outage = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
  const fails = () => Promise.reject(outage)

  it('users see a page with the time to return, and keep their cookies', async () => {
    const { browser, service } = await openSite({}, (it) => ({
      ...it,
      accounts: { ...it.accounts, signIn: fails, register: fails },
    }))
    for (const path of ['/login', '/register']) {
      const visitor = browser()
      const page = await visitor.submit(path, path, { email: ADA.email, password: ADA.password })
      expect(page.status).toBe(503)
      expect(page.headers.get('retry-after')).toBe('5')
      expect(page.html).toContain('<h1>Temporarily unavailable</h1>')
      expect(page.headers.getSetCookie()).toEqual([])
    }
    expect(service.logged.filter(({ event }) => event === 'outage')).toHaveLength(2)
  })

  it("a session that can't be renewed does not end", async () => {
    let down = false
    const { signedIn } = await openSite({}, (it) => ({
      ...it,
      sessions: {
        ...it.sessions,
        renewFrom: (header) => (down ? fails() : it.sessions.renewFrom(header)),
        endFrom: (header) => (down ? fails() : it.sessions.endFrom(header)),
        list: (id) => (down ? fails() : it.sessions.list(id)),
      },
    }))
    const browser = await signedIn()
    const form = (await browser.get('/logout')).form('/logout')
    down = true
    for (const page of [
      await browser.get('/login'),
      await browser.get('/account'),
      await browser.post('/logout', form),
    ]) {
      expect(page.status).toBe(503)
      expect(page.headers.get('retry-after')).toBe('5')
      expect(page.headers.getSetCookie()).toEqual([])
    }
    down = false
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('or too many passwords wait, users see the same page at once', async () => {
    const { browser, service } = await openSite({}, (it) => ({
      ...it,
      accounts: { ...it.accounts, signIn: () => Promise.reject(new PasswordsBusy()) },
    }))
    const page = await browser().submit('/login', '/login', { email: ADA.email, password: ADA.password })
    expect(page.status).toBe(503)
    expect(page.headers.get('retry-after')).toBe('5')
    const lines = service.logged.filter(({ event }) => event === 'passwords_busy')
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        method: 'POST',
        route: '/login',
        msg: expect.stringContaining('TRUSTED_PROXIES'),
      }),
    ])
    expect(JSON.stringify(service.logged)).not.toContain('"stack"')
  })

  it('programs get a problem', async () => {
    const { browser } = await openSite({}, (it) => ({ ...it, accounts: { ...it.accounts, signIn: fails } }))
    const answer = await browser().json('/login', ADA)
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.html)).toMatchObject({ status: 503, title: 'Temporarily unavailable' })
  })
})

describe('An internal error', () => {
  it('is shown as a page without the details, which are in the log', async () => {
    const bug = new TypeError('cannot read the secret of undefined')
    const { browser, service } = await openSite({}, (it) => ({
      ...it,
      accounts: { ...it.accounts, signIn: () => Promise.reject(bug) },
    }))
    const page = await browser().submit('/login?next=x', '/login', {
      email: ADA.email,
      password: ADA.password,
    })
    expect(page.status).toBe(500)
    expect(page.html).toContain('<h1>Something went wrong</h1>')
    expect(page.html).not.toContain('secret')
    const [line] = service.logged.filter(({ event }) => event === 'failure')
    expect(line).toMatchObject({ level: 50, method: 'POST', route: '/login', err: { name: 'TypeError' } })
    expect(JSON.stringify(service.logged)).not.toContain(ADA.password)
  })
})

describe('Every response', () => {
  it.each(['/login', '/account', '/nothing', '/healthz', '/.well-known/jwks.json', '/assets/theme.css'])(
    'has the security headers, including %s',
    async (path) => {
      const { headers } = await site.browser().get(path)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  it('over https sets only Secure cookies, and a __Host- cookie for forms', async () => {
    const https = await openSite({
      authUrl: 'https://auth.demo.example',
      cookieDomain: 'demo.example',
      https: true,
    })
    const browser = https.browser()
    const page = await browser.submit('/register', '/register', ADA)
    expect(page.status).toBe(303)
    expect(await browser.cookies()).toEqual([
      '__Host-csrf',
      '__Host-session',
      '__Secure-jwt.access',
      '__Secure-jwt.refresh',
    ])
    for (const line of page.headers.getSetCookie()) expect(line).toContain('; Secure')
    expect((await browser.get('/account')).status).toBe(200)
  })
})
