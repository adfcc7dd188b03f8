import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { APP } from '../../../support/tokens.ts'
import { attribute, contentOf, type Page } from '../../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

const NOTES = `${APP}/notes?page=2`
const toNotes = `/register?${new URLSearchParams({ next: NOTES })}`

const input = (page: Page, name: string) =>
  page.html.match(/<input [^>]*>/g)?.find((tag) => attribute(tag, 'name') === name) ?? ''

let site: Site
beforeEach(async () => {
  site = await openSite()
})

describe('The registration page', () => {
  it('names its fields as password managers expect', async () => {
    const page = await site.browser().get(toNotes)
    expect(page.title).toBe('Create your account · Latchkey')
    const tokens = ['first_name', 'last_name', 'email', 'password'].map((name) =>
      attribute(input(page, name), 'autocomplete'),
    )
    expect(tokens).toEqual(['given-name', 'family-name', 'username', 'new-password'])
    expect(attribute(input(page, 'password'), 'aria-describedby')).toBe('password-hint')
    expect(page.html).toContain('You will continue to app1.demo.localhost')
    expect(page.html).toContain(`<a href="/login?${new URLSearchParams({ next: NOTES })}">Sign in</a>`)
  })

  it('has a script that is silent before any input', async () => {
    const { html } = await site.browser().get('/register')
    expect(html.match(/<script[^>]*>/g)).toEqual([
      expect.stringContaining('/assets/local-time.js?'),
      expect.stringMatching(/^<script src="\/assets\/password-strength\.js\?v=[\w-]{12}" defer="">$/),
    ])
    expect(html).toContain('<p role="status" aria-live="polite"></p>')
    expect((await site.browser().get('/login')).html).not.toContain('password-strength.js')
  })

  it('requires PASSWORD_MIN_LENGTH characters', async () => {
    const strict = await openSite({ passwordMinLength: 15 })
    const { html } = await strict.browser().get('/register')
    expect(html).toContain('At least 15 characters.')
    expect(html).toContain('data-minimum="15"')
  })

  it('gives every field a label of its own', async () => {
    const { html } = await site.browser().get('/register')
    const fields = [...html.matchAll(/<input [^>]*id="([^"]*)"/g)].map(([, id]) => id)
    expect(fields).toHaveLength(4)
    for (const id of fields) expect(html).toContain(`<label for="${id}">`)
  })

  it('redirects users who are already signed in', async () => {
    const browser = await site.signedIn()
    expect((await browser.get(toNotes)).location).toBe(NOTES)
  })
})

describe('Registering with the form', () => {
  it('signs the new user in and continues to the requested page', async () => {
    const browser = site.browser()
    const page = await browser.submit(toNotes, '/register', ADA)
    expect(page.status).toBe(303)
    expect(page.location).toBe(NOTES)
    expect(await browser.cookies()).toEqual(['bounces', 'csrf', 'jwt.access', 'jwt.refresh', 'session'])
    expect(await site.service.users.findByEmail(ADA.email)).toMatchObject({
      firstName: 'Ada',
      lastName: 'Lovelace',
    })
  })

  it('requires no name', async () => {
    const page = await site
      .browser()
      .submit('/register', '/register', { email: ADA.email, password: PASSWORD })
    expect(page.location).toBe(`${site.origin}/account`)
  })

  it('shows what is wrong beside the field and keeps all input but the password', async () => {
    const browser = site.browser()
    const typed = {
      first_name: 'A "quoted" <name>',
      last_name: 'x'.repeat(151),
      email: 'nowhere',
      password: 'short',
    }
    const page = await browser.submit(toNotes, '/register', typed)
    expect(page.status).toBe(422)
    expect(page.title).toBe('Error: Create your account · Latchkey')
    expect(page.form('/register')).toMatchObject({ ...typed, password: '', next: NOTES })
    const wrong = ['first_name', 'last_name', 'email', 'password'].filter(
      (name) => attribute(input(page, name), 'aria-invalid') === 'true',
    )
    expect(wrong).toEqual(['last_name', 'email', 'password'])
    expect(attribute(input(page, 'password'), 'aria-describedby')).toBe('password-hint password-error')
    expect(await browser.cookies()).toEqual(['csrf'])
  })

  it('reports an existing account with that email, in any spelling', async () => {
    await site.signedIn()
    const page = await site.browser().submit('/register', '/register', { ...ADA, email: 'ADA@Example.com' })
    expect(page.status).toBe(422)
    expect(page.html).toContain('An account with this email already exists.')
  })

  it('keeps the input when the form has expired', async () => {
    const browser = site.browser()
    const page = await browser.submit(toNotes, '/register', { ...ADA, csrf_token: '' })
    expect(page.status).toBe(403)
    expect(page.html).not.toContain(PASSWORD)
    const again = await browser.post('/register', { ...page.form('/register'), password: PASSWORD })
    expect(again.location).toBe(NOTES)
  })
})

describe('Registering with JSON', () => {
  it('returns 201 with the user, where to go, and both cookies', async () => {
    const browser = site.browser()
    const answer = await browser.json('/register', { ...ADA, next: NOTES })
    expect(answer.status).toBe(201)
    expect(JSON.parse(answer.html)).toMatchObject({ email: ADA.email, first_name: 'Ada', next: NOTES })
    expect(answer.html).not.toContain('password')
    expect(await browser.cookies()).toEqual(['jwt.access', 'jwt.refresh', 'session'])
  })

  it.each([
    [{}, ['email', 'password']],
    [{ ...ADA, email: 7 }, ['email']],
    [{ ...ADA, first_name: ['Ada'] }, ['first_name']],
    [{ ...ADA, last_name: null }, ['last_name']],
    [{ ...ADA, password: 12_345_678 }, ['password']],
    [{ ...ADA, first_name: 'half \ud800' }, ['first_name']],
    [{ ...ADA, password: 'nul \0 in here' }, ['password']],
  ])('returns 422 for %j, by field', async (body, fields) => {
    const answer = await site.browser().json('/register', body)
    expect(answer.status).toBe(422)
    expect(Object.keys(JSON.parse(answer.html).errors)).toEqual(fields)
  })

  it('returns 422 if the account exists', async () => {
    await site.signedIn()
    const answer = await site.browser().json('/register', ADA)
    expect(answer.status).toBe(422)
    expect(JSON.parse(answer.html).errors).toEqual({ email: expect.stringContaining('already') })
  })
})

describe('Closed registration', () => {
  it('is explained to users and programs, and creates no user', async () => {
    const closed = await openSite({ registration: 'closed' })
    const browser = closed.browser()
    const page = await browser.get('/register')
    expect(page.status).toBe(403)
    expect(page.html).toContain('Registration is closed')
    expect(contentOf(page.html)).not.toContain('<form')
    const { csrf_token = '' } = (await browser.get('/login')).form('/login')
    expect((await browser.post('/register', { ...ADA, csrf_token })).status).toBe(403)
    const answer = await browser.json('/register', ADA)
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.html)).toMatchObject({ title: 'Registration is closed' })
    expect(await closed.service.users.findByEmail(ADA.email)).toBeNull()
  })

  it('lets invited users in, once per invitation', async () => {
    const { browser, service } = await openSite({ registration: 'closed' })
    const invited = await service.invitations.invite({}, OPERATOR)
    const link = new URL((invited.ok && invited.link) || '')
    const path = link.pathname + link.search
    const registered = await browser().submit(path, '/register', ADA)
    expect(registered.status).toBe(303)
    expect(await service.users.findByEmail(ADA.email)).not.toBeNull()
    expect((await browser().get(path)).status).toBe(410)
    const again = { ...ADA, email: 'eve@example.com', invitation: link.searchParams.get('invitation') }
    expect((await browser().json('/register', again)).status).toBe(422)
    expect((await browser().json('/register', { ...again, invitation: '' })).status).toBe(403)
  })
})
