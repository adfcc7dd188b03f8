import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { buildNext, exampleFiles, type NextSite, serveNext } from '../support/next-build.ts'
import { follow, heading, press, signIn } from '../support/page-actions.ts'
import { inContext } from '../support/page-checks.ts'

const [ADA, GRACE] = PEOPLE
/** Between two looks, in ms. */
const STEP = 40

/** The example, off the domain: this is all that differs. */
function partnerFiles(): Record<string, string> {
  const files = exampleFiles()
  const config = files['auth.ts'] ?? ''
  return {
    ...files,
    'auth.ts': `import { oidc } from '@latchkey/jwt-middleware/oidc'\n${config.replace('auth({ ', 'auth({ oidc: oidc(), ')}`,
  }
}

let browser: Browser
let family: RunningFamily
let site: NextSite
let url: string
beforeAll(async () => {
  const [built, started, launched] = await Promise.all([
    buildNext('next-partner', partnerFiles()),
    startFamily({}, { guestBook: 'first party', apps: false }),
    launchChromium(inject('chromiumPath')),
  ])
  ;[family, browser] = [started, launched]
  await family.administer(async (service) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash, emailVerifiedAt })
  })
  // The site takes the place of the guest book, which is registered.
  const { guestBook } = family
  await guestBook.stop()
  url = guestBook.url
  site = await serveNext(built, 'start', { ...guestBook.env, PORT: new URL(url).port })
}, 300_000)
afterAll(async () => {
  await browser?.close()
  await site?.stop()
  await family?.close()
})

async function enterFamily(page: Page, { email, password }: { email: string; password: string }) {
  await page.goto(`${family.auth.url}/login`)
  await signIn(page, email, password)
  await page.waitForURL(`${family.auth.url}/account`)
}

/** The site's cookie as a copy that no browser deletes. */
async function copyOfSession(context: BrowserContext): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name === 'latchkey.session')
  return `latchkey.session=${cookie?.value ?? ''}`
}

const ask = (cookie: string) => send(`${url}/`, { headers: { cookie, accept: 'text/html' } })

/** Waits until the site no longer knows the user of the cookie. */
async function untilForgotten(cookie: string): Promise<number> {
  for (let looks = 0; ; looks++) {
    if ((await ask(cookie)).text.includes('You are anonymous.')) return looks
    await pause(STEP)
  }
}

describe('A built site on Next.js on another domain', () => {
  it('opens without a form for a user of the family, also by a link that its router follows', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, ADA)
      await page.goto(`${url}/`)
      expect(await page.getByText('You are anonymous.').count()).toBe(1)
      await follow(page, 'Notes')
      await page.waitForURL(`${url}/notes`)
      expect(await heading(page)).toBe(`Notes of ${ADA.email}`)
      await page.getByLabel('Text').fill('written off the domain')
      await press(page, 'Add')
      await page.getByText('written off the domain').waitFor()
      const names = (await context.cookies(url)).map(({ name }) => name)
      expect(names.filter((name) => name.startsWith('jwt.'))).toEqual([])
      await page.goto(`${url}/notes?page=2`)
      expect([page.url(), await heading(page)]).toEqual([`${url}/notes?page=2`, `Notes of ${ADA.email}`])
    })
  })

  it('leads strangers to the login page, and back to the page of the link', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${url}/`)
      await follow(page, 'Notes')
      await page.waitForURL((to) => to.origin === family.auth.url)
      await signIn(page, GRACE.email, GRACE.password)
      await page.waitForURL(`${url}/notes`)
      expect(await heading(page)).toBe(`Notes of ${GRACE.email}`)
    })
  })

  it('ends with the session of the family, for its pages and its server actions', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, ADA)
      await page.goto(`${url}/notes`)
      const cookie = await copyOfSession(context)
      expect((await ask(cookie)).text).toContain(ADA.email)
      await family.administer(async ({ users, sessions }) => {
        await sessions.endAll((await users.findByEmail(ADA.email))?.id ?? 0)
      })
      const looks = await untilForgotten(cookie)
      console.log(`Signed out elsewhere: the site knew the user for ${looks} more looks of ${STEP} ms.`)
      await page.getByLabel('Text').fill('written too late')
      await press(page, 'Add')
      await page.waitForURL((to) => to.origin === family.auth.url)
      expect(site.output()).not.toContain('logout_token_refused')
    })
  })

  it('signs its user out of itself, and asks whether to sign out everywhere', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, ADA)
      await page.goto(`${url}/notes`)
      const cookie = await copyOfSession(context)
      await press(page, 'Sign out')
      await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
      expect(await untilForgotten(cookie), 'here it is over at once').toBe(0)
      await press(page, 'Sign out')
      await page.waitForURL(`${url}/`)
      await eventually(async () => expect(await page.getByText('You are anonymous.').count()).toBe(1))
    })
  })

  it('signs staff out by a server action, which leads there as well', async () => {
    await family.administer(async ({ administration, users }) => {
      const { OPERATOR } = await import('@latchkey/auth-service')
      const user = await users.findByEmail(GRACE.email)
      await administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    })
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, GRACE)
      await page.goto(`${url}/staff`)
      const cookie = await copyOfSession(context)
      await press(page, 'Leave')
      await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
      expect(await untilForgotten(cookie)).toBe(0)
    })
  })
})
