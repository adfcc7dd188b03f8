import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { type Sent, send } from '../support/http.ts'
import { inContext } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const at = (path: string) => family.auth.url + path
const cookiesOf = async (page: Page) =>
  (await page.context().cookies()).filter(({ name }) => name === 'time-zone')

/** One request with this browser's cookies and language. */
async function ask(page: Page, path: string, { headers, ...sent }: Sent = {}) {
  const cookies = await page.context().cookies(at(path))
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const language = String(await page.evaluate('navigator.language'))
  return send(at(path), { ...sent, headers: { cookie, 'accept-language': language, ...headers } })
}

/** Every time in the server's HTML, before any script ran. */
async function served(page: Page, path: string): Promise<string[]> {
  const { text } = await ask(page, path)
  return [...text.matchAll(/<time datetime="[^"]*">([^<]*)</g)].map(([, time = '']) => time)
}

/** Every time that the page shows. */
const shown = (page: Page) => page.locator('time:not([data-ago])').allTextContents()

/** Registers; the account page is open afterwards. */
async function register(page: Page, email: string): Promise<void> {
  await page.goto(at('/register'))
  await page.locator('input[name=email]').fill(email)
  await page.locator('input[name=password]').fill(PASSWORD)
  await page.getByRole('main').getByRole('button').first().click()
  await page.waitForURL(at('/account'))
}

/** Changes the password with a request of this browser; the user gets an email with the time. */
async function changePassword(page: Page): Promise<void> {
  const { status } = await ask(page, '/account/password', {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      origin: family.auth.url,
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify({ current_password: PASSWORD, password: 'a short walk up the hill', keep: true }),
  })
  expect(status).toBe(204)
}

it.each([
  ['America/New_York', 'en-GB', / GMT-[45]$/],
  ['Europe/Berlin', 'de-DE', / MES?Z$/],
])(
  'a browser in %s sends its time zone: later pages and emails use it',
  async (timezoneId, locale, named) => {
    await inContext(browser, { timezoneId, locale }, async (page) => {
      const email = `${locale}@example.com`
      await register(page, email)
      const fromServer = await served(page, '/account')
      expect(fromServer.length).toBeGreaterThan(0)
      for (const text of fromServer) expect(text).toMatch(named)
      expect(await shown(page)).toEqual(fromServer)
      expect(await cookiesOf(page)).toMatchObject([{ value: timezoneId, sameSite: 'Lax', path: '/' }])
      const user = await family.administer(({ users }) => users.findByEmail(email))
      expect(user?.timeZone).toBe(timezoneId)

      await changePassword(page)
      await page.goto(at('/mailbox'))
      await page.locator('main li a').first().click()
      const lines = (await page.locator('.letter').innerText()).split('\n')
      expect(lines.find((line) => /^(When|Wann): /.test(line))).toMatch(named)
    })
  },
)

it("the first page, which the server wrote in UTC, also shows the browser's time zone", async () => {
  await inContext(browser, { timezoneId: 'America/New_York', locale: 'en-GB' }, async (page) => {
    await register(page, 'first-page@example.com')
    const before = await shown(page)
    await page.context().clearCookies({ name: 'time-zone' })
    for (const text of await served(page, '/account')) expect(text).toMatch(/ UTC$/)
    await page.reload()
    expect(await shown(page)).toEqual(before)
    expect(await cookiesOf(page)).toHaveLength(1)
  })
})

it('a browser in UTC needs no cookie, and a browser that moved there changes it', async () => {
  await inContext(browser, { timezoneId: 'UTC' }, async (page) => {
    await register(page, 'moved@example.com')
    expect(await cookiesOf(page)).toEqual([])
    await page.context().addCookies([{ name: 'time-zone', value: 'Asia/Tokyo', url: family.auth.url }])
    await page.reload()
    expect(await cookiesOf(page)).toMatchObject([{ value: 'UTC' }])
  })
})
