import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { FeedEntry } from '../../../auth-service/src/events/revocation-entries.ts'
import type { Service } from '../../../auth-service/src/service.ts'
import { type CuttableProxy, cuttableProxy } from '../../support/cuttable-proxy.ts'
import { freshPostgres } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { slowness } from '../../support/slowness.ts'
import {
  addUser,
  DEVICE,
  openService,
  sqliteFiles,
  type TestService,
  testConfig,
} from '../support/services.ts'

async function opened(databaseUrl: string): Promise<TestService> {
  const service = await openService(testConfig({ databaseUrl }))
  onTestFinished(() => service.close())
  return service
}

function listen({ revocations }: Service): FeedEntry[] {
  const heard: FeedEntry[] = []
  revocations.subscribe((entries) => void heard.push(...entries))
  return heard
}

const kidsOf = (entries: readonly FeedEntry[]) => entries.map((entry) => ('kid' in entry ? entry.kid : null))

describe('Two services on one Postgres database', () => {
  let here: TestService
  let there: TestService
  let proxy: CuttableProxy
  beforeEach(async () => {
    const url = new URL(await freshPostgres())
    here = await opened(url.href)
    proxy = await cuttableProxy(Number(url.port))
    url.port = String(proxy.port)
    there = await opened(url.href)
  })

  it("hear of each other's sign-outs at once, without polling", async () => {
    const sid = (await here.sessions.start(await addUser(here), DEVICE)).session.id
    const heard = listen(there)
    await there.revocations.changeKeys({ removed: 'to know that it listens' })
    await eventually(() => expect(heard).toHaveLength(1))
    // The first connection may still be opening; later ones use notifications.
    await eventually(async () => expect(await listeners(here)).toBe(2))
    const begin = performance.now()
    await here.sessions.end(sid)
    await eventually(() => expect(heard.slice(1)).toMatchObject([{ sid }]), { interval: 5 })
    const passed = performance.now() - begin
    const ping = () => Promise.all([here.database.ping(), there.database.ping()])
    expect(passed / (await slowness(20, ping)), 'not when they next look').toBeLessThan(4000)
  })

  it('lose and repeat nothing when one connection breaks and comes back', async () => {
    const heard = listen(there)
    const announced: string[] = []
    const announce = async (kid: string) => {
      await here.revocations.changeKeys({ removed: kid })
      announced.push(kid)
    }
    await announce('before')
    await eventually(() => expect(kidsOf(heard)).toEqual(announced))
    for (const round of [1, 2, 3]) {
      await proxy.cut()
      for (const part of ['a', 'b']) await announce(`${part} of cut ${round}`)
      await eventually(() => expect(there.revocations.hears()).toBe(false))
      await expect(there.revocations.changeKeys({ removed: 'not to be had' })).rejects.toThrow()
      await proxy.mend()
      await announce(`after cut ${round}`)
      await eventually(() => expect(kidsOf(heard)).toEqual(announced))
      expect(there.revocations.hears()).toBe(true)
    }
    expect(heard).toEqual((await here.revocations.since(0)).entries)
    expect(heard).toHaveLength(10)
  })

  it('log a broken connection once, not at every attempt', async () => {
    listen(there)
    await eventually(async () => expect(await listeners(here)).toBe(2))
    await proxy.cut()
    await eventually(() => expect(there.revocations.hears()).toBe(false))
    await proxy.mend()
    await eventually(() => expect(there.revocations.hears()).toBe(true))
    const warnings = there.logged
      .map(({ msg }) => String(msg))
      .filter((msg) => /revocations|LISTEN/.test(msg))
    expect(warnings.sort()).toEqual([
      'could not read the revocations; the streams send no heartbeat until that works',
      'the LISTEN connection broke; reconnecting',
    ])
  })

  it('use one listening connection each for any number of subscribers, and none once closed', async () => {
    const stop = there.revocations.subscribe(() => {})
    await eventually(async () => expect(await listeners(here)).toBe(2))
    stop()
    await there.revocations.close()
    await eventually(async () => expect(await listeners(here)).toBe(1))
  })

  it('do not wait forever for a service that was cut off while publishing', async () => {
    const { publish, revocations } = there.database
    const held = Promise.withResolvers<object[]>()
    const stuck = publish((db) => [db.select().from(revocations), held.promise])
    stuck.catch(() => {})
    await eventually(async () => expect(await locks(here)).toBe(1))
    await here.revocations.changeKeys({ removed: 'waiting' })
    held.resolve([])
    await expect(stuck).rejects.toThrow()
  })
})

const listeners = ({ database }: Service) => count(database, "query LIKE 'LISTEN%' OR query = 'SELECT 1'")
const locks = async ({ database }: Service) => {
  const { rows } = await database.db.execute(
    "SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'service_locks'::regclass AND mode = 'RowShareLock' AND granted",
  )
  return rows[0]?.n
}
async function count(database: Service['database'], condition: string): Promise<unknown> {
  const { rows } = await database.db.execute(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND (${condition})`,
  )
  return rows[0]?.n
}

describe('Two services on one SQLite file', () => {
  const files = sqliteFiles()
  afterAll(files.remove)

  it("hear of each other's sign-outs within a second", async () => {
    const url = await files.empty()
    const [here, there] = [await opened(url), await opened(url)]
    const heard = listen(there)
    await here.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(kidsOf(heard)).toEqual(['a']))
    await here.revocations.changeKeys({ removed: 'b' })
    await eventually(() => expect(kidsOf(heard)).toEqual(['a', 'b']))
  })
})
