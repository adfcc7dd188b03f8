import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext } from '../support/page-checks.ts'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

interface Shown {
  readonly text: string
  readonly title: string
  readonly at: Date
}

/** The time of registration on a new user's account page. */
async function registeredAt(email: string, options: BrowserContextOptions): Promise<Shown> {
  let shown: Shown = { text: '', title: '', at: new Date(Number.NaN) }
  await inContext(browser, options, async (page) => {
    await page.goto(`${family.auth.url}/register`)
    await page.locator('input[name=email]').fill(email)
    await page.locator('input[name=password]').fill('a long walk by the sea')
    await page.getByRole('main').getByRole('button').first().click()
    await page.waitForURL(`${family.auth.url}/account`)
    const time = page.locator('dd time').first()
    shown = {
      text: (await time.textContent()) ?? '',
      title: (await time.getAttribute('title')) ?? '',
      at: new Date((await time.getAttribute('datetime')) ?? ''),
    }
  })
  return shown
}

describe('Times are shown', () => {
  it.each([
    ['en-GB', 'Asia/Kolkata', 'GMT+5:30'],
    ['de-DE', 'Asia/Tokyo', 'GMT+9'],
    ['en-US', 'Pacific/Honolulu', 'HST'],
  ])('to a reader with %s in the time zone %s, with UTC as the title', async (locale, timezoneId, zone) => {
    const { text, title, at } = await registeredAt(`${locale}@example.com`, { locale, timezoneId })
    const clock = { hour: 'numeric', minute: '2-digit', timeZone: timezoneId } as const
    expect(text).toContain(new Intl.DateTimeFormat(locale, clock).format(at))
    expect(text).toContain(zone)
    expect(title).toMatch(/ UTC$/)
  })

  it('in UTC without scripts', async () => {
    const options = { javaScriptEnabled: false, timezoneId: 'Asia/Tokyo' }
    const { text, title } = await registeredAt('no-script@example.com', options)
    expect(text).toMatch(/ UTC$/)
    expect(title).toBe('')
  })
})
