import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { parseEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { createApp } from '../../../auth-service/src/web/app.tsx'
import { NOW } from '../../support/tokens.ts'
import { openBrowser } from '../support/browser.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'
import { ADA, openSite, PASSWORD } from '../support/site.ts'

// The rate limits use the system clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const PROXY = { trustedProxies: [{ address: '10.0.0.1', prefix: 32 }] }

/** A program that tries to sign in; returns its response. */
const signInFrom = (
  app: ReturnType<typeof createApp>,
  address: string,
  fields: object,
  accept = 'application/json',
) =>
  app.request(
    '/login',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, 'x-forwarded-for': address },
      body: JSON.stringify(fields),
    },
    { incoming: { socket: { remoteAddress: '10.0.0.1' } } },
  )

let host = 0
const elsewhere = () => `203.0.113.${++host % 250}`
const wrong = { email: ADA.email, password: 'guessed' }

/** Guesses until no more are checked. */
async function attack(app: ReturnType<typeof createApp>, fields: object = wrong): Promise<Response> {
  for (let i = 0; i < 20; i++) {
    const response = await signInFrom(app, elsewhere(), fields)
    if (response.status !== 401) return response
  }
  throw new Error('Nobody was refused.')
}

describe('After too many attempts,', () => {
  it('a program learns when to try again', async () => {
    const { app, signedIn } = await openSite(PROXY)
    await signedIn()
    const response = await attack(app)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('60')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(await response.json()).toMatchObject({
      status: 429,
      title: 'Too many attempts',
      detail: expect.stringContaining('Please wait 60 seconds, then try again.'),
      request_id: response.headers.get('x-request-id'),
    })
  })

  it('a user learns it in words', async () => {
    const { app, browser } = await openSite(PROXY)
    await attack(app)
    const page = await browser().submit('/login', '/login', wrong)
    expect(page.status).toBe(429)
    expect(page.headers.get('retry-after')).toBe('60')
    expect(page.html).toContain('<h1>Too many attempts</h1>')
    expect(page.html).toContain('Please wait 60 seconds, then try again.')
  })

  it('the response does not reveal which accounts exist', async () => {
    const { app, signedIn } = await openSite(PROXY)
    await signedIn()
    const known = await attack(app)
    const unknown = await attack(app, { ...wrong, email: 'nobody@example.com' })
    const facts = async (response: Response) => {
      const { request_id: _, ...problem } = (await response.json()) as Record<string, unknown>
      const { 'x-request-id': __, ...headers } = Object.fromEntries(response.headers)
      return { status: response.status, headers, problem }
    }
    expect(await facts(known)).toEqual(await facts(unknown))
  })

  it('the right password works after a minute', async () => {
    const { app, signedIn } = await openSite(PROXY)
    await signedIn()
    await attack(app)
    expect((await signInFrom(app, elsewhere(), ADA)).status).toBe(429)
    vi.setSystemTime(Date.now() + 60_000)
    expect((await signInFrom(app, elsewhere(), ADA)).status).toBe(200)
  })

  it('another spelling, address or header is no way around', async () => {
    const { app } = await openSite(PROXY)
    await attack(app)
    for (const email of ['ADA@EXAMPLE.COM', 'Ada@example.com']) {
      expect((await signInFrom(app, elsewhere(), { ...wrong, email })).status).toBe(429)
    }
    expect((await signInFrom(app, `198.51.100.7, ${elsewhere()}`, wrong)).status).toBe(429)
  })

  it("the account page's request for a password shares the limit", async () => {
    const { app, signedIn, service } = await openSite(PROXY)
    const visitor = await signedIn()
    // Except on this device, which is known.
    await visitor.jar.setCookie('device=; Max-Age=0', service.config.authUrl)
    await attack(app)
    const { status } = await visitor.json('/account/delete', { password: PASSWORD })
    expect(status).toBe(429)
  })

  it('the log reports it without an email or an address', async () => {
    const { app, service } = await openSite(PROXY)
    await attack(app)
    const lines = service.logged.filter(({ event }) => event === 'too_many_tries')
    expect(lines).toMatchObject([{ level: 30, what: 'password', whose: 'email', seconds: 60 }])
    expect(JSON.stringify(service.logged)).not.toMatch(/ada@|203\.0/)
  })
})

describe('A device with a previous sign-in', () => {
  it('lets its user in during an attack, with the right password only', async () => {
    const { app, browser, signedIn } = await openSite(PROXY)
    const mine = await signedIn()
    await mine.submit('/logout', '/logout')
    await attack(app)
    expect((await browser().json('/login', ADA)).status).toBe(429)
    expect((await mine.json('/login', wrong)).status).toBe(401)
    expect((await mine.json('/login', ADA)).status).toBe(200)
  })

  it('is recognised by an opaque cookie that scripts and other hosts never see', async () => {
    const { app } = await openSite({ authUrl: 'https://auth.demo.localhost', https: true })
    const register = await app.request('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADA),
    })
    const line = register.headers.getSetCookie().find((cookie) => cookie.startsWith('__Host-device='))
    expect(line).toMatch(
      /^__Host-device=[\w.-]{46,48}; Path=\/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('remembers the five latest users, and is known to each of them', async () => {
    const { app, browser, service } = await openSite(PROXY)
    const family = browser()
    for (let i = 0; i < 6; i++) {
      expect((await family.json('/register', { ...ADA, email: `p${i}@example.com` })).status).toBe(201)
    }
    const cookie = (await family.jar.getCookies(service.config.authUrl)).find(({ key }) => key === 'device')
    expect(cookie?.value.split('~')).toHaveLength(5)
    const knownTo = async (i: number) =>
      (await service.knownDevices.recognise(
        parseEmail(`p${i}@example.com`),
        parseCookies(cookie?.cookieString()),
      )) !== null
    expect(await Promise.all([0, 1, 2, 3, 4, 5].map(knownTo))).toEqual([false, true, true, true, true, true])
    await attack(app, { ...wrong, email: 'p3@example.com' })
    expect((await family.json('/login', { ...ADA, email: 'p3@example.com' })).status).toBe(200)
  })

  it('keeps a small cookie after any number of sign-ins and for any input', async () => {
    const { signedIn, service } = await openSite()
    const visitor = await signedIn()
    await visitor.jar.setCookie(`device=${'x'.repeat(50)}~~~${'y'.repeat(50)}`, service.config.authUrl)
    for (let i = 0; i < 5; i++) await visitor.json('/login', ADA)
    const cookie = (await visitor.jar.getCookies(service.config.authUrl)).find(({ key }) => key === 'device')
    expect(cookie?.value.length).toBeLessThan(5 * 55)
  })
})

onBothDatabases('Two services on one Postgres database', (open) => {
  it('count attempts at both together', async () => {
    const one = await open({ config: PROXY })
    const other = await open({ beside: one, config: PROXY })
    const apps = [createApp(one), createApp(other)]
    const statuses: number[] = []
    for (let i = 0; i < 8; i++) {
      statuses.push(
        (await signInFrom(apps[i % 2] as ReturnType<typeof createApp>, elsewhere(), wrong)).status,
      )
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
  })

  it("recognise each other's known devices", async () => {
    const one = await open({ config: PROXY })
    const other: TestService = await open({ beside: one, config: PROXY })
    const mine = openBrowser(createApp(one), { origin: one.config.authUrl })
    expect((await mine.json('/register', ADA)).status).toBe(201)
    await attack(createApp(other))
    const cookie = await mine.jar.getCookieString(one.config.authUrl)
    const answer = await createApp(other).request('/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(ADA),
    })
    expect(answer.status).toBe(200)
  })
})
