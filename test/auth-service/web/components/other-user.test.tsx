import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Browser, Page } from '../../support/browser.ts'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

const BOB = { email: 'bob@example.com', first_name: 'Bob', last_name: 'Birch' }

let site: Site
beforeEach(async () => {
  site = await openSite({ signInByMail: 'on' })
})

const user = async (email: string) => {
  const found = await site.service.users.findByEmail(email)
  if (!found) throw new Error(`Nobody has the address ${email}.`)
  return found
}
const signedInAs = async (browser: Browser): Promise<string | null> => {
  const { status, html } = await browser.request('/account', { headers: { accept: 'application/json' } })
  return status === 200 ? JSON.parse(html).email : null
}
const passwordOf = async (email: string) => (await user(email)).password

/** Names the signed-in user, and leads back to the same page after signing out. */
async function expectQuestion(browser: Browser, page: Page, status: number, about: string) {
  expect([page.status, page.title]).toEqual([status, 'Another account is signed in · Latchkey'])
  expect(page.html).toContain(`You are signed in as <strong>${BOB.email}</strong>.`)
  expect(page.html).toContain(about)
  expect(page.html).not.toContain('type="password"')
  expect(await signedInAs(browser)).toBe(BOB.email)
  return browser.post('/logout', page.form('/logout'))
}

describe('A form that one user left open', () => {
  it.each(['/account/names', '/account/email', '/account/password', '/account/delete'])(
    'at %s changes nothing for the next user who signs in, and is not shown again',
    async (path) => {
      const browser = await site.signedIn()
      const form = (await browser.get(path)).form(path)
      await browser.submit('/logout', '/logout')
      await browser.json('/register', { ...ADA, ...BOB })
      const before = await user(BOB.email)
      const filled = { ...form, first_name: 'Augusta', password: PASSWORD, current_password: PASSWORD }
      const page = await browser.post(path, filled)
      expect([page.status, page.title]).toEqual([409, 'Another person is signed in · Latchkey'])
      expect(page.html).toContain(`You are signed in as <strong>${BOB.email}</strong>.`)
      expect(page.html).toContain('href="/logout"')
      expect(page.html).not.toContain('Augusta')
      expect(await user(BOB.email)).toEqual(before)
      expect(await signedInAs(browser)).toBe(BOB.email)
    },
  )

  it('does nothing in the administration for another superuser', async () => {
    const browser = await site.signedIn()
    await site.service.administration.change((await user(ADA.email)).uuid, { isSuperuser: true }, OPERATOR)
    const pages = ['/admin/groups', '/admin/apps', '/admin/invitations']
    const forms = await Promise.all(pages.map(async (path) => (await browser.get(path)).form(path)))
    await browser.json('/register', { ...ADA, ...BOB })
    await site.service.administration.change((await user(BOB.email)).uuid, { isSuperuser: true }, OPERATOR)
    for (const [i, path] of pages.entries()) {
      const page = await browser.post(path, { ...forms[i], name: 'editors' })
      expect([path, page.status]).toEqual([path, 409])
    }
    expect(await site.service.groups.named('editors')).toBeNull()
    expect((await site.service.invitations.list(null)).rows).toEqual([])
  })

  it('ends no session of the next user', async () => {
    const browser = await site.signedIn()
    await site.browser().json('/login', ADA)
    const form = (await browser.get('/account')).form('/account/sessions/end-all')
    await browser.json('/register', { ...ADA, ...BOB })
    expect((await browser.post('/account/sessions/end-all', form)).status).toBe(409)
    expect(await signedInAs(browser)).toBe(BOB.email)
  })

  it('is accepted again from the user who opened it, after they sign in', async () => {
    const browser = await site.signedIn()
    const form = (await browser.get('/account/names')).form('/account/names')
    await browser.json('/login', ADA)
    const again = await browser.post('/account/names', { ...form, first_name: 'Augusta' })
    expect([again.status, again.form('/account/names').first_name]).toEqual([403, 'Augusta'])
    expect((await browser.post('/account/names', again.form('/account/names'))).status).toBe(303)
    expect((await user(ADA.email)).firstName).toBe('Augusta')
  })

  it('is a problem for programs that name its user', async () => {
    const browser = await site.signedIn(BOB)
    const signed_in_as = 'b1946ac9-0000-4000-8000-000000000000'
    const names = { first_name: 'Augusta', last_name: 'King' }
    expect((await browser.json('/account/names', { ...names, signed_in_as })).status).toBe(409)
    expect((await browser.json('/account/names', names)).status).toBe(204)
  })
})

describe('An invitation opened by a signed-in user', () => {
  it.each([
    [{ email: 'new@example.com' }, 'This invitation is for new@example.com.'],
    [{}, 'This invitation is for a new account.'],
  ])('explains itself, and leads to the form after signing out: %j', async (input, about) => {
    const invited = await site.service.invitations.invite(input, OPERATOR)
    if (!invited.ok) throw new Error('Not invited.')
    const token = await tokenOf('email' in input ? input.email : undefined, invited.link)
    const bob = await site.signedIn(BOB)
    const page = await bob.get(`/register?invitation=${token}`)
    const out = await expectQuestion(bob, page, 200, about)
    expect(out.location).toBe(`${site.origin}/register?invitation=${token}`)
    expect((await bob.get(out.location ?? '')).form('/register').invitation).toBe(token)
  })

  it("is not needed if it is for the user's own address", async () => {
    await site.service.invitations.invite({ email: BOB.email }, OPERATOR)
    const token = await tokenOf(BOB.email, null)
    const bob = await site.signedIn({ ...BOB, email: 'BOB@example.com' })
    const { html } = await bob.get(`/register?invitation=${token}`)
    expect(html).toContain('You already have an account, so you don’t need it.')
  })

  it('that has expired continues as usual', async () => {
    const bob = await site.signedIn(BOB)
    expect((await bob.get('/register?invitation=over')).location).toBe(`${site.origin}/account`)
  })

  /** The token of the link that was emailed or passed on. */
  async function tokenOf(email: string | undefined, link: string | null) {
    const mails = email === undefined ? [] : await mailsOf(site.service)
    const text = link ?? mails.map((mail) => mail.text).join()
    return text.match(/invitation=([\w-]+)/)?.[1] ?? ''
  }
})

describe('An emailed link opened by another signed-in user', () => {
  it('to reset a password changes nothing before they sign out, and keeps their session', async () => {
    await site.signedIn()
    await site.browser().submit('/password/forgot', '/password/forgot', { email: ADA.email })
    const link = await linkIn(site.service, ADA.email)
    const password = 'a long walk by the sea'
    const bob = site.browser()
    const open = (await bob.get(link)).form('/password/reset')
    await bob.json('/register', { ...ADA, ...BOB })
    const before = await passwordOf(ADA.email)
    const sent = await bob.post('/password/reset', { ...open, password })
    expect(sent.status).toBe(409)
    expect(await passwordOf(ADA.email)).toBe(before)
    const about = `This link sets a new password for ${ADA.email}.`
    const out = await expectQuestion(bob, await bob.get(link), 200, about)
    expect(out.location).toBe(site.origin + link)
    expect((await bob.submit(out.location ?? '', '/password/reset', { password })).status).toBe(303)
    expect(await passwordOf(ADA.email)).not.toBe(before)
  })

  it('to reset a password, used by a program, deletes no cookies of another user', async () => {
    await site.signedIn()
    await site.browser().submit('/password/forgot', '/password/forgot', { email: ADA.email })
    const token = new URLSearchParams((await linkIn(site.service, ADA.email)).split('?')[1]).get('token')
    const bob = await site.signedIn(BOB)
    const body = { token, password: 'a long walk by the sea' }
    expect((await bob.json('/password/reset', body)).status).toBe(200)
    expect(await signedInAs(bob)).toBe(BOB.email)
  })

  it("to reset a password ends its user's session in this browser", async () => {
    const ada = await site.signedIn()
    await ada.submit('/password/forgot', '/password/forgot', { email: ADA.email })
    const link = await linkIn(site.service, ADA.email)
    const page = await ada.submit(link, '/password/reset', { password: 'a long walk by the sea' })
    expect(page.status).toBe(303)
    expect(await signedInAs(ada)).toBeNull()
    expect((await ada.cookies()).join()).not.toMatch(/jwt|session/)
  })

  it('to confirm an address confirms none, and signs no one in', async () => {
    await site.signedIn()
    const link = await linkIn(site.service, ADA.email)
    const bob = site.browser()
    const open = (await bob.get(link)).form('/verify-email')
    await bob.json('/register', { ...ADA, ...BOB })
    expect((await bob.post('/verify-email', { ...open, password: PASSWORD })).status).toBe(409)
    expect((await user(ADA.email)).emailVerifiedAt).toBeNull()
    const about = `This link confirms the address ${ADA.email}.`
    const out = await expectQuestion(bob, await bob.get(link), 200, about)
    const landed = await bob.submit(out.location ?? '', '/verify-email', { password: PASSWORD })
    expect(landed.status).toBe(303)
    expect(await signedInAs(bob)).toBe(ADA.email)
  })

  it('to change an address changes none', async () => {
    const ada = await site.signedIn()
    const asked = { email: 'countess@example.com', current_password: PASSWORD }
    await ada.submit('/account/email', '/account/email', asked)
    const link = await linkIn(site.service, 'countess@example.com')
    const bob = await site.signedIn(BOB)
    const about = 'This link changes the address of another account to countess@example.com.'
    const page = await bob.get(link)
    const token = new URLSearchParams(link.split('?')[1]).get('token') ?? ''
    const csrf = page.form('/logout').csrf_token ?? ''
    const sent = await bob.post('/change-email', { csrf_token: csrf, token, password: PASSWORD })
    expect(sent.status).toBe(409)
    expect(await site.service.users.findByEmail(ADA.email)).not.toBeNull()
    const out = await expectQuestion(bob, page, 200, about)
    await bob.submit(out.location ?? '', '/change-email', { password: PASSWORD })
    expect(await site.service.users.findByEmail('countess@example.com')).not.toBeNull()
  })

  it('to sign in asks first', async () => {
    await site.signedIn()
    await site.browser().submit('/login/mail', '/login/mail', { email: ADA.email })
    const link = await linkIn(site.service, ADA.email)
    const bob = site.browser()
    const open = (await bob.get(link)).form('/login/mail/link')
    await bob.json('/register', { ...ADA, ...BOB })
    expect((await bob.post('/login/mail/link', open)).status).toBe(409)
    const about = `This link signs in ${ADA.email}.`
    const out = await expectQuestion(bob, await bob.get(link), 200, about)
    await bob.submit(out.location ?? '', '/login/mail/link')
    expect(await signedInAs(bob)).toBe(ADA.email)
  })
})

describe('A link that confirms an address', () => {
  it("requires the password if only the family's cookies identify the user, since a sibling host can plant those", async () => {
    const ada = await site.signedIn()
    const link = await linkIn(site.service, ADA.email)
    await ada.jar.setCookie('session=; Path=/; Max-Age=0', site.origin)
    const page = await ada.get(link)
    expect(page.html).toContain('type="password"')
    expect((await ada.post('/verify-email', page.form('/verify-email'))).status).toBe(422)
    expect((await user(ADA.email)).emailVerifiedAt).toBeNull()
  })
})
