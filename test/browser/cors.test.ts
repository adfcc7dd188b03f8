import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { type AuthOptions, auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'

interface RunningApp {
  readonly origin: string
  /** The routes, once the origins of all apps are known. */
  serve(options: AuthOptions): void
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
    serve(options) {
      app = new Hono()
      app.use(auth(options))
      app.get('/', (c) =>
        c.html(`<title>App</title><p>${c.var.user.isAuthenticated ? c.var.user.email : 'anonymous'}</p>`),
      )
      app.get('/api/notes', loginRequired(), (c) => c.json({ of: c.var.user.email }))
      app.put('/api/notes', loginRequired(), async (c) => c.json({ written: await c.req.json() }))
    },
    close: () => void server.close(),
  }
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
  reader.serve(testAuth.options)
  writer.serve({ ...testAuth.options, ownUrl: writer.origin })
  api.serve({ ...testAuth.options, ownUrl: api.origin, cors: 'family', trustedOrigins: [writer.origin] })
  stranger.serve({ ...testAuth.options, ownUrl: stranger.origin, loginUrl: `${stranger.origin}/login` })
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
const call = (page: Page, method: 'GET' | 'PUT') =>
  page.evaluate(
    async ([url, method]) => {
      const json = { headers: { 'content-type': 'application/json' }, body: '{"text":"milk"}' }
      try {
        const init = { method, credentials: 'include' as const, ...(method === 'PUT' && json) }
        const response = await fetch(url, init)
        return { status: response.status, body: (await response.json()) as Record<string, unknown> }
      } catch (error) {
        return (error as Error).name
      }
    },
    [`${api.origin}/api/notes`, method] as const,
  )

describe('In a browser, a page of another app of the family', () => {
  it('shows the user of a storage state from the tests’ own sign-in', async () => {
    const page = await open(reader, 'Ada')
    expect(await page.locator('p').innerText()).toBe('ada@example.com')
    await page.context().close()
  })

  it('reads the API with the user’s cookies', async () => {
    const page = await open(reader, 'Ada')
    expect(await call(page, 'GET')).toEqual({ status: 200, body: { of: 'ada@example.com' } })
    await page.context().close()
  })

  it('reads why it is refused without a user; without trust its preflight fails, and nothing is sent', async () => {
    const anonymous = await open(reader, 'anonymous')
    expect(await call(anonymous, 'GET')).toMatchObject({
      status: 401,
      body: { login_url: expect.stringContaining('/login?next=') },
    })
    const ada = await open(reader, 'Ada')
    expect(await call(ada, 'PUT')).toBe('TypeError')
    await Promise.all([anonymous.context().close(), ada.context().close()])
  })

  it('writes after a preflight, if it is trusted', async () => {
    const page = await open(writer, 'Ada')
    expect(await call(page, 'PUT')).toEqual({ status: 200, body: { written: { text: 'milk' } } })
    await page.context().close()
  })
})

it('In a browser, a page outside the family reads and writes nothing', async () => {
  const page = await open(stranger, 'anonymous')
  expect([await call(page, 'GET'), await call(page, 'PUT')]).toEqual(['TypeError', 'TypeError'])
  await page.context().close()
})
