import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Browser } from '../../support/browser.ts'
import { mailsOf } from '../../support/mails.ts'
import { addUser } from '../../support/services.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

/** A public host without a mail server. */
const NO_MAIL = { authUrl: 'http://auth.family.example', cookieDomain: 'family.example' }

let site: Site
let ada: Browser
beforeEach(async () => {
  site = await openSite(NO_MAIL)
  ada = await site.signedIn()
})

/** The message of the response, for users and programs. */
async function refusals(browser: Browser, path: string, body: object) {
  const page = await browser.get(path)
  const answer = await browser.json(path, body)
  return [page.status, page.title, answer.status, JSON.parse(answer.html).title]
}

const REFUSED = [403, 'This service sends no email · Latchkey', 403, 'This service sends no email']

describe('When email is off,', () => {
  it('the login page has no link for a forgotten password, which is up to the administrator', async () => {
    const stranger = site.browser()
    const before = await mailsOf(site.service)
    expect((await stranger.get('/login')).html).not.toContain('/password/forgot')
    expect(await refusals(stranger, '/password/forgot', { email: ADA.email })).toEqual(REFUSED)
    expect((await stranger.get('/password/forgot')).html).toContain('Please ask your administrator')
    expect(await mailsOf(site.service)).toEqual(before)
  })

  it('no page asks users to open a link or offers another address', async () => {
    const before = await mailsOf(site.service)
    const { html } = await ada.get('/account')
    for (const promise of ['Send it again', 'that we sent', '/account/email', '/account/verify-email']) {
      expect(html).not.toContain(promise)
    }
    expect(html).toContain('To change it, ask your administrator.')
    const change = { email: 'new@example.com', current_password: PASSWORD }
    expect(await refusals(ada, '/account/email', change)).toEqual(REFUSED)
    expect((await ada.json('/account/verify-email', {})).status).toBe(403)
    expect(await mailsOf(site.service)).toEqual(before)
  })
})

describe('An administrator, when email is off,', () => {
  beforeEach(async () => {
    const { users, administration } = site.service
    await administration.change(
      (await users.findByEmail(ADA.email))?.uuid ?? '',
      { isSuperuser: true },
      OPERATOR,
    )
  })

  it('sees the remedy instead of buttons that send links, and can still mark an address as confirmed', async () => {
    const bob = await addUser(site.service, 'bob@example.com')
    const before = await mailsOf(site.service)
    const path = `/admin/people/${bob.uuid}`
    const { html } = await ada.get(path)
    expect(html.match(/set SMTP_URL/gi)).toHaveLength(2)
    for (const what of ['reset-link', 'mail-confirmation']) {
      expect(html).not.toContain(what)
      expect((await ada.json(`${path}/${what}`, {})).status).toBe(403)
    }
    expect((await ada.submit(path, `${path}/confirm-email`)).location).toContain('done=confirmed')
    expect(await mailsOf(site.service)).toEqual(before)
  })

  it('gets links to pass on, and no invitation is emailed', async () => {
    const before = await mailsOf(site.service)
    const page = await ada.get('/admin/invitations')
    expect(page.html).toContain('Set SMTP_URL to send invitations by email.')
    expect(page.form('/admin/invitations')).not.toHaveProperty('email')
    const made = await ada.submit('/admin/invitations', '/admin/invitations')
    expect(made.status).toBe(303)
    expect((await ada.landed(made)).html).toContain('/register?invitation=')
    const mailed = await ada.json('/admin/invitations', { email: 'eve@example.com' })
    expect([mailed.status, Object.keys(JSON.parse(mailed.html).errors)]).toEqual([422, ['email']])
    expect(await mailsOf(site.service)).toEqual(before)
  })

  it('cannot resend what was emailed while there was a mail server', async () => {
    const { db, invitations } = site.service.database
    await site.service.invitations.invite({}, OPERATOR)
    await db.update(invitations).set({ email: 'eve@example.com' })
    const { html } = await ada.get('/admin/invitations')
    expect(html).toContain('/revoke')
    expect(html).not.toContain('/resend')
    expect((await ada.json('/admin/invitations/1/resend', {})).status).toBe(422)
  })
})
