import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { parseEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { NOW } from '../../support/tokens.ts'
import { type Browser, toldBy } from '../support/browser.ts'
import { linkIn, mailsOf } from '../support/mails.ts'
import { ADA, openSite, PASSWORD, type Site } from '../support/site.ts'

// The rate limits use the system clock.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const NOBODY = 'nobody@example.com'
const WRONG = 'guessed'

/** Ada's browser without its device cookie. */
async function forgetDevice(browser: Browser): Promise<Browser> {
  await browser.jar.setCookie('device=; Max-Age=0', 'http://auth.demo.localhost')
  return browser
}

/** Whether the device is known to the user with this address. */
async function isKnownTo(email: string, { service, origin }: Site, browser: Browser): Promise<boolean> {
  return (
    (await service.knownDevices.recognise(
      parseEmail(email),
      parseCookies(await browser.jar.getCookieString(origin)),
    )) !== null
  )
}

/** The code in the last email. */
const codeOf = async ({ service }: Site) =>
  (await mailsOf(service)).at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m)?.[1] ?? ''

describe('Passwords can be guessed five times a minute', () => {
  it('across all pages that ask for one, and in all spellings of the email', async () => {
    const site = await openSite()
    const browser = await forgetDevice(await site.signedIn())
    const stranger = site.browser()
    await browser.json('/account/email', { current_password: PASSWORD, email: 'augusta@example.com' })
    const link = new URL(await linkIn(site.service, 'augusta@example.com'), site.origin)
    const token = link.searchParams.get('token')
    const ada = await site.service.users.findByEmail(ADA.email)
    const { token: unspent } = await site.service.oneTimeTokens.issue('verify_email', ada?.id ?? 0, ADA.email)
    const tries: (() => ReturnType<Browser['json']>)[] = [
      () =>
        browser.json('/account/password', { current_password: WRONG, password: 'a long walk by the sea' }),
      () => browser.json('/account/email', { current_password: WRONG, email: 'augusta@example.com' }),
      () => browser.json('/account/delete', { password: WRONG }),
      () => stranger.json('/login', { email: 'ADA@Example.com', password: WRONG }),
      () => stranger.json('/change-email', { token, password: WRONG }),
      () => stranger.json('/verify-email', { token: unspent, password: WRONG }),
    ]
    const statuses: number[] = []
    for (const attempt of [...tries, ...tries]) statuses.push((await attempt()).status)
    expect(statuses).toEqual([422, 422, 422, 401, 422, 429, 429, 429, 429, 429, 429, 429])
    expect((await browser.json('/account/delete', { password: PASSWORD })).status).toBe(429)
  })

  it('by signed-in users, too; right ones do not count', async () => {
    const site = await openSite()
    const browser = await site.signedIn()
    for (let i = 0; i < 8; i++) {
      const answer = await browser.json('/account/password', {
        current_password: PASSWORD,
        password: 'short',
      })
      expect(answer.status).toBe(422)
    }
  })
})

describe('Codes can be guessed five times a minute', () => {
  const askedFor = async (site: Site, email: string) => {
    const browser = site.browser()
    expect((await browser.json('/login/mail', { email })).status).toBe(202)
    return browser
  }
  const guess = (browser: Browser) => browser.json('/login/mail/code', { code: '000 000' })

  it.each([ADA.email, NOBODY])(
    'across any number of emails, and together with passwords, for %s',
    async (email) => {
      const site = await openSite({ signInByMail: 'on' })
      await site.signedIn()
      const [one, other] = [await askedFor(site, email), await askedFor(site, email)]
      const statuses: number[] = []
      for (const browser of [one, one, one, other, other, other, one]) {
        statuses.push((await guess(browser)).status)
      }
      expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429])
      expect((await site.browser().json('/login', { email, password: WRONG })).status).toBe(429)
      vi.setSystemTime(Date.now() + 60_000)
      expect((await guess(one)).status).toBe(422)
    },
  )

  it('for any content of the cookie, and then no code is valid', async () => {
    const site = await openSite({ signInByMail: 'on' })
    await site.signedIn()
    const browser = await askedFor(site, ADA.email)
    const code = await codeOf(site)
    const cookie = (await browser.jar.getCookies(site.origin)).find(({ key }) => key === 'sign-in')
    const [version, iv, text = '', tag] = cookie?.value.split('.') ?? []
    const forged = [version, iv, text.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')), tag].join('.')
    await browser.jar.setCookie(`sign-in=${forged}`, site.origin)
    expect((await browser.json('/login/mail/code', { code })).status).toBe(422)
    await browser.jar.setCookie(`sign-in=${cookie?.value}`, site.origin)
    expect((await browser.json('/login/mail/code', { code })).status).toBe(200)
  })

  it('while the emailed link lets its user in on any device', async () => {
    const site = await openSite({ signInByMail: 'on' })
    await site.signedIn()
    await askedFor(site, ADA.email)
    for (let i = 0; i < 6; i++) await site.browser().json('/login', { ...ADA, password: WRONG })
    expect((await site.browser().json('/login', ADA)).status).toBe(429)
    const link = await linkIn(site.service, ADA.email)
    expect((await site.browser().submit(link, '/login/mail/link')).status).toBe(303)
  })
})

describe('An address gets five emails in ten minutes for each reason', () => {
  it('at the request of strangers, also for known addresses', async () => {
    const site = await openSite({ signInByMail: 'on', emailVerification: 'required' })
    const ada = await site.browser().json('/register', ADA)
    expect(ada.status).toBe(202)
    const ways = ['/password/forgot', '/login/mail', '/register'].map((path) => async (email: string) => {
      const browser = site.browser()
      return browser.landed(await browser.submit(path, path, { ...ADA, email }))
    })
    vi.setSystemTime(Date.now() + 600_000)
    const askAll = async (email: string) => {
      const answers = []
      for (const ask of Array.from({ length: 6 }, () => ways).flat()) {
        const page = await ask(email)
        const words = page.html.replaceAll(email, '').replace(/<code>.*?<\/code>|value="[^"]*"/g, '')
        answers.push([page.status, words, toldBy(page)])
      }
      return answers
    }
    const known = await askAll(ADA.email)
    expect(known.map(([status]) => status)).toEqual([...Array(15).fill(200), 429, 429, 429])
    expect(await askAll(NOBODY)).toEqual(known)
    const mails = (await mailsOf(site.service)).filter(({ to }) => to === ADA.email)
    expect(mails).toHaveLength(1 + 15)
    expect(known.at(-1)?.[1]).toContain('Please wait 10 minutes, then try again.')
  })

  it('at the request of users who sign in before confirming', async () => {
    const site = await openSite({ emailVerification: 'required' })
    expect((await site.browser().json('/register', ADA)).status).toBe(202)
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await site.browser().json('/login', ADA)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    expect(await mailsOf(site.service)).toHaveLength(1 + 5)
  })

  it('at the request of its user, to confirm it', async () => {
    const site = await openSite()
    const browser = await site.signedIn()
    const statuses: number[] = []
    for (let i = 0; i < 6; i++) statuses.push((await browser.json('/account/verify-email', {})).status)
    expect(statuses).toEqual([204, 204, 204, 204, 204, 429])
  })

  it('at the request of users who want to change to it; a rejected request changes nothing', async () => {
    const site = await openSite()
    const answers: number[] = []
    for (let i = 0; i < 6; i++) {
      const browser = await site.signedIn({ email: `p${i}@example.com` })
      const fields = { current_password: PASSWORD, email: 'victim@example.com' }
      answers.push((await browser.json('/account/email', fields)).status)
    }
    expect(answers).toEqual([202, 202, 202, 202, 202, 429])
    const mails = await mailsOf(site.service)
    expect(mails.filter(({ to }) => to === 'victim@example.com')).toHaveLength(5)
    expect(mails.filter(({ to }) => to === 'p5@example.com')).toHaveLength(1)
  })

  it('but an administrator can always send a link', async () => {
    const site = await openSite()
    await site.signedIn()
    for (let i = 0; i < 6; i++) await site.browser().json('/password/forgot', { email: ADA.email })
    const root = await site.signedIn({ email: 'root@example.com' })
    const { users, administration } = site.service
    const [ada, superuser] = [await users.findByEmail(ADA.email), await users.findByEmail('root@example.com')]
    await administration.change(superuser?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    const before = (await mailsOf(site.service)).length
    expect((await root.json(`/admin/people/${ada?.uuid}/reset-link`, {})).status).toBe(204)
    expect(await mailsOf(site.service)).toHaveLength(before + 1)
  })
})

describe('A device becomes known to a user through', () => {
  it('an emailed link or code', async () => {
    const site = await openSite({ signInByMail: 'on' })
    await site.signedIn()
    const [desk, phone] = [site.browser(), site.browser()]
    await desk.submit('/login/mail', '/login/mail', { email: ADA.email })
    expect(await isKnownTo(ADA.email, site, desk)).toBe(false)
    await phone.submit(await linkIn(site.service, ADA.email), '/login/mail/link')
    expect(await isKnownTo(ADA.email, site, phone)).toBe(true)
    await desk.submit('/login/mail', '/login/mail', { email: ADA.email })
    await desk.submit('/login/mail/code', '/login/mail/code', { code: await codeOf(site) })
    expect(await isKnownTo(ADA.email, site, desk)).toBe(true)
  })

  it('the link that confirms the address, and not through registration alone', async () => {
    const site = await openSite({ emailVerification: 'required' })
    const browser = site.browser()
    await browser.json('/register', ADA)
    expect(await isKnownTo(ADA.email, site, browser)).toBe(false)
    const { password } = ADA
    await browser.submit(await linkIn(site.service, ADA.email), '/verify-email', { password })
    expect(await isKnownTo(ADA.email, site, browser)).toBe(true)
  })

  it('a new password, so that the user can sign in while others guess', async () => {
    const site = await openSite()
    await site.signedIn()
    const browser = site.browser()
    await browser.submit('/password/forgot', '/password/forgot', { email: ADA.email })
    const password = 'a long walk by the sea'
    await browser.submit(await linkIn(site.service, ADA.email), '/password/reset', { password })
    for (let i = 0; i < 6; i++) await site.browser().json('/login', { ...ADA, password: WRONG })
    expect((await site.browser().json('/login', { ...ADA, password })).status).toBe(429)
    expect((await browser.json('/login', { ...ADA, password })).status).toBe(200)
  })

  it('an invitation', async () => {
    const site = await openSite({ registration: 'invite' })
    const by = { uuid: null, device: { userAgent: '', address: '' } }
    const invited = await site.service.invitations.invite({}, by)
    const link = new URL((invited.ok && invited.link) || '')
    const browser = site.browser()
    expect((await browser.submit(link.pathname + link.search, '/register', ADA)).status).toBe(303)
    expect(await isKnownTo(ADA.email, site, browser)).toBe(true)
  })

  it('a new address, once it is confirmed on the device', async () => {
    const site = await openSite()
    const browser = await site.signedIn()
    const email = 'augusta@example.com'
    await browser.submit('/account/email', '/account/email', { email, current_password: PASSWORD })
    await browser.submit(await linkIn(site.service, email), '/change-email')
    expect(await isKnownTo(email, site, browser)).toBe(true)
  })
})
