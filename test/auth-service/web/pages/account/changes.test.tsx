import { beforeEach, describe, expect, it } from 'vitest'
import type { Browser, Page } from '../../../support/browser.ts'
import { linkIn, mailsOf } from '../../../support/mails.ts'
import { payloadOf } from '../../../support/services.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../../support/site.ts'

const NEW = 'a long walk by the sea'
const AUGUSTA = 'augusta@example.com'

let site: Site
let browser: Browser
beforeEach(async () => {
  site = await openSite()
  browser = await site.signedIn()
})

const ada = async () => await site.service.users.findByEmail(ADA.email)
const eventsOf = async (uuid = '') => (await site.service.audit.historyOf(uuid, 9)).map(({ event }) => event)
const followed = async (location: string | null) => (await browser.get(location ?? '')).html

/** The claims in a browser's access cookie. */
async function tokenOf({ jar }: Browser) {
  const access = (await jar.getCookies(site.origin)).find(({ key }) => key === 'jwt.access')
  return payloadOf(access?.value ?? '')
}

function expectEachOnce({ headers }: Page): void {
  const names = headers.getSetCookie().map((line) => line.split('=', 1)[0])
  expect(names).toContain('jwt.access')
  expect(names).toEqual([...new Set(names)])
}

describe('Names', () => {
  it('are changed, and the log keeps the old ones', async () => {
    const page = await browser.submit('/account/names', '/account/names', { first_name: 'Augusta' })
    expect(await followed(page.location)).toContain('<h1>Hello, Augusta</h1>')
    const [entry] = await site.service.audit.historyOf((await ada())?.uuid ?? '', 1)
    expect(entry).toMatchObject({
      event: 'names_changed',
      details: {
        before: { first_name: 'Ada', last_name: 'Lovelace' },
        after: { first_name: 'Augusta', last_name: 'Lovelace' },
      },
    })
  })

  it('appear in the cookies of the same response, each set once', async () => {
    const page = await browser.submit('/account/names', '/account/names', { first_name: 'Augusta' })
    expectEachOnce(page)
    expect(await tokenOf(browser)).toMatchObject({ user_first_name: 'Augusta' })
  })

  it('have a rate limit that the page explains', async () => {
    const change = (first_name: string) => browser.json('/account/names', { first_name, last_name: '' })
    const statuses: number[] = []
    for (let i = 0; i < 41; i++) statuses.push((await change(`Ada ${i}`)).status)
    expect(statuses).toEqual([...Array.from({ length: 40 }, () => 204), 429])
    expect((await ada())?.firstName).toBe('Ada 39')
    const page = await browser.submit('/account/names', '/account/names', { first_name: 'Augusta' })
    expect([page.status, page.title]).toEqual([429, expect.stringContaining('Too many changes')])
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(page.html).toContain('This change was not made.')
    await browser.post('/language', { ...page.form('/language'), language: 'de' })
    expect((await change('Augusta')).status).toBe(429)
    const bob = await site.signedIn({ email: 'bob@example.com' })
    expect((await bob.json('/account/names', { first_name: 'Bob', last_name: '' })).status).toBe(204)
    expect((await browser.json('/account/sessions/end-others', {})).status, 'another kind').toBe(204)
  })

  it('that are invalid are shown again, with the reason', async () => {
    const page = await browser.submit('/account/names', '/account/names', { first_name: 'x'.repeat(151) })
    expect([page.status, page.form('/account/names').first_name]).toEqual([422, 'x'.repeat(151)])
    expect((await browser.json('/account/names', { first_name: 7, last_name: '' })).status).toBe(422)
    expect((await ada())?.firstName).toBe('Ada')
  })
})

describe('The password', () => {
  const change = (fields: Record<string, string>, by = browser) =>
    by.submit('/account/password', '/account/password', fields)

  it('is changed with the current one; other devices are signed out, and the owner is informed', async () => {
    const phone = site.browser()
    await phone.json('/login', ADA)
    const page = await change({ current_password: PASSWORD, password: NEW })
    expect(await followed(page.location)).toContain('All other devices are signed out')
    expect((await phone.get('/account')).status).toBe(302)
    expect((await phone.json('/login', ADA)).status).toBe(401)
    expect((await phone.json('/login', { ...ADA, password: NEW })).status).toBe(200)
    expect((await mailsOf(site.service)).at(-1)).toMatchObject({
      to: ADA.email,
      subject: 'Your password was changed',
    })
  })

  it('is also changed when this device is signed out, too', async () => {
    const { keep: _, ...fields } = (await browser.get('/account/password')).form('/account/password')
    const page = await browser.post('/account/password', {
      ...fields,
      current_password: PASSWORD,
      password: NEW,
    })
    expect(page.location).toBe(`${site.origin}/login?notice=password_reset`)
    expect((await browser.get('/account')).status).toBe(302)
    const user = await ada()
    expect(await site.service.sessions.list(user?.id ?? 0)).toEqual([])
  })

  it.each([
    [{ current_password: 'wrong password', password: NEW }, 'This is not your current password.'],
    [{ current_password: '', password: NEW }, 'Enter your password.'],
    [{ current_password: PASSWORD, password: 'short' }, 'Use at least 8 characters.'],
    [{ current_password: PASSWORD, password: PASSWORD }, 'This is already your password.'],
  ])('does not change for the form %j', async (fields, words) => {
    const page = await change(fields)
    expect(page.status).toBe(422)
    expect(page.html).toContain(words)
    expect(page.html).not.toContain(NEW)
    expect((await site.browser().json('/login', ADA)).status).toBe(200)
  })

  it('leaves a record of a wrong attempt', async () => {
    await change({ current_password: 'wrong password', password: NEW })
    expect((await eventsOf((await ada())?.uuid))[0]).toBe('password_refused')
  })
})

describe('The address', () => {
  const ask = (email = AUGUSTA, current_password = PASSWORD) =>
    browser.submit('/account/email', '/account/email', { email, current_password })

  it('changes when the link sent to the new one is opened; the old one gets two emails', async () => {
    const page = await ask()
    expect(await followed(page.location)).toContain(`Changes to ${AUGUSTA} when you open the link`)
    expect((await ada())?.email).toBe(ADA.email)
    const link = await linkIn(site.service, AUGUSTA)
    expect((await browser.get(link)).headers.get('referrer-policy')).toBe('strict-origin')
    const done = await browser.submit(link, '/change-email')
    expectEachOnce(done)
    expect(await tokenOf(browser)).toMatchObject({ user_email: AUGUSTA, email_verified: true })
    expect(await followed(done.location)).toContain('Your email address is changed.')
    expect(await ada()).toBeNull()
    const user = await site.service.users.findByEmail(AUGUSTA)
    expect(user?.emailVerifiedAt).not.toBeNull()
    const mails = (await mailsOf(site.service)).slice(1).map(({ to, subject }) => [to, subject])
    expect(mails).toEqual([
      [AUGUSTA, 'Please confirm your new email address'],
      [ADA.email, 'Your email address is about to change'],
      [ADA.email, 'Your email address was changed'],
    ])
    expect((await eventsOf(user?.uuid)).slice(0, 2)).toEqual(['email_changed', 'email_change_requested'])
    expect((await browser.get(link)).status).toBe(404)
    expect((await site.browser().json('/login', { email: AUGUSTA, password: PASSWORD })).status).toBe(200)
  })

  it('changes with the password in a browser that is not signed in, which stays signed out', async () => {
    await ask()
    const phone = site.browser()
    const link = await linkIn(site.service, AUGUSTA)
    expect((await phone.get(link)).html).not.toContain(ADA.email)
    const done = await phone.submit(link, '/change-email', { password: PASSWORD })
    expect(done.location).toBe(`${site.origin}/login?notice=email_changed`)
    expect(await phone.cookies()).toEqual(['csrf'])
    expect((await ada())?.email).toBeUndefined()
  })

  it.each([
    ['', 'Enter your password.', 0],
    ['wrong password', 'This is not your current password.', 1],
  ])('does not change for the password %j: its reader may be a stranger', async (password, words, traces) => {
    await ask()
    const link = await linkIn(site.service, AUGUSTA)
    const reader = site.browser()
    const page = await reader.submit(link, '/change-email', { password })
    expect([page.status, page.html.includes(words)]).toEqual([422, true])
    const asked = await reader.json('/change-email', {
      token: new URL(link, site.origin).searchParams.get('token'),
    })
    expect(asked.status).toBe(422)
    expect(await ada()).toMatchObject({ email: ADA.email, emailVerifiedAt: null })
    const refusals = (await eventsOf((await ada())?.uuid)).filter((event) => event === 'password_refused')
    expect(refusals).toHaveLength(traces)
    const other = await site.signedIn({ email: 'eve@example.com' })
    expect((await other.get(link)).title).toBe('Another account is signed in · Latchkey')
    expect((await browser.submit(link, '/change-email')).location).toBe(
      `${site.origin}/account?notice=email_changed`,
    )
  })

  it('requires the password', async () => {
    const page = await ask(AUGUSTA, 'wrong password')
    expect(page.html).toContain('This is not your current password.')
    expect(await mailsOf(site.service)).toHaveLength(1)
  })

  it('is rejected for a program without deleting cookies that it needs', async () => {
    await ask()
    const token = new URL(await linkIn(site.service, AUGUSTA), site.origin).searchParams.get('token')
    // Longer than the grace period of the previous tokens.
    site.service.wait(60)
    const refused = await browser.json('/change-email', { token, password: 'wrong password' })
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([422, []])
    site.service.wait(60)
    expect((await browser.get('/account')).status).toBe(200)
    expect((await browser.json('/change-email', { token, password: PASSWORD })).status).toBe(200)
  })

  it('of another user is rejected only when its owner opens the link', async () => {
    await site.signedIn({ email: AUGUSTA })
    const [free, taken] = [await ask('free@example.com'), await ask()]
    expect([taken.status, taken.location]).toEqual([free.status, free.location])
    const page = await browser.submit(await linkIn(site.service, AUGUSTA), '/change-email')
    expect([page.status, page.title]).toEqual([422, 'This address is taken · Latchkey'])
    expect((await ada())?.email).toBe(ADA.email)
  })

  it('can change only in upper and lower case', async () => {
    await ask('Ada@Example.com')
    await browser.submit(await linkIn(site.service, 'Ada@Example.com'), '/change-email')
    expect((await ada())?.email).toBe('Ada@Example.com')
  })

  it('does not change if the password changed in between', async () => {
    await ask()
    const link = await linkIn(site.service, AUGUSTA)
    await browser.json('/account/password', { current_password: PASSWORD, password: NEW })
    expect((await browser.get(link)).status).toBe(404)
  })

  it('that is invalid or unchanged is rejected', async () => {
    for (const email of ['', 'nobody', ADA.email]) expect((await ask(email)).status).toBe(422)
  })
})
