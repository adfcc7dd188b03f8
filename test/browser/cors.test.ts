import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type AuthOptions, auth } from '@latchkey/jwt-middleware/hono'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { codeOf, moduleOf } from '../docs/recipe-modules.ts'
import { launchChromium } from '../support/chromium.ts'

const PAGE = 'docs/recipes/cors.md'

interface RunningApp {
  readonly origin: string
  /** What it answers, once the origins of all apps are known. */
  serve(app: Hono): void
  close(): void
}

/** A server at a host of its own, as an app of the family or a stranger. */
async function listen(host: string): Promise<RunningApp> {
  let app = new Hono()
  const server: Server = createServer(getRequestListener((request) => app.fetch(request)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    serve(served) {
      app = served
    },
    close: () => void server.close(),
  }
}

/** An app whose start page says who is signed in. */
function pageOf(options: AuthOptions): Hono {
  const app = new Hono()
  app.use(auth(options))
  app.get('/', (c) =>
    c.html(`<title>App</title><p>${c.var.user.isAuthenticated ? c.var.user.email : 'anonymous'}</p>`),
  )
  return app
}

/** app2 of the recipe: the block of the page, with the settings of this test and the app that may write. */
async function recipe(own: AuthOptions, trusted: string): Promise<Hono> {
  const app = new Hono()
  const block = await moduleOf(PAGE, "cors: 'family'", {
    edit: (code) => code.replace('auth({', 'auth({ ...own,').replace('https://app1.example.com', trusted),
    wrap: { given: ['app', 'db', 'own', 'sqliteUsers'], returns: [] },
  })
  const run = block.run as (given: object) => void
  run({ app, db: new Database(':memory:'), own, sqliteUsers })
  return app
}

let browser: Browser
let reader: RunningApp
let writer: RunningApp
let api: RunningApp
let stranger: RunningApp
let testAuth: ReturnType<typeof createTestAuth>
beforeAll(async () => {
  const hosts = ['app1.team.localhost', 'app3.team.localhost', 'app2.team.localhost', 'other.localhost']
  ;[browser, reader, writer, api, stranger] = await Promise.all([
    launchChromium(inject('chromiumPath')),
    ...(hosts.map(listen) as [
      Promise<RunningApp>,
      Promise<RunningApp>,
      Promise<RunningApp>,
      Promise<RunningApp>,
    ]),
  ])
  testAuth = createTestAuth({
    cookieDomain: 'team.localhost',
    loginUrl: 'http://auth.team.localhost/login',
    ownUrl: reader.origin,
  })
  reader.serve(pageOf(testAuth.options))
  writer.serve(pageOf({ ...testAuth.options, ownUrl: writer.origin }))
  api.serve(await recipe({ ...testAuth.options, ownUrl: api.origin }, writer.origin))
  stranger.serve(
    pageOf({ ...testAuth.options, ownUrl: stranger.origin, loginUrl: `${stranger.origin}/login` }),
  )
})
afterAll(async () => {
  await browser?.close()
  for (const app of [reader, writer, api, stranger]) app?.close()
})

/** Opens the start page of an app in a new browser: Ada's, or an anonymous one. */
async function open(app: RunningApp, who: 'Ada' | 'anonymous'): Promise<Page> {
  const ada = testAuth.signedIn({ email: 'ada@example.com' })
  const context = await browser.newContext(who === 'Ada' ? { storageState: ada.storageState() } : {})
  const page = await context.newPage()
  await page.goto(app.origin)
  return page
}

/** What a script of the page gets from the API: status and body, or the error that browsers give for all refusals. */
const call = (page: Page, method: 'GET' | 'POST') =>
  page.evaluate(
    async ([url, method]) => {
      const json = { headers: { 'content-type': 'application/json' }, body: '{"text":"milk"}' }
      try {
        const init = { method, credentials: 'include' as const, ...(method === 'POST' && json) }
        const response = await fetch(url, init)
        const text = await response.text()
        return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
      } catch (error) {
        return (error as Error).name
      }
    },
    [`${api.origin}/api/notes`, method] as const,
  )

/** Calls the function of the recipe in this page. It may leave the page, and then returns nothing. */
async function loadNotes(page: Page): Promise<unknown> {
  const code = stripTypeScriptTypes(codeOf(PAGE, 'async function loadNotes'))
  await page.addScriptTag({ content: code.replace('https://app2.example.com', api.origin) })
  return page.evaluate('loadNotes()').catch((error: Error) => {
    if (!/navigat|context was destroyed/.test(error.message)) throw error
  })
}

describe('In a browser, a page of another app of the family', () => {
  it('shows the user of a storage state from the tests’ own sign-in', async () => {
    const page = await open(reader, 'Ada')
    expect(await page.locator('p').innerText()).toBe('ada@example.com')
    await page.context().close()
  })

  it('reads the API with the user’s cookies', async () => {
    const page = await open(reader, 'Ada')
    const body = { notes: [], of: 'ada@example.com' }
    expect(await call(page, 'GET')).toEqual({ status: 200, body })
    expect(await loadNotes(page)).toEqual(body)
    await page.context().close()
  })

  it('leads to the sign-in, and from there back to itself, as the recipe does', async () => {
    const page = await open(reader, 'anonymous')
    const here = `${reader.origin}/?page=2#last`
    await page.goto(here)
    const answer = { contentType: 'text/html', body: '<title>Sign in</title>' }
    await page.context().route('http://auth.team.localhost/**', (route) => route.fulfill(answer))
    await Promise.all([page.waitForURL(/^http:\/\/auth\.team\.localhost\/login/), loadNotes(page)])
    expect(new URL(page.url()).searchParams.get('next')).toBe(here)
    await page.context().close()
  })

  it('reads why it is refused without a user; without trust its preflight fails, and nothing is sent', async () => {
    const anonymous = await open(reader, 'anonymous')
    expect(await call(anonymous, 'GET')).toMatchObject({
      status: 401,
      body: { login_url: expect.stringContaining('/login?next=') },
    })
    const ada = await open(reader, 'Ada')
    expect(await call(ada, 'POST')).toBe('TypeError')
    await Promise.all([anonymous.context().close(), ada.context().close()])
  })

  it('writes after a preflight, if it is trusted', async () => {
    const page = await open(writer, 'Ada')
    expect(await call(page, 'POST')).toEqual({ status: 204, body: null })
    await page.context().close()
  })
})

it('In a browser, a page outside the family reads and writes nothing', async () => {
  const page = await open(stranger, 'anonymous')
  expect([await call(page, 'GET'), await call(page, 'POST')]).toEqual(['TypeError', 'TypeError'])
  await page.context().close()
})
