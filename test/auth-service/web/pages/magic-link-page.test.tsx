import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { APP } from '../../../support/tokens.ts'
import type { Browser } from '../../support/browser.ts'
import { linkIn, mailsOf } from '../../support/mails.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

let site: Site
beforeEach(async () => {
  site = await openSite({ signInByMail: 'on' })
  await site.signedIn()
  await site.service.users.noteVerified(await uuidOf(ADA.email))
})

const uuidOf = async (email: string) => (await site.service.users.findByEmail(email))?.uuid ?? ''

/** The page for the code, with the cookies of the redirect to it. */
async function ask(browser: Browser, email = ADA.email, query = '') {
  const answer = await browser.submit(`/login/mail${query}`, '/login/mail', { email })
  return { ...(await browser.landed(answer)), setCookies: answer.headers.getSetCookie() }
}
const codeOf = async () => (await mailsOf(site.service)).at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m)?.[1] ?? ''
const NEXT = `?next=${encodeURIComponent(`${APP}/notes`)}`

describe('Sign-in by email', () => {
  it('has no page and no link when it is off', async () => {
    const other = await openSite()
    expect((await other.browser().get('/login/mail')).status).toBe(404)
    expect((await other.browser().get('/login')).html).not.toContain('/login/mail')
    expect((await site.browser().get('/login')).html).toContain('href="/login/mail"')
  })

  it('accepts the code in the browser that requested it, and continues', async () => {
    const browser = site.browser()
    const page = await ask(browser, ADA.email, NEXT)
    const code = await codeOf()
    const fields = { ...page.form('/login/mail/code'), code }
    expect((await site.browser().submit('/login/mail/code', '/login/mail/code', { code })).status).toBe(422)
    const landed = await browser.post('/login/mail/code', fields)
    expect([landed.status, landed.location]).toEqual([303, `${APP}/notes`])
    expect((await browser.get('/account')).html).toContain('Signed in by email')
    expect((await browser.get('/account')).html).toContain('Confirmed')
  })

  it('voids a password that was set before the address was confirmed, and says so first', async () => {
    const stranger = await site.signedIn({ email: 'bob@example.com' })
    const browser = site.browser()
    const page = await ask(browser, 'bob@example.com', NEXT)
    const fields = { ...page.form('/login/mail/code'), code: await codeOf() }
    const landed = await browser.post('/login/mail/code', fields)
    expect([landed.status, landed.location]).toEqual([303, `${site.origin}/account?notice=password_dropped`])
    expect((await stranger.get('/account')).status).toBe(302)
    const { html } = await browser.get('/account?notice=password_dropped')
    expect(html).toContain('its old password no longer works')
    expect(html).toContain('Email address confirmed; the old password no longer works')
    expect(html).not.toContain('href="/account/password"')
    expect(html).toContain('href="/password/forgot"')
    await browser.submit('/password/forgot', '/password/forgot', { email: 'bob@example.com' })
    const link = await linkIn(site.service, 'bob@example.com')
    const password = 'a long walk by the sea'
    expect((await browser.submit(link, '/password/reset', { password })).status).toBe(303)
    await browser.submit('/login', '/login', { email: 'bob@example.com', password })
    expect((await browser.get('/account')).html).toContain('href="/account/password"')
  })

  it('tells programs about a voided password', async () => {
    await site.signedIn({ email: 'bob@example.com' })
    const browser = site.browser()
    await browser.json('/login/mail', { email: 'bob@example.com' })
    const answer = await browser.json('/login/mail/code', { code: await codeOf() })
    expect([answer.status, JSON.parse(answer.html)]).toMatchObject([200, { password_dropped: true }])
  })

  it('accepts no code after five wrong ones', async () => {
    const browser = site.browser()
    const page = await ask(browser)
    const code = await codeOf()
    const wrong = String((Number(code.replace(' ', '')) + 1) % 1_000_000).padStart(6, '0')
    for (let i = 0; i < 5; i++) {
      const again = await browser.post('/login/mail/code', { ...page.form('/login/mail/code'), code: wrong })
      expect([again.status, again.title]).toEqual([422, 'Error: Enter the code · Latchkey'])
    }
    // Further attempts are rate limited anyway at this moment.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    onTestFinished(() => void vi.useRealTimers())
    expect((await browser.post('/login/mail/code', { ...page.form('/login/mail/code'), code })).status).toBe(
      422,
    )
  })

  it('accepts the link on any device after a click, with a warning on another one', async () => {
    const browser = site.browser()
    await ask(browser, ADA.email, NEXT)
    const link = await linkIn(site.service, ADA.email)
    expect((await browser.get(link)).html).not.toContain('another browser')
    const phone = site.browser()
    const page = await phone.get(link)
    expect(page.html).toContain('This sign-in was requested in another browser.')
    expect(page.headers.get('referrer-policy')).toBe('strict-origin')
    expect((await phone.post('/login/mail/link', page.form('/login/mail/link'))).location).toBe(
      `${APP}/notes`,
    )
    expect((await browser.get(link)).status).toBe(404)
    expect(
      (await browser.submit('/login/mail/code', '/login/mail/code', { code: await codeOf() })).status,
    ).toBe(422)
  })

  it('responds the same for every address, and for a wrong code', async () => {
    const answers: unknown[] = []
    for (const email of [ADA.email, 'eve@example.com']) {
      const browser = site.browser()
      const page = await ask(browser, email)
      const wrong: [number, string][] = []
      for (let i = 0; i < 7; i++) {
        const again = await browser.post('/login/mail/code', {
          ...page.form('/login/mail/code'),
          code: '000000',
        })
        wrong.push([again.status, again.html.replace(/value="[^"]*"|<code>.*?<\/code>|\d+ seconds/g, '')])
      }
      expect(wrong.map(([status]) => status)).toEqual([422, 422, 422, 422, 422, 429, 429])
      const cookies = page.setCookies.map((line) => line.replace(/=[^;]*/, ''))
      const lengths = page.setCookies.map((line) => line.length)
      answers.push([
        page.status,
        page.html.replaceAll(email, '').replace(/value="[^"]*"/g, ''),
        cookies,
        lengths,
        wrong,
      ])
    }
    expect(answers[1]).toEqual(answers[0])
  })

  it('works with JSON, and with session cookies on request', async () => {
    const browser = site.browser()
    expect((await browser.json('/login/mail', { email: ADA.email })).status).toBe(202)
    const answer = await browser.json('/login/mail/code', { code: await codeOf(), remember: false })
    expect([answer.status, JSON.parse(answer.html)]).toMatchObject([200, { email: ADA.email }])
    const refresh = answer.headers.getSetCookie().find((line) => line.startsWith('jwt.refresh='))
    expect(refresh).not.toContain('Max-Age')
  })
})
