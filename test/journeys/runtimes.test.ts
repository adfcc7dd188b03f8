import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { type RuntimeName, startRuntime } from '../support/runtimes.ts'
import { slowness } from '../support/slowness.ts'
import { createVisitor } from '../support/visitor.ts'

const PASSWORD = 'correct horse battery staple'
/** The longest time from a sign-out to the refusal elsewhere, in ms: a stream needs moments, a poll its period of 5 s. */
const LATEST = { node: 4_000, bun: 4_000, deno: 4_000, workerd: 8_000 }

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ LOG_LEVEL: 'warn' }, { credentials: true, apps: false })
})
afterAll(() => family.close())

/** The app in the place of the notes app: its address and its credentials. */
async function startApp(runtime: RuntimeName) {
  const { auth, notes } = family
  const { LOGIN_URL, OWN_URL = '', AUTH_CLIENT_ID, AUTH_CLIENT_SECRET } = notes.env
  const app = await startRuntime(runtime, {
    loginUrl: LOGIN_URL,
    ownUrl: OWN_URL,
    clientId: AUTH_CLIENT_ID,
    clientSecret: AUTH_CLIENT_SECRET,
    // The others find names below localhost by themselves.
    ...(runtime === 'workerd' && { authInternalUrl: auth.url.replace(/\/\/[^:]+/, '//127.0.0.1') }),
  })
  onTestFinished(() => app.close())
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    send(app.origin + path, { method, headers: { host: new URL(OWN_URL).host, ...headers } })
  return { app, ask, ownUrl: OWN_URL }
}

describe.each(Object.entries(LATEST) as [RuntimeName, number][])('An app on %s', (runtime, latest) => {
  it('knows who signed in, renews, and hears of a sign-out elsewhere', async () => {
    const { app, ask, ownUrl } = await startApp(runtime)
    const visitor = createVisitor()
    const form = await visitor.visit(`${family.auth.url}/register`)
    await visitor.submit(form, '/register', { email: `${runtime}@example.com`, password: PASSWORD })
    const cookie = await visitor.jar.getCookieString(ownUrl)
    expect(JSON.parse((await ask('/private', { cookie })).text).email).toBe(`${runtime}@example.com`)
    expect((await ask('/fresh', { cookie })).status).toBe(200)

    const refresh = cookie.split('; ').find((pair) => pair.startsWith('jwt.refresh=')) ?? ''
    const renewed = await ask('/private', { cookie: refresh })
    expect([renewed.status, renewed.headers['set-cookie']?.length]).toEqual([200, 2])
    const fresh = (renewed.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ')

    const status = JSON.parse((await ask('/status', {})).text)
    expect(status.feed).toMatchObject({ state: 'live', pollEvery: runtime === 'workerd' ? 5 : null })
    const signedOut = await send(`${family.auth.url}/logout`, {
      method: 'POST',
      headers: { cookie: fresh, accept: 'application/json', 'content-type': 'application/json' },
      body: '{}',
    })
    expect(signedOut.status).toBe(200)
    const since = performance.now()
    await eventually(async () => expect((await ask('/private', { cookie: fresh })).status).toBe(401))
    const passed = performance.now() - since
    expect(passed / (await slowness(40, () => ask('/status', {}))), app.output()).toBeLessThan(latest)
  })

  it('signs out itself, and publishes its permissions', async () => {
    const { ask, ownUrl } = await startApp(runtime)
    const visitor = createVisitor()
    const form = await visitor.visit(`${family.auth.url}/register`)
    await visitor.submit(form, '/register', { email: `${runtime}-2@example.com`, password: PASSWORD })
    const cookie = await visitor.jar.getCookieString(ownUrl)
    expect((await ask('/private', { cookie })).status).toBe(200)
    const published = await family.administer(({ appPermissions }) => appPermissions.list())
    expect(published.map(({ name }) => name)).toContain('cards.write')
    expect((await ask('/sign-out', { cookie, origin: ownUrl }, 'POST')).status).toBe(204)
    // At once, without the feed.
    expect((await ask('/private', { cookie })).status).toBe(401)
  })
})
