import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { PublicJwk } from '@latchkey/jwt-middleware'
import { type AuthMiddleware, type AuthOptions, auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { Hono } from 'hono'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { type FeedServer, startFeedServer } from '../support/feed-server.ts'
import { ADA, APP, accessPayload, ISSUER, recordingLogger, type TestKey, testKey } from '../support/tokens.ts'

const BOB = '11111111-2222-3333-4444-555555555555'

describe('An app and an auth service over real sockets', () => {
  let server: FeedServer
  let key: TestKey
  let folder: string
  let fetches: number
  let running: AuthMiddleware[]
  const log = recordingLogger()
  // Real time: keys and feed use real connections.
  const seconds = () => Math.floor(Date.now() / 1000)
  const exp = () => seconds() + 360

  beforeAll(async () => {
    key = await testKey('key-1')
  })
  beforeEach(async () => {
    fetches = 0
    running = []
    log.warnings.length = 0
    folder = mkdtempSync(join(tmpdir(), 'latchkey-app-'))
    server = await startFeedServer((request, response) => {
      if (request.url !== '/.well-known/jwks.json') return void response.writeHead(404).end()
      fetches++
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: [key.publicJwk] }))
    })
  })
  afterEach(async () => {
    for (const one of running) one.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })

  const access = (changes: Record<string, unknown> = {}) =>
    key.sign(accessPayload({ iat: seconds(), exp: seconds() + 300, ...changes }))

  /** An app whose database outlives it; `close` ends its process. */
  function startApp(options: Partial<AuthOptions> = {}) {
    const db = new Database(join(folder, 'app.sqlite'))
    const middleware = auth({
      loginUrl: `${ISSUER}/login`,
      ownUrl: APP,
      authInternalUrl: server.url,
      users: sqliteUsers(db),
      log,
      ...options,
    })
    running.push(middleware)
    const app = new Hono().use(middleware).get('/', loginRequired(), (c) => c.json(c.var.user))
    return {
      status: middleware.status,
      visit: async (token: string) =>
        (await app.request('/', { headers: { cookie: `jwt.access=${token}` } })).status,
      close() {
        middleware.close()
        db.close()
      },
    }
  }

  it('reject an ended session within moments, and no other', async () => {
    const app = startApp()
    const [ada, bob] = [access(), access({ user_uuid: BOB, sid: 'session-2' })]
    expect([await app.visit(ada), await app.visit(bob)]).toEqual([200, 200])
    server.announce({ sid: 'session-1', exp: exp() })
    await eventually(async () => expect(await app.visit(ada)).toBe(401))
    expect(await app.visit(bob)).toBe(200)
  })

  it('verify every valid token after a restart while the auth service is down, also of new users', async () => {
    const first = startApp()
    expect(await first.visit(access())).toBe(200)
    await eventually(() => expect(first.status().keys?.count).toBe(1))
    first.close()
    await server.cut()

    const second = startApp()
    expect(await second.visit(access())).toBe(200)
    expect(await second.visit(access({ user_uuid: BOB, sid: 'session-2' }))).toBe(200)
    expect(await second.visit(access({ iat: seconds() - 400, exp: seconds() - 100 }))).toBe(401)
    expect(await second.visit((await testKey('key-2')).sign(accessPayload()))).toBe(503)
    expect(second.status()).toMatchObject({ keys: { count: 1 }, feed: { state: 'connecting' } })
    expect(fetches).toBe(1)
  })

  it('catch up with revocations after such a restart as soon as the auth service is back', async () => {
    const first = startApp()
    const token = access()
    await first.visit(token)
    first.close()
    await server.cut()
    const second = startApp()
    expect(await second.visit(token)).toBe(200)
    server.announce({ sid: 'session-1', exp: exp() })
    await server.mend()
    await eventually(async () => expect(await second.visit(token)).toBe(401))
  })

  it('know a missed revocation before the first request is served', async () => {
    const first = startApp()
    const token = access()
    await first.visit(token)
    first.close()
    server.announce({ sid: 'session-1', exp: exp() })
    expect(await startApp().visit(token)).toBe(401)
  })

  it('trust a published key at once, without a fetch, and after a restart, too', async () => {
    const first = startApp()
    expect(await first.visit(access())).toBe(200)
    const next = await testKey('key-2')
    const token = next.sign(accessPayload({ iat: seconds(), exp: seconds() + 300 }))
    expect(await first.visit(token)).toBe(401)
    server.announce({ jwk: next.publicJwk as PublicJwk, exp: exp() })
    await eventually(async () => expect(await first.visit(token)).toBe(200))
    expect(fetches).toBe(1)
    first.close()
    await server.cut()
    expect(await startApp().visit(token)).toBe(200)
  })

  it('trust no removed key after a restart while the auth service is down', async () => {
    const first = startApp()
    const token = access()
    await first.visit(token)
    server.announce({ kid: 'key-1', removed: true, exp: exp() })
    await eventually(async () => expect(await first.visit(token)).toBe(401))
    first.close()
    await server.cut()
    expect(await startApp().visit(token)).toBe(503)
  })

  it('pass deleted users to the app, once each, and continue after a restart', async () => {
    const deleted: string[] = []
    const onUserDeleted = (uuid: string) => void deleted.push(uuid)
    server.announce({ sub: BOB, deleted: true, exp: exp() })
    const first = startApp({ onUserDeleted })
    await eventually(() => expect(deleted).toHaveLength(1)) // no one has visited it
    first.close()
    server.announce({ sub: ADA.uuid, deleted: true, exp: exp() })
    startApp({ onUserDeleted })
    await eventually(() => expect(deleted).toHaveLength(2))
    expect(deleted).toEqual([BOB, ADA.uuid])
  })

  it('do not register a deleted user again whose token is still valid', async () => {
    server.announce({ sub: ADA.uuid, deleted: true, exp: exp() })
    const app = startApp()
    expect(await app.visit(access())).toBe(401)
    const db = new Database(join(folder, 'app.sqlite'))
    expect(db.prepare('SELECT count(*) FROM latchkey_users').pluck().get()).toBe(0)
    db.close()
  })

  describe('after 45 seconds of silence', () => {
    it.each([
      ['accept', 200],
      ['refuse', 503],
    ] as const)('%s: a valid token gets %i, cached or new', async (whenFeedIsStale, status) => {
      let late = 0
      const app = startApp({ whenFeedIsStale, now: () => Date.now() + late })
      const token = access()
      expect(await app.visit(token)).toBe(200)
      late = 45_000
      expect(await app.visit(token)).toBe(status)
      expect(await app.visit(access({ sid: 'session-2' }))).toBe(status)
      expect(app.status().feed.state).toBe('stale')
      server.heartbeat()
      await eventually(async () => expect(await app.visit(token)).toBe(200))
    })

    it.each([
      ['accept', 200],
      ['refuse', 503],
    ] as const)('%s: so does an app that started during the outage', async (whenFeedIsStale, status) => {
      const first = startApp()
      await first.visit(access())
      first.close()
      await server.cut()
      expect(await startApp({ whenFeedIsStale }).visit(access())).toBe(status)
    })
  })

  it('share the time: an app that cannot renew follows its corrected clock, and forgets no ended session', async () => {
    let ahead = 0
    const app = startApp({ refreshCookie: 'auth', now: () => Date.now() + ahead * 1000 })
    const [ended, living] = [access({ sid: 'ended' }), access({ sid: 'living' })]
    server.announce({ sid: 'ended', exp: exp() })
    expect([await app.visit(ended), await app.visit(living)]).toEqual([401, 200])
    ahead = 3_600
    expect(await app.visit(living)).toBe(401)
    ahead = 0
    for (const shown of ['still here', '', seconds() - 100, seconds() + 3_600, '9'.repeat(20)]) {
      server.write(`: ${shown}\n\n`)
      expect(await app.visit(living), 'nobody has confirmed it').toBe(401)
    }
    await eventually(async () => {
      server.write(`: ${seconds()}\n\n`)
      expect(await app.visit(living)).toBe(200)
    })
    expect(await app.visit(ended)).toBe(401)
  })

  it('keep no process alive', async () => {
    const script = fileURLToPath(new URL('./support/visited-app.ts', import.meta.url))
    const child = spawn(process.execPath, [
      '--conditions=@latchkey/source',
      ...[script, server.url, `${ISSUER}/login`, APP, access()],
    ])
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(JSON.parse(output)).toEqual({ isAuthenticated: true, feed: 'live' })
  })
})
