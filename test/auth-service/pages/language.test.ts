import { beforeEach, describe, expect, it } from 'vitest'
import { ISSUER } from '../../support/tokens.ts'
import { attribute, type Browser } from '../support/browser.ts'
import { openSite, type Site } from '../support/site.ts'

let site: Site
let browser: Browser
beforeEach(async () => {
  site = await openSite()
  browser = site.browser()
})

const asking = (language: string) => ({ headers: { 'accept-language': language } })
const spoken = (html: string) => attribute(html.match(/<html[^>]*>/)?.[0] ?? '', 'lang')

describe('a page is in', () => {
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

  it('the same language where something is refused', async () => {
    const { html, headers, status } = await browser.request('/nowhere', asking('de'))
    expect([status, spoken(html), headers.get('content-language')]).toEqual([404, 'de', 'de'])
    expect(headers.get('vary')).toContain('Accept-Language')
  })
})

describe('the switch', () => {
  it('has every later page in the language that was chosen, whatever the browser asks for', async () => {
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

  it('tells which language is spoken, and names each in itself', async () => {
    const { html } = await browser.request('/login', asking('de'))
    const buttons = html.match(/<button [^>]*name="language"[^>]*>[^<]*/g) ?? []
    expect(buttons.map((button) => [attribute(button, 'lang'), attribute(button, 'aria-current')])).toEqual([
      ['en', undefined],
      ['de', 'true'],
    ])
    expect(buttons.map((button) => button.split('>')[1])).toEqual(['English', 'Deutsch'])
  })

  it('needs the token of its form, and a page of ours', async () => {
    const { csrf_token = '' } = (await browser.get('/login')).form('/language')
    const without = await browser.post('/language', { language: 'de' })
    expect([without.status, without.title]).toEqual([403, 'Please try again · Latchkey'])
    const foreign = await browser.request('/language', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'cross-site',
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ csrf_token, language: 'de' }).toString(),
    })
    expect(foreign.status).toBe(403)
    expect(await browser.cookies()).not.toContain('language')
  })

  it('takes no language that is not spoken here', async () => {
    const { status, html } = await browser.json('/language', { language: 'tlh' })
    expect([status, JSON.parse(html).errors]).toEqual([422, { language: 'Choose one of these: en, de.' }])
    expect((await browser.json('/language', { language: 'de' })).status).toBe(204)
  })

  it('does not take a cookie at its word', async () => {
    for (const value of ['tlh', '__proto__', '%00', 'de; DROP', '']) {
      await browser.jar.setCookie(`language=${value}`, ISSUER)
      expect(spoken((await browser.get('/login')).html), value).toMatch(value.startsWith('de') ? 'de' : 'en')
    }
  })
})

describe('after the switch, people are back', () => {
  /** Where the switch leads that stands on a page like this. */
  async function landing(fields: Record<string, string>, referer?: string) {
    const { csrf_token = '' } = (await browser.get('/login')).form('/language')
    const { location } = await browser.request('/language', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/x-www-form-urlencoded',
        ...(referer && { referer }),
      },
      body: new URLSearchParams({ csrf_token, language: 'de', ...fields }).toString(),
    })
    return location
  }

  it('on the page that they came from, its query included', async () => {
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
  ])('at the start instead of at %s', async (elsewhere) => {
    const location = new URL((await landing({ from: elsewhere })) ?? '')
    expect(location.origin).toBe(ISSUER)
    expect(await landing({}, elsewhere)).toMatch(new RegExp(`^${ISSUER}/`))
  })

  it('on a page with a secret in its address, which the browser does not tell us', async () => {
    const address = '/password/reset?token=abc'
    const { headers, html } = await browser.get(address)
    expect(headers.get('referrer-policy')).toBe('strict-origin')
    expect(html).toContain(`name="from" value="${address}"`)
    expect(await landing({ from: address }, `${ISSUER}/`)).toBe(ISSUER + address)
  })

  it('on the page with the form, where what they see answers a form', async () => {
    const { csrf_token = '' } = (await browser.get('/login')).form('/login')
    const { html } = await browser.request('/login', {
      method: 'POST',
      headers: {
        'sec-fetch-site': 'same-origin',
        referer: `${ISSUER}/login?next=/x`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ csrf_token, email: '', password: '' }).toString(),
    })
    expect(html).toContain('name="from" value="/login?next=/x"')
  })
})
