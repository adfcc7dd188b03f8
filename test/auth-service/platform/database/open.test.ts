import { existsSync, statSync, writeFileSync } from 'node:fs'
import SQLite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, it } from 'vitest'
import { isPostgresUrl } from '../../../../auth-service/src/platform/database/open.ts'
import { sqlitePath } from '../../../../auth-service/src/platform/database/sqlite-url.ts'
import { openParts } from '../../../../auth-service/src/service.ts'
import { addUser, onBothDatabases, openService, sqliteFiles, testConfig } from '../../support/services.ts'

onBothDatabases('A database', (open) => {
  it('keeps its data when the service restarts', async () => {
    const service = await open()
    const ada = await addUser(service)
    const again = await open({ beside: service })
    expect(await again.users.findByUuid(ada.uuid)).toEqual(ada)
  })

  it('is migrated once when many services start at the same time', async () => {
    const first = await open()
    const others = await Promise.all(Array.from({ length: 5 }, () => open({ beside: first })))
    for (const service of others) await service.database.ping()
  })

  it('deletes the sessions of deleted users', async () => {
    const service = await open()
    const ada = await addUser(service)
    await service.sessions.start(ada, { userAgent: '', address: '' })
    const { db, users, sessions } = service.database
    await db.delete(users)
    expect(await db.select().from(sessions)).toEqual([])
  })

  it('never has two current or two next signing keys', async () => {
    const { database } = await open()
    const { db, signingKeys } = database
    for (const state of ['current', 'next'] as const) {
      const key = { kid: `another-${state}`, alg: 'ES256', state, publicJwk: '{}', privateKey: '' } as const
      await expect(db.insert(signingKeys).values({ ...key, createdAt: 1, changedAt: 1 })).rejects.toThrow()
    }
    for (const kid of ['old', 'older']) {
      const key = { kid, alg: 'ES256', state: 'retiring', publicJwk: '{}', privateKey: '' } as const
      await db.insert(signingKeys).values({ ...key, createdAt: 1, changedAt: 1 })
    }
    const [{ count } = { count: 0 }] = await db
      .select({ count: sql<number>`count(*)`.mapWith(Number) })
      .from(signingKeys)
    expect(count).toBe(4)
  })
})

describe('A SQLite file', () => {
  const files = sqliteFiles()
  afterAll(files.remove)

  it('is in WAL mode, checks references and waits a second for locks', async () => {
    const url = await files.empty()
    const service = await openService(testConfig({ databaseUrl: url }))
    const { $client: client } = service.database.db as unknown as { $client: SQLite.Database }
    const pragma = (name: string) => client.pragma(name, { simple: true })
    expect([pragma('journal_mode'), pragma('foreign_keys'), pragma('busy_timeout')]).toEqual(['wal', 1, 1000])
    await service.close()
    expect(client.open).toBe(false)
  })

  it('has published changes on disk before they are acknowledged, and syncs nothing else', async () => {
    const service = await openService(testConfig({ databaseUrl: await files.empty() }))
    const { publish, transaction, db } = service.database
    const { $client: client } = db as unknown as { $client: SQLite.Database }
    const NORMAL = 1
    const FULL = 2
    const level = () => client.pragma('synchronous', { simple: true })
    expect(level()).toBe(NORMAL)
    await publish(() => {
      expect(level()).toBe(FULL)
      return []
    })
    expect(level()).toBe(NORMAL)
    await expect(publish(() => [sql`SELECT nothing`])).rejects.toThrow()
    expect(level()).toBe(NORMAL)
    await transaction(() => {
      expect(level()).toBe(NORMAL)
      return []
    })
    await service.close()
  })

  it("and SQLite's files beside it are readable by their owner only", async () => {
    const url = await files.empty()
    const path = sqlitePath(url)
    const service = await openService(testConfig({ databaseUrl: url }))
    await addUser(service)
    const modes = ['', '-wal', '-shm'].map((suffix) => (statSync(path + suffix).mode & 0o777).toString(8))
    expect(modes).toEqual(['600', '600', '600'])
    await service.close()
  })

  it('keeps its mode if it already exists', async () => {
    const url = await files.empty()
    expect(existsSync(sqlitePath(url))).toBe(false)
    writeFileSync(sqlitePath(url), '', { mode: 0o640 })
    const { close } = await openService(testConfig({ databaseUrl: url }))
    await close()
    expect((statSync(sqlitePath(url)).mode & 0o777).toString(8)).toBe('640')
  })

  it('can have a relative or absolute path, with or without slashes', () => {
    expect(sqlitePath('file:latchkey.sqlite')).toBe('latchkey.sqlite')
    expect(sqlitePath('file:./data/latchkey.sqlite')).toBe('./data/latchkey.sqlite')
    expect(sqlitePath('file:/var/lib/latchkey.sqlite')).toBe('/var/lib/latchkey.sqlite')
    expect(sqlitePath('file:///var/lib/with%20space.sqlite')).toBe('/var/lib/with space.sqlite')
    expect(sqlitePath(':memory:')).toBe(':memory:')
  })

  it('in a missing folder is reported with its setting', async () => {
    const opening = openService(testConfig({ databaseUrl: 'file:/no/such/folder/auth.sqlite' }))
    await expect(opening).rejects.toThrow(/DATABASE_URL is the file .*\. Create the folder/)
  })

  it("with another program's tables is rejected", async () => {
    const url = await files.empty()
    const file = new SQLite(sqlitePath(url))
    file.exec('CREATE TABLE users (id INTEGER)')
    file.close()
    await expect(openService(testConfig({ databaseUrl: url }))).rejects.toThrow('already exists')
  })
})

it('a database in memory lives as long as the process', async () => {
  const service = await openParts(testConfig({ databaseUrl: ':memory:', logLevel: 'silent' }))
  expect(await service.users.findById((await addUser(service)).id)).toMatchObject({
    email: 'ada@example.com',
  })
  await service.close()
})

it('a database URL determines the dialect', () => {
  expect(isPostgresUrl('postgres://localhost/x')).toBe(true)
  expect(isPostgresUrl('postgresql://localhost/x')).toBe(true)
  expect(isPostgresUrl('file:postgres.sqlite')).toBe(false)
})
