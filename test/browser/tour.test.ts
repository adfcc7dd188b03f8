import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { readReport } from '../../examples/house-style/src/tour/tour-report.ts'
import { childEnv } from '../support/child-env.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

const MAIN = resolve(import.meta.dirname, '../../examples/demo/dist/main.js')
const [ADA, GRACE] = PEOPLE

interface Demo {
  readonly notes: string
  readonly teamBoard: string
  close(): Promise<void>
}

/** `npm run demo` on free ports. */
async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-tour-'))
  const env = { ...childEnv(), DEMO_PORTS: '0,0,0', DEMO_FOLDER: join(folder, 'data') }
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

async function signIn(
  page: Page,
  { email, password } = ADA as { email: string; password: string },
): Promise<void> {
  await page.goto(`${demo.notes}/notes`)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${demo.notes}/notes`)
}

describe('The tour of the demo', () => {
  it('makes one staff, by the keyboard, and shows when each app heard of it, before anyone opens the other app', async () => {
    await inContext(browser, {}, async (page) => {
      await signIn(page)
      await tour(page).getByRole('button', { name: 'Become staff' }).focus()
      await page.keyboard.press('Enter')
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^You became staff\. Notes heard it after \d+ ms\. Team board heard it after \d+ ms\.$/,
      )
      expect(page.url()).toBe(`${demo.notes}/notes`)
      expect((await page.goto(`${demo.teamBoard}/staff`))?.status()).toBe(200)
      await tour(page).getByRole('button', { name: 'Stop being staff' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(/^You stopped being staff\. Notes heard it/)
    })
  })

  it('says who one is, how long the token lives, and how the feed is', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${demo.teamBoard}/`)
      expect(await tour(page).innerText()).toContain('not signed in')
      expect(await tour(page).getByRole('button').count()).toBe(0)
      await signIn(page)
      const text = await tour(page).innerText()
      expect(text).toContain('Ada Lovelace')
      expect(text).toMatch(/valid for another [45]:\d\d min/)
      await page.reload()
      await eventually(async () => expect(await tour(page).innerText()).toMatch(/\bconnected\b/))
    })
  })

  it('lets the token end, and measures the renewal', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      const token = async () => (await context.cookies(demo.notes)).find(({ name }) => name === 'jwt.access')
      const before = await token()
      await tour(page).getByRole('button', { name: 'Let the token end' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^The browser deleted your access token\. This page got a new one from the auth service, in \d+ ms\.$/,
      )
      expect((await token())?.value).not.toBe(before?.value)
      expect(await tour(page).innerText()).toContain('was renewed for this page')
      await page.reload()
      expect(await tour(page).getByRole('status').count()).toBe(0)
    })
  })

  it('ends all sessions, which is public knowledge in the family at once', async () => {
    await inContext(browser, {}, async (page) => {
      await signIn(page)
      await tour(page).getByRole('button', { name: 'Sign out everywhere' }).click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^All your sessions ended\. Notes heard it after \d+ ms\. Team board heard it after \d+ ms\.$/,
      )
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
      expect(await bar.innerText()).toContain('Der Browser hat Ihr Zugriffstoken gelöscht.')
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

  const button = (page: Page, name: string) => tour(page).getByRole('button', { name })

  it('answers two visitors who press at once, each about their own change', async () => {
    await inContext(browser, {}, async (ada) => {
      await inContext(browser, { locale: 'en-GB' }, async (grace) => {
        await Promise.all([signIn(ada), signIn(grace, GRACE)])
        await Promise.all([button(ada, 'Become staff').click(), button(grace, 'Sign out everywhere').click()])
        const reports = [ada, grace].map(async (page) => {
          await tour(page).getByRole('status').waitFor()
          return report(page)
        })
        const heard = String.raw`Notes heard it after \d+ ms\. Team board heard it after \d+ ms\.$`
        const [ofAda, ofGrace] = await Promise.all(reports)
        expect(ofAda).toMatch(new RegExp(String.raw`^You became staff\. ${heard}`))
        expect(ofGrace).toMatch(new RegExp(String.raw`^All your sessions ended\. ${heard}`))
        await button(ada, 'Stop being staff').click()
        await tour(ada).getByText('You stopped being staff.').waitFor()
      })
    })
  })

  it('takes two clicks for one, in two tabs as well', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      const other = await context.newPage()
      await other.goto(`${demo.teamBoard}/`)
      await Promise.all([button(page, 'Become staff').dblclick(), button(other, 'Become staff').click()])
      for (const tab of [page, other]) {
        await tour(tab).getByRole('status').waitFor()
        expect(await report(tab)).toMatch(
          /^You became staff\. Notes heard it after \d+ ms\. Team board heard/,
        )
      }
      const cookie = (await context.cookies(demo.notes))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; ')
      const press = async (app: string, action: string) => {
        const headers = {
          ...{ cookie, origin: app, 'sec-fetch-site': 'same-origin' },
          'content-type': 'application/x-www-form-urlencoded',
        }
        const { headers: answer } = await send(`${app}/tour`, {
          method: 'POST',
          headers,
          body: `action=${action}`,
        })
        const line = answer['set-cookie']?.find((one) => one.startsWith('tour-report='))
        return readReport(line?.split(/[=;]/)[1])
      }
      const outcomes = await Promise.all([
        press(demo.notes, 'leave_staff'),
        press(demo.teamBoard, 'leave_staff'),
      ])
      const numbers = { ms: expect.any(Number) }
      const heard = [
        { app: 'Notes', ...numbers },
        { app: 'Team board', ...numbers },
      ]
      expect(outcomes[0]).toEqual({ action: 'leave_staff', outcome: 'done', heard })
      expect(outcomes[1]).toEqual(outcomes[0])
      // Later, there is nothing to change.
      await eventually(async () => {
        const later = await press(demo.notes, 'leave_staff')
        expect(later).toEqual({ action: 'leave_staff', outcome: 'already', heard: [] })
      })
      await page.reload()
      await button(page, 'Sign out everywhere').dblclick()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^(All your sessions ended\. Notes heard it|You were signed out already\.)/,
      )
      expect(page.url()).toBe(`${demo.notes}/`)
    })
  })

  it('stops the auth service: users stay signed in, and a page that needs it waits for it by itself', async () => {
    await inContext(browser, {}, async (page, context) => {
      await signIn(page)
      await button(page, 'Stop the auth service').click()
      await tour(page).getByRole('status').waitFor()
      expect(await report(page)).toMatch(
        /^The auth service has stopped\. It starts again in (20|19) s\. You stay signed in/,
      )
      expect(await tour(page).innerText()).toContain('Ada Lovelace')
      const other = await context.newPage()
      // A press right after the first one counts as the same.
      await eventually(async () => {
        await other.goto(`${demo.teamBoard}/`)
        await button(other, 'Stop the auth service').click()
        await tour(other).getByRole('status').waitFor()
        expect(await report(other)).toMatch(
          /^The auth service was stopped already\. It starts again in \d+ s\./,
        )
      })
      await button(other, 'Become staff').click()
      // Until the next page is there, the earlier report still is.
      await eventually(async () =>
        expect(await report(other)).toBe(
          'You became staff. Notes has not heard it yet: it has no connection to the auth service. ' +
            'Team board has not heard it yet: it has no connection to the auth service.',
        ),
      )
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.getByRole('heading', { name: 'You are still signed in' }).waitFor()

      await page.goto(`${demo.notes}/notes`)
      await button(page, 'Let the token end').click()
      await page.getByRole('heading', { name: 'Temporarily unavailable' }).waitFor()
      const text = await tour(page).innerText()
      expect(text).toContain('not known until the auth service answers')
      expect(text).toContain('This page loads again every 2 seconds, until the service answers.')
      expect(text).not.toMatch(/not signed in|Sign in to try/)
      // The service starts again after 20 seconds. The test does nothing meanwhile.
      await page.getByRole('heading', { name: 'Your notes' }).waitFor({ timeout: 120_000 })
      expect(page.url()).toBe(`${demo.notes}/notes`)
      // The live page in the other tab asks as well.
      expect(await report(page)).toMatch(
        /(This page got|Another request of your browser has already got) a new one from the auth service/,
      )
      expect(await tour(page).innerText()).toContain('Ada Lovelace (staff)')
      await eventually(
        async () => {
          await page.reload()
          expect(await tour(page).innerText()).toMatch(/\bconnected\b/)
        },
        { interval: 1_000, timeout: 60_000 },
      )
      await page.getByRole('button', { name: 'Sign out', exact: true }).click()
      await page.getByText('not signed in').waitFor()
    })
  }, 240_000)
})
