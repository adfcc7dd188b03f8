import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import type { FeedEntry } from '../../../../auth-service/src/events/revocation-entries.ts'
import { databaseTrouble } from '../../../../auth-service/src/platform/database/explain-db-error.ts'
import { readMigrationState } from '../../../../auth-service/src/platform/database/migration-state.ts'
import { startTogether as startAppsTogether } from '../../../jwt-middleware/stores/crowd.ts'
import { identity } from '../../../jwt-middleware/user-store-suite.ts'
import { freshPostgres } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { type Pooler, startPgBouncer } from '../../../support/pgbouncer.ts'
import { runAsOwner } from '../../../support/role.ts'
import { addUser, DEVICE, openService, type TestService, testConfig } from '../../support/services.ts'

const DEAF = expect.objectContaining({ level: 40, event: 'no_notifications' })

async function open(databaseUrl: string, databaseUrlDirect?: string): Promise<TestService> {
  const service = await openService(testConfig({ databaseUrl, databaseUrlDirect }))
  onTestFinished(() => service.close())
  return service
}

function listen({ revocations }: TestService): FeedEntry[] {
  const heard: FeedEntry[] = []
  revocations.subscribe((entries) => void heard.push(...entries))
  return heard
}

/** The work of a busy service, many times at once. */
async function work(service: TestService): Promise<void> {
  const limiter = service.database.rateLimits.limiter({ keyPrefix: 'work', points: 1000, duration: 60 })
  await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const person = await addUser(service, `worker-${index}-${Math.random()}@example.com`)
      const { session } = await service.sessions.start(person, DEVICE)
      expect(await service.users.findById(person.id)).toMatchObject({ email: person.email })
      await limiter.consume('key')
      await service.sessions.end(session.id)
    }),
  )
}

describe.each([
  ['transaction mode', { pool_mode: 'transaction' }],
  ['transaction mode, with connections in turn', { pool_mode: 'transaction', server_round_robin: '1' }],
] as const)('Behind a PgBouncer in %s', (_, settings) => {
  let pooler: Pooler
  beforeAll(async () => {
    pooler = await startPgBouncer(inject('postgresUrl'), settings)
  })
  afterAll(() => pooler.stop())

  it('two services start at once, work, and notify each other', async () => {
    const url = pooler.through(await freshPostgres())
    const [here, there] = await Promise.all([open(url), open(url)])
    expect(await readMigrationState(url)).toMatchObject({ missing: [] })
    const heard = listen(there)
    await Promise.all([work(here), work(there)])
    await here.revocations.changeKeys({ removed: 'told to the other' })
    await eventually(() =>
      expect(heard).toContainEqual(expect.objectContaining({ kid: 'told to the other' })),
    )
    await eventually(() => expect(there.logged).toContainEqual(DEAF))
    const [warning] = there.logged.filter(({ event }) => event === 'no_notifications')
    expect(warning?.msg).toMatch(/Set DATABASE_URL_DIRECT/)
  })

  it('a direct URL delivers notifications without a warning', async () => {
    const direct = await freshPostgres()
    const [here, there] = await Promise.all([
      open(pooler.through(direct), direct),
      open(pooler.through(direct), direct),
    ])
    const heard = listen(there)
    await work(here)
    await here.revocations.changeKeys({ removed: 'told to the other' })
    await eventually(() =>
      expect(heard).toContainEqual(expect.objectContaining({ kid: 'told to the other' })),
    )
    expect(there.logged).not.toContainEqual(DEAF)
  })

  it("an app's store works from several processes at once", async () => {
    const direct = await freshPostgres()
    const url = pooler.through(direct)
    expect(await startAppsTogether(url, 3)).toEqual(['fine', 'fine', 'fine'])
    const pools = [1, 2].map(() => new pg.Pool({ connectionString: url, max: 5 }))
    onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.end()))))
    await Promise.all(
      pools.flatMap((pool, app) => {
        const store = postgresUsers(pool)
        return Array.from({ length: 40 }, async (_, index) => {
          const uuid = identity().uuid.slice(0, -2) + String(10 + (index % 20))
          await store.sync(identity({ uuid, issuedAt: 2000 + index }), app === 0 ? 'create' : 'existing')
          await store.setActive(uuid, true)
          await store.writeState(`state-${index}`, 'x')
          expect(await store.readState(`state-${index}`)).toBe('x')
        })
      }),
    )
    expect(await runAsOwner(direct, 'SELECT count(*)::int AS n FROM latchkey_users')).toEqual([{ n: 21 }])
  })
})

describe('A PgBouncer', () => {
  async function start(settings: Record<string, string>): Promise<Pooler> {
    const pooler = await startPgBouncer(inject('postgresUrl'), settings)
    onTestFinished(() => pooler.stop())
    return pooler
  }

  it('in session mode delivers notifications', async () => {
    const pooler = await start({ pool_mode: 'session', default_pool_size: '20' })
    const url = pooler.through(await freshPostgres())
    const [here, there] = await Promise.all([open(url), open(url)])
    const heard = listen(there)
    await work(here)
    await here.revocations.changeKeys({ removed: 'told to the other' })
    await eventually(() =>
      expect(heard).toContainEqual(expect.objectContaining({ kid: 'told to the other' })),
    )
    expect(there.logged).not.toContainEqual(DEAF)
  })

  it('in statement mode is rejected at the start, with the remedy', async () => {
    const pooler = await start({ pool_mode: 'statement' })
    const error = await open(pooler.through(await freshPostgres())).catch((reason: unknown) => reason)
    expect(databaseTrouble(error)).toMatchObject({
      what: expect.stringMatching(/statement pooling mode/),
      remedy: expect.stringMatching(/Set pool_mode/),
    })
  })

  it('that rejects the options in the URL is reported at the start, with the remedy', async () => {
    const pooler = await start({ pool_mode: 'transaction' })
    const url = `${pooler.through(await freshPostgres())}?options=-c%20search_path%3Dlatchkey`
    const error = await open(url).catch((reason: unknown) => reason)
    expect(databaseTrouble(error)).toMatchObject({ remedy: expect.stringMatching(/ALTER ROLE/) })
  })

  it('that drops the options in the URL is rejected at the start, since the tables would be elsewhere', async () => {
    const pooler = await start({ pool_mode: 'transaction', ignore_startup_parameters: 'options' })
    const direct = await freshPostgres()
    const options = '?options=-c%20search_path%3Dlatchkey'
    await runAsOwner(direct, 'CREATE SCHEMA latchkey')
    await expect(open(pooler.through(direct) + options)).rejects.toThrow(/search_path latchkey, .*ALTER ROLE/)
    await expect(open(pooler.through(direct), direct + options)).rejects.toThrow(/their tables differ/)
    expect(
      await runAsOwner(direct, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'"),
    ).toEqual([{ n: 0 }])
  })

  it('given as the direct URL is reported', async () => {
    const pooler = await start({ pool_mode: 'transaction' })
    const direct = await freshPostgres()
    const service = await open(direct, pooler.through(direct))
    listen(service)
    await eventually(() => expect(service.logged).toContainEqual(DEAF))
    const [warning] = service.logged.filter(({ event }) => event === 'no_notifications')
    expect(warning?.msg).toMatch(/over DATABASE_URL_DIRECT/)
  })
})
