import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthOptions, Identity, LocalUser, UserFacts } from '@latchkey/jwt-middleware'
import { type AuthDatabaseUsers, authDatabase } from '@latchkey/jwt-middleware/auth-database'
import { auth as expressAuth, loginRequired as expressLoginRequired } from '@latchkey/jwt-middleware/express'
import { auth, loginRequired, tokenRequired } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, userStoreCases } from '@latchkey/jwt-middleware/testing'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { grantReader } from '../../../auth-service/src/platform/database/grant-reader.ts'
import { openReadOnly } from '../../../jwt-middleware/src/stores/people-sqlite.ts'
import {
  addUser,
  onBothDatabases,
  openService,
  type TestService,
  testConfig,
} from '../../auth-service/support/services.ts'
import { cuttableProxy } from '../../support/cuttable-proxy.ts'
import { freshPostgres } from '../../support/database.ts'
import { deadPort } from '../../support/dead-port.ts'
import { createRole, runAsOwner } from '../../support/role.ts'
import { recordingLogger } from '../../support/tokens.ts'
import { identity } from '../user-store-suite.ts'

const opened: AuthDatabaseUsers[] = []
afterEach(async () => {
  for (const users of opened.splice(0)) await users.close()
  vi.restoreAllMocks()
})

function open(address: string, options = {}): AuthDatabaseUsers {
  const users = authDatabase(address, options)
  opened.push(users)
  return users
}

let roles = 0

/** The address for a new role of Postgres that may only read, or the SQLite file. */
async function readerOf(databaseUrl: string): Promise<string> {
  if (!databaseUrl.startsWith('postgres')) return databaseUrl
  const name = `reader ${process.pid} ${++roles}`
  const granted = await grantReader(databaseUrl, name, { create: true })
  if (!granted.ok || granted.value.password === null) throw new Error('The role was not created.')
  const url = new URL(databaseUrl)
  url.username = name
  url.password = granted.value.password
  return url.href
}

/** A token's claims about a user, from before every change. */
const tokenOf = (uuid: string, changes: Partial<Identity> = {}) => identity({ uuid, ...changes })

async function change(
  service: TestService,
  uuid: string,
  patch: Parameters<TestService['administration']['change']>[1],
) {
  const changed = await service.administration.change(uuid, patch, OPERATOR)
  if (!changed.ok) throw new Error(changed.reason)
}

onBothDatabases('authDatabase', (start) => {
  it('reads names, flags and groups of a user, as they are now', async () => {
    const service = await start()
    const ada = await addUser(service)
    const users = open(await readerOf(service.config.databaseUrl))
    const local = await users.sync(tokenOf(ada.uuid), 'create')
    expect(local).toEqual({
      id: ada.id,
      isActive: true,
      facts: {
        uuid: ada.uuid,
        email: 'ada@example.com',
        emailVerified: false,
        firstName: 'Ada',
        lastName: 'Lovelace',
        isStaff: false,
        isSuperuser: false,
        groups: [],
      },
    })
    for (const name of ['writers', 'Éditeurs, “a”', '编辑']) {
      const group = await service.groups.create(name, OPERATOR)
      if (!group.ok) throw new Error(String(group.reason))
      const person = await service.users.findByUuid(ada.uuid)
      if (person) await service.groups.add(group.value, person, OPERATOR)
    }
    await change(service, ada.uuid, { firstName: 'Zoë 👩‍👩‍👧', isStaff: true, email: "o'brien@example.com" })
    expect(await users.sync(tokenOf(ada.uuid), 'existing')).toMatchObject({
      id: ada.id,
      facts: {
        email: "o'brien@example.com",
        firstName: 'Zoë 👩‍👩‍👧',
        isStaff: true,
        groups: (await service.users.findByUuid(ada.uuid))?.groups,
      },
    })
    await change(service, ada.uuid, { isActive: false })
    expect(await users.sync(tokenOf(ada.uuid), 'create')).toMatchObject({ isActive: false })
  })

  it('leaves the claims of a token that is newer than the row, as with a replica that is behind', async () => {
    const service = await start()
    const ada = await addUser(service)
    const users = open(await readerOf(service.config.databaseUrl))
    const { version } = (await service.users.findByUuid(ada.uuid)) ?? ada
    expect(await users.sync(tokenOf(ada.uuid, { version }), 'create')).toHaveProperty('facts')
    expect(await users.sync(tokenOf(ada.uuid, { version: version + 1 }), 'create')).toEqual({
      id: ada.id,
      isActive: true,
    })
  })

  it('answers a hundred questions at once, and knows no one else', async () => {
    const service = await start()
    const ada = await addUser(service)
    const users = open(await readerOf(service.config.databaseUrl))
    const asked = Array.from({ length: 100 }, () => users.sync(tokenOf(ada.uuid), 'create'))
    expect(new Set((await Promise.all(asked)).map((local) => local?.id))).toEqual(new Set([ada.id]))
    for (const uuid of ['', 'x', "' OR 1=1 --", '8d0b9a4c-1f6e-4a3e-9a55-2f3b1c7f6e99'])
      expect(await users.sync(tokenOf(uuid), 'create')).toBeNull()
  })

  // The other cases are about what a store writes.
  it.each(['returns null for a user without a row if users must be registered beforehand'])(
    'passes the case of every store that is about reading: %s',
    async (name) => {
      const service = await start()
      const address = await readerOf(service.config.databaseUrl)
      const found = userStoreCases(() => ({ users: open(address) })).filter((one) => one.name === name)
      expect(found).toHaveLength(1)
      for (const { run } of found) await run()
    },
  )

  it('is what pages get, in Hono and in Express, with cookies and with API tokens', async () => {
    const service = await start()
    const ada = await addUser(service)
    await change(service, ada.uuid, { firstName: 'Augusta', isStaff: true })
    const users = open(await readerOf(service.config.databaseUrl))
    const testAuth = createTestAuth()
    const log = recordingLogger()
    const asked = vi.spyOn(users, 'sync')
    const app = new Hono()
      .use(auth({ ...testAuth.options, users, log }))
      .get('/', loginRequired(), (c) => c.json(c.var.user))
      .get('/cards', tokenRequired(), (c) => c.json(c.var.user))
    const visitor = testAuth.signedIn({ uuid: ada.uuid, email: ada.email, firstName: 'Old' })
    const wanted = { id: ada.id, uuid: ada.uuid, firstName: 'Augusta', lastName: 'Lovelace', isStaff: true }
    for (const _ of [1, 2, 3]) {
      const response = await app.request('/', { headers: visitor.headers })
      expect(await response.json()).toMatchObject({ ...wanted, sessionId: visitor.sessionId })
    }
    expect(asked).toHaveBeenCalledOnce()
    const { headers } = testAuth.apiToken({ uuid: ada.uuid, email: ada.email, firstName: 'Old' })
    expect(await (await app.request('/cards', { headers })).json()).toMatchObject(wanted)

    const site = express()
    site.use(expressAuth({ ...testAuth.options, users, log }))
    site.get('/', expressLoginRequired(), (req, res) => void res.json(req.user))
    const server = createServer(site).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const response = await fetch(`${origin}/`, { headers: { ...visitor.headers, connection: 'close' } })
    expect(await response.json()).toMatchObject(wanted)
    server.close()
    expect(log.warnings).toEqual([])
  })

  it('refuses a user who is disabled or unknown there, and says what to look at', async () => {
    const service = await start()
    const ada = await addUser(service)
    await change(service, ada.uuid, { isActive: false })
    const testAuth = createTestAuth()
    const log = recordingLogger()
    const users = open(await readerOf(service.config.databaseUrl))
    const app = new Hono()
      .use(auth({ ...testAuth.options, users, log }))
      .get('/', loginRequired(), (c) => c.text('in'))
      .get('/open', (c) => c.json(c.var.user))
    const disabled = testAuth.signedIn({ uuid: ada.uuid, email: ada.email })
    const stranger = testAuth.signedIn({ email: 'bob@example.com' })
    for (const { headers } of [disabled, stranger])
      expect((await app.request('/', { headers })).status).toBe(403)
    expect(await (await app.request('/open', { headers: disabled.headers })).json()).toMatchObject({
      isAuthenticated: false,
      reason: 'inactive',
    })
    expect(log.warnings).toEqual([
      expect.stringMatching(/disabled in the auth service.*"cause":"inactive"/),
      expect.stringMatching(
        /not in the database that authDatabase\(\) reads.*LOGIN_URL.*"cause":"not_registered"/,
      ),
    ])
  })

  it('can be closed', async () => {
    const service = await start()
    const users = authDatabase(await readerOf(service.config.databaseUrl))
    await users.sync(tokenOf('x'), 'create')
    await users.close()
    await expect(users.sync(tokenOf('x'), 'create')).rejects.toMatchObject({ code: 'store_unavailable' })
    await authDatabase(service.config.databaseUrl).close()
  })
})

describe('The file of SQLite', () => {
  it('is opened so that every write fails, also under a running service', async () => {
    const service = await openService(testConfig())
    const ada = await addUser(service)
    const { databaseUrl } = service.config
    for (const address of [
      databaseUrl,
      databaseUrl.slice('file:'.length),
      `file://${databaseUrl.slice('file:'.length)}`,
    ]) {
      const client = await openReadOnly(address)
      for (const write of [
        'UPDATE users SET is_superuser = 1',
        'DELETE FROM users',
        'CREATE TABLE mine (id)',
        'DROP VIEW latchkey_people',
        'PRAGMA user_version = 7',
      ])
        expect(() => client.exec(write), write).toThrow(expect.objectContaining({ code: 'SQLITE_READONLY' }))
      // A view of several tables takes no writes at all.
      expect(() => client.exec('UPDATE latchkey_people SET is_superuser = 1')).toThrow(/it is a view/)
      client.close()
    }
    expect(await service.users.findByUuid(ada.uuid)).toMatchObject({ isSuperuser: false })
    await service.close()
  })
})

describe('The role on Postgres', () => {
  it('reads the view and nothing else, and every write fails in the database', async () => {
    const owner = await freshPostgres()
    const service = await openService(testConfig({ databaseUrl: owner }))
    const ada = await addUser(service)
    const url = await readerOf(owner)
    const [row = {}] = await runAsOwner(url, 'SELECT * FROM latchkey_people')
    expect(row).toMatchObject({ uuid: ada.uuid, is_active: true })
    const tables = await runAsOwner(
      owner,
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1",
    )
    expect(tables.length).toBeGreaterThan(15)
    for (const { relname } of tables)
      await expect(runAsOwner(url, `SELECT * FROM ${relname}`)).rejects.toMatchObject({ code: '42501' })
    for (const write of [
      'UPDATE latchkey_people SET is_superuser = true',
      "INSERT INTO latchkey_people (uuid, email) VALUES ('x', 'x')",
      'DELETE FROM latchkey_people',
      'UPDATE users SET is_superuser = true',
      "INSERT INTO groups (name, created_at) VALUES ('x', 1)",
      'TRUNCATE users',
      'DROP VIEW latchkey_people',
      'ALTER VIEW latchkey_people RENAME TO x',
      'CREATE TABLE mine (id int)',
      'CREATE OR REPLACE VIEW latchkey_people AS SELECT 1 AS id',
    ]) {
      await expect(runAsOwner(url, write), write).rejects.toMatchObject({
        code: expect.stringMatching(/^(42501|55000|0A000)$/),
      })
    }
    expect(await service.users.findByUuid(ada.uuid)).toMatchObject({ isSuperuser: false })
    await service.close()
  })

  it('is warned of if it can use more, like that of the service itself', async () => {
    const owner = await freshPostgres()
    const service = await openService(testConfig({ databaseUrl: owner }))
    const ada = await addUser(service)
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(await open(owner).sync(tokenOf(ada.uuid), 'create')).not.toBeNull()
    expect(warned).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining('latchkey grant-reader'),
      expect.objectContaining({ code: 'LATCHKEY_READER' }),
    )
    await service.close()
  })

  it('finds the view in any schema, and refuses to choose between two', async () => {
    const owner = await freshPostgres()
    const { url: own, name } = await createRole(
      owner,
      'CREATE SCHEMA "Log in" AUTHORIZATION {role}',
      'ALTER ROLE {role} SET search_path = "Log in"',
      'CREATE EXTENSION pg_trgm SCHEMA "Log in"',
    )
    const service = await openService(testConfig({ databaseUrl: own }))
    const ada = await addUser(service)
    // The service's own role may not create roles.
    const refused = await grantReader(own, `${name}_app`, { create: true })
    expect(refused).toMatchObject({
      ok: false,
      reason: expect.stringContaining('GRANT USAGE ON SCHEMA "Log in"'),
    })
    const { url: reader } = await createRole(owner)
    expect(await grantReader(own, new URL(reader).username, { create: false })).toMatchObject({ ok: true })
    expect(await open(reader).sync(tokenOf(ada.uuid), 'create')).toMatchObject({ id: ada.id })
    const other = await openService(testConfig({ databaseUrl: owner }))
    expect(await grantReader(owner, new URL(reader).username, { create: false })).toMatchObject({ ok: true })
    await expect(open(reader).sync(tokenOf(ada.uuid), 'create')).rejects.toThrow(
      /several schemas have a view latchkey_people: Log in, public\. .*option schema/,
    )
    expect(await open(reader, { schema: 'Log in' }).sync(tokenOf(ada.uuid), 'create')).toMatchObject({
      id: ada.id,
    })
    expect(await open(reader, { schema: 'public' }).sync(tokenOf(ada.uuid), 'create')).toBeNull()
    await other.close()
    await service.close()
  })
})

describe('A database that can’t be read', () => {
  /** The response of a guarded page, and what the log has. */
  async function visit(users: AuthDatabaseUsers) {
    const testAuth = createTestAuth()
    const log = recordingLogger()
    const app = new Hono()
      .use(auth({ ...testAuth.options, users, log }))
      .get('/', loginRequired(), (c) => c.text('in'))
      .get('/cards', tokenRequired(), (c) => c.text('in'))
    const request = (path: string, headers: Record<string, string>) => app.request(path, { headers })
    const page = await request('/', testAuth.signedIn().headers)
    const cards = await request('/cards', testAuth.apiToken().headers)
    return { page, cards, log: log.warnings.join('\n') }
  }

  const unreachable = async () => `postgres://reader:s3cr3t@127.0.0.1:${await deadPort()}/auth`
  const wrongPassword = async () => {
    const url = new URL(await readerOf(await migrated()))
    url.password = 's3cr3t'
    return url.href
  }
  const withoutView = async () => {
    const { url } = await createRole(await freshPostgres())
    return url
  }
  async function migrated(): Promise<string> {
    const url = await freshPostgres()
    await (await openService(testConfig({ databaseUrl: url }))).close()
    return url
  }

  it.each([
    ['is down', unreachable, /ECONNREFUSED.*Start the database/],
    [
      'has another password',
      wrongPassword,
      /password authentication failed.*Check the role and the password/,
    ],
    ['has no such view', withoutView, /no view latchkey_people.*latchkey grant-reader/],
    ['has an address that is no URL', async () => 'postgres://reader:s3cr3t#@[', /not a URL\. Write \/ \?/],
    [
      'is a file that is missing',
      async () => '/nowhere/latchkey.sqlite',
      /directory does not exist|unable to open/,
    ],
  ])('answers 503 with Retry-After and names the remedy: it %s', async (_, address, line) => {
    const url = await address()
    const { page, cards, log } = await visit(open(url))
    for (const response of [page, cards]) {
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    }
    expect(log).toMatch(line)
    expect(log).toContain('"event":"store_failed"')
    expect(log).not.toContain('s3cr3t')
    const { password } = URL.parse(url) ?? { password: '' }
    if (password) expect(log).not.toContain(password)
    const error = await Promise.resolve(open(url).sync(tokenOf('x'), 'create')).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'store_unavailable' })
    expect(
      `${error.stack} ${JSON.stringify(error)} ${error.cause?.stack} ${error.cause?.input}`,
    ).not.toContain('s3cr3t')
  })

  it('is read again once it is back, and a broken idle connection does not end the process', async () => {
    const owner = await freshPostgres()
    const service = await openService(testConfig({ databaseUrl: owner }))
    const ada = await addUser(service)
    const url = new URL(await readerOf(owner))
    const proxy = await cuttableProxy(Number(url.port))
    url.port = String(proxy.port)
    const users = open(url.href)
    expect(await users.sync(tokenOf(ada.uuid), 'create')).not.toBeNull()
    await proxy.cut()
    await expect(users.sync(tokenOf(ada.uuid), 'create')).rejects.toMatchObject({ code: 'store_unavailable' })
    await proxy.mend()
    expect(await users.sync(tokenOf(ada.uuid), 'create')).toMatchObject({ id: ada.id })
    await service.close()
  })
})

describe('The options', () => {
  it('fit where auth() takes a store', () => {
    expectTypeOf(authDatabase).returns.toExtend<NonNullable<AuthOptions['users']>>()
    expectTypeOf(authDatabase).parameter(0).toEqualTypeOf<string>()
    expectTypeOf<LocalUser['facts']>().toEqualTypeOf<UserFacts | undefined>()
  })

  it.each([
    ['', /address .* is missing/],
    [undefined, /address .* is missing/],
    ['mysql://reader:s3cr3t@db/auth', /neither postgres/],
    [':memory:', /neither postgres/],
    ['file:x.sqlite?mode=ro', /neither postgres/],
  ])('refuse the address %s, without quoting it', (address, message) => {
    expect(() => authDatabase(address as string)).toThrow(message)
    expect(() => authDatabase(address as string)).not.toThrow(/s3cr3t/)
  })

  it('refuse misspelt names, and a schema of SQLite', () => {
    expect(() => authDatabase('postgres://x/y', { shema: 'x' } as object)).toThrow(/does not know .*"shema"/)
    expect(() => authDatabase('file:x.sqlite', { schema: 'x' })).toThrow(/on Postgres/)
  })
})
