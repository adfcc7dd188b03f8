import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

const MAIN = resolve(import.meta.dirname, '../../examples/demo/dist/main.js')
const [ADA] = PEOPLE

interface Demo {
  readonly notes: string
  readonly teamBoard: string
  close(): Promise<void>
}

/** `npm run demo` on free ports. */
async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tour-'))
  const env = { PATH: process.env.PATH, DEMO_PORTS: '0,0,0', DEMO_FOLDER: join(folder, 'data') }
  const child = spawn(process.execPath, [MAIN], { env, stdio: 'pipe' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const output = await new Promise<string>((resolve, reject) => {
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        text += data
        if (/Ctrl-C/.test(text)) resolve(text)
      })
    }
    ended.then(() => reject(new Error(text)))
  })
  return {
    notes: output.match(/Notes +(\S+)\/notes\n/)?.[1] ?? '',
    teamBoard: output.match(/Team board +(\S+)\/\n/)?.[1] ?? '',
    async close() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

let demo: Demo
let browser: Browser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([startDemo(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await demo?.close()
})

const tour = (page: Page) => page.getByRole('complementary', { name: 'Demo tour' })
const report = (page: Page) => tour(page).getByRole('status').innerText()

async function signIn(page: Page): Promise<void> {
  await page.goto(`${demo.notes}/notes`)
  await page.getByLabel('Email').fill(ADA.email)
  await page.getByLabel('Password').fill(ADA.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${demo.notes}/notes`)
}

describe('The tour of the demo', () => {
  it('says who one is, how long the token lives, and how the feed is', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${demo.teamBoard}/`)
      expect(await tour(page).innerText()).toContain('not signed in')
      expect(await tour(page).getByRole('button').count()).toBe(0)
      await signIn(page)
      const text = await tour(page).innerText()
      expect(text).toContain('Ada Lovelace')
      expect(text).toMatch(/lives for [45]:\d\d min more/)
      await page.reload()
      await eventually(async () => expect(await tour(page).innerText()).toMatch(/\bconnected\b/))
    })
  })

  it('makes one staff, by the keyboard, and shows when each app heard of it', async () => {
    await inContext(browser, {}, async (page) => {
      await signIn(page)
      // So that both apps follow the feed.
      await page.goto(`${demo.teamBoard}/`)
      await tour(page).getByRole('button', { name: 'Become staff' }).focus()
      await page.keyboard.press('Enter')
      await page.waitForURL(`${demo.teamBoard}/`)
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^You are staff now\. Notes heard it after \d+ ms\. Team board heard it after \d+ ms\.$/,
      )
      expect((await page.goto(`${demo.teamBoard}/staff`))?.status()).toBe(200)
      await tour(page).getByRole('button', { name: 'Stop being staff' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toContain('You are no longer staff.')
    })
  })

  it('lets the token end, and measures the renewal', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      const token = async () => (await context.cookies(demo.notes)).find(({ name }) => name === 'jwt.access')
      const before = await token()
      await tour(page).getByRole('button', { name: 'Let the token end' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(/This page has a new one: asking the auth service took \d+ ms\.$/)
      expect((await token())?.value).not.toBe(before?.value)
      expect(await tour(page).innerText()).toContain('was renewed with this page')
    })
  })

  it('ends all sessions, which is public knowledge in the family at once', async () => {
    await inContext(browser, {}, async (page) => {
      await signIn(page)
      await page.goto(`${demo.teamBoard}/`)
      await tour(page).getByRole('button', { name: 'Sign out everywhere' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(/^All your sessions have ended\. Notes heard it after \d+ ms\./)
      expect(await tour(page).innerText()).toContain('not signed in')
      await page.goto(`${demo.notes}/notes`)
      expect(new URL(page.url()).pathname).toBe('/login')
    })
  })

  it('is accessible and fits on 320 px, in German', async () => {
    await inContext(browser, { locale: 'de-DE' }, async (page) => {
      await page.goto(`${demo.notes}/notes`)
      await page.getByLabel('E-Mail').fill(ADA.email)
      await page.getByLabel('Passwort').fill(ADA.password)
      await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
      await page.waitForURL(`${demo.notes}/notes`)
      const bar = page.getByRole('complementary', { name: 'Rundgang' })
      await bar.getByRole('button', { name: 'Token ablaufen lassen' }).click()
      await bar.getByRole('status').waitFor()
      expect(await bar.innerText()).toContain('Der Browser hat das Zugriffstoken verworfen.')
      await inspectTwice(page, 'tour')
    })
  })

  it('refuses a sibling and a stranger: the buttons are forms of their own app', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      const cookie = (await context.cookies(demo.notes))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ')
      const post = (headers: Record<string, string>) =>
        send(`${demo.notes}/tour`, {
          method: 'POST',
          headers: { ...headers, cookie, 'content-type': 'application/x-www-form-urlencoded' },
          body: 'action=end_token',
        })
      const sibling = { origin: demo.teamBoard, 'sec-fetch-site': 'same-site' }
      expect((await post(sibling)).status).toBe(403)
      expect((await post({ origin: demo.notes, 'sec-fetch-site': 'same-origin' })).status).toBe(303)
      for (const path of ['/tour/watch', '/tour/heard']) {
        expect((await send(demo.notes + path, { method: 'POST', headers: { cookie } })).status).toBe(404)
      }
    })
  })

  it('signs out by the button of the app itself', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      const other = await context.newPage()
      await other.goto(`${demo.teamBoard}/`)
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.waitForURL(`${demo.notes}/`)
      expect(await tour(page).innerText()).toContain('not signed in')
      // The other tab shows the user still: a second click does no harm.
      await other.getByRole('button', { name: 'Sign out', exact: true }).click()
      await other.waitForURL(`${demo.teamBoard}/`)
      expect(await tour(other).innerText()).toContain('not signed in')
    })
  })

  it('stops the auth service: users stay signed in, and signing out says that it failed', async () => {
    await inContext(browser, {}, async (page) => {
      await signIn(page)
      await tour(page).getByRole('button', { name: 'Stop the auth service' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toContain('The auth service is stopped')
      expect(await tour(page).innerText()).toContain('Ada Lovelace')
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.getByRole('heading', { name: 'You are still signed in' }).waitFor()
      // It starts again after 20 seconds.
      await eventually(
        async () => {
          await page.goto(`${demo.notes}/`)
          expect(await tour(page).innerText()).toMatch(/\bconnected\b/)
        },
        { interval: 2_000, timeout: 120_000 },
      )
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.getByText('not signed in').waitFor()
    })
  }, 240_000)
})
