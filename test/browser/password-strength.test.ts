import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const register = (page: Page) => page.goto(`${family.auth.url}/register`)
const said = (page: Page) => page.getByRole('status').innerText()

it('a word and a bar rate a password while it is typed', async () => {
  await inContext(browser, {}, async (page) => {
    await register(page)
    expect(await said(page)).toBe('')
    await page.getByLabel('First name').fill('Augusta')
    await page.getByLabel('Email').fill('ada.lovelace@example.com')
    const password = page.getByLabel('Password')
    for (const [typed, answer] of [
      ['sea', 'Too short so far'],
      ['12345678', 'Weak'],
      ['aaaaaaaaaaaaaaaaaaaa', 'Weak'],
      ['Augusta.Lovelace', 'Weak'],
      ['Password-123', 'Weak'],
      ['xkqvmwzt', 'Fair'],
      ['a walk by the sea', 'Good'],
      ['correct horse battery staple', 'Strong'],
    ] as const) {
      await password.fill(typed)
      expect(await said(page), typed).toMatch(new RegExp(`^${answer}`))
    }
    await inspectTwice(page, 'register-strong')
    await password.fill('12345678')
    await inspectTwice(page, 'register-weak')
    await password.fill('')
    expect(await said(page)).toBe('')
  })
})

it('without scripts nothing is missing', async () => {
  await inContext(browser, { javaScriptEnabled: false }, async (page) => {
    await register(page)
    const button = page.getByRole('button', { name: 'Create account' })
    await page.getByLabel('Email').fill('nojs@example.com')
    await page.getByLabel('Password').fill('12345678')
    await button.click()
    await page.getByText('one of the most common passwords').waitFor()
    await page.getByLabel('Password').fill('a long walk by the sea')
    await button.click()
    await page.waitForURL(`${family.auth.url}/account`)
  })
})
