import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import {
  type AuthOptions,
  auth,
  loginRequired,
  requireFresh,
  staffRequired,
} from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import { expect, it, onTestFinished } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { createApp } from '../../auth-service/src/web/app.tsx'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../auth-service/support/services.ts'
import { eventually } from '../support/eventually.ts'
import { APP, ISSUER, recordingLogger } from '../support/tokens.ts'

/** The service on a free port as deployed, until the test ends. */
async function listen(service: TestService): Promise<string> {
  const server = createAdaptorServer({ fetch: createApp(service).fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An app that follows this service's feed over a real connection. */
function follow(service: TestService, authInternalUrl: string, options: AuthOptions = {}) {
  const middleware = auth({
    loginUrl: `${ISSUER}/login`,
    ownUrl: APP,
    authInternalUrl,
    now: service.now,
    log: recordingLogger(),
    ...options,
  })
  onTestFinished(() => middleware.close())
  const app = new Hono()
    .use(middleware)
    .get('/', loginRequired(), (c) => c.json(c.var.user))
    .get('/staff', staffRequired(), (c) => c.json(c.var.user))
    .get('/fresh', requireFresh(), (c) => c.json(c.var.user))
  const visit = async (path: string, accessToken: string, refreshToken?: string) => {
    const refresh = refreshToken === undefined ? '' : `; jwt.refresh=${refreshToken}`
    const response = await app.request(path, { headers: { cookie: `jwt.access=${accessToken}${refresh}` } })
    return response.status
  }
  return { app, visit, status: middleware.status }
}

onBothDatabases('An app that follows the auth service', (open) => {
  it('rejects an ended session moments later, and no other', async () => {
    const service = await open()
    const { visit, status } = follow(service, await listen(service))
    const user = await addUser(service)
    const [laptop, phone] = [
      await service.sessions.start(user, DEVICE),
      await service.sessions.start(user, DEVICE),
    ]
    for (const { accessToken } of [laptop, phone]) expect(await visit('/', accessToken)).toBe(200)
    await service.sessions.end(laptop.session.id)
    await eventually(async () => expect(await visit('/', laptop.accessToken)).toBe(401))
    expect(await visit('/', phone.accessToken)).toBe(200)
    expect(status().feed).toMatchObject({ state: 'live', entries: 1 })
  })

  it('shows a changed flag at the next request, moments later', async () => {
    const service = await open()
    const { visit } = follow(service, await listen(service))
    const user = await addUser(service)
    const { accessToken, refreshToken } = await service.sessions.start(user, DEVICE)
    expect(await visit('/staff', accessToken, refreshToken)).toBe(403)
    await service.administration.change(user.uuid, { isStaff: true }, OPERATOR)
    await eventually(async () => expect(await visit('/staff', accessToken, refreshToken)).toBe(200))
  })

  it('shows changed groups at the next request, moments after each change', async () => {
    const service = await open()
    const { app } = follow(service, await listen(service))
    const person = await addUser(service)
    const { accessToken, refreshToken } = await service.sessions.start(person, DEVICE)
    const cookie = `jwt.access=${accessToken}; jwt.refresh=${refreshToken}`
    const groupsSeen = async () => {
      const user = (await (await app.request('/', { headers: { cookie } })).json()) as { groups: string[] }
      return user.groups
    }
    const within = (groups: string[]) => eventually(async () => expect(await groupsSeen()).toEqual(groups))
    expect(await groupsSeen()).toEqual([])

    const created = await service.groups.create('editors', OPERATOR)
    if (!created.ok) throw new Error(String(created.reason))
    await service.groups.add(created.value, person, OPERATOR)
    await within(['editors'])
    const renamed = await service.groups.rename(created.value, 'writers', OPERATOR)
    if (!renamed.ok) throw new Error(String(renamed.reason))
    await within(['writers'])
    await service.groups.remove(renamed.value, OPERATOR)
    await within([])
  })

  it('can check a session at this very moment', async () => {
    const service = await open()
    const { visit } = follow(service, await listen(service))
    const { accessToken, session } = await service.sessions.start(await addUser(service), DEVICE)
    expect(await visit('/fresh', accessToken)).toBe(200)
    await service.sessions.end(session.id)
    expect(await visit('/fresh', accessToken)).toBe(401)
  })

  it('hears of deleted users, and rejects them', async () => {
    const service = await open()
    const deleted: string[] = []
    const onUserDeleted = (uuid: string) => void deleted.push(uuid)
    const { visit } = follow(service, await listen(service), { onUserDeleted })
    const user = await addUser(service)
    const { accessToken } = await service.sessions.start(user, DEVICE)
    expect(await visit('/', accessToken)).toBe(200)
    await service.users.remove(user.uuid)
    await eventually(async () => expect(await visit('/', accessToken)).toBe(401))
    await eventually(() => expect(deleted).toEqual([user.uuid]))
  })

  it('drops a removed key moments later', async () => {
    const service = await open()
    const { visit } = follow(service, await listen(service))
    const { accessToken } = await service.sessions.start(await addUser(service), DEVICE)
    expect(await visit('/', accessToken)).toBe(200)
    const header = JSON.parse(Buffer.from(accessToken.split('.', 1)[0] as string, 'base64url').toString())
    expect(await service.keys.remove(header.kid)).toBe(true)
    await eventually(async () => expect(await visit('/', accessToken)).toBe(401))
  })
})
