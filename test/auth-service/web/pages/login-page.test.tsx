import { beforeEach, describe, expect, it } from 'vitest'
import { parseCookies } from '../../../../auth-service/src/platform/client/host-cookies.ts'
import { APP } from '../../../support/tokens.ts'
import { attribute, type Browser, isDeviceCookie, type Page } from '../../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

const NOTES = `${APP}/notes?page=2`
const toNotes = `/login?${new URLSearchParams({ next: NOTES })}`

const input = (page: Page, name: string) =>
  page.html.match(/<input [^>]*>/g)?.find((tag) => attribute(tag, 'name') === name) ?? ''

let site: Site
beforeEach(async () => {
  site = await openSite()
})

describe('The login page', () => {
  it('names its email and password fields as password managers expect', async () => {
    const page = await site.browser().get('/login')
    expect(page.status).toBe(200)
    expect(page.title).toBe('Sign in · Latchkey')
    expect(attribute(input(page, 'email'), 'autocomplete')).toBe('username')
    // Chromium would rewrite an international domain in a field of type email.
    expect(attribute(input(page, 'email'), 'type')).toBe('text')
    expect(attribute(input(page, 'email'), 'inputmode')).toBe('email')
    expect(attribute(input(page, 'password'), 'autocomplete')).toBe('current-password')
    expect(attribute(input(page, 'password'), 'type')).toBe('password')
  })

  it('explains why it appears', async () => {
    expect((await site.browser().get(toNotes)).html).toContain('Sign in to continue to app1.demo.localhost<')
    expect((await site.browser().get('/login')).html).not.toContain('continue')
  })

  it('is never cached, and varies by cookies and language', async () => {
    const { headers } = await site.browser().get('/login')
    expect(headers.get('cache-control')).toBe('private, no-store')
    expect(headers.get('vary')).toBe('Accept-Language, Cookie')
  })

  it('runs only our own scripts, and loads nothing from elsewhere', async () => {
    const { html } = await site.browser().get(toNotes)
    expect(html.replaceAll(/<script type="module" src="[^"]*"><\/script>/g, '')).not.toMatch(
      /<script|<style|\sstyle=|\son\w+=/i,
    )
    for (const [, address] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) expect(address).toMatch(/^\//)
  })

  it('links to registration with next, unless registration is closed', async () => {
    const link = `<a href="/register?${new URLSearchParams({ next: NOTES })}">`
    expect((await site.browser().get(toNotes)).html).toContain(link)
    const closed = await openSite({ registration: 'closed' })
    expect((await closed.browser().get(toNotes)).html).not.toContain('/register')
  })

  it('confirms a sign-out, and shows only known notices', async () => {
    expect((await site.browser().get('/login?notice=signed_out')).html).toContain('You are signed out.')
    const { html } = await site.browser().get('/login?notice=toString&notice=%3Cb%3E')
    expect(html).not.toContain('role="status"')
  })
})

describe('Signing in with the form', () => {
  beforeEach(async () => {
    await site.signedIn()
  })

  it('continues to the requested page', async () => {
    const browser = site.browser()
    const page = await browser.submit(toNotes, '/login', { email: ADA.email, password: PASSWORD })
    expect(page.status).toBe(303)
    expect(page.location).toBe(NOTES)
    expect(await browser.cookies()).toEqual(['bounces', 'csrf', 'jwt.access', 'jwt.refresh', 'session'])
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })

  it('continues to the account page by default', async () => {
    const page = await site.browser().submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    expect(page.location).toBe(`${site.origin}/account`)
  })

  it('continues to the account page with a note if next is foreign, which is checked again', async () => {
    const credentials = { email: ADA.email, password: PASSWORD }
    const evil = '/login?next=https://evil.example/'
    const kept = await site.browser().submit(evil, '/login', credentials)
    expect(kept.location).toBe(`${site.origin}/account?notice=next_refused`)
    const planted = await site
      .browser()
      .submit('/login', '/login', { ...credentials, next: 'https://evil.example/' })
    expect(planted.location).toBe(`${site.origin}/account?notice=next_refused`)
  })

  it('keeps a long URL in a page, since proxies might reject it in a header', async () => {
    const browser = site.browser()
    const next = `${APP}/notes?x=${'y'.repeat(7000)}`
    const login = `/login?${new URLSearchParams({ next })}`
    const page = await browser.submit(login, '/login', { email: ADA.email, password: PASSWORD })
    expect([page.status, page.location]).toEqual([200, null])
    expect(page.html).toContain(`<meta http-equiv="refresh" content="0; url=${next}"/>`)
    expect(page.html).toContain(`href="${next}"`)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
    expect(await browser.cookies()).toEqual(expect.arrayContaining(['jwt.access', 'jwt.refresh']))
    const again = await browser.get(login)
    expect([again.status, again.html.includes(`url=${next}"`)]).toEqual([200, true])
  })

  it('reports that an app shortened a URL, also to users who are already signed in', async () => {
    const shortened = `${toNotes}&notice=address_shortened`
    expect((await site.browser().get(shortened)).html).toContain('is too long.')
    const browser = site.browser()
    await browser.submit(toNotes, '/login', { email: ADA.email, password: PASSWORD })
    const page = await browser.get(shortened)
    expect([page.status, page.location]).toEqual([200, null])
    expect(page.html).toContain('is too long.')
    expect(page.html).toContain(`href="${NOTES}"`)
    expect(page.html).not.toContain('http-equiv="refresh"')
  })

  it('takes next from the URL if the form has none', async () => {
    const browser = site.browser()
    const { csrf_token = '' } = (await browser.get('/login')).form('/login')
    const page = await browser.post(toNotes, { csrf_token, email: ADA.email, password: PASSWORD })
    expect(page.location).toBe(NOTES)
  })

  it('keeps users signed in after the browser closes, unless they uncheck the option', async () => {
    const credentials = { email: ADA.email, password: PASSWORD }
    const lasting = async (browser: Browser) =>
      (await browser.jar.getCookies(site.origin))
        .filter(({ key }) => key.startsWith('jwt.'))
        .map(({ key, maxAge }) => [key, typeof maxAge])
    const kept = site.browser()
    const page = await kept.get(toNotes)
    expect(page.form('/login').remember).toBe('on')
    await kept.submit(toNotes, '/login', credentials)
    expect(await lasting(kept)).toEqual([
      ['jwt.access', 'number'],
      ['jwt.refresh', 'number'],
    ])

    const passing = site.browser()
    const { remember, ...unticked } = (await passing.get(toNotes)).form('/login')
    expect((await passing.post('/login', { ...unticked, ...credentials })).location).toBe(NOTES)
    const ends = [
      ['jwt.access', 'object'],
      ['jwt.refresh', 'object'],
    ]
    expect(await lasting(passing)).toEqual(ends)
    site.service.wait(3600)
    expect((await passing.get(toNotes)).location).toBe(NOTES)
    expect(await lasting(passing), 'by way of the login page').toEqual(ends)
    site.service.wait(3600)
    expect((await passing.get('/account')).status).toBe(200)
    expect(await lasting(passing), 'on the account page').toEqual(ends)
    site.service.wait(3600)
    expect((await passing.request('/refresh', { method: 'POST' })).status).toBe(200)
    expect(await lasting(passing), 'in line').toEqual(ends)
  })

  it.each([{ ticked: true }, { ticked: false }])(
    'keeps that choice ($ticked) through failed attempts',
    async ({ ticked }) => {
      const browser = site.browser()
      const { remember, ...rest } = (await browser.get(toNotes)).form('/login')
      const choice = ticked ? { remember: 'on' } : {}
      const failures = [
        { ...rest, ...choice, email: ADA.email, password: 'wrong password' },
        { ...rest, ...choice, email: '', password: '' },
        { ...rest, ...choice, email: ADA.email, password: PASSWORD, csrf_token: 'old' },
      ]
      for (const fields of failures) {
        const page = await browser.post('/login', fields)
        expect([403, 422]).toContain(page.status)
        expect(page.form('/login').remember).toBe(choice.remember)
      }
    },
  )

  it('shows the same message for an unknown email and a wrong password', async () => {
    const wrong = { email: ADA.email, password: 'wrong password' }
    const unknown = { email: 'nobody@example.com', password: PASSWORD }
    for (const credentials of [wrong, unknown]) {
      const browser = site.browser()
      const page = await browser.submit(toNotes, '/login', credentials)
      expect(page.status).toBe(422)
      expect(page.html).toContain('<p class="alert" role="alert">This email and password do not match.</p>')
      expect(page.title).toBe('Error: Sign in · Latchkey')
      expect(page.form('/login')).toMatchObject({ email: credentials.email, password: '', next: NOTES })
      expect(await browser.cookies()).toEqual(['csrf'])
    }
  })

  it('shows missing input beside the field, for screen readers as well', async () => {
    const page = await site.browser().submit('/login', '/login', { email: '', password: '' })
    expect(page.status).toBe(422)
    for (const name of ['email', 'password']) {
      expect(attribute(input(page, name), 'aria-invalid')).toBe('true')
      expect(attribute(input(page, name), 'aria-describedby')).toBe(`${name}-error`)
      expect(page.html).toMatch(new RegExp(`<p class="error" id="${name}-error">Enter your `))
    }
  })

  it('keeps all input but the password when the form has expired, and then works', async () => {
    const browser = site.browser()
    const page = await browser.submit(toNotes, '/login', {
      email: ADA.email,
      password: PASSWORD,
      csrf_token: 'old',
    })
    expect(page.status).toBe(403)
    expect(page.html).toContain('Please send the form once more')
    expect(page.html).not.toContain(PASSWORD)
    const again = await browser.post('/login', { ...page.form('/login'), password: PASSWORD })
    expect(again.location).toBe(NOTES)
  })

  it('requires the cookie that came with the form', async () => {
    const fields = (await site.browser().get('/login')).form('/login')
    const page = await site.browser().post('/login', { ...fields, email: ADA.email, password: PASSWORD })
    expect(page.status).toBe(403)
    expect(page.headers.getSetCookie().join()).not.toContain('jwt.')
  })

  it('is rejected when a sibling host sends it', async () => {
    const browser = site.browser()
    const fields = { ...(await browser.get('/login')).form('/login'), email: ADA.email, password: PASSWORD }
    const page = await browser.request('/login', {
      method: 'POST',
      headers: {
        origin: APP,
        'sec-fetch-site': 'same-site',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(fields).toString(),
    })
    expect(page.status).toBe(403)
    expect(page.html).toContain('Request from another site')
    expect(await browser.cookies()).toEqual(['csrf'])
  })
})

describe('Signing in with JSON', () => {
  beforeEach(async () => {
    await site.signedIn()
  })

  it('returns the user, where to go, and the cookies', async () => {
    const browser = site.browser()
    const answer = await browser.json('/login', { email: ADA.email, password: PASSWORD, next: NOTES })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.html)).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: ADA.email,
      first_name: 'Ada',
      last_name: 'Lovelace',
      is_staff: false,
      is_superuser: false,
      next: NOTES,
    })
    expect(await browser.cookies()).toEqual(['jwt.access', 'jwt.refresh', 'session'])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
  })

  it.each([
    [{}, true],
    [{ remember: true }, true],
    [{ remember: false }, false],
  ])('sets persistent or session cookies: %j', async (wish, lasting) => {
    const answer = await site.browser().json('/login', { email: ADA.email, password: PASSWORD, ...wish })
    const tokens = answer.headers.getSetCookie().filter((line) => !isDeviceCookie(line))
    expect(tokens.map((line) => line.includes('Max-Age'))).toEqual([lasting, lasting, lasting])
  })

  it.each([
    [
      401,
      { email: ADA.email, password: 'wrong password' },
      { form: 'This email and password do not match.' },
    ],
    [
      401,
      { email: 'nobody@example.com', password: PASSWORD },
      { form: 'This email and password do not match.' },
    ],
    [422, {}, { email: 'Enter your email address.', password: 'Enter your password.' }],
    [422, { email: 5, password: PASSWORD }, { email: 'Enter your email address.' }],
    [422, { email: [ADA.email], password: PASSWORD }, { email: 'Enter your email address.' }],
    [422, { email: ADA.email, password: { length: 20 } }, { password: 'Enter your password.' }],
    [422, { email: ADA.email, password: PASSWORD, remember: 'yes' }, { remember: expect.any(String) }],
    [422, { email: ADA.email, password: PASSWORD, remember: null }, { remember: expect.any(String) }],
    [422, { email: null, password: true }, { email: expect.any(String), password: expect.any(String) }],
  ])('returns %i for %j, by field', async (status, body, errors) => {
    const browser = site.browser()
    const answer = await browser.json('/login', body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(JSON.parse(answer.html)).toMatchObject({ status, title: expect.any(String), errors })
    // RFC 9110, section 15.5.2: a 401 must say how to authenticate.
    expect(answer.headers.has('www-authenticate')).toBe(status === 401)
    expect(await browser.cookies()).toEqual([])
  })

  it.each([5, [NOTES], { href: NOTES }, 'https://evil.example/'])(
    'continues to the account page if next is %j',
    async (next) => {
      const answer = await site.browser().json('/login', { email: ADA.email, password: PASSWORD, next })
      expect(JSON.parse(answer.html).next).toBe(`${site.origin}/account?notice=next_refused`)
    },
  )

  it('survives a body of any depth', async () => {
    const body = `{"email":${'['.repeat(30_000)}${']'.repeat(30_000)},"password":"x"}`
    const headers = { 'content-type': 'application/json' }
    const response = await site.app.request('/login', { method: 'POST', headers, body })
    expect(response.status).toBe(422)
  })
})

describe('A user who is already signed in', () => {
  it('is redirected at once, with new cookies', async () => {
    const browser = await site.signedIn()
    const before = await browser.jar.getCookieString(site.origin)
    site.service.wait(60)
    const page = await browser.get(toNotes)
    expect(page.status).toBe(303)
    expect(page.location).toBe(NOTES)
    expect(page.headers.getSetCookie().map((line) => line.split('=', 1)[0])).toEqual([
      'jwt.access',
      'jwt.refresh',
      'bounces',
    ])
    expect(await browser.jar.getCookieString(site.origin)).not.toBe(before)
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })

  it('is redirected at once if only the refresh cookie is left', async () => {
    const browser = await site.signedIn()
    site.service.wait(3600)
    const [refresh] = (await browser.jar.getCookies(site.origin)).filter(({ key }) => key === 'jwt.refresh')
    const response = await site.app.request(toNotes, { headers: { cookie: `jwt.refresh=${refresh?.value}` } })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(NOTES)
  })

  it('lands on the account page with a note if next is foreign', async () => {
    const browser = await site.signedIn()
    const page = await browser.get('/login?next=//evil.example')
    expect(page.location).toBe(`${site.origin}/account?notice=next_refused`)
  })

  it('sees the form if the session has ended on the server', async () => {
    const browser = await site.signedIn()
    await site.service.database.db.delete(site.service.database.sessions)
    expect((await browser.get(toNotes)).status).toBe(200)
  })

  it.each([['jwt.access'], ['jwt.refresh'], ['jwt.access', 'jwt.refresh']])(
    'sees the form and a note if a sibling host set another %s, since the app would redirect forever',
    async (...names) => {
      const [ada, bob] = [await site.signedIn(), await site.signedIn({ email: 'bob@example.com' })]
      const bobs = await bob.jar.getCookies(site.origin)
      for (const name of names) {
        const value = bobs.find(({ key }) => key === name)?.value
        await ada.jar.setCookie(`${name}=${value}; Domain=auth.demo.localhost; Path=/`, site.origin)
      }
      expect((await ada.cookies()).filter((name) => name !== 'csrf')).toHaveLength(3 + names.length)
      const page = await ada.get(toNotes)
      expect(page.status).toBe(200)
      expect(page.html).toContain('This browser had several sign-ins for the same apps.')
      expect(page.form('/login').next).toBe(NOTES)
      expect(await ada.cookies()).toEqual(['csrf'])
      expect((await ada.get(toNotes)).html).not.toContain('several sign-ins')
      const again = await ada.submit(toNotes, '/login', { email: ADA.email, password: PASSWORD })
      expect(again.location).toBe(NOTES)
      expect((await ada.get(toNotes)).location).toBe(NOTES)
      expect((await bob.get('/account')).status).toBe(200)
    },
  )

  it('leaves no session behind by signing in again, as the same or another user', async () => {
    const { service } = site
    const browser = await site.signedIn()
    const before = await browser.jar.getCookieString(site.origin)
    const ada = await service.users.findByEmail(ADA.email)
    const [old] = await service.sessions.list(ada?.id ?? 0)
    await browser.json('/login', { email: ADA.email, password: PASSWORD })
    const [fresh, ...more] = await service.sessions.list(ada?.id ?? 0)
    expect(more).toEqual([])
    expect(fresh?.id).not.toBe(old?.id)
    expect((await service.sessions.renewFrom(parseCookies(before))).ok).toBe(false)
    expect((await browser.get('/account')).status).toBe(200)
    expect((await browser.json('/register', { ...ADA, email: 'bob@example.com' })).status).toBe(201)
    expect(await service.sessions.list(ada?.id ?? 0)).toEqual([])
    expect((await browser.get('/account')).html).toContain('bob@example.com')
  })

  it('stays signed in after a failed sign-in', async () => {
    const browser = await site.signedIn()
    expect((await browser.json('/login', { email: ADA.email, password: 'wrong password' })).status).toBe(401)
    expect((await browser.get('/account')).status).toBe(200)
  })
})
