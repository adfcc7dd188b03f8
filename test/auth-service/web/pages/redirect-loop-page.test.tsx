import { writeRejectionNote } from '@latchkey/jwt-middleware'
import { beforeEach, describe, expect, it } from 'vitest'
import { APP, NOW } from '../../../support/tokens.ts'
import type { Browser, Page } from '../../support/browser.ts'
import { ADA, openSite, PASSWORD, type Site } from '../../support/site.ts'

const NOTES = `${APP}/notes?page=2`

let site: Site
beforeEach(async () => {
  site = await openSite()
})

const accessToken = async (browser: Browser) =>
  (await browser.jar.getCookies(site.origin)).find(({ key }) => key === 'jwt.access')?.value ?? ''

/** The target of an app's redirect after it rejects its token for that reason. */
async function back(browser: Browser, reason: string | null, now = NOW, path = '/login'): Promise<Page> {
  const query = new URLSearchParams({ next: NOTES })
  const said = { reason: reason ?? '', host: 'app1.demo.localhost', now }
  if (reason) query.set('refused', await writeRejectionNote(said, [await accessToken(browser)]))
  return browser.get(`${path}?${query}`)
}

/** Like an app that rejects every token. */
async function thirdTime(browser: Browser, reason: string | null, now = NOW, path = '/login'): Promise<Page> {
  // Without a note it takes longer, since a bookmark of the login page looks the same.
  for (let i = 0; i < (reason ? 2 : 5); i++) {
    const { status, location } = await back(browser, reason, now, path)
    expect([status, location]).toEqual([303, NOTES])
  }
  return back(browser, reason, now, path)
}

const textOf = (page: Page) => page.html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')

describe('When an app returns a signed-in user for the third time,', () => {
  it('the page shows the reason and the details instead of redirecting again', async () => {
    const page = await thirdTime(await site.signedIn(), 'not_yet_valid', NOW - 300)
    expect([page.status, page.location]).toEqual([409, null])
    expect(page.title).toBe('app1.demo.localhost sends you back · Latchkey')
    const text = textOf(page)
    expect(text).toContain('The clock of app1.demo.localhost is 300 s behind ours.')
    expect(text).toContain('Reason it gave not_yet_valid')
    expect(text).toContain('Clock here 2027-01-15 08:00:00 UTC')
    expect(text).toContain('Clock of the app 2027-01-15 07:55:00 UTC, 300 s behind')
    expect(text).toContain('Sign-in issued 2027-01-15 08:00:00 UTC')
    expect(text).toContain('Sign-in ends 2027-01-15 08:05:00 UTC')
    expect(text).toContain('Issued for demo.localhost')
    expect(page.headers.get('cache-control')).toBe('private, no-store')
  })

  it.each([
    ['expired', NOW + 400, 'is 400 s ahead of ours.'],
    ['wrong_issuer', NOW, 'Set LOGIN_URL of the app to http://auth.demo.localhost:4000/login'],
    ['wrong_audience', NOW, 'set OWN_URL of the app'],
    ['unknown_key', NOW, 'Set AUTH_INTERNAL_URL of the app to'],
    ['malformed', NOW, 'receives the sign-in damaged'],
    ['conflicting', NOW, 'Another host has set a cookie named jwt.access'],
    ['session_over', NOW, 'was told that this session has ended'],
    ['whatever', NOW, 'gave no reason'],
    [null, NOW, 'set its COOKIE_PREFIX to the same value as here'],
    [null, NOW, 'If only some accounts are sent back, the app must answer 403'],
  ])('because of %s, the page says what to do', async (reason, now, words) => {
    expect(textOf(await thirdTime(await site.signedIn(), reason, now))).toContain(words)
  })

  it('the page says so if the browser stores only the session', async () => {
    const browser = await site.signedIn()
    for (let i = 0; i < 6; i++) {
      const { domain, path } = (await browser.jar.getCookies(site.origin)).find(
        ({ key }) => key === 'jwt.access',
      ) as { domain: string; path: string }
      await browser.jar.store.removeCookie(domain, path, 'jwt.access')
      const page = await back(browser, null)
      if (i < 5) expect(page.status).toBe(303)
      else expect(textOf(page)).toContain('did not keep the cookie that we set for demo.localhost')
    }
  })

  it('the preceding sign-in counts as a redirect', async () => {
    await site.signedIn()
    const browser = site.browser()
    const path = `/login?${new URLSearchParams({ next: NOTES })}`
    const { location } = await browser.submit(path, '/login', { email: ADA.email, password: PASSWORD })
    expect(location).toBe(NOTES)
    expect((await back(browser, 'wrong_issuer')).status).toBe(303)
    expect((await back(browser, 'wrong_issuer')).status).toBe(409)
  })

  it('registration is no way around', async () => {
    const page = await thirdTime(await site.signedIn(), 'wrong_issuer', NOW, '/register')
    expect(page.status).toBe(409)
  })

  it('the user stays signed in, can try again, and can sign out', async () => {
    const browser = await site.signedIn()
    const page = await thirdTime(browser, 'wrong_issuer')
    expect(page.html).toContain(`<a class="button" href="${NOTES}">`)
    expect(page.html).toContain(`href="/logout?${new URLSearchParams({ next: NOTES })}"`)
    expect((await browser.get('/account')).status).toBe(200)
    expect((await back(browser, null)).status, 'it may be mended by now').toBe(303)
  })

  it('the page contains nothing that a URL can claim', async () => {
    const browser = await site.signedIn()
    for (let i = 0; i < 5; i++) await back(browser, null)
    const query = new URLSearchParams({ next: NOTES, refused: '<b>call 0900</b>' })
    const page = await browser.get(`/login?${query}`)
    expect(page.status).toBe(409)
    expect(page.html).not.toContain('0900')
  })

  it('the log reports it without the token', async () => {
    const browser = await site.signedIn()
    await thirdTime(browser, 'wrong_issuer')
    const events = site.service.logged.filter(({ event }) => event === 'login_loop')
    expect(events).toEqual([expect.objectContaining({ app: 'app1.demo.localhost', cause: 'issuer' })])
    expect(JSON.stringify(site.service.logged)).not.toContain((await accessToken(browser)).slice(-20))
  })
})

describe('No redirect loop', () => {
  it('is a return after more than 20 s', async () => {
    const browser = await site.signedIn()
    for (let i = 0; i < 9; i++) {
      expect((await back(browser, null)).status).toBe(303)
      site.service.wait(20)
    }
  })

  it('includes a sign-out', async () => {
    const browser = await site.signedIn()
    for (let i = 0; i < 2; i++) await back(browser, null)
    await browser.submit('/logout', '/logout')
    await browser.json('/login', { email: ADA.email, password: PASSWORD })
    expect((await back(browser, null)).status).toBe(303)
  })
})

describe('A browser without cookies', () => {
  const sign = { email: ADA.email, password: PASSWORD }
  const path = `/login?${new URLSearchParams({ next: NOTES })}`

  it('is told so when it sends the form, which would otherwise never work', async () => {
    await site.signedIn()
    const fields = (await site.browser().get(path)).form('/login')
    const page = await site.browser().post('/login', { ...fields, ...sign })
    expect(page.status).toBe(403)
    expect(textOf(page)).toContain('llow cookies for this site')
    expect(page.form('/login')).toMatchObject({ email: ADA.email, password: '', next: NOTES })
  })

  it('or without cookies shared with apps is told so when it returns', async () => {
    await site.signedIn()
    const browser = site.browser()
    await browser.submit(path, '/login', sign)
    for (const { key, domain, path } of await browser.jar.getCookies(site.origin)) {
      if (key.startsWith('jwt.')) await browser.jar.store.removeCookie(domain ?? '', path ?? '/', key)
    }
    const page = await browser.get(path)
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('You signed in a moment ago, but your browser did not keep the cookie.')
    expect(page.form('/login').next).toBe(NOTES)
    site.service.wait(20)
    expect(textOf(await browser.get(path))).not.toContain('a moment ago')
  })

  it('is not confused with a signed-out one', async () => {
    await site.signedIn()
    const browser = site.browser()
    await browser.submit(path, '/login', sign)
    await browser.submit('/logout', '/logout')
    expect(textOf(await browser.get(path))).not.toContain('a moment ago')
  })
})
