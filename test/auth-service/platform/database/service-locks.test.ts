import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { grantReader } from '../../../../auth-service/src/platform/database/grant-reader.ts'
import { freshPostgres } from '../../../support/database.ts'
import { createRole } from '../../../support/role.ts'
import { slowness } from '../../../support/slowness.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, DEVICE, openService, type TestService, testConfig } from '../../support/services.ts'

const latchkey = useLatchkey()

/** The numbers of earlier versions for publishing and for what is created once, and the one of migrations. */
const NUMBERS = [3_237_158_101, 3_237_158_102, 3_237_158_103, 5_285_248_437]
/** Longer than all of it takes on a quiet machine, and shorter than the longest wait for a lock, in ms. */
const AT_ONCE = 5000

async function open(databaseUrl: string): Promise<TestService> {
  const service = await openService(testConfig({ databaseUrl }))
  onTestFinished(() => service.close())
  return service
}

/** A connection of an app that may read people. */
async function reader(databaseUrl: string): Promise<pg.Client> {
  const { name, url } = await createRole(databaseUrl)
  expect(await grantReader(databaseUrl, name, { create: false })).toMatchObject({ ok: true })
  const client = new pg.Client(url)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

it('a reader of people keeps no one from revoking tokens, signing out, starting and granting', async () => {
  const url = await freshPostgres()
  const service = await open(url)
  const app = await reader(url)
  for (const number of NUMBERS) await app.query('SELECT pg_advisory_lock($1)', [number])
  const ada = await addUser(service)
  const by = { uuid: ada.uuid, device: DEVICE }
  const made = await service.apiTokens.create(ada, { name: 'Script', apps: 'all' }, by)
  if (!made.ok) throw new Error('no token')
  const { session } = await service.sessions.start(ada, DEVICE)
  const elsewhere = await freshPostgres()
  const slow = await slowness(500, () => open(elsewhere))
  const begin = performance.now()
  const revoked = await latchkey(['tokens', 'revoke', ada.email, made.token.id], {
    env: { DATABASE_URL: url },
  })
  expect(revoked).toMatchObject({ code: 0, err: '' })
  expect(await service.sessions.endFor(ada.id, session.id)).toBe(true)
  await open(url)
  await reader(url)
  expect((performance.now() - begin) / slow).toBeLessThan(AT_ONCE)
  expect(await service.apiTokens.list(ada)).toEqual([])
})

it('a reader of people can take none of the locks', async () => {
  const url = await freshPostgres()
  await open(url)
  const app = await reader(url)
  for (const statement of [
    'SELECT 1 FROM service_locks FOR UPDATE',
    'SELECT 1 FROM service_locks FOR KEY SHARE',
    'LOCK TABLE service_locks IN ACCESS SHARE MODE',
    'SELECT 1 FROM latchkey_people FOR UPDATE',
    'LOCK TABLE latchkey_people IN SHARE MODE',
  ]) {
    await app.query('BEGIN')
    await expect(app.query(statement), statement).rejects.toThrow('permission denied')
    await app.query('ROLLBACK')
  }
})

it('services publish one at a time, also after someone emptied all tables', async () => {
  const url = await freshPostgres()
  const [here, there] = [await open(url), await open(url)]
  const { db, revocations } = here.database
  await db.execute('DELETE FROM service_locks')
  const held = Promise.withResolvers<object[]>()
  const began = Promise.withResolvers<void>()
  const order: string[] = []
  const first = here.database.publish((handle) => {
    began.resolve()
    return [handle.select().from(revocations), held.promise]
  })
  await began.promise
  const second = there.revocations.changeKeys({ removed: 'second' }).then(() => order.push('second'))
  await db.execute('SELECT pg_sleep(0.3)')
  order.push('first')
  held.resolve([])
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
  expect((await db.execute('SELECT id FROM service_locks')).rows).toEqual([{ id: 1 }])
})
