import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'
/** As shipped. */
const SCRIPT = readFileSync(new URL('../../jwt-middleware/assets/fetch.js', import.meta.url))
const PAGE = `<!doctype html><html lang="en"><title>Plain</title><link rel="icon" href="data:,">
<script type="module">import { fetch } from '/assets/fetch.js'; window.ask = fetch</script>`

let family: RunningFamily
let browser: Browser
let server: Server
let app: string
beforeAll(async () => {
  ;[family, browser] = await Promise.all([
    startFamily({ REFRESH_COOKIE: 'auth' }),
    launchChromium(inject('chromiumPath')),
  ])
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  app = `http://plain.demo.localhost:${(server.address() as AddressInfo).port}`
  const plain = new Hono()
    .get('/assets/fetch.js', (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript' }))
    .get('/stranger', (c) => c.html(PAGE))
    .use(
      auth({
        loginUrl: `${family.auth.url}/login`,
        ownUrl: app,
        refreshCookie: 'auth',
        log: { debug: () => {}, warn: () => {} },
      }),
    )
    .get('/', loginRequired(), (c) => c.html(PAGE))
    .get('/api', loginRequired(), (c) => c.json(c.var.user.email))
    .post('/echo', loginRequired(), async (c) => c.text(await c.req.text()))
  server.on('request', getRequestListener(plain.fetch))
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await browser?.close()
  await family?.close()
})

let count = 0
/** Registers a user on the way to the app's page, with its script loaded. */
async function open(page: Page): Promise<string> {
  const email = `person-${++count}@example.com`
  await page.goto(`${family.auth.url}/register?next=${encodeURIComponent(`${app}/`)}`)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.waitForURL(`${app}/`)
  await page.waitForFunction('window.ask')
  return email
}

/** The status of each renewal that this profile requests from now on. */
function renewals(context: BrowserContext): number[] {
  const statuses: number[] = []
  context.on('response', (response) => {
    const isRenewal = response.url() === `${family.auth.url}/refresh`
    if (isRenewal && response.request().method() === 'POST') statuses.push(response.status())
  })
  return statuses
}

const expire = (context: BrowserContext) => context.clearCookies({ name: 'jwt.access' })

const askTenTimes = (page: Page) =>
  page.evaluate(
    `Promise.all(Array.from({ length: 10 }, () => ask('/api').then(async (response) => [response.status, await response.json()])))`,
  )

describe("The middleware's fetch, when the refresh cookie stays with the auth service,", () => {
  it('renews once for two tabs with ten requests each, and all of them succeed', async () => {
    await inContext(browser, {}, async (one, context) => {
      const email = await open(one)
      const two = await context.newPage()
      await two.goto(`${app}/`)
      await two.waitForFunction('window.ask')
      const renewed = renewals(context)
      for (let round = 1; round <= 3; round++) {
        await expire(context)
        const answers = (await Promise.all([askTenTimes(one), askTenTimes(two)])).flat()
        expect(answers).toEqual(Array(20).fill([200, email]))
        expect(renewed).toEqual(Array(round).fill(200))
      }
      expect((await one.goto(`${app}/`))?.status(), 'nobody is signed out').toBe(200)
      const user = await family.administer(({ users }) => users.findByEmail(email))
      const sessions = await family.administer((service) => service.sessions.list(user?.id ?? 0))
      expect(sessions).toHaveLength(1)
    })
  })

  it('sends a form again with its content', async () => {
    await inContext(browser, {}, async (page, context) => {
      await open(page)
      await expire(context)
      const sent =
        "ask('/echo', { method: 'POST', body: 'typed with care' }).then((response) => response.text())"
      expect(await page.evaluate(sent)).toBe('typed with care')
    })
  })

  it('opens the login page after the session has ended, and returns to the page', async () => {
    await inContext(browser, {}, async (page, context) => {
      const email = await open(page)
      await page.goto(`${app}/?draft=1#end`)
      await page.waitForFunction('window.ask')
      await family.administer(async ({ users, sessions }) => {
        await sessions.endAll((await users.findByEmail(email))?.id ?? 0)
      })
      await expire(context)
      const login = `${family.auth.url}/login?next=${encodeURIComponent(`${app}/?draft=1#end`)}`
      await Promise.all([page.waitForURL(login), page.evaluate("void ask('/api')")])
      await page.getByLabel('Email').fill(email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL(`${app}/?draft=1#end`)
    })
  })

  it('stays on the page while the auth service is down, and works again afterwards', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await open(page)
    await expire(context)
    await family.auth.stop()
    const status = "ask('/api').then((response) => response.status)"
    try {
      expect(await page.evaluate(status)).toBe(401)
      expect(page.url()).toBe(`${app}/`)
    } finally {
      await family.auth.start()
    }
    expect(await page.evaluate(status)).toBe(200)
    await context.close()
  })

  it('is useless to a page outside the family, which can neither renew nor read', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await open(page)
    const before = await context.cookies(family.auth.url)
    await page.goto(`http://127.0.0.1:${new URL(app).port}/stranger`)
    const renew = `fetch('${family.auth.url}/refresh', { method: 'POST', credentials: 'include' }).then(() => 'read', () => 'kept out')`
    expect(await page.evaluate(renew)).toBe('kept out')
    expect(await context.cookies(family.auth.url)).toEqual(before)
    await context.close()
  })
})

it('the package exports the script that was tested', () => {
  const manifest = new URL('../../jwt-middleware/package.json', import.meta.url)
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8'))
  const path = fileURLToPath(new URL(exports['./fetch'].default, manifest))
  expect(readFileSync(path)).toEqual(SCRIPT)
})
