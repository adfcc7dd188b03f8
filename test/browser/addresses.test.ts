import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
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

const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

async function type(page: Page, path: string, email: string, button: string) {
  await page.goto(family.auth.url + path)
  const field = page.getByLabel('Email')
  // Key by key, like a user.
  await field.pressSequentially(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await click(page, button)
}

describe('An email address with an international domain', () => {
  it.each([
    ['größe.example', 'xn--gre-6ka8i.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('is sent as typed, shown in Unicode, and equal in either spelling (%s)', (unicode, punycode) =>
    inContext(browser, {}, async (page) => {
      await type(page, '/register', `lena@${unicode} `, 'Create account')
      await page.goto(`${family.auth.url}/account`)
      expect(await page.locator('main').innerText()).toContain(`lena@${unicode}`)
      for (const spelling of [unicode, punycode]) {
        await page.context().clearCookies()
        await type(page, '/login', `Lena@${spelling}`, 'Sign in')
        await page.goto(`${family.auth.url}/account`)
        expect(await page.locator('main').innerText()).toContain(`lena@${unicode}`)
      }
    }),
  )

  it('is typed with the email keyboard of phones, in a field that password managers find', () =>
    inContext(browser, {}, async (page) => {
      await page.goto(`${family.auth.url}/login`)
      const field = page.getByLabel('Email')
      const attributes = ['type', 'inputmode', 'autocomplete', 'autocapitalize', 'spellcheck']
      const values = await Promise.all(attributes.map((name) => field.getAttribute(name)))
      expect(values).toEqual(['text', 'email', 'username', 'none', 'false'])
      await type(page, '/login', 'no address', 'Sign in')
      expect(await page.locator('main').innerText()).toContain('do not match')
    }))
})
