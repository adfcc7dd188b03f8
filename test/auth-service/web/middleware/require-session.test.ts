import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { APP } from '../../../support/tokens.ts'
import type { Browser } from '../../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

let site: Site
beforeEach(async () => {
  site = await openSite()
})

/** A browser or a thief with only the cookies that apps receive. */
async function familyCookiesOf(browser: Browser, names = ['jwt.access', 'jwt.refresh']): Promise<Browser> {
  const copy = site.browser()
  for (const cookie of await browser.jar.getCookies(site.origin))
    if (names.includes(cookie.key)) await copy.jar.setCookie(cookie.toString(), site.origin)
  return copy
}

const cookieOf = async (browser: Browser, name: string) =>
  (await browser.jar.getCookies(site.origin)).find(({ key }) => key === name)?.value ?? ''

const asProgram = (browser: Browser, path: string) =>
  browser.request(path, { headers: { accept: 'application/json' } })

const loginFor = (path: string) => `${site.origin}/login?next=${encodeURIComponent(site.origin + path)}`

async function makeSuperuser(): Promise<void> {
  const user = await site.service.users.findByEmail(ADA.email)
  await site.service.administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
}

const DOORS = [
  '/account',
  '/account/names',
  '/account/history',
  '/account/export',
  '/account/delete',
  '/device',
]
const ADMIN_DOORS = ['/admin', '/admin/people', '/admin/audit?format=json', '/admin/apps']

describe('The cookies that apps receive', () => {
  it.each([...DOORS, ...ADMIN_DOORS])('do not open %s', async (path) => {
    const owner = await site.signedIn()
    await makeSuperuser()
    const thief = await familyCookiesOf(owner)
    const page = await thief.get(path)
    expect([page.status, page.location, page.html]).toEqual([302, loginFor(path), ''])
    const answer = await asProgram(thief, path)
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.html)).toMatchObject({
      status: 401,
      title: 'Sign in again',
      code: 'session_cookie_missing',
      login_url: loginFor(path),
    })
    expect(answer.html).not.toContain(ADA.email)
    expect((await owner.get(path)).status).toBe(200)
  })

  it.each(['/account/names', '/account/sessions/end-all', '/admin/groups'])(
    'change nothing at %s',
    async (path) => {
      const owner = await site.signedIn()
      await makeSuperuser()
      const thief = await familyCookiesOf(owner)
      const before = await asProgram(owner, '/account')
      const answer = await thief.json(path, { name: 'thieves', first_name: 'Mallory', last_name: '' })
      expect(answer.status).toBe(401)
      const page = await thief.post(path, { name: 'thieves', first_name: 'Mallory', last_name: '' })
      expect([page.status, new URL(page.location ?? '').pathname]).toEqual([302, '/login'])
      expect(page.headers.getSetCookie().join()).toContain('jwt.refresh=ey')
      expect((await asProgram(owner, '/account')).html).toBe(before.html)
      expect(await site.service.groups.named('thieves')).toBeNull()
    },
  )

  it('lead to the login form, which explains why and has the address filled in', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    const page = await browser.get('/account')
    const form = await browser.get(page.location ?? '')
    expect(form.status).toBe(200)
    expect(form.html).toContain('Sign in again to open your account. You stay signed in to your apps.')
    expect(form.form('/login')).toMatchObject({ email: ADA.email, next: `${site.origin}/account` })
    const admin = await browser.get(`/login?next=${encodeURIComponent(`${site.origin}/admin/people`)}`)
    expect(admin.html).toContain('Sign in again to open the administration.')
    for (const path of ['/login', '/login?next=https://evil.example'])
      expect((await browser.get(path)).form('/login').email).toBe(ADA.email)
  })

  it.each(['/%61ccount', '/%61ccount/names', '/%61dmin', '/a%64min/people'])(
    'lead from %s to the login form without a redirect loop',
    async (path) => {
      const browser = await familyCookiesOf(await site.signedIn())
      const page = await browser.get(path)
      expect(page.status).toBe(302)
      const form = await browser.get(page.location ?? '')
      const name = path.includes('min') ? 'administration' : 'account'
      expect(form.html).toContain(`Sign in again to open ${name === 'account' ? 'your' : 'the'} ${name}.`)
      expect(
        (await browser.get(`/login?next=${encodeURIComponent(`${site.origin}/%2561ccount`)}`)).status,
      ).toBe(303)
    },
  )

  it('still lead to an app, to sign-out and to another language', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    const passed = await browser.get(`/login?next=${encodeURIComponent(`${APP}/notes`)}`)
    expect([passed.status, passed.location]).toEqual([303, `${APP}/notes`])
    expect((await browser.submit('/login', '/language', { language: 'de' })).status).toBe(303)
    expect((await site.service.users.findByEmail(ADA.email))?.language).toBe('de')
    expect((await browser.submit('/logout', '/logout')).status).toBe(303)
    expect((await asProgram(browser, '/account')).html).toContain('Not signed in')
  })

  it('stay valid for the family while the login form is open', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    site.service.wait(3600)
    await browser.get('/account')
    await browser.get('/login')
    site.service.wait(3600)
    const refreshed = await browser.request('/refresh', { method: 'POST', headers: { origin: site.origin } })
    expect(refreshed.status).toBe(200)
  })

  it('open the account page after the password', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    await browser.get('/account')
    const page = await browser.submit('/login?next=/', '/login', { password: PASSWORD })
    expect([page.status, page.location]).toEqual([303, `${site.origin}/account?notice=next_refused`])
    expect((await browser.get('/account')).status).toBe(200)
    const ada = await site.service.users.findByEmail(ADA.email)
    expect(await site.service.sessions.list(ada?.id ?? 0)).toHaveLength(1)
  })

  it('lead from the registration form to the login form', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    const page = await browser.get('/register')
    expect([page.status, page.location]).toEqual([303, '/login'])
    expect((await browser.get('/login/mail')).status).toBe(404)
  })

  it('lead a user who confirms a device to the login form, and back with the code', async () => {
    const browser = await familyCookiesOf(await site.signedIn())
    const page = await browser.get('/device?user_code=BCDF-GHJK')
    const form = await browser.get(page.location ?? '')
    expect([form.status, form.form('/login').email]).toEqual([200, ADA.email])
    const { location } = await browser.submit(page.location ?? '', '/login', { password: PASSWORD })
    expect(location).toBe(`${site.origin}/device?user_code=BCDF-GHJK`)
    expect((await browser.get(location ?? '')).status, 'no device waits').toBe(404)
  })

  it('add a log line each time, without the email', async () => {
    const thief = await familyCookiesOf(await site.signedIn())
    await thief.get('/admin')
    const lines = site.service.logged.filter(({ event }) => event === 'session_cookie_missing')
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain(ADA.email)
  })
})

describe("The auth service's own cookie", () => {
  it('is set by every way to sign in, for the maximum age of the session', async () => {
    const { service, app, origin } = site
    const headers = { 'content-type': 'application/json', accept: 'application/json', origin }
    const lineOf = async (path: string, body: object) => {
      const answer = await app.request(origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
      return answer.headers.getSetCookie().find((line) => line.startsWith('session='))
    }
    const lasting = new RegExp(
      `^session=[\\w-]{43}; Path=/; Max-Age=${service.config.sessionMaxAge}; HttpOnly; SameSite=Lax$`,
    )
    expect(await lineOf('/register', ADA)).toMatch(lasting)
    expect(await lineOf('/login', ADA)).toMatch(lasting)
    expect(await lineOf('/login', { ...ADA, remember: false })).toMatch(
      /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    )
  })

  it('never reaches apps, however a session ends', async () => {
    const owner = await site.signedIn()
    const thief = await familyCookiesOf(owner)
    const refresh = () => thief.request('/refresh', { method: 'POST', headers: { origin: site.origin } })
    const names = (page: { headers: Headers }) =>
      page.headers.getSetCookie().map((line) => line.split('=', 1)[0])
    expect(names(await refresh())).toEqual(['jwt.access', 'jwt.refresh'])
    await owner.submit('/logout', '/logout')
    const over = await refresh()
    expect(over.status).toBe(401)
    expect(names(over)).toContain('jwt.refresh')
    expect(names(over)).not.toContain('session')
  })

  it('is required once from users who signed in before it existed', async () => {
    const { database } = site.service
    const browser = await familyCookiesOf(await site.signedIn())
    await database.db.update(database.sessions).set({ secretHash: null, authenticatedAt: 0 })
    const page = await browser.get('/account')
    expect(page.location).toBe(loginFor('/account'))
    await browser.submit(page.location ?? '', '/login', { password: PASSWORD })
    site.service.wait(86_400)
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('opens nothing by itself or with the cookies of another session', async () => {
    const first = await site.signedIn()
    const second = site.browser()
    await second.json('/login', ADA)
    const alone = await familyCookiesOf(first, ['session'])
    expect((await alone.get('/account')).status).toBe(302)
    const mixed = await familyCookiesOf(first)
    await mixed.jar.setCookie(`session=${await cookieOf(second, 'session')}; Path=/`, site.origin)
    expect((await mixed.get('/account')).status).toBe(302)
  })

  it('opens the account page beside any cookies that a sibling host planted', async () => {
    const owner = await site.signedIn()
    const sibling = 'http://app1.demo.localhost'
    await owner.jar.setCookie(`session=planted; Path=/account; Domain=demo.localhost`, sibling)
    await owner.jar.setCookie(`session=too; Path=/; Domain=demo.localhost`, sibling)
    expect((await owner.get('/account')).status).toBe(200)
  })

  it('is stored as a hash, ends with the session, and is deleted at sign-out', async () => {
    const owner = await site.signedIn()
    const secret = await cookieOf(owner, 'session')
    const { db, sessions } = site.service.database
    const [row] = await db.select().from(sessions).where(eq(sessions.isPersistent, true))
    expect(JSON.stringify(row)).not.toContain(secret)
    const copy = await familyCookiesOf(owner, ['jwt.access', 'jwt.refresh', 'session'])
    expect((await copy.get('/account')).status).toBe(200)
    await owner.submit('/logout', '/logout')
    expect(await cookieOf(owner, 'session')).toBe('')
    expect((await copy.get('/account')).status).toBe(302)
    expect(await cookieOf(copy, 'session')).toBe('')
  })
})
