import { beforeEach, describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { APP, ISSUER } from '../../../support/tokens.ts'
import { attribute, type Browser } from '../../support/browser.ts'
import { linkIn } from '../../support/mails.ts'
import { ADA, openSite, type Site } from '../../support/site.ts'

let site: Site
let browser: Browser
beforeEach(async () => {
  site = await openSite()
  browser = site.browser()
})

/** In any order of its parameters. */
function sorted(address: string | null): string {
  const url = new URL(address ?? '')
  url.searchParams.sort()
  return url.href
}

const asking = (language: string) => ({ headers: { 'accept-language': language } })
const spoken = (html: string) => attribute(html.match(/<html[^>]*>/)?.[0] ?? '', 'lang')

describe('A page is in', () => {
  it.each([
    ['en', undefined],
    ['en', '*'],
    ['en', 'en-US,en;q=0.9,de;q=0.8'],
    ['en', 'fr, ja;q=0.9'],
    ['en', 'de;q=0, fr'],
    ['en', '\u00e4;;q=,,=1'],
    ['de', 'de'],
    ['de', 'DE-at'],
    ['de', 'de-CH,de;q=0.9,en;q=0.8'],
    ['de', 'fr,de;q=0.3,en;q=0.2'],
    ['de', 'en;q=0.2, de;q=0.3'],
  ])('%s for a browser that asks for %s', async (code, asked) => {
    const { html, headers } = await browser.request('/login', asked === undefined ? {} : asking(asked))
    expect([spoken(html), headers.get('content-language')]).toEqual([code, code])
    expect(html).toContain(code === 'de' ? '<h1>Anmelden</h1>' : '<h1>Sign in</h1>')
  })

  it('the same language after a rejection', async () => {
    const { html, headers, status } = await browser.request('/nowhere', asking('de'))
    expect([status, spoken(html), headers.get('content-language')]).toEqual([404, 'de', 'de'])
    expect(headers.get('vary')).toContain('Accept-Language')
  })
})

describe('The language switch', () => {
  it('applies to every later page, whatever the browser asks for', async () => {
    const { status, location, headers } = await browser.submit('/login', '/language', { language: 'de' })
    expect([status, location]).toEqual([303, `${ISSUER}/`])
    expect(headers.getSetCookie().at(-1)).toBe(
      'language=de; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax',
    )
    expect(spoken((await browser.request('/register', asking('en'))).html)).toBe('de')
    await browser.submit('/register', '/language', { language: 'en' })
    expect(spoken((await browser.request('/login', asking('de'))).html)).toBe('en')
  })

  it('sets a cookie over https that no sibling host can set', async () => {
    const secure = await openSite({ https: true })
    const { headers } = await secure.browser().submit('/login', '/language', { language: 'de' })
    expect(headers.getSetCookie().at(-1)).toMatch(
      /^__Host-language=de; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('marks the current language, and names each in its own language', async () => {
    const { html } = await browser.request('/login', asking('de'))
    const buttons = html.match(/<button [^>]*name="language"[^>]*>[^<]*/g) ?? []
    expect(buttons.map((button) => [attribute(button, 'lang'), attribute(button, 'aria-current')])).toEqual([
      ['en', undefined],
      ['de', 'true'],
    ])
    expect(buttons.map((button) => button.split('>')[1])).toEqual(['English', 'Deutsch'])
  })

  it('needs no token, and so sets no cookie on pages without another form, but must come from our own page', async () => {
    expect((await browser.get('/login')).form('/language')).not.toHaveProperty('csrf_token')
    const foreign = await browser.request('/language', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ language: 'de' }).toString(),
    })
    expect(foreign.status).toBe(403)
    expect(await browser.cookies()).not.toContain('language')
  })

  it('rejects unknown languages', async () => {
    const { status, html } = await browser.json('/language', { language: 'tlh' })
    expect([status, JSON.parse(html).errors]).toEqual([422, { language: 'Must be one of: en, de.' }])
    expect((await browser.json('/language', { language: 'de' })).status).toBe(204)
  })

  it('does not trust the value of a cookie', async () => {
    for (const value of ['tlh', '__proto__', '%00', 'de; DROP', '']) {
      await browser.jar.setCookie(`language=${value}`, ISSUER)
      expect(spoken((await browser.get('/login')).html), value).toMatch(value.startsWith('de') ? 'de' : 'en')
    }
  })
})

describe('The language switch returns', () => {
  /** The target of the language switch on a page like this. */
  async function landing(fields: Record<string, string>, referer?: string) {
    const { location } = await browser.request('/language', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...(referer && { referer }),
      },
      body: new URLSearchParams({ language: 'de', ...fields }).toString(),
    })
    return location
  }

  it('to the previous page, including its query', async () => {
    expect(await landing({}, `${ISSUER}/login?next=http://app1.demo.localhost:4001/`)).toBe(
      `${ISSUER}/login?next=http://app1.demo.localhost:4001/`,
    )
  })

  it.each([
    'https://evil.example/',
    '//evil.example/',
    '\\\\evil.example/',
    '/\\evil.example',
    'javascript:alert(1)',
    `${ISSUER}@evil.example/`,
    `${ISSUER}.evil.example/`,
    'http://',
    '',
  ])('to the start instead of %s', async (elsewhere) => {
    const location = new URL((await landing({ from: elsewhere })) ?? '')
    expect(location.origin).toBe(ISSUER)
    expect(await landing({}, elsewhere)).toMatch(new RegExp(`^${ISSUER}/`))
  })

  it('only to a path and query of this service', async () => {
    expect(await landing({ from: `blob:${ISSUER}/x` })).toBe(`${ISSUER}/`)
    const { protocol, host } = new URL(ISSUER)
    expect(await landing({ from: `${protocol}//a:b@${host}/login?next=x#y` })).toBe(`${ISSUER}/login?next=x`)
  })

  it('to a page with a secret in its URL, which the browser does not send', async () => {
    const address = '/password/reset?token=abc'
    const { headers, html } = await browser.get(address)
    expect(headers.get('referrer-policy')).toBe('strict-origin')
    expect(html).toContain(`name="from" value="${address}"`)
    expect(await landing({ from: address }, `${ISSUER}/`)).toBe(ISSUER + address)
  })

  it('to the page with the form, which says that the input was too long', async () => {
    const page = await browser.request('/login', {
      method: 'POST',
      headers: {
        'accept-language': 'de',
        'sec-fetch-site': 'same-origin',
        referer: `${ISSUER}/login?next=/x`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ email: 'long'.repeat(20_000) }).toString(),
    })
    expect([page.status, page.title]).toEqual([413, 'Anfrage zu groß · Latchkey'])
    expect(page.form('/language').from).toBe('/login?next=/x')
  })
})

describe('After a form with errors, even twice, the language switch leads to its page:', () => {
  const NEXT = new URLSearchParams({ next: `${APP}/notes?page=2&q=a%20b` }).toString()
  const NEW_ADDRESS = 'ada.new@example.com'
  const BY = { uuid: null, device: { userAgent: '', address: '' } }

  /** Sends a page's form twice after it expired, and switches to German. */
  async function switchedAfterTwice(address: string, action: string) {
    const page = await browser.get(address)
    const first = await browser.post(action, { ...page.form(action), csrf_token: 'old' })
    const second = await browser.post(action, { ...first.form(action), csrf_token: 'old' })
    expect([first.status, second.status]).toEqual([403, 403])
    const { location } = await browser.post('/language', { ...second.form('/language'), language: 'de' })
    const german = await browser.get(location ?? '')
    expect([german.status, spoken(german.html)]).toEqual([200, 'de'])
    expect({ ...german.form(action), csrf_token: '' }).toEqual({ ...page.form(action), csrf_token: '' })
    return location
  }

  beforeEach(async () => {
    site = await openSite({ signInByMail: 'on', registration: 'open' })
    browser = site.browser()
  })

  it.each(['/login', '/register', '/logout', '/password/forgot', '/login/mail', '/login/mail/code'])(
    '%s, with next',
    async (path) => {
      expect(await switchedAfterTwice(`${path}?${NEXT}`, path)).toBe(`${ISSUER}${path}?${NEXT}`)
    },
  )

  it.each([
    ['/password/reset', () => browser.submit(`/password/forgot?${NEXT}`, '/password/forgot', ADA)],
    ['/login/mail/link', () => browser.submit(`/login/mail?${NEXT}`, '/login/mail', ADA)],
  ])('%s, with the emailed token and next', async (path, ask) => {
    await site.signedIn()
    await ask()
    const link = await linkIn(site.service, ADA.email)
    expect(link).toMatch(new RegExp(`^${path}\\?next=.*&token=`))
    expect(sorted(await switchedAfterTwice(link, path))).toBe(sorted(ISSUER + link))
  })

  it('the confirmation of an address, with the emailed token', async () => {
    await site.signedIn()
    const user = await site.service.users.findByEmail(ADA.email)
    if (user) await site.service.emailVerification.sendLink(user, BY.device, `${APP}/notes`)
    const link = await linkIn(site.service, ADA.email)
    expect(sorted(await switchedAfterTwice(link, '/verify-email'))).toBe(sorted(ISSUER + link))
  })

  it('the change of an address, with the emailed token', async () => {
    const account = await site.signedIn()
    const change = { email: NEW_ADDRESS, current_password: ADA.password }
    await account.submit('/account/email', '/account/email', change)
    const link = await linkIn(site.service, NEW_ADDRESS)
    expect(await switchedAfterTwice(link, '/change-email')).toBe(ISSUER + link)
  })

  it('a registration by invitation, whose URL the browser does not send', async () => {
    const invited = await site.service.invitations.invite({}, BY)
    const { pathname, search } = new URL((invited.ok && invited.link) || ISSUER)
    const address = `${pathname}${search}&${NEXT}`
    expect(await switchedAfterTwice(address, '/register')).toBe(ISSUER + address)
    expect((await browser.get(address)).headers.get('referrer-policy')).toBe('strict-origin')
  })

  it('the page for the code, once it was emailed', async () => {
    const answer = await browser.submit(`/login/mail?${NEXT}`, '/login/mail', { email: ADA.email })
    // A page with its own URL, which `Referer` names.
    expect(answer.location).toBe(`/login/mail/code?${NEXT}`)
    expect((await browser.landed(answer)).form('/language')).not.toHaveProperty('from')
  })

  it('the rate limit page, too', async () => {
    await site.signedIn()
    let page = await browser.submit(`/login?${NEXT}`, '/login', { email: ADA.email, password: 'wrong' })
    const fields = { ...page.form('/login'), password: 'wrong' }
    while (page.status === 422) page = await browser.post('/login', fields)
    expect([page.status, page.form('/language').from]).toEqual([429, `/login?${NEXT}`])
  })

  it('forms without a URL of their own', async () => {
    browser = await site.signedIn()
    const { administration, apps, groups, invitations, users } = site.service
    const root = await users.findByEmail(ADA.email)
    await administration.change(root?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    const group = await groups.create('editors', BY)
    const app = await apps.create({ name: 'Notes', origins: APP }, BY)
    await invitations.invite({}, BY)
    const person = `/admin/people/${root?.uuid}`
    const [groupPage, appPage] = [
      `/admin/groups/${group.ok && group.value.id}`,
      `/admin/apps/${app.ok && app.value.id}`,
    ]
    for (const [address, action] of [
      ['/account', '/account/verify-email'],
      [person, `${person}/rights`],
      ['/admin/groups', '/admin/groups'],
      [groupPage, `${groupPage}/rename`],
      [`/admin/apps?change=${appPage.split('/').at(-1)}`, appPage],
      ['/admin/invitations', '/admin/invitations/1/revoke'],
    ] as const)
      expect(await switchedAfterTwice(address, action)).toBe(ISSUER + address)
  })
})

describe('The language of emails to a user', () => {
  const known = async () => (await site.service.users.findByEmail(ADA.email))?.language
  const speaking = (language: string, path: string, fields: object) =>
    browser.request(path, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-language': language,
        'content-type': 'application/json',
        origin: ISSUER,
        'sec-fetch-site': 'same-origin',
      },
      body: JSON.stringify(fields),
    })

  it('is that of the last registration or sign-in', async () => {
    await speaking('de', '/register', ADA)
    expect(await known()).toBe('de')
    browser = site.browser()
    await speaking('en', '/login', ADA)
    expect(await known()).toBe('en')
  })

  it('is the one that the signed-in user chose since', async () => {
    await speaking('en', '/register', ADA)
    const { status, headers } = await browser.submit('/account', '/language', { language: 'de' })
    expect([status, await known()]).toEqual([303, 'de'])
    expect(headers.getSetCookie().map((line) => line.split('=', 1)[0])).toEqual([
      'jwt.access',
      'jwt.refresh',
      'language',
    ])
    expect((await browser.get('/account')).status).toBe(200)
  })

  it('stays after a wrong password, for strangers, and for holders of a mere token', async () => {
    await speaking('de', '/register', ADA)
    expect((await speaking('en', '/refresh', {})).status).toBe(200)
    await browser.request('/account', asking('en'))
    browser = site.browser()
    expect((await speaking('en', '/login', { ...ADA, password: 'no such password' })).status).toBe(401)
    await speaking('en', '/language', { language: 'en' })
    await speaking('en', '/password/forgot', { email: ADA.email })
    expect(await known()).toBe('de')
  })
})
