import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { heading, press, signIn } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

const [ADA] = PEOPLE

let browser: Browser
let family: RunningFamily
beforeAll(async () => {
  ;[browser, family] = await Promise.all([
    launchChromium(inject('chromiumPath')),
    startFamily({}, { supplier: true }),
  ])
  await family.administer(async (service) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash, emailVerifiedAt })
  })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const supplier = (path = '/') => `${family.supplier.url}${path}`

async function enterFamily(page: Page) {
  await page.goto(`${family.notes.url}/notes`)
  await signIn(page, ADA.email, ADA.password)
  await page.waitForURL(`${family.notes.url}/notes`)
}

/** Until the supplier asks for a sign-in, by reloading it. */
const isForgotten = (page: Page) =>
  expect
    .poll(
      async () => {
        await page.goto(supplier())
        return heading(page)
      },
      { timeout: 30_000, interval: 100 },
    )
    .toBe('Supplier')

/** Through the supplier's button. */
async function enterSupplier(page: Page) {
  await page.goto(supplier())
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor()
}

describe('The supplier on another domain', () => {
  it('opens without a form for a user of the family, and shows who they are', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page)
      await enterSupplier(page)
      expect(page.url()).toBe(supplier())
      expect(await page.locator('main').innerText()).toContain(ADA.email)
      await inspectTwice(page, 'supplier')
    })
  })

  it('opens from the account page', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page)
      await page.goto(`${family.auth.url}/account`)
      await page.getByRole('link', { name: 'Supplier' }).click()
      await page.waitForURL(supplier())
      expect(await heading(page)).toBe('Hello, Ada Lovelace')
    })
  })

  it('asks a stranger to sign in to the family, in two tabs at once', async () => {
    await inContext(browser, {}, async (page, context) => {
      const other = await context.newPage()
      for (const tab of [page, other]) {
        await tab.goto(supplier('/sign-in'))
        expect(await heading(tab)).toBe('Sign in to continue to Supplier')
      }
      for (const tab of [page, other]) {
        await signIn(tab, ADA.email, ADA.password)
        await tab.waitForURL(supplier())
        expect(await heading(tab)).toBe('Hello, Ada Lovelace')
      }
    })
  })

  it('signs its user out of the family', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page)
      await enterSupplier(page)
      await press(page, 'Sign out everywhere')
      await page.waitForURL(supplier('/?notice=signed_out'))
      expect(await page.locator('main').innerText()).toContain('You have signed out.')
      await page.goto(`${family.notes.url}/notes`)
      expect(page.url()).toContain(`${family.auth.url}/login?`)
    })
  })

  it('ends with a sign-out in an app of the family, and by an administrator', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page)
      await enterSupplier(page)
      await page.goto(`${family.notes.url}/notes`)
      await press(page, 'Sign out')
      await isForgotten(page)

      await enterFamily(page)
      await enterSupplier(page)
      await family.administer(async ({ users, sessions }) => {
        const ada = await users.findByEmail(ADA.email)
        await sessions.endAll(ada?.id as number)
      })
      await isForgotten(page)
    })
  })

  it('ends with a sign-out on the page of the family', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page)
      await enterSupplier(page)
      await page.goto(`${family.auth.url}/logout`)
      await press(page, 'Sign out')
      await page.waitForURL(/\/login\?notice=signed_out/)
      await isForgotten(page)
      await page.goto(supplier('/sign-in'))
      expect(await heading(page)).toBe('Sign in to continue to Supplier')
    })
  })
})
