import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { APP } from '../../../support/tokens.ts'
import { type Browser, type Page, readPage } from '../../support/browser.ts'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { onBothDatabases } from '../../support/services.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

const NEW = 'a long walk by the sea'
const GRACE = { ...ADA, email: 'grace@example.com' }

let site: Site
beforeEach(async () => {
  site = await openSite()
})

type Fields = Record<string, string>

/** What a browser with these cookies sends with a form. */
async function send(app: Site['app'], cookie: string, action: string, fields: Fields): Promise<Page> {
  const url = new URL(action, site.origin).href
  const headers = {
    accept: 'text/html',
    cookie,
    origin: site.origin,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': 'Test',
  }
  const body = new URLSearchParams(fields).toString()
  return readPage(await app.request(url, { method: 'POST', headers, body }))
}

async function keep(browser: Browser, page: Page): Promise<void> {
  for (const line of page.headers.getSetCookie()) await browser.jar.setCookie(line, site.origin)
}

interface Twice {
  readonly first: Page
  readonly second: Page
}

/**
 * Sends a form twice with the earlier cookies; the browser keeps only those of the second response, as if it never saw
 * the first.
 */
async function twice(
  browser: Browser,
  path: string,
  action: string,
  changes: Fields = {},
  how: 'at once' | 'one after the other' = 'at once',
  apps: readonly [Site['app'], Site['app']] = [site.app, site.app],
): Promise<Twice> {
  const page = await browser.get(path)
  const fields = { ...page.form(action), ...changes }
  const cookie = await browser.jar.getCookieString(site.origin)
  const one = send(apps[0], cookie, action, fields)
  if (how === 'one after the other') await one
  const [first, second] = await Promise.all([one, send(apps[1], cookie, action, fields)])
  await keep(browser, second)
  return { first, second }
}

const HOW = ['at once', 'one after the other'] as const

const who = async (browser: Browser) => {
  const page = await browser.request('/account', { headers: { accept: 'application/json' } })
  return page.status === 200 ? JSON.parse(page.html) : null
}
const ada = async () => await site.service.users.findByEmail(ADA.email)
const eventsOf = async (uuid = '') =>
  (await site.service.audit.historyOf(uuid, 50)).map(({ event }) => event).reverse()

async function superuser(): Promise<Browser> {
  const browser = await site.signedIn(GRACE)
  const person = await site.service.users.findByEmail(GRACE.email)
  await site.service.administration.change(person?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  return browser
}

describe.each(HOW)('A form that is sent twice, %s, takes effect once, and both responses work:', (how) => {
  it('registering', async () => {
    const browser = site.browser()
    const { first, second } = await twice(browser, '/register', '/register', ADA, how)
    expect([second.status, second.location]).toEqual([303, first.location])
    expect(await who(browser)).toMatchObject({ email: ADA.email, sessions: [{}] })
    await keep(browser, first)
    expect(await who(browser)).toMatchObject({ email: ADA.email })
  })

  it('registering with required confirmation, which sends one email', async () => {
    site = await openSite({ emailVerification: 'required' })
    const { first, second } = await twice(site.browser(), '/register', '/register', ADA, how)
    expect([first.status, second.location]).toEqual([303, first.location])
    expect(await mailsOf(site.service)).toHaveLength(1)
  })

  it('registering with an invitation', async () => {
    site = await openSite({ registration: 'invite' })
    const { link } = (await site.service.invitations.invite(
      {},
      { uuid: null, device: { userAgent: '', address: '' } },
    )) as { link: string }
    const browser = site.browser()
    const { second } = await twice(browser, link, '/register', ADA, how)
    expect(second.status).toBe(303)
    expect(await who(browser)).toMatchObject({ email: ADA.email })
  })

  it('signing in, which leaves one session', async () => {
    await site.signedIn()
    const browser = site.browser()
    const { second } = await twice(browser, '/login', '/login', { email: ADA.email, password: PASSWORD }, how)
    expect(second.status).toBe(303)
    const account = await who(browser)
    // That of the registration, and this one.
    expect(account.sessions).toHaveLength(2)
    expect(account.history.filter(({ event }: { event: string }) => event === 'signed_in')).toHaveLength(1)
  })

  it('confirming an address with an emailed link', async () => {
    site = await openSite({ emailVerification: 'required' })
    await site.browser().json('/register', ADA)
    const browser = site.browser()
    const link = await linkIn(site.service, ADA.email)
    const { second } = await twice(browser, link, '/verify-email', { password: PASSWORD }, how)
    expect(second.status).toBe(303)
    expect(await who(browser)).toMatchObject({ email_verified: true })
  })

  it('requesting a password reset, which sends one email', async () => {
    await site.signedIn()
    const before = (await mailsOf(site.service)).length
    const fields = { email: ADA.email }
    const { second } = await twice(site.browser(), '/password/forgot', '/password/forgot', fields, how)
    expect(second.status).toBe(303)
    expect(await mailsOf(site.service)).toHaveLength(before + 1)
  })

  it('choosing a new password with an emailed link', async () => {
    await site.signedIn()
    await site.browser().json('/password/forgot', { email: ADA.email })
    const link = await linkIn(site.service, ADA.email)
    const browser = site.browser()
    const { first, second } = await twice(browser, link, '/password/reset', { password: NEW }, how)
    expect([second.status, second.location]).toEqual([303, first.location])
    expect((await browser.json('/login', { ...ADA, password: NEW })).status).toBe(200)
    expect((await browser.json('/login', ADA)).status).toBe(401)
  })

  it('changing the password, which keeps this browser signed in', async () => {
    const browser = await site.signedIn()
    const fields = { current_password: PASSWORD, password: NEW }
    const { second } = await twice(browser, '/account/password', '/account/password', fields, how)
    expect([second.status, second.location]).toEqual([303, `${site.origin}/account?notice=password_changed`])
    expect(await who(browser)).toMatchObject({ email: ADA.email })
    expect(await eventsOf((await ada())?.uuid)).toEqual(['registered', 'password_changed'])
  })

  it('changing the password without staying signed in, after which the session has ended', async () => {
    const browser = await site.signedIn()
    const page = await browser.get('/account/password')
    const { keep: _, ...form } = page.form('/account/password')
    const fields = { ...form, current_password: PASSWORD, password: NEW }
    const cookie = await browser.jar.getCookieString(site.origin)
    const first = await send(site.app, cookie, '/account/password', fields)
    const second = await send(site.app, cookie, '/account/password', fields)
    expect([first.status, second.status, second.location]).toEqual([303, 303, first.location])
  })

  it('requesting and confirming a new address', async () => {
    const browser = await site.signedIn()
    const fields = { email: GRACE.email, current_password: PASSWORD }
    const before = (await mailsOf(site.service)).length
    expect((await twice(browser, '/account/email', '/account/email', fields, how)).second.status).toBe(303)
    const mails = (await mailsOf(site.service)).slice(before)
    expect(mails).toHaveLength(2)
    const link = await linkIn(site.service, GRACE.email)
    const { second } = await twice(browser, link, '/change-email', {}, how)
    expect([second.status, second.location]).toEqual([303, `${site.origin}/account?notice=email_changed`])
  })

  it('deleting the account, and ending sessions', async () => {
    const browser = await site.signedIn()
    const phone = site.browser()
    await phone.json('/login', ADA)
    const others = await twice(browser, '/account', '/account/sessions/end-others', {}, how)
    expect(others.second.status).toBe(303)
    const { second } = await twice(browser, '/account/delete', '/account/delete', { password: PASSWORD }, how)
    expect([second.status, second.location]).toEqual([303, `${site.origin}/login?notice=deletion_requested`])
  })

  it('signing out', async () => {
    const browser = await site.signedIn()
    const { second } = await twice(browser, '/logout', '/logout', {}, how)
    expect(second.location).toBe(`${site.origin}/login?notice=signed_out`)
    expect(await who(browser)).toBeNull()
  })

  it('creating a group and an app, and inviting, as an administrator', async () => {
    const browser = await superuser()
    const group = await twice(browser, '/admin/groups', '/admin/groups', { name: 'editors' }, how)
    expect(group.second.location).toBe('/admin/groups/1?done=created')
    const app = { name: 'Notes', origins: APP }
    const made = await twice(browser, '/admin/apps', '/admin/apps', app, how)
    expect(made.second.location).toBe('/admin/apps?done=created')
    const invited = await twice(browser, '/admin/invitations', '/admin/invitations', {}, how)
    expect(invited.second.status).toBe(303)
    const page = await browser.get(invited.second.location ?? '')
    expect(page.html).toMatch(/register\?invitation=[\w-]+/)
    expect((await site.service.invitations.list(null)).rows).toHaveLength(1)
  })

  it('deleting a group and a user as an administrator', async () => {
    await site.signedIn()
    const browser = await superuser()
    await browser.json('/admin/groups', { name: 'editors' })
    const group = await twice(browser, '/admin/groups/1', '/admin/groups/1/delete', {}, how)
    expect(group.second.location).toBe('/admin/groups?done=deleted')
    const path = `/admin/people/${(await ada())?.uuid}`
    const fields = { confirm_email: ADA.email }
    const { second } = await twice(browser, path, `${path}/delete-now`, fields, how)
    expect(second.location).toBe('/admin/people?done=deleted')
  })
})

describe('A repeated response', () => {
  const LOGIN = { email: ADA.email, password: PASSWORD }

  /** Ada's browser after signing in, with the form it sent. */
  async function signedInByForm() {
    await site.signedIn()
    const browser = site.browser()
    const fields = { ...(await browser.get('/login')).form('/login'), ...LOGIN }
    const cookie = await browser.jar.getCookieString(site.origin)
    const first = await browser.post('/login', fields)
    return { browser, fields, cookie, first }
  }
  const isSignedIn = (page: Page) =>
    page.headers.getSetCookie().some((line) => /^jwt\.refresh=[^;]{20}/.test(line))

  it('goes to no browser without the cookie or with another one', async () => {
    const { fields, first } = await signedInByForm()
    const another = site.browser()
    expect((await another.post('/login', fields)).status).toBe(403)
    await another.get('/login')
    const page = await another.post('/login', fields)
    const refreshIn = ({ headers }: Page) =>
      headers.getSetCookie().find((line) => line.startsWith('jwt.refresh='))
    expect(refreshIn(page)).not.toBe(refreshIn(first))
  })

  it("is not given for other content or for another page's form", async () => {
    const { cookie, fields } = await signedInByForm()
    const token: string = (fields as Fields).csrf_token ?? ''
    expect((await send(site.app, cookie, '/login', { ...fields, password: 'wrong horse' })).status).toBe(422)
    expect((await send(site.app, cookie, '/login', { ...fields, email: 'eve@example.com' })).status).toBe(422)
    const strange = { ...fields, csrf_token: token.replace(/^..../, 'AAAA') }
    expect((await send(site.app, cookie, '/login', strange)).status).toBe(403)
  })

  it('is not given to another origin', async () => {
    const { cookie, fields } = await signedInByForm()
    const headers = {
      cookie,
      origin: APP,
      'sec-fetch-site': 'same-site',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = new URLSearchParams(fields).toString()
    const response = await site.app.request(`${site.origin}/login`, { method: 'POST', headers, body })
    expect([response.status, response.headers.getSetCookie()]).toEqual([403, []])
  })

  it('signs no one in whose session has ended since', async () => {
    const { browser, fields } = await signedInByForm()
    await browser.submit('/logout', '/logout')
    const page = await browser.post('/login', fields)
    // It is handled again, as another sign-in.
    expect([page.status, isSignedIn(page)]).toEqual([303, true])
    expect(await who(browser)).toMatchObject({ email: ADA.email })
  })

  it('changes nothing if another user has signed in since', async () => {
    await site.signedIn(GRACE)
    const browser = await site.signedIn()
    const path = '/account/names'
    const fields = { ...(await browser.get(path)).form(path), first_name: 'Augusta' }
    expect((await browser.post(path, fields)).status).toBe(303)
    await browser.json('/login', GRACE)
    const page = await browser.post(path, fields)
    expect(page.status).toBe(409)
    expect((await site.service.users.findByEmail(GRACE.email))?.firstName).toBe('Ada')
  })

  it('sets no older tokens in a browser with newer ones', async () => {
    const { browser, fields } = await signedInByForm()
    for (let i = 0; i < 3; i++) await browser.get('/account')
    const again = await browser.post('/login', fields)
    expect(again.status).toBe(303)
    site.service.wait(300)
    // A token replaced more than 30 seconds ago would count as reused.
    expect(await who(browser)).toMatchObject({ email: ADA.email })
    expect(await eventsOf((await ada())?.uuid)).not.toContain('refresh_token_reused')
  })

  it('is given for half a minute', async () => {
    const { browser, fields } = await signedInByForm()
    site.service.wait(29)
    await browser.post('/login', fields)
    const signIns = async () => (await eventsOf((await ada())?.uuid)).filter((event) => event === 'signed_in')
    expect(await signIns()).toHaveLength(1)
    site.service.wait(2)
    await browser.post('/login', fields)
    expect(await signIns()).toHaveLength(2)
  })

  it('does not exist after a rejection: the same or other values can be sent again', async () => {
    const browser = site.browser()
    const fields = { ...(await browser.get('/login')).form('/login'), ...LOGIN }
    expect((await browser.post('/login', fields)).status).toBe(422)
    await site.signedIn()
    expect((await browser.post('/login', fields)).status).toBe(303)
  })

  it('does not exist for JSON: each request is handled', async () => {
    const browser = await superuser()
    const make = () => browser.json('/admin/groups', { name: 'editors' })
    expect([(await make()).status, (await make()).status]).toEqual([201, 422])
  })

  it('is stored encrypted and briefly, without a readable password or token', async () => {
    await signedInByForm()
    const { db, formAnswers } = site.service.database
    const rows = await db.select().from(formAnswers)
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toMatch(/correct horse|jwt\.(access|refresh)|Set-Cookie/i)
    site.service.wait(31)
    await site.browser().submit('/login', '/login', { email: 'x', password: 'y' })
    expect(await db.select().from(formAnswers)).toEqual([])
  })
})

onBothDatabases('Two auth services on one database', (open) => {
  it('handle a form once between them', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const apps = [service, beside].map((it: Service) => createApp(it)) as [Site['app'], Site['app']]
    const page = await readPage(await apps[0].request(`${site.origin}/register`))
    const cookie = page.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const fields = { ...page.form('/register'), ...ADA }
    const answers = await Promise.all(
      [0, 1, 0, 1].map((i) => send(apps[i] as Site['app'], cookie, '/register', fields)),
    )
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
    const sessions = answers.map(({ headers }) =>
      headers.getSetCookie().find((line) => line.startsWith('jwt.refresh=')),
    )
    expect(new Set(sessions).size).toBe(1)
  })
})
