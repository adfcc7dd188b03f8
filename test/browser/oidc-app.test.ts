import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspect, inspectTwice } from '../support/page-checks.ts'

const [ADA, GRACE] = PEOPLE
/** Between two looks, in ms. */
const STEP = 40
/** Looks within two seconds. */
const MOST_LOOKS = 2000 / STEP

let browser: Browser
let own: RunningFamily
let strangers: RunningFamily
beforeAll(async () => {
  ;[browser, own, strangers] = await Promise.all([
    launchChromium(inject('chromiumPath')),
    startFamily({}, { guestBook: 'first party' }),
    startFamily({}, { guestBook: 'third party', apps: false }),
  ])
  for (const family of [own, strangers]) {
    await family.administer(async (service) => {
      const emailVerifiedAt = Math.floor(Date.now() / 1000)
      for (const { password: _, hash, ...person } of PEOPLE)
        await service.users.create({ ...person, password: hash, emailVerifiedAt })
    })
  }
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await own?.close()
  await strangers?.close()
})

const greeting = (page: Page): Promise<string> => page.locator('main').innerText()

/** The addresses that the browser's window shows. */
function addressesOf(page: Page): string[] {
  const addresses: string[] = []
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) addresses.push(new URL(frame.url()).pathname)
  })
  return addresses
}

/** The guest book's cookie as a copy that no browser deletes. */
async function copyOfSession(context: BrowserContext): Promise<string> {
  const cookie = (await context.cookies()).find(({ name }) => name === 'latchkey.session')
  return `latchkey.session=${cookie?.value ?? ''}`
}

/** How many looks at the guest book, with a copy of the cookie, still see its user. */
async function looksUntilForgotten(url: string, cookie: string): Promise<number> {
  for (let looks = 0; ; looks++) {
    const { text } = await send(`${url}/`, { headers: { cookie, accept: 'text/html' } })
    if (!text.includes('Hello, ')) return looks
    await pause(STEP)
  }
}

async function enterFamily(
  page: Page,
  { notes }: RunningFamily,
  person: { email: string; password: string },
) {
  await page.goto(`${notes.url}/notes`)
  await signIn(page, person.email, person.password)
  await page.waitForURL(`${notes.url}/notes`)
}

describe('The guest book on another domain', () => {
  it('opens without a form for a user of the family, and their line has their name', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page, own, ADA)
      const addresses = addressesOf(page)
      await page.goto(`${own.guestBook.url}/write`)
      expect(await greeting(page)).toContain('Hello, Ada Lovelace')
      expect(addresses, 'no other page was shown').toEqual(['/write'])
      await inspectTwice(page, 'guest-book')
      await page.getByLabel('Your line').fill('Good to be here')
      await press(page, 'Write')
      expect(await page.getByRole('listitem').first().innerText()).toContain('Ada Lovelace')
      await press(page, 'Delete')
      expect(await greeting(page)).toContain('Nothing is written here yet.')
    })
  })

  it('ends within two seconds of a sign-out in an app of the family', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, own, GRACE)
      const partner = await context.newPage()
      await partner.goto(`${own.guestBook.url}/write`)
      expect(await greeting(partner)).toContain('Hello, Grace Hopper')
      const cookie = await copyOfSession(context)
      await press(page, 'Sign out')
      const looks = await looksUntilForgotten(own.guestBook.url, cookie)
      console.log(
        `Signed out in the notes: the guest book knew the user for ${looks} more looks of ${STEP} ms.`,
      )
      expect(looks).toBeLessThanOrEqual(MOST_LOOKS)
      await partner.goto(`${own.guestBook.url}/`)
      expect(await greeting(partner)).toContain('Sign in and write')
      await partner.goto(`${own.guestBook.url}/write`)
      expect(await heading(partner)).toBe('Sign in to continue to Guest book')
    })
  })

  it('signs its user out of the family as well, if they say so', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, own, ADA)
      await page.goto(`${own.guestBook.url}/write`)
      const cookie = await copyOfSession(context)
      await press(page, 'Sign out')
      await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
      expect(await greeting(page)).toContain('You signed out of Guest book.')
      expect(await looksUntilForgotten(own.guestBook.url, cookie), 'here it is over at once').toBe(0)
      await press(page, 'Sign out')
      await page.waitForURL(`${own.guestBook.url}/`)
      expect(await greeting(page)).toContain('Sign in and write')
      await page.goto(`${own.notes.url}/notes`)
      expect(page.url()).toContain(`${own.auth.url}/login?`)
    })
  })

  it('signs its user out of itself alone, if they say so', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page, own, ADA)
      await page.goto(`${own.guestBook.url}/write`)
      await press(page, 'Sign out')
      await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
      await press(page, 'Stay signed in')
      await page.waitForURL(`${own.guestBook.url}/`)
      expect(await greeting(page)).toContain('Sign in and write')
      await page.goto(`${own.notes.url}/notes`)
      expect(await heading(page)).toBe('Your notes')
      await page.goto(`${own.guestBook.url}/write`)
      expect(await greeting(page)).toContain('Hello, Ada Lovelace')
    })
  })

  it('opens in two tabs at once', async () => {
    await inContext(browser, {}, async (page, context) => {
      await enterFamily(page, own, ADA)
      const tabs = await Promise.all([context.newPage(), context.newPage(), context.newPage()])
      await Promise.all(tabs.map((tab) => tab.goto(`${own.guestBook.url}/write`)))
      for (const tab of tabs) expect(await greeting(tab)).toContain('Hello, Ada Lovelace')
    })
  })
})

describe('A guest book of strangers', () => {
  it('asks for consent, says in German what a refusal means, and ends when the consent is withdrawn', async () => {
    await inContext(browser, { locale: 'de-DE' }, async (page, context) => {
      const { url } = strangers.guestBook
      await page.goto(`${url}/write`)
      await page.getByLabel('E-Mail').fill(ADA.email)
      await page.getByLabel('Passwort').fill(ADA.password)
      await press(page, 'Anmelden')
      expect(await heading(page)).toBe('Weiter zu Guest book?')
      await press(page, 'Abbrechen')
      expect(await heading(page)).toBe('Sie wurden nicht angemeldet')
      // Without styles, which an app's policy would block: axe does not know the background of a dark one.
      await inspect(page, 'oidc-app-denied')
      await page.getByRole('link', { name: 'Noch einmal versuchen' }).click()
      await press(page, 'Zulassen')
      expect(await greeting(page)).toContain('Hello, Ada Lovelace')
      const cookie = await copyOfSession(context)

      await page.goto(`${strangers.auth.url}/account`)
      await page.getByRole('button', { name: /Guest book/ }).click()
      expect(await told(page)).toContain('keinen Zugriff mehr')
      const looks = await looksUntilForgotten(url, cookie)
      console.log(`Consent withdrawn: the guest book knew the user for ${looks} more looks of ${STEP} ms.`)
      await page.goto(`${url}/write`)
      expect(await heading(page)).toBe('Weiter zu Guest book?')
    })
  })
})
