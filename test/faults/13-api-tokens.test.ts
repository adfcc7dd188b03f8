import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { App, AppOptions } from './support/app.ts'
import type { AuthService } from './support/auth-service.ts'
import { countingProxy } from './support/counting-proxy.ts'
import { openHouse } from './support/house.ts'
import { times } from './support/times.ts'

const BY = { uuid: null, device: { userAgent: 'test', address: '127.0.0.1' } } as never
const EACH = 100

/** Registers an app, with credentials. */
async function register(auth: AuthService, name = 'Board') {
  const app = await auth.call(
    'apps',
    'create',
    { name, origins: [`https://${name}.example.com`] } as never,
    BY,
  )
  if (!app.ok) throw new Error(JSON.stringify(app))
  const issued = await auth.call('appCredentials', 'issue', app.value.id, BY, 0)
  if (!issued.ok) throw new Error(issued.reason)
  const { clientId, clientSecret } = issued.value
  return { id: app.value.id, credentials: { clientId, clientSecret } }
}

/** New API tokens for all apps, of as many users as needed. */
async function issue(auth: AuthService, count: number) {
  const all: { readonly secret: string; readonly id: string; readonly owner: object }[] = []
  let owner: object | null = null
  for (let i = 0; i < count; i++) {
    if (i % EACH === 0) owner = await auth.call('users', 'findByUuid', (await auth.signUp()).uuid)
    const input = { name: `token ${i}`, apps: 'all', expires: '30d' }
    const made = await auth.call('apiTokens', 'create', owner as never, input as never, BY)
    if (!made.ok) throw new Error(JSON.stringify(made.errors))
    all.push({ secret: made.secret, id: made.token.id, owner: owner as object })
  }
  return all
}

const statusOf = async (app: App, secret: string) =>
  (await app.ask({}, { headers: { authorization: `Bearer ${secret}` } })).status

const COUNT = 1_000
const CLIENTS = 50
const REPEATS = 4

it('many clients with many tokens cost one question for each token and process', async () => {
  const { auth, addApp } = await openHouse()
  const { credentials } = await register(auth)
  const proxy = await countingProxy(auth.url)
  onTestFinished(proxy.close)
  const options: Partial<AppOptions> = { authUrl: proxy.url, ...credentials }
  const apps = await times(2, () => addApp(options))
  const tokens = await issue(auth, COUNT)

  const requests = apps.flatMap((app) =>
    tokens.flatMap(({ secret }) => Array.from({ length: REPEATS }, () => ({ app, secret }))),
  )
  const waiting = requests.values()
  const wrong: number[] = []
  const client = async () => {
    for (const { app, secret } of waiting) {
      const status = await statusOf(app, secret)
      if (status !== 200) wrong.push(status)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  expect(wrong).toEqual([])
  expect(proxy.answered('/introspect')).toBe(2 * COUNT)
  for (const app of apps) {
    expect((await app.state()).requests).toMatchObject({ verified: COUNT, hits: expect.any(Number) })
    expect((await app.state()).warnings).toEqual([])
  }
})

it('a killed auth service keeps new tokens waiting, and known ones working; revocations arrive within a second', async () => {
  const { auth, addApp } = await openHouse()
  const { credentials } = await register(auth)
  const apps = await times(2, () => addApp(credentials))
  const [known, fresh, revoked] = (await issue(auth, 3)) as [Issued, Issued, Issued]
  for (const app of apps) {
    for (const { secret } of [known, revoked]) expect(await statusOf(app, secret)).toBe(200)
  }

  await auth.stop('SIGKILL')
  for (const app of apps) {
    expect(await statusOf(app, known.secret)).toBe(200)
    const { status, headers } = await app.ask({}, { headers: { authorization: `Bearer ${fresh.secret}` } })
    expect([status, Number(headers['retry-after']) > 0]).toEqual([503, true])
  }

  await auth.start()
  for (const app of apps) {
    await eventually(async () => expect(await statusOf(app, fresh.secret)).toBe(200), { timeout: 1_000 })
    await eventually(async () => expect((await app.state()).feed.state).toBe('live'), { timeout: 15_000 })
  }

  await auth.call('apiTokens', 'revoke', revoked.owner as never, revoked.id, BY)
  for (const app of apps) {
    await eventually(async () => expect(await statusOf(app, revoked.secret)).toBe(401), { timeout: 1_000 })
    expect(await statusOf(app, known.secret)).toBe(200)
  }
})

it('wrong credentials cost API tokens alone, and one line says what to do', async () => {
  const { auth, addApp } = await openHouse()
  const { credentials } = await register(auth)
  const other = await register(auth, 'Other')
  const app = await addApp({ ...credentials, clientSecret: other.credentials.clientSecret })
  const [token] = (await issue(auth, 1)) as [Issued]
  const person = await auth.signUp()

  await eventually(async () => expect((await app.state()).feed.state).toBe('live'), { timeout: 10_000 })
  expect((await app.ask(person)).status).toBe(200)
  expect(await statusOf(app, token.secret)).toBe(503)
  expect(await statusOf(app, token.secret)).toBe(503)
  const rejected = (await app.state()).warnings
  expect(rejected, 'from requests, the feed and the publication').toHaveLength(1)
  expect(rejected[0]?.fields).toMatchObject({
    event: 'client_rejected',
    setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET',
  })
  expect(rejected[0]?.fields.remedy).toContain('latchkey apps rotate-secret')
  expect(JSON.stringify(await app.state())).not.toContain('lks_')
})

type Issued = Awaited<ReturnType<typeof issue>>[number]
