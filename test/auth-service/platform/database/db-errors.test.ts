import { LatchkeyError } from '@latchkey/jwt-middleware'
import SQLite from 'better-sqlite3'
import { DrizzleQueryError } from 'drizzle-orm'
import { afterAll, describe, expect, it } from 'vitest'
import { isOutage, isUniqueViolation } from '../../../../auth-service/src/platform/database/db-errors.ts'
import { sqlitePath } from '../../../../auth-service/src/platform/database/sqlite-url.ts'
import { cuttableProxy } from '../../../support/cuttable-proxy.ts'
import { freshPostgres } from '../../../support/database.ts'
import { addUser, DEVICE, openService, renew, sqliteFiles, testConfig } from '../../support/services.ts'

const failed = (code: unknown, message = 'failed') => Object.assign(new Error(message), { code })

describe('An outage', () => {
  it.each([
    'SQLITE_FULL',
    'SQLITE_BUSY',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_LOCKED',
    'SQLITE_IOERR_WRITE',
    'SQLITE_READONLY_DIRECTORY',
    'SQLITE_CANTOPEN',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    '08006',
    '53300',
    '53100',
    '57P01',
    '57014',
    '40P01',
    '25006',
  ])('includes the code %s, wrapped or not', (code) => {
    const error = failed(code)
    expect(isOutage(error)).toBe(true)
    expect(isOutage(new DrizzleQueryError('SELECT 1', [], error))).toBe(true)
    expect(isOutage(new Error('no keys', { cause: new DrizzleQueryError('SELECT 1', [], error) }))).toBe(true)
  })

  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
  ])(`includes the driver's message "%s"`, (message) => {
    expect(isOutage(new Error(message))).toBe(true)
  })

  it('includes errors that other parts call unavailable', () => {
    expect(isOutage(new LatchkeyError('store_unavailable', 'The database is away.'))).toBe(true)
  })

  it.each([
    failed('SQLITE_CONSTRAINT_UNIQUE'),
    failed('SQLITE_ERROR'),
    failed('23505'),
    failed('42P01'),
    failed('22021'),
    failed('ERR_INVALID_ARG_TYPE'),
    failed(53300),
    new TypeError('x is undefined'),
    new LatchkeyError('cookie_too_large', 'too large'),
    'SQLITE_FULL',
    null,
    undefined,
  ])('excludes %s', (error) => {
    expect(isOutage(error)).toBe(false)
  })

  it('is recognised without an endless loop in errors that cause each other', () => {
    const [one, other] = [new Error('one'), new Error('other')]
    one.cause = other
    other.cause = one
    expect(isOutage(one)).toBe(false)
  })
})

it('a unique violation is distinguished from all other failures', () => {
  expect(isUniqueViolation(failed('SQLITE_CONSTRAINT_UNIQUE'))).toBe(true)
  expect(isUniqueViolation(new DrizzleQueryError('INSERT', [], failed('23505')))).toBe(true)
  expect(isUniqueViolation(failed('SQLITE_CONSTRAINT_FOREIGNKEY'))).toBe(false)
  expect(isUniqueViolation(failed('23503'))).toBe(false)
})

const outage = expect.toSatisfy(isOutage, 'is an outage')

describe('A failing database', () => {
  const files = sqliteFiles()
  afterAll(files.remove)

  it('on a locked SQLite file ends no session: the same token renews afterwards', async () => {
    const url = await files.empty()
    const service = await openService(testConfig({ databaseUrl: url }))
    const ada = await addUser(service)
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    service.wait(600)
    const other = new SQLite(sqlitePath(url))
    other.exec('BEGIN IMMEDIATE')
    await expect(renew(service, refreshToken)).rejects.toEqual(outage)
    await expect(service.sessions.start(ada, DEVICE)).rejects.toEqual(outage)
    other.exec('ROLLBACK')
    expect(await renew(service, refreshToken)).toMatchObject({ ok: true })
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
    other.close()
    await service.close()
  })

  it('on a full SQLite file issues no session that is not stored', async () => {
    const service = await openService(testConfig({ databaseUrl: await files.empty() }))
    const ada = await addUser(service)
    const { $client: client } = service.database.db as unknown as { $client: SQLite.Database }
    client.pragma(`max_page_count = ${client.pragma('page_count', { simple: true })}`)
    const started: unknown[] = []
    const fill = async () => {
      for (;;) started.push(await service.sessions.start(ada, DEVICE))
    }
    await expect(fill()).rejects.toEqual(outage)
    expect(await service.sessions.list(ada.id)).toHaveLength(started.length)
    await service.close()
  })

  it('on a stopped Postgres ends no session, and needs no restart of the service', async () => {
    const url = new URL(await freshPostgres())
    const proxy = await cuttableProxy(Number(url.port))
    url.port = String(proxy.port)
    const service = await openService(testConfig({ databaseUrl: url.href }))
    const ada = await addUser(service)
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    await proxy.cut()
    await expect(renew(service, refreshToken)).rejects.toEqual(outage)
    await expect(service.users.findByEmail(ada.email)).rejects.toEqual(outage)
    await expect(service.users.update(ada.uuid, { email: 'countess@example.com' })).rejects.toEqual(outage)
    await expect(service.database.ping()).rejects.toEqual(outage)
    await proxy.mend()
    await service.database.ping()
    expect(await renew(service, refreshToken)).toMatchObject({ ok: true })
    await service.close()
    await proxy.cut()
  })
})
