import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'
/** Helmet 8's default without `upgrade-insecure-requests`, which is useless over http. */
const HELMET =
  "default-src 'self';base-uri 'self';font-src 'self' https: data:;form-action 'self';frame-ancestors 'self';img-src 'self' data:;object-src 'none';script-src 'self';script-src-attr 'none';style-src 'self' https: 'unsafe-inline'"
const FORM =
  '<!doctype html><html lang="en"><title>Form</title><form method="post" action="/save"><button>Save</button></form>'

let family: RunningFamily
let browser: Browser
let server: Server
let app: string
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  app = `http://strict.demo.localhost:${(server.address() as AddressInfo).port}`
  const middleware = auth({
    loginUrl: `${family.auth.url}/login`,
    ownUrl: app,
    log: { debug: () => {}, warn: () => {} },
  })
  const strict = express()
    .use((_req, res, next) => {
      res.setHeader('content-security-policy', HELMET)
      next()
    })
    .use(middleware)
    .get('/form', (_req, res) => void res.send(FORM))
    .get(
      '/page',
      loginRequired(),
      (req, res) => void res.send(`<!doctype html><p>${req.originalUrl.length}</p>`),
    )
    .post('/save', loginRequired(), (_req, res) => void res.send('saved'))
  server.on('request', strict)
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await browser?.close()
  await family?.close()
})

let count = 0
async function register(page: Page): Promise<string> {
  const email = `person-${++count}@example.com`
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  return email
}

async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

describe('A return URL with a fragment', () => {
  const wanted = () => `${family.notes.url}/notes?folder=C:\\Users\\x&tag=a%26b#section-3`
  const reached = () => `${family.notes.url}/notes?folder=C:%5CUsers%5Cx&tag=a%26b#section-3`

  it('is reached after registering, through the login page, another language and a rejected form', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(wanted())
      await page.getByRole('button', { name: 'Deutsch' }).click()
      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('link', { name: /account/i }).click()
      await page.getByLabel('Email').fill('nobody')
      await page.getByRole('button', { name: 'Create account' }).click()
      await register(page)
      expect(page.url()).toBe(reached())
    })
  })

  it('is reached after a wrong password, and after signing out and in again', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${family.auth.url}/register`)
      const email = await register(page)
      await page.goto(wanted())
      expect(page.url(), 'signed in already').toContain('#section-3')
      await page.goto(`${family.auth.url}/logout?next=${encodeURIComponent(`${family.teamBoard.url}/`)}#news`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      expect(page.url()).toBe(`${family.teamBoard.url}/#news`)
      await page.goto(wanted())
      await signIn(page, email, 'not my password')
      await signIn(page, email)
      expect(page.url()).toBe(reached())
    })
  })

  it('is reached without JavaScript as well, at the top of the page', async () => {
    await inContext(browser, { javaScriptEnabled: false }, async (page) => {
      await page.goto(wanted())
      await page.getByRole('link', { name: /account/i }).click()
      await register(page)
      expect(page.url().split('#')[0]).toBe(reached().split('#')[0])
    })
  })

  it('keeps its host and path: the fragment changes neither', async () => {
    await inContext(browser, {}, async (page) => {
      const next = encodeURIComponent(`${family.notes.url}/notes`)
      for (const fragment of [
        '//evil.example/',
        '@evil.example',
        "'><script>document.title='x'</script>",
        '\\\\evil.example',
      ]) {
        await page.goto(`${family.auth.url}/register?next=${next}#${fragment}`)
        await register(page)
        const { origin, pathname, search } = new URL(page.url())
        expect(origin + pathname + search).toBe(`${family.notes.url}/notes`)
        await page.context().clearCookies()
      }
    })
  })
})

describe('A long link', () => {
  it('of up to 7 KB leads to its page with the full query', async () => {
    await inContext(browser, {}, async (page) => {
      const wanted = `${app}/page?x=${'y'.repeat(7000)}`
      await page.goto(wanted)
      await page.getByRole('link', { name: /account/i }).click()
      await register(page)
      await page.waitForURL(wanted)
    })
  })

  it('that is longer leads to its page without the query, after a notice', async () => {
    await inContext(browser, {}, async (page) => {
      const wanted = `${app}/page?x=${'y'.repeat(9000)}`
      await page.goto(wanted)
      expect(await page.getByRole('status').innerText()).toContain('too long')
      await page.getByRole('link', { name: /account/i }).click()
      await register(page)
      await page.waitForURL(`${app}/page`)
    })
  })
})

describe("An app with form-action 'self', like helmet's default,", () => {
  it('leads from a form of an ended session to the login page and back to the form', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${family.auth.url}/register?next=${encodeURIComponent(`${app}/form`)}`)
      const email = await register(page)
      await page.context().clearCookies({ name: 'jwt.access' })
      await page.context().clearCookies({ name: 'jwt.refresh' })
      await page.getByRole('button', { name: 'Save' }).click()
      await page.waitForURL(`${family.auth.url}/login?next=${encodeURIComponent(`${app}/form`)}`)
      await signIn(page, email)
      expect(page.url()).toBe(`${app}/form`)
      await page.getByRole('button', { name: 'Save' }).click()
      expect(await page.innerText('body')).toBe('saved')
    })
  })
})
