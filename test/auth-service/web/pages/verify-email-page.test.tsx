import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { APP } from '../../../support/tokens.ts'
import { toldBy } from '../../support/browser.ts'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

let site: Site
const required = async () => {
  site = await openSite({ emailVerification: 'required' })
}

const register = (browser = site.browser(), person: object = {}, query = '') =>
  browser.submit(`/register${query}`, '/register', { ...ADA, ...person })

/** As the registered user does, who knows the password. */
const confirm = (browser: ReturnType<Site['browser']>, link: string, password = ADA.password) =>
  browser.submit(link, '/verify-email', { password })

describe('When addresses must be confirmed,', () => {
  beforeEach(required)

  it('registration signs no one in, and sends a link that does and continues to the requested page', async () => {
    const browser = site.browser()
    const page = await register(browser, {}, `?next=${encodeURIComponent(`${APP}/notes?a=b`)}`)
    expect([page.status, (await browser.landed(page)).title]).toEqual([303, 'Check your inbox · Latchkey'])
    expect((await browser.landed(page)).html).toContain(`<strong>${ADA.email}</strong>`)
    expect(await browser.cookies()).toEqual(['csrf', 'flash'])
    const link = await linkIn(site.service, ADA.email)
    expect((await confirm(browser, link)).location).toBe(`${APP}/notes?a=b`)
    expect((await browser.get('/account')).html).toContain('Confirmed')
  })

  it('viewing the link does not use it up; it works once, on any device', async () => {
    await register()
    const link = await linkIn(site.service, ADA.email)
    for (let i = 0; i < 3; i++) expect((await site.browser().get(link)).status).toBe(200)
    const phone = site.browser()
    const page = await confirm(phone, link)
    expect(page.location).toBe(`${site.origin}/account?notice=email_confirmed`)
    expect((await phone.get(page.location ?? '')).html).toContain('Your email address is confirmed.')
    const again = await site.browser().get(link)
    expect([again.status, again.title]).toEqual([404, 'Link expired · Latchkey'])
  })

  it('the link requires the password from registration, since the reader may be someone else', async () => {
    await register()
    const link = await linkIn(site.service, ADA.email)
    const owner = site.browser()
    const asked = await owner.submit(link, '/verify-email')
    expect([asked.status, asked.title]).toEqual([422, 'Error: Confirm your address · Latchkey'])
    expect(asked.html).toContain('Enter your password.')
    const refused = await confirm(owner, link, 'not what the other one chose')
    expect([refused.status, refused.html]).toEqual([
      422,
      expect.stringContaining('This is not your current password.'),
    ])
    expect(await owner.cookies()).toEqual(['csrf'])
    const user = await site.service.users.findByEmail(ADA.email)
    expect(user).toMatchObject({ emailVerifiedAt: null })
    const [latest] = await site.service.audit.historyOf(user?.uuid ?? '', 1)
    expect(latest).toMatchObject({ event: 'sign_in_failed', details: { reason: 'wrong_password' } })
    const [, token] = link.match(/token=([\w-]+)/) ?? []
    expect((await owner.json('/verify-email', { token })).status).toBe(422)
    // The owner takes it over through a reset, which replaces the password.
    expect(asked.html).toContain('href="/password/forgot"')
    expect((await confirm(site.browser(), link)).status).toBe(303)
  })

  it('the link is enough for users without a password', async () => {
    const { users, emailVerification } = site.service
    const created = await users.create({ email: 'bob@example.com', password: '!' })
    if (!created.ok) throw new Error('Bob is there already.')
    await emailVerification.sendLink(created.value, { userAgent: '', address: '' }, null)
    const done = await site.browser().submit(await linkIn(site.service, 'bob@example.com'), '/verify-email')
    expect(done.location).toBe(`${site.origin}/account?notice=email_confirmed`)
  })

  it("a signed-in user who opens another user's link stays signed in", async () => {
    await register()
    const link = await linkIn(site.service, ADA.email)
    await register(site.browser(), { email: 'bob@example.com' })
    const browser = site.browser()
    await confirm(browser, await linkIn(site.service, 'bob@example.com'))
    site.service.wait(60)
    expect((await browser.get(link)).title).toBe('Another account is signed in · Latchkey')
    site.service.wait(60)
    expect((await browser.get('/account')).status).toBe(200)
  })

  it("the link's page does not leak its URL", async () => {
    await register()
    const page = await site.browser().get(await linkIn(site.service, ADA.email))
    expect(page.headers.get('referrer-policy')).toBe('strict-origin')
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })

  it('registration responds the same for a known address, whose owner is informed', async () => {
    await register()
    const [fresh, known] = [await register(site.browser(), { email: 'x@example.com' }), await register()]
    const plain = (html: string, email: string) =>
      html.replaceAll(email, '…').replace(/csrf_token" value="[^"]*"/, '')
    expect(plain(known.html, ADA.email)).toBe(plain(fresh.html, 'x@example.com'))
    expect([known.status, toldBy(known)]).toEqual([fresh.status, toldBy(fresh)])
    const mail = (await mailsOf(site.service)).at(-1)
    expect(mail).toMatchObject({ to: ADA.email, subject: 'You already have an account' })
    expect(mail?.text).not.toContain('token=')
    expect(mail?.text).toContain(`${site.origin}/password/forgot`)
  })

  it('the JSON response announces an email for known and unknown addresses', async () => {
    for (let i = 0; i < 2; i++) {
      const answer = await site.browser().json('/register', ADA)
      expect([answer.status, JSON.parse(answer.html)]).toEqual([202, { mailed: true }])
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('a sign-in sends another link with the right password, and reveals nothing with a wrong one', async () => {
    await register()
    const { email } = ADA
    const wrong = await site.browser().submit('/login', '/login', { email, password: 'wrong password' })
    expect(wrong.html).toContain('do not match')
    expect(await mailsOf(site.service)).toHaveLength(1)
    const browser = site.browser()
    const next = encodeURIComponent(`${APP}/notes`)
    const right = await browser.submit(`/login?next=${next}`, '/login', { email, password: ADA.password })
    expect([right.status, await browser.cookies()]).toEqual([422, ['csrf']])
    expect(right.html).toContain('We have just sent you a new link')
    expect(await mailsOf(site.service)).toHaveLength(2)
    const landed = await confirm(browser, await linkIn(site.service, email))
    expect(landed.location).toBe(`${APP}/notes`)
    await browser.submit('/logout', '/logout')
    expect((await browser.submit('/login', '/login', { email, password: ADA.password })).status).toBe(303)
  })

  it('a modified link never leads to a foreign page', async () => {
    await register()
    const link = `${await linkIn(site.service, ADA.email)}&next=https%3A%2F%2Fevil.example%2F`
    const page = await confirm(site.browser(), link)
    expect(page.location).toContain(`${site.origin}/account?`)
    expect(page.location).not.toContain('evil')
  })

  it('a link is void after its address changed or its account was disabled', async () => {
    await register()
    const link = await linkIn(site.service, ADA.email)
    const user = await site.service.users.findByEmail(ADA.email)
    await site.service.administration.change(user?.uuid ?? '', { isActive: false }, OPERATOR)
    expect((await site.browser().get(link)).status).toBe(404)
  })

  it('the log contains no link', async () => {
    await register()
    const link = await linkIn(site.service, ADA.email)
    await confirm(site.browser(), link)
    const [, token = ''] = link.match(/token=([\w-]+)/) ?? []
    expect(JSON.stringify(site.service.logged)).not.toContain(token)
  })

  it('confirming works with JSON', async () => {
    await site.browser().json('/register', ADA)
    const [, token] = (await linkIn(site.service, ADA.email)).match(/token=([\w-]+)/) ?? []
    const browser = site.browser()
    const answer = await browser.json('/verify-email', { token, password: ADA.password })
    expect([answer.status, JSON.parse(answer.html)]).toMatchObject([200, { email: ADA.email }])
    expect((await browser.json('/verify-email', { token })).status).toBe(404)
  })
})

describe('When addresses can be confirmed,', () => {
  beforeEach(async () => {
    site = await openSite()
  })

  it('users are signed in at once, and the account page asks for confirmation and can send another email', async () => {
    const browser = await site.signedIn()
    const { html } = await browser.get('/account')
    expect(html).toContain(`Please confirm that ${ADA.email} is your address`)
    const page = await browser.submit('/account', '/account/verify-email')
    expect((await browser.get(page.location ?? '')).html).toContain('We have sent you a new link')
    expect(await mailsOf(site.service)).toHaveLength(2)

    const done = await browser.submit(await linkIn(site.service, ADA.email), '/verify-email')
    expect(done.location).toBe(`${site.origin}/account?notice=email_confirmed`)
    expect((await browser.get('/account')).html).not.toContain('Please confirm')
    const user = await site.service.users.findByEmail(ADA.email)
    expect(await site.service.sessions.list(user?.id ?? 0), 'the session that there was').toHaveLength(1)
  })

  it('the link requires the password in a browser that is not signed in', async () => {
    const browser = await site.signedIn()
    const link = await linkIn(site.service, ADA.email)
    expect((await browser.get(link)).html).not.toContain('Your password')
    const other = site.browser()
    expect((await other.submit(link, '/verify-email')).status).toBe(422)
    expect((await confirm(other, link)).location).toBe(`${site.origin}/account?notice=email_confirmed`)
  })
})
