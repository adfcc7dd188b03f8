import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { heading, press } from '../support/page-actions.ts'
import { inContext, inspect } from '../support/page-checks.ts'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

/** Cookies of 4 KB each, as sites of the family set them. */
const plant = (context: BrowserContext, count: number, more: { path?: string; httpOnly?: boolean } = {}) =>
  context.addCookies(
    Array.from({ length: count }, (_, at) => ({
      name: `crumb-${at}`,
      value: 'x'.repeat(4000),
      domain: '.demo.localhost',
      path: '/',
      ...more,
    })),
  )

describe('A browser with many cookies', () => {
  it('signs in and uses the apps with 40 KB of them', async () => {
    await inContext(browser, {}, async (page, context) => {
      await plant(context, 10)
      await page.goto(`${family.auth.url}/login`)
      expect(await heading(page)).toBe('Sign in')
      for (const { url } of [family.notes, family.teamBoard]) {
        expect((await page.goto(url))?.status()).toBe(200)
      }
    })
  })

  it.each(['/', '/login'])(
    'with too many at the path %s gets a button that deletes them, and continues',
    async (path) => {
      await inContext(browser, {}, async (page, context) => {
        await plant(context, 20, { path })
        const answer = await page.goto(`${family.auth.url}/login`)
        expect(answer?.status()).toBe(431)
        expect(await heading(page)).toBe('Too many cookies')
        await inspect(page, 'too-many-cookies')
        await press(page, 'Delete cookies and try again')
        await page.getByLabel('Password').waitFor()
        expect(await heading(page)).toBe('Sign in')
      })
    },
  )

  it('with too many that no script can delete gets manual instructions', async () => {
    await inContext(browser, {}, async (page, context) => {
      await plant(context, 20, { httpOnly: true })
      await page.goto(`${family.auth.url}/login`)
      await Promise.all([page.waitForEvent('load'), press(page, 'Delete cookies and try again')])
      expect(await heading(page)).toBe('Too many cookies')
      await page.getByText('delete the cookies yourself').waitFor()
    })
  })
})
