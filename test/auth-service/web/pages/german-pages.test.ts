import { beforeEach, expect, it } from 'vitest'
import { german } from '../../../../auth-service/src/platform/i18n/de.ts'
import type { Browser, Page } from '../../support/browser.ts'
import { linkIn } from '../../support/mails.ts'
import { openSite, PASSWORD, type Site } from '../../support/site.ts'
import { said } from '../../support/texts.ts'

// User data has a digit, an @ or a dot inside here: names, addresses, hosts, the brand.
const PERSON = { email: 'p1@example.com', first_name: 'P1', last_name: 'L1', password: PASSWORD }
const BRAND = { name: 'B1', logo: undefined, css: undefined, links: [{ label: 'L1', href: '/about' }] }

/** Text that is the same in both languages. */
const SAME = new Set(Object.entries(german).flatMap(([text, own]) => (text === own ? [text] : [])))
const LANGUAGES = ['English', 'Deutsch']
const isNone = (text: string) =>
  /[@\d]|^\S+\.\S+$/.test(text) || !/\p{L}{2}/u.test(text) || SAME.has(text) || LANGUAGES.includes(text)

let site: Site
let stranger: Browser
let person: Browser
beforeEach(async () => {
  site = await openSite({ brand: BRAND, signInByMail: 'on' })
  stranger = site.browser()
  person = await site.signedIn(PERSON, { userAgent: 'T1' })
})

const asked = (language: string) => ({ 'accept-language': language, 'sec-fetch-site': 'same-origin' })

/** Fails if the German page has an English text of the English page. */
async function inGerman(name: string, ask: (headers: Record<string, string>) => Promise<Page>) {
  const [english, translated] = [await ask(asked('en')), await ask(asked('de'))]
  expect([translated.status, translated.headers.get('content-language')], name).toEqual([
    english.status,
    'de',
  ])
  expect(said(translated.html).size, name).toBeGreaterThan(4)
  const left = [...said(translated.html)].filter((text) => said(english.html).has(text) && !isNone(text))
  expect(left, name).toEqual([])
}

const visits = (browser: Browser, path: string) =>
  inGerman(path, (headers) => browser.request(path, { headers }))

const sends = (browser: Browser, path: string, page: string, fields: Record<string, string>) =>
  inGerman(`POST ${path}`, async (headers) => {
    const form = (await browser.get(page)).form(path)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URLSearchParams({ ...form, ...fields }).toString()
    const answer = await browser.request(path, { method: 'POST', headers: { ...headers, ...type }, body })
    return answer.location === null ? answer : browser.request(answer.location, { headers })
  })

it.each([
  '/login',
  '/login?next=https://evil.example/&notice=signed_out&notice=all_ended',
  '/login?next=http://app1.demo.localhost/',
  '/register',
  '/login/mail',
  '/login/mail/code',
  '/password/forgot',
  '/verify-email?token=x',
  '/password/reset?token=x',
  '/change-email?token=x',
  '/login/mail/link?token=x',
  '/register?invitation=x',
  '/register/mailed',
  '/password/forgot/mailed',
  '/nowhere',
])('anonymous visitors see no English at %s', (path) => visits(stranger, path))

it.each([
  '/account',
  '/account?notice=email_change_mailed&notice=password_changed&notice=names_changed',
  '/account/history',
  '/account/history?after=1.1',
  '/account/names',
  '/account/email',
  '/account/password',
  '/account/delete',
  '/logout',
  '/admin',
])('signed-in users see no English at %s', (path) => visits(person, path))

it('users with several devices and a history see no English', async () => {
  const other = site.browser({ userAgent: '' })
  await other.json('/login', { email: PERSON.email, password: 'wrong one' })
  await other.json('/login', { email: PERSON.email, password: 'wrong two' })
  await other.json('/login', { email: PERSON.email, password: PERSON.password })
  await person.json('/account/email', { email: 'p2@example.com', current_password: PERSON.password })
  await visits(person, '/account')
})

it.each([
  ['/login', '/login', { email: '', password: '' }],
  ['/login', '/login', { email: 'p1@example.com', password: 'wrong' }],
  ['/register', '/register', { email: 'x', password: 'short', first_name: 'x'.repeat(151) }],
  ['/register', '/register', { email: 'p3@example.com', password: 'password1' }],
  ['/register', '/register', { email: 'p1@example.com', password: PASSWORD }],
  ['/login/mail', '/login/mail', { email: '' }],
  ['/login/mail', '/login/mail', { email: 'p1@example.com' }],
  ['/login/mail/code', '/login/mail/code', { code: '000000' }],
  ['/password/forgot', '/password/forgot', { email: 'no address' }],
  ['/password/forgot', '/password/forgot', { email: 'p1@example.com' }],
  ['/login', '/login', { csrf_token: 'outdated' }],
] as [string, string, Record<string, string>][])(
  'anonymous visitors who send %s from %s with %o see no English',
  (path, page, fields) => sends(stranger, path, page, fields),
)

it.each([
  ['/account/names', { first_name: 'x'.repeat(151) }],
  ['/account/email', { email: 'p1@example.com', current_password: 'wrong' }],
  ['/account/password', { password: 'P1P1P1P1', current_password: '' }],
  ['/account/delete', { password: 'wrong' }],
] as [string, Record<string, string>][])(
  'signed-in users who send %s with %o see no English',
  (path, fields) => sends(person, path, path, fields),
)

it('users who follow an emailed link see no English', async () => {
  await visits(stranger, await linkIn(site.service, PERSON.email))
  await stranger.json('/password/forgot', { email: PERSON.email })
  await visits(stranger, await linkIn(site.service, PERSON.email))
  await stranger.json('/login/mail', { email: PERSON.email })
  await visits(stranger, await linkIn(site.service, PERSON.email))
  await person.json('/account/email', { email: 'p2@example.com', current_password: PERSON.password })
  await visits(stranger, await linkIn(site.service, 'p2@example.com'))
})

it('readers of the dev inbox see no English', async () => {
  const { service, browser } = await openSite({ brand: BRAND })
  await visits(browser(), '/mailbox')
  await service.mail.send({ to: PERSON.email, subject: 'S1', text: 'T1', html: 'T1' })
  await visits(browser(), '/mailbox')
  await service.mail.send({ to: PERSON.email, subject: '', text: 'T1', html: 'T1' })
  await visits(browser(), '/mailbox/2')
})

it('rejected users see no English', async () => {
  const closed = await openSite({ registration: 'closed', brand: BRAND })
  await visits(closed.browser(), '/register')
  const invited = await openSite({ registration: 'invite', brand: BRAND })
  await visits(invited.browser(), '/register')
  const mailless = await openSite({
    authUrl: 'http://auth.family.example',
    cookieDomain: 'family.example',
    brand: BRAND,
  })
  await visits(mailless.browser(), '/password/forgot')
  await visits(await mailless.signedIn(PERSON, { userAgent: 'T1' }), '/account')
})

it('the page about redirect loops has no English', () =>
  inGerman('the page on loops', async (headers) => {
    const browser = await site.signedIn({ email: `p${headers['accept-language']}@example.com` })
    const back = `/login?${new URLSearchParams({ next: 'http://app1.demo.localhost:4001/' })}`
    // Without an app's note, five returns may be a reopened bookmark.
    for (let times = 1; times < 6; times++) await browser.request(back, { headers })
    return browser.request(back, { headers })
  }))

it('dates have the German format', async () => {
  const { html } = await person.request('/account', { headers: asked('de') })
  expect(html).toContain('15. Januar 2027 um 08:00 UTC')
})
