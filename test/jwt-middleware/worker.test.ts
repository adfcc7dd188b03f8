import { request } from 'node:http'
import { resolve } from 'node:path'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type Gate, openGate } from '../support/gate.ts'
import { send } from '../support/http.ts'
import { bundleForWorkers, type RuntimeApp, startRuntime, startWorker } from '../support/runtimes.ts'

const OWN_URL = 'http://app1.example.test'
const HOST = new URL(OWN_URL).host
const KEYS = '/.well-known/jwks.json'
const FEED = '/revocations'

const testAuth = createTestAuth({ ownUrl: OWN_URL })

async function openService(): Promise<Gate> {
  const service = await testAuth.listen()
  const gate = await openGate(service.url)
  onTestFinished(async () => {
    await gate.close()
    await service.close()
  })
  return gate
}

const settings = (gate: Gate) => ({
  loginUrl: testAuth.options.loginUrl,
  ownUrl: OWN_URL,
  authInternalUrl: gate.url,
  cookiePrefix: testAuth.options.cookiePrefix,
})

async function start(gate: Gate, options: object): Promise<RuntimeApp> {
  const app = await startRuntime('workerd', { ...settings(gate), ...options })
  onTestFinished(() => app.close())
  return app
}

const statusOf = async (app: RuntimeApp, path: string, cookie = '') =>
  (await send(app.origin + path, { headers: { host: HOST, ...(cookie && { cookie }) } })).status

/** Sends a request, and returns a function that hangs up. */
function begin(app: RuntimeApp, path: string, cookie: string): () => void {
  const outgoing = request(app.origin + path, { headers: { host: HOST, cookie }, agent: false })
  outgoing.on('error', () => {}).end()
  return () => outgoing.destroy()
}

describe('On workerd, where a request that hangs up takes along what it began,', () => {
  let gate: Gate
  beforeEach(async () => {
    gate = await openService()
  })

  it('the others fetch the keys themselves', async () => {
    const app = await start(gate, { feed: { pollEvery: 30 } })
    const { cookie } = testAuth.signedIn()
    const keys = gate.hold(KEYS)
    const hangUp = begin(app, '/private', cookie)
    await eventually(() => expect(keys.waiting()).toBe(1))
    const others = [statusOf(app, '/private', cookie), statusOf(app, '/private', cookie)]
    await eventually(() => expect(keys.waiting()).toBe(3))
    hangUp()
    keys.open()
    expect(await Promise.all(others)).toEqual([200, 200])
    expect(await statusOf(app, '/private', cookie)).toBe(200)
    expect(gate.requests(KEYS)).toBe(3)
  })

  it('the next one polls the feed', async () => {
    const app = await start(gate, { feed: { pollEvery: 1 } })
    const visitor = testAuth.signedIn()
    expect(await statusOf(app, '/private', visitor.cookie)).toBe(200)
    const feed = gate.hold(FEED)
    visitor.endSession()
    const hangUps: (() => void)[] = []
    await eventually(() => {
      hangUps.push(begin(app, '/private', visitor.cookie))
      expect(feed.waiting()).toBe(1)
    })
    for (const hangUp of hangUps) hangUp()
    feed.open()
    await eventually(async () => expect(await statusOf(app, '/private', visitor.cookie)).toBe(401))
  })

  it('one of many polls, and the others go on without it for a second', async () => {
    const app = await start(gate, { feed: { pollEvery: 1 } })
    const { cookie } = testAuth.signedIn()
    expect(await statusOf(app, '/private', cookie)).toBe(200)
    const feed = gate.hold(FEED)
    let waiter: Promise<number> | undefined
    await eventually(async () => {
      waiter = statusOf(app, '/private', cookie)
      await Promise.race([waiter, eventually(() => expect(feed.waiting()).toBe(1), { timeout: 300 })])
      expect(feed.waiting()).toBe(1)
    })
    const others = await Promise.all(Array.from({ length: 20 }, () => statusOf(app, '/private', cookie)))
    expect(others).toEqual(others.map(() => 200))
    expect(feed.waiting()).toBeLessThan(3)
    feed.open()
    expect(await waiter).toBe(200)
  })
})

describe('A worker', () => {
  it('refuses tokens that it can’t check for revocations, if it is told to', async () => {
    const gate = await openService()
    const app = await start(gate, { feed: { pollEvery: 1 }, whenFeedIsStale: 'refuse' })
    const { cookie } = testAuth.signedIn()
    const feed = gate.hold(FEED)
    expect(await statusOf(app, '/private', cookie)).toBe(503)
    await eventually(() => expect(app.output()).toMatch(/feed_disconnected[\s\S]*did not answer in time/))
    await eventually(() => expect(app.output()).toMatch(/feed_stale[\s\S]*whenFeedIsStale/))
    feed.open()
    await eventually(async () => expect(await statusOf(app, '/private', cookie)).toBe(200))
  })

  it('says that no session end can be heard there', async () => {
    const app = await start(await openService(), {})
    const { cookie } = testAuth.signedIn()
    const { status, text } = await send(`${app.origin}/signal`, { headers: { host: HOST, cookie } })
    expect([status, text]).toEqual([500, 'unsupported_runtime'])
  })

  it('takes no API tokens without their code, and names the option', async () => {
    const gate = await openService()
    const options = { takesApiTokens: false }
    const app = await start(gate, options)
    const { headers } = testAuth.apiToken({ scopes: ['cards.read'] })
    expect((await send(`${app.origin}/cards`, { headers: { host: HOST, ...headers } })).status).toBe(401)
    await eventually(() => expect(app.output()).toContain('apiTokens'))
    const credentials = { clientId: testAuth.options.clientId, clientSecret: testAuth.options.clientSecret }
    const wrong = await start(gate, { ...options, ...credentials })
    expect(await statusOf(wrong, '/open')).toBe(500)
    await eventually(() => expect(wrong.output()).toContain('pass createAuth({ apiTokens })'))
  })

  it('runs with a new compatibility date, too, where process and timers are those of Node', async () => {
    const gate = await openService()
    const code = await bundleForWorkers(resolve(import.meta.dirname, 'runtimes/workerd-main.ts'))
    const bindings = { OPTIONS: JSON.stringify(settings(gate)) }
    const app = await startWorker(code, bindings, {
      compatibilityDate: '2026-11-01',
      flags: ['nodejs_compat'],
    })
    onTestFinished(() => app.close())
    expect(await statusOf(app, '/private', testAuth.signedIn().cookie)).toBe(200)
  })
})
