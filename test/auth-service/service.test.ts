import { existsSync } from 'node:fs'
import { getTableName } from 'drizzle-orm'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { createPasswords } from '../../auth-service/src/accounts/passwords/passwords.ts'
import { createService, readConfig } from '../../auth-service/src/index.ts'
import { sqlitePath } from '../../auth-service/src/platform/database/sqlite-url.ts'
import { createLog } from '../../auth-service/src/platform/logging/logger.ts'
import { openParts } from '../../auth-service/src/service.ts'
import { eventually } from '../support/eventually.ts'
import { addUser, DEVICE, openService, SECRET_KEY, sqliteFiles, testConfig } from './support/services.ts'

const files = sqliteFiles()
afterAll(files.remove)
afterEach(() => vi.useRealTimers())

it('a service needs only its settings', async () => {
  const url = await files.empty()
  const env = { AUTH_URL: 'http://auth.demo.localhost', COOKIE_DOMAIN: 'demo.localhost', SECRET_KEY }
  const service = await createService(readConfig({ ...env, DATABASE_URL: url, LOG_LEVEL: 'silent' }))
  expect(service.now()).toBeCloseTo(Date.now(), -4)
  expect(await service.users.findById(1)).toBeNull()
  for (const part of ['mail', 'deletions', 'unconfirmedAccounts'])
    expect(service, 'what only other parts use').not.toHaveProperty(part)
  await service.close()
  expect(existsSync(sqlitePath(url))).toBe(true)
})

it('a service that cannot start leaves no database open', async () => {
  const url = await files.empty()
  await (await openService(testConfig({ databaseUrl: url }))).close()
  const secretKey = 'some other secret of more than 32 characters'
  await expect(openService(testConfig({ databaseUrl: url, secretKey }))).rejects.toThrow('SECRET_KEY')
  // The write-ahead log is removed when the last connection closes.
  expect(existsSync(`${sqlitePath(url)}-wal`)).toBe(false)
})

it('a service deletes expired sessions every hour', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const service = await openService(testConfig())
  const { db, sessions } = service.database
  await service.sessions.start(await addUser(service), DEVICE)
  vi.advanceTimersByTime(3_600_000)
  await service.database.ping()
  expect(await db.select().from(sessions)).toHaveLength(1)
  service.wait(432_000)
  vi.advanceTimersByTime(3_600_000)
  await eventually(async () => expect(await db.select().from(sessions)).toEqual([]))
  await service.close()
  expect(vi.getTimerCount()).toBe(0)
})

it('a service deletes old mail every hour', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const service = await openService(testConfig())
  const { db, outbox } = service.database
  await service.mail.send({ to: 'ada@example.com', subject: 'Hello', text: 'x', html: 'x' })
  service.wait(30 * 86_400)
  vi.advanceTimersByTime(3_600_000)
  await eventually(async () => expect(await db.select().from(outbox)).toEqual([]))
  await service.close()
  expect(vi.getTimerCount()).toBe(0)
})

it('a service without its database logs the failure, and tries again an hour later', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const service = await openService(testConfig())
  await service.database.close()
  vi.advanceTimersByTime(7_200_000)
  await eventually(() =>
    expect(service.logged.filter(({ msg }) => msg === 'cleanup failed; retrying in an hour')).toHaveLength(2),
  )
  await service.passwords.close()
})

it('a service cleans up in the same order every time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const service = await openService(testConfig())
  const { db, rateLimits } = service.database
  const cleaned: string[] = []
  const { delete: deleteFrom } = db
  vi.spyOn(db, 'delete').mockImplementation((table) => {
    cleaned.push(getTableName(table))
    return deleteFrom.call(db, table)
  })
  vi.spyOn(rateLimits, 'deleteExpired').mockImplementation(async () => void cleaned.push('rate limits'))
  vi.advanceTimersByTime(3_600_000)
  await eventually(() => expect(cleaned).toContain('rate limits'))
  expect(cleaned).toEqual([
    'sessions',
    'one_time_tokens',
    'form_answers',
    'api_tokens',
    'device_requests',
    'app_secrets',
    'oidc_records',
    'oidc_sign_ins',
    'saml_requests',
    'saml_logouts',
    'saml_sign_ins',
    'signing_keys',
    'revocations',
    'outbox',
    'invitations',
    'audit_log',
    'rate limits',
  ])
  await service.close()
})

it('a service closes the feed first, then its mail and the password workers, and the database last', async () => {
  const closed: string[] = []
  const passwords = createPasswords({ hasher: 'bcrypt_sha256' })
  const service = await openParts(testConfig(), {
    log: createLog('silent'),
    passwords: {
      ...passwords,
      async close() {
        await passwords.close()
        closed.push('passwords')
        await service.database.ping()
      },
    },
  })
  service.revocations.subscribe(
    () => {},
    () => void closed.push('feed'),
  )
  const { close } = service.mail
  vi.spyOn(service.mail, 'close').mockImplementation(async () => {
    await close()
    closed.push('mail')
  })
  await service.close()
  closed.push('database')
  expect(closed).toEqual(['feed', 'mail', 'passwords', 'database'])
  await expect(service.database.ping()).rejects.toThrow()
})
