import { beforeEach, describe, expect, it } from 'vitest'
import { ISSUER } from '../../../support/tokens.ts'
import { mailsOf } from '../../support/mails.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

let site: Site
let browser: ReturnType<Site['browser']>
beforeEach(async () => {
  site = await openSite()
  browser = site.browser()
})

const NAME = 'time-zone'
/** As the pages' script does. */
const tell = (zone: string) => browser.jar.setCookie(`${NAME}=${zone}; Path=/; SameSite=Lax`, ISSUER)

const send = (path: string, fields: object) =>
  browser.request(path, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      origin: ISSUER,
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify(fields),
  })
const timesOf = (html: string) => [...html.matchAll(/<time [^>]*>([^<]*)<\/time>/g)].map(([, text]) => text)
const known = async () => (await site.service.users.findByEmail(ADA.email))?.timeZone

describe('A browser that has sent its time zone', () => {
  it('gets pages in that zone', async () => {
    await tell('America/New_York')
    await send('/register', ADA)
    const { html } = await browser.get('/account')
    expect(timesOf(html)).toContain('15 January 2027 at 03:00 GMT-5')
  })

  it('gets no script on pages without times', async () => {
    const script = '<script type="module" src="/assets/local-time.js?'
    expect((await browser.get('/login')).html).toContain(script)
    await tell('America/New_York')
    expect((await browser.get('/login')).html).not.toContain(script)
    await send('/register', ADA)
    expect((await browser.get('/account')).html).toContain(script)
  })

  it.each([
    ['no zone', 'Mars/Olympus_Mons'],
    ['an offset', '+01:00'],
    ['markup', '<b>UTC</b>'],
    ['3 KB', 'Europe/'.padEnd(3000, 'x')],
    ['nothing', ''],
  ])('gets pages in UTC if it sends %s, and none of it is stored', async (_, zone) => {
    await tell(zone)
    await send('/register', ADA)
    const { html, status } = await browser.get('/account')
    expect([status, await known()]).toEqual([200, null])
    expect(timesOf(html)).toContain('15 January 2027 at 08:00 UTC')
  })

  it('causes emails in that zone, and gets no further cookie for it', async () => {
    await send('/register', ADA)
    await tell('America/New_York')
    const changed = { current_password: PASSWORD, password: 'another long walk by the sea', keep: true }
    const { status, headers } = await send('/account/password', changed)
    expect(status).toBe(204)
    expect(headers.getSetCookie().join()).not.toContain('time-zone')
    expect((await mailsOf(site.service)).at(-1)?.text).toContain('15 January 2027 at 03:00 GMT-5')
  })
})

describe('The time zone of emails to a user', () => {
  it('is that of the last registration or sign-in, and stays if a browser sends none', async () => {
    await tell('America/New_York')
    await send('/register', ADA)
    expect(await known()).toBe('America/New_York')
    await tell('europe/berlin')
    await send('/login', ADA)
    expect(await known()).toBe('Europe/Berlin')
    browser = site.browser()
    await send('/login', ADA)
    expect(await known()).toBe('Europe/Berlin')
  })

  it('is stored when the user chooses a language, and not for anonymous visitors', async () => {
    await send('/register', ADA)
    expect(await known()).toBe(null)
    await tell('Asia/Tokyo')
    await send('/login', { ...ADA, password: 'no such password' })
    expect(await known()).toBe(null)
    await send('/language', { language: 'de' })
    expect(await known()).toBe('Asia/Tokyo')
  })

  it('takes precedence over that of the device in question', async () => {
    await tell('Asia/Tokyo')
    await send('/register', ADA)
    await tell('America/New_York')
    const changed = { current_password: PASSWORD, password: 'another long walk by the sea', keep: true }
    expect((await send('/account/password', changed)).status).toBe(204)
    expect((await mailsOf(site.service)).at(-1)?.text).toContain('15 January 2027 at 17:00 GMT+9')
  })
})
