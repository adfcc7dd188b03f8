import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import {
  inContext,
  inspect,
  inspectTwice,
  type Journey,
  picture,
  type Stop,
  tabThrough,
} from '../support/page-checks.ts'

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

const inProfile = (options: BrowserContextOptions, journey: Journey) => inContext(browser, options, journey)

/** The whole journey by typing and clicking, with a check of every page on the way. */
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
  await page.getByText('app1.demo.localhost').waitFor()
  await see('login')

  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill('not my password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect(await page.getByLabel('Email').inputValue()).toBe(email)
  await see('login-refused')

  await page.getByRole('link', { name: /account|register/i }).click()
  await page.getByLabel('First name').fill('Ada')
  await page.getByLabel('Last name').fill('Lovelace')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill('short')
  await page.getByRole('main').getByRole('button').click()
  await see('register-refused')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('main').getByRole('button').click()

  expect(page.url()).toBe(wanted)
  await page.getByLabel('New note').fill('Buy <b>cheese</b> & bread')
  await page.getByRole('button', { name: 'Add note' }).click()
  await page.getByText('Buy <b>cheese</b> & bread').waitFor()
  await see('notes')

  await page.goto(`${family.teamBoard.url}/`)
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await see('board')
  await page.goto(`${family.teamBoard.url}/staff`)
  expect(page.url()).toBe(`${family.teamBoard.url}/staff`)
  await see('staff-refused')

  await page.goto(`${family.auth.url}/account`)
  await page.getByText(email).first().waitFor()
  await see('account')
  await page.goto(`${family.auth.url}/nowhere`)
  await see('not-found')

  await page.goto(`${family.auth.url}/logout`)
  await see('logout')
  await page.goto(`${family.teamBoard.url}/`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  expect(page.url()).toBe(`${family.teamBoard.url}/`)
  await see('board-anonymous')
  await page.goto(`${family.notes.url}/notes`)
  expect(page.url()).toContain(`${family.auth.url}/login`)

  await page.getByLabel('Email').fill(email.toUpperCase())
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect(page.url()).toBe(`${family.notes.url}/notes`)
  await page.getByText('Buy <b>cheese</b> & bread').waitFor()
}

/** The focus moves down the page and along each line, and is always visible. */
function expectVisibleOrder(stops: readonly Stop[]) {
  const byEye = [...stops].sort((a, b) => (Math.abs(a.top - b.top) < 4 ? a.left - b.left : a.top - b.top))
  expect(stops.map(({ name }) => name)).toEqual(byEye.map(({ name }) => name))
  expect(stops.filter(({ outline }) => !/^[2-9]px rgb\(/.test(outline))).toEqual([])
}

/** Presses Tab until the focus is on the element with this name. */
async function tabTo(page: Page, name: string) {
  for (let i = 0; i < 20; i++) {
    const [stop] = await tabThrough(page, 1)
    if (stop?.name === name) return
  }
  throw new Error(`The keyboard finds no "${name}".`)
}

describe('In Chromium, by typing and clicking,', () => {
  it('the journey works on a light desktop', async () => {
    await inProfile({ colorScheme: 'light', viewport: { width: 1280, height: 800 } }, (page) =>
      journey(page, { name: 'light', email: 'light@example.com', look: inspect }),
    )
  })

  it('the journey works on a small dark phone', async () => {
    const phone = {
      colorScheme: 'dark',
      viewport: { width: 320, height: 640 },
      hasTouch: true,
      isMobile: true,
    } as const
    await inProfile(phone, (page) =>
      journey(page, { name: 'phone-dark', email: 'dark@example.com', look: inspect }),
    )
  })

  it('the journey works without JavaScript', async () => {
    await inProfile({ javaScriptEnabled: false }, (page) =>
      journey(page, {
        name: 'no-script',
        email: 'no-script@example.com',
        look: async (on, name) => void (await picture(on, name)),
      }),
    )
  })

  it('staff see the staff page, and it passes axe, too', async () => {
    await family.administer(async ({ users, administration }) => {
      const user = await users.findByEmail('light@example.com')
      return administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    })
    await inProfile({}, async (page) => {
      await page.goto(`${family.teamBoard.url}/staff`)
      await page.getByLabel('Email').fill('light@example.com')
      await page.getByLabel('Password').fill(PASSWORD)
      await page.keyboard.press('Enter')
      await page.waitForURL(`${family.teamBoard.url}/staff`)
      await page.getByText('light@example.com').first().waitFor()
      await inspectTwice(page, 'staff')
    })
  })

  it('the keyboard is enough to register, sign out and sign in, with visible focus', async () => {
    await inProfile({ viewport: { width: 1280, height: 800 } }, async (page) => {
      const { keyboard } = page
      const next = `?next=${encodeURIComponent(`${family.notes.url}/notes`)}`

      await page.goto(`${family.auth.url}/register${next}`)
      const register = await tabThrough(page, 7)
      expect(register.map(({ name }) => name)).toEqual([
        'Latchkey',
        'first_name',
        'last_name',
        'email',
        'password',
        'Create account',
        'Sign in',
      ])
      expectVisibleOrder(register)

      await page.goto(`${family.auth.url}/register${next}`)
      for (const text of ['', 'Kay', 'Board', 'keyboard@example.com', PASSWORD]) {
        await keyboard.press('Tab')
        await keyboard.type(text)
      }
      await keyboard.press('Enter')
      await page.waitForURL(`${family.notes.url}/notes`)
      await page.getByText('Kay Board').waitFor()

      await tabTo(page, 'Sign out')
      await keyboard.press('Enter')
      await page.waitForURL(`${family.notes.url}/`)

      await page.goto(`${family.auth.url}/login${next}`)
      const login = await tabThrough(page, 7)
      expect(login.map(({ name }) => name)).toEqual([
        'Latchkey',
        'email',
        'password',
        'remember',
        'Sign in',
        'Forgot your password?',
        'Create an account',
      ])
      expectVisibleOrder(login)

      await page.goto(`${family.auth.url}/login${next}`)
      for (const text of ['', 'keyboard@example.com', PASSWORD, '']) {
        await keyboard.press('Tab')
        await keyboard.type(text)
      }
      // With the button this time.
      await keyboard.press('Tab')
      await keyboard.press('Space')
      await page.waitForURL(`${family.notes.url}/notes`)
      await page.getByText('Kay Board').waitFor()
    })
  })

  it('password managers find the fields', async () => {
    await inProfile({}, async (page) => {
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
        ['remember', null],
      ])
      expect(Object.fromEntries(await tokens('/register'))).toEqual({
        email: 'username',
        password: 'new-password',
        first_name: 'given-name',
        last_name: 'family-name',
      })
    })
  })

  it('a page of a sibling host cannot post a form for the user, although the browser sends the cookies', async () => {
    const sibling = createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<form method="post" action="${family.notes.url}/notes"><input name="text" value="forged"><button>Win</button></form>`,
      )
    }).listen(0, '127.0.0.1')
    await once(sibling, 'listening')
    try {
      await inProfile({}, async (page) => {
        await page.goto(`${family.notes.url}/notes`)
        await page.getByLabel('Email').fill('light@example.com')
        await page.getByLabel('Password').fill(PASSWORD)
        await page.keyboard.press('Enter')
        await page.waitForURL(`${family.notes.url}/notes`)

        await page.goto(`http://other.demo.localhost:${(sibling.address() as AddressInfo).port}/`)
        const posted = page.waitForResponse((response) => response.request().method() === 'POST')
        await page.getByRole('button', { name: 'Win' }).click()
        const request = (await posted).request()
        expect((await request.allHeaders()).cookie).toContain('jwt.access=')
        expect((await posted).status()).toBe(403)
        await page.getByRole('heading', { name: 'Request from another site' }).waitFor()
        await inspectTwice(page, 'cross-origin-refused')
        await page.goto(`${family.notes.url}/notes`)
        expect(await page.getByText('forged').count()).toBe(0)
      })
    } finally {
      sibling.close()
    }
  })
})
