import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'

const PASSWORD = 'a long walk by the sea'
const screenshots = resolve(import.meta.dirname, '../../artefacts/screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

/** Runs a journey in a fresh profile; whatever a page complains of on the console fails it. */
async function inContext(
  options: BrowserContextOptions,
  journey: (page: Page, context: BrowserContext) => Promise<void>,
) {
  const context = await browser.newContext(options)
  const complaints: string[] = []
  context.on('console', (message) => {
    const expected = /Failed to load resource: the server responded with a status of 4(01|03|04|22)/
    if (message.type() === 'error' && !expected.test(message.text())) complaints.push(message.text())
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  try {
    await journey(page, context)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

/** Violations that axe finds on the page as it stands, in a form that a failing test can print. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}

const shoot = (page: Page, name: string) =>
  page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })

/** A page that has to look right: kept as a picture, and free of violations. */
async function inspect(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect(await violationsOn(page), name).toEqual([])
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
}

/** The whole journey by typing and clicking, with a look at every page on the way. */
async function journey(
  page: Page,
  { name, email, look }: { name: string; email: string; look: typeof inspect },
) {
  const see = (what: string) => look(page, `${name}-${what}`)
  const wanted = `${family.notes.url}/notes?from=letter&q=a%20b`

  await page.goto(`${family.notes.url}/`)
  await see('notes-anonymous')
  await page.goto(wanted)
  expect(page.url()).toBe(`${family.auth.url}/login?next=${encodeURIComponent(wanted)}`)
  expect(await page.getByText('app1.demo.localhost').isVisible()).toBe(true)
  await see('login')

  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('not my password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect(await page.getByLabel('E-mail').inputValue()).toBe(email)
  await see('login-refused')

  await page.getByRole('link', { name: /account|register/i }).click()
  await page.getByLabel('First name').fill('Ada')
  await page.getByLabel('Last name').fill('Lovelace')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('short')
  await page.getByRole('button').click()
  await see('register-refused')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button').click()

  expect(page.url()).toBe(wanted)
  await page.getByLabel('New note').fill('Buy <b>cheese</b> & bread')
  await page.getByRole('button', { name: 'Add note' }).click()
  expect(await page.getByText('Buy <b>cheese</b> & bread').isVisible()).toBe(true)
  await see('notes')

  await page.goto(`${family.teamBoard.url}/`)
  expect(await page.getByRole('link', { name: 'Sign out' }).isVisible()).toBe(true)
  await see('board')
  await page.goto(`${family.teamBoard.url}/staff`)
  expect(page.url()).toBe(`${family.teamBoard.url}/staff`)
  await see('staff-refused')

  await page.goto(`${family.auth.url}/account`)
  expect(await page.getByText(email).first().isVisible()).toBe(true)
  await see('account')
  await page.goto(`${family.auth.url}/nowhere`)
  await see('not-found')

  await page.goto(`${family.teamBoard.url}/`)
  await page.getByRole('link', { name: 'Sign out' }).click()
  await see('logout')
  await page.getByRole('button', { name: 'Sign out' }).click()
  expect(page.url()).toBe(`${family.teamBoard.url}/`)
  await see('board-anonymous')
  await page.goto(`${family.notes.url}/notes`)
  expect(page.url()).toContain(`${family.auth.url}/login`)

  await page.getByLabel('E-mail').fill(email.toUpperCase())
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect(page.url()).toBe(`${family.notes.url}/notes`)
  expect(await page.getByText('Buy <b>cheese</b> & bread').isVisible()).toBe(true)
}

describe('in Chromium, by typing and clicking', () => {
  it('the journey holds, on a desktop in the light', async () => {
    await inContext({ colorScheme: 'light', viewport: { width: 1280, height: 800 } }, (page) =>
      journey(page, { name: 'light', email: 'light@example.com', look: inspect }),
    )
  })

  it('the journey holds, on a small phone in the dark', async () => {
    const phone = {
      colorScheme: 'dark',
      viewport: { width: 320, height: 640 },
      hasTouch: true,
      isMobile: true,
    } as const
    await inContext(phone, (page) =>
      journey(page, { name: 'phone-dark', email: 'dark@example.com', look: inspect }),
    )
  })

  it('the journey holds with JavaScript off', async () => {
    await inContext({ javaScriptEnabled: false }, (page) =>
      journey(page, {
        name: 'no-script',
        email: 'no-script@example.com',
        look: async (on, name) => void (await shoot(on, name)),
      }),
    )
  })

  it('staff see the staff page, and it passes axe, too', async () => {
    await family.administer(async ({ users }) => {
      const user = await users.findByEmail('light@example.com')
      return users.update(user?.uuid ?? '', { isStaff: true })
    })
    await inContext({}, async (page) => {
      await page.goto(`${family.teamBoard.url}/staff`)
      await page.getByLabel('E-mail').fill('light@example.com')
      await page.getByLabel('Password').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(`${family.teamBoard.url}/staff`)
      expect(await page.getByText('light@example.com').first().isVisible()).toBe(true)
      await inspect(page, 'light-staff')
    })
  })

  it('the keyboard alone is enough, and fields come in the order of the eye', async () => {
    await inContext({}, async (page) => {
      await page.goto(`${family.auth.url}/login`)
      const names: (string | null)[] = []
      for (let i = 0; i < 8; i++) {
        await page.keyboard.press('Tab')
        names.push((await page.evaluate('document.activeElement?.getAttribute("name")')) as string | null)
      }
      const fields = names.filter((name) => name !== null)
      expect(fields.slice(0, 2)).toEqual(['email', 'password'])
    })
  })

  it('password managers find their way', async () => {
    await inContext({}, async (page) => {
      const tokens = async (path: string) => {
        await page.goto(family.auth.url + path)
        const inputs = await page.locator('input:not([type=hidden])').all()
        return Promise.all(
          inputs.map(async (input) => [
            await input.getAttribute('name'),
            await input.getAttribute('autocomplete'),
          ]),
        )
      }
      expect(await tokens('/login')).toEqual([
        ['email', 'username'],
        ['password', 'current-password'],
      ])
      expect(Object.fromEntries(await tokens('/register'))).toEqual({
        email: 'username',
        password: 'new-password',
        first_name: 'given-name',
        last_name: 'family-name',
      })
    })
  })

  it("a page of a sibling host can not post a form in somebody's name, though the browser sends the cookies", async () => {
    const sibling = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<form method="post" action="${family.notes.url}/notes"><input name="text" value="forged"><button>Win</button></form>`,
      )
    }).listen(0, '127.0.0.1')
    await once(sibling, 'listening')
    try {
      await inContext({}, async (page) => {
        await page.goto(`${family.notes.url}/notes`)
        await page.getByLabel('E-mail').fill('light@example.com')
        await page.getByLabel('Password').fill(PASSWORD)
        await page.keyboard.press('Enter')
        await page.waitForURL(`${family.notes.url}/notes`)

        await page.goto(`http://other.demo.localhost:${(sibling.address() as AddressInfo).port}/`)
        const posted = page.waitForResponse((response) => response.request().method() === 'POST')
        await page.getByRole('button', { name: 'Win' }).click()
        const request = (await posted).request()
        expect((await request.allHeaders()).cookie).toContain('jwt.access=')
        expect((await posted).status()).toBe(403)
        await page.goto(`${family.notes.url}/notes`)
        expect(await page.getByText('forged').count()).toBe(0)
      })
    } finally {
      sibling.close()
    }
  })
})
