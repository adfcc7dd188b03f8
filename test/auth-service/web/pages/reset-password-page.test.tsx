import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { APP } from '../../../support/tokens.ts'
import { contentOf, toldBy } from '../../support/browser.ts'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

const NEW = 'a long walk by the sea'

let site: Site
beforeEach(async () => {
  site = await openSite()
  await site.signedIn()
})

async function forgot(email: string, query = '', browser = site.browser()) {
  return browser.landed(await browser.submit(`/password/forgot${query}`, '/password/forgot', { email }))
}
const eventsOf = async () => {
  const user = await site.service.users.findByEmail(ADA.email)
  return (await site.service.audit.historyOf(user?.uuid ?? '', 9)).map(({ event }) => event)
}

describe('A forgotten password', () => {
  it('is replaced with an emailed link, which ends every session; the user then signs in and continues', async () => {
    const laptop = site.browser()
    await laptop.json('/login', ADA)
    const browser = site.browser()
    await forgot('ADA@example.com', `?next=${encodeURIComponent(`${APP}/notes`)}`, browser)
    const link = await linkIn(site.service, ADA.email)
    const page = await browser.submit(link, '/password/reset', { password: NEW })
    const next = encodeURIComponent(`${APP}/notes`)
    expect(page.location).toBe(`${site.origin}/login?next=${next}&notice=password_reset`)
    expect((await laptop.get('/account')).status).toBe(302)
    const old = await browser.submit('/login', '/login', ADA)
    expect(old.status).toBe(422)
    const landed = await browser.submit(page.location ?? '', '/login', { email: ADA.email, password: NEW })
    expect(landed.location).toBe(`${APP}/notes`)
    expect(await eventsOf()).toEqual(
      expect.arrayContaining(['password_reset_requested', 'password_reset', 'signed_in']),
    )
    const told = (await mailsOf(site.service)).at(-1)
    expect(told).toMatchObject({ to: ADA.email, subject: 'Your password was changed' })
  })

  it('gets the same response for every address, but only known ones get email', async () => {
    const before = (await mailsOf(site.service)).length
    const [known, unknown] = [await forgot(ADA.email), await forgot('nobody@example.com')]
    const plain = (html: string) =>
      contentOf(html).replaceAll(ADA.email, '…').replaceAll('nobody@example.com', '…')
    expect(plain(known.html)).toBe(plain(unknown.html))
    expect([known.status, toldBy(known)]).toEqual([unknown.status, toldBy(unknown)])
    const mails = (await mailsOf(site.service)).slice(before)
    expect(mails.map(({ to }) => to)).toEqual([ADA.email])
    for (const email of [ADA.email, 'nobody@example.com']) {
      const answer = await site.browser().json('/password/forgot', { email })
      expect([answer.status, answer.html]).toEqual([202, '{"mailed":true}'])
    }
  })

  it('gets links with AUTH_URL only, for any requested host', async () => {
    await site.app.request('http://evil.example/password/forgot', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
      },
      body: JSON.stringify({ email: ADA.email }),
    })
    const mail = (await mailsOf(site.service)).at(-1)
    expect(mail?.text).toContain(`${site.origin}/password/reset?token=`)
    expect(mail?.text).not.toContain('evil')
  })

  it('is not replaced with an invalid one, and the link stays valid', async () => {
    await forgot(ADA.email)
    const link = await linkIn(site.service, ADA.email)
    const browser = site.browser()
    const page = await browser.submit(link, '/password/reset', { password: 'short' })
    expect([page.status, page.title]).toEqual([422, 'Error: Choose a new password · Latchkey'])
    const next = await browser.post('/password/reset', { ...page.form('/password/reset'), password: NEW })
    expect(next.status).toBe(303)
    expect((await browser.submit('/login', '/login', { email: ADA.email, password: NEW })).status).toBe(303)
  })

  it('is replaced once per link, and once by several simultaneous links', async () => {
    await forgot(ADA.email)
    const [, token] = (await linkIn(site.service, ADA.email)).match(/token=([\w-]+)/) ?? []
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        site.browser().json('/password/reset', { token, password: `${NEW} ${i}` }),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(404)])
  })

  it('has a link that survives being viewed and a sign-in in the meantime', async () => {
    await forgot(ADA.email)
    const link = await linkIn(site.service, ADA.email)
    for (let i = 0; i < 2; i++) {
      const page = await site.browser().get(link)
      expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'strict-origin'])
    }
    await site.browser().json('/login', ADA)
    expect((await site.browser().get(link)).status).toBe(200)
    expect((await site.browser().json('/password/reset', { token: 'x', password: NEW })).status).toBe(404)
  })

  it('also confirms the address, since the link was sent there', async () => {
    await forgot(ADA.email)
    await site.browser().submit(await linkIn(site.service, ADA.email), '/password/reset', { password: NEW })
    expect((await site.service.users.findByEmail(ADA.email))?.emailVerifiedAt).not.toBeNull()
  })

  it.each(['', 'nobody', 'a@b@c', 'x\0@example.com'])('reports what is wrong with %j', async (email) => {
    const page = await forgot(email)
    expect(page.status).toBe(422)
    expect((await site.browser().json('/password/forgot', { email: 7 })).status).toBe(422)
  })

  it('of a disabled user is not replaced', async () => {
    const user = await site.service.users.findByEmail(ADA.email)
    await site.service.administration.change(user?.uuid ?? '', { isActive: false }, OPERATOR)
    const before = (await mailsOf(site.service)).length
    expect((await forgot(ADA.email)).status).toBe(200)
    expect(await mailsOf(site.service)).toHaveLength(before)
  })
})
