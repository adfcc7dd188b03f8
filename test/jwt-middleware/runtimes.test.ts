import { adapterCases, createTestAuth } from '@latchkey/jwt-middleware/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { type RuntimeApp, type RuntimeName, startRuntime, startWorkerProgram } from '../support/runtimes.ts'

const OWN_URL = 'http://app1.example.test'
const RUNTIMES: readonly RuntimeName[] = ['node', 'bun', 'deno', 'workerd']

const optionsOf = (env: Readonly<Record<string, string>>, more: object = {}) => ({
  loginUrl: env.LOGIN_URL,
  ownUrl: env.OWN_URL,
  authInternalUrl: env.AUTH_INTERNAL_URL,
  cookiePrefix: env.COOKIE_PREFIX,
  refreshCookie: env.REFRESH_COOKIE,
  clientId: env.AUTH_CLIENT_ID,
  clientSecret: env.AUTH_CLIENT_SECRET,
  ...more,
})

const ask = (app: RuntimeApp, path: string, cookie = '') =>
  send(app.origin + path, { headers: { host: new URL(OWN_URL).host, ...(cookie && { cookie }) } })

describe.each(['web', 'hono'])('The entry %s on workerd', (entry) => {
  const testAuth = createTestAuth({ ownUrl: OWN_URL })
  let app: RuntimeApp
  let closeService: () => Promise<void>

  beforeAll(async () => {
    const service = await testAuth.listen()
    closeService = service.close
    app = await startWorkerProgram(
      `workerd-${entry}-main`,
      optionsOf(service.env, { feed: { pollEvery: 1 } }),
    )
  })
  afterAll(async () => {
    await app.close()
    await closeService()
  })

  for (const { name, run } of adapterCases) {
    it(name, () => run({ origin: app.origin, testAuth }))
  }
})

describe.each(RUNTIMES)('The root of the package on %s', (runtime) => {
  const testAuth = createTestAuth({ ownUrl: OWN_URL })
  let app: RuntimeApp
  let closeService: () => Promise<void>

  beforeAll(async () => {
    const service = await testAuth.listen()
    closeService = service.close
    const feed = runtime === 'workerd' ? { feed: { pollEvery: 1 } } : {}
    app = await startRuntime(runtime, optionsOf(service.env, feed))
  })
  afterAll(async () => {
    await app.close()
    await closeService()
  })

  for (const { name, run } of adapterCases) {
    it(name, () => run({ origin: app.origin, testAuth }))
  }

  it('guards for groups, superusers, fresh sessions and the app’s own grants', async () => {
    const [ada, root, grant] = [
      testAuth.signedIn({ groups: ['team'] }),
      testAuth.signedIn({ email: 'root@example.com', isSuperuser: true }),
      testAuth.signedIn({ email: 'granted@example.com' }),
    ].map(({ cookie }) => cookie)
    const statusOf = async (path: string, cookie: string | undefined) => (await ask(app, path, cookie)).status
    // Twice, since later requests find what earlier ones learned.
    for (const _ of [1, 2]) {
      expect([await statusOf('/group', ada), await statusOf('/group', grant)]).toEqual([200, 403])
      expect([await statusOf('/superuser', root), await statusOf('/superuser', ada)]).toEqual([200, 403])
      expect([await statusOf('/granted', grant), await statusOf('/granted', ada)]).toEqual([200, 403])
      expect([await statusOf('/fresh', ada), await statusOf('/fresh', '')]).toEqual([200, 401])
    }
  })

  it('publishes the permissions of the app, and hears of deleted users', async () => {
    const visitor = testAuth.signedIn({ email: 'gone@example.com' })
    const { uuid } = JSON.parse((await ask(app, '/private', visitor.cookie)).text)
    expect(testAuth.authService.requests('/permissions')).toBe(1)
    testAuth.deleteUser(uuid)
    await eventually(async () => {
      expect((await ask(app, '/private', visitor.cookie)).status).toBe(401)
      expect(JSON.parse((await ask(app, '/deleted')).text)).toEqual([uuid])
    })
  })

  it('names in its status how the feed is read', async () => {
    const { feed } = JSON.parse((await ask(app, '/status')).text)
    expect(feed).toMatchObject({ state: 'live', pollEvery: runtime === 'workerd' ? 1 : null })
  })
})
