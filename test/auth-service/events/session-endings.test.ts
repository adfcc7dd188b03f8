import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { createSamlEndings } from '../../../auth-service/src/saml/saml-back-channel.ts'
import { registerProvider, SLO } from '../support/service-provider.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'

onBothDatabases('A sign-in of an app that has ended', (open) => {
  // With the statistics of a table that was nearly empty, Postgres runs a subquery once for each row.
  it('is claimed alone, whatever the statistics say about the table', async () => {
    const service = await open()
    const { db, samlSignIns } = service.database
    const { id: appId } = await registerProvider(service, {
      slo_url: SLO,
      slo_soap_url: 'http://127.0.0.1:9/',
    })
    const endings = createSamlEndings(service)
    const add = (...sids: string[]) =>
      db.insert(samlSignIns).values(
        sids.map((sid) => ({
          ...{ sid, appId, sessionIndex: `_${sid}`, nameId: 'ada', nameIdFormat: 'x', createdAt: 1 },
          ...{ attempts: 0, endedAt: 1, logoutDueAt: 1 },
        })),
      )
    await add('first')
    if (service.database.dialect === 'postgres') await db.execute(sql`ANALYZE`)
    await add('second', 'third')
    for (const sid of ['first', 'second', 'third']) expect(await endings.claim()).toMatchObject({ sid })
    expect(await endings.claim()).toBeUndefined()
  })

  it('is claimed once by several services at once, and none is forgotten', async () => {
    const first = await open()
    const services = [first, await open({ beside: first }), await open({ beside: first })]
    const { db, samlSignIns } = first.database
    const { id: appId } = await registerProvider(first, {
      slo_url: SLO,
      slo_soap_url: 'http://127.0.0.1:9/',
    })
    const sids = Array.from({ length: 300 }, (_, i) => `session ${i}`)
    await db.insert(samlSignIns).values(
      sids.map((sid) => ({
        ...{ sid, appId, sessionIndex: `_${sid}`, nameId: 'ada', nameIdFormat: 'x', createdAt: 1 },
        ...{ attempts: 0, endedAt: 1, logoutDueAt: 1 },
      })),
    )
    const claimed: string[] = []
    const work = async (service: TestService) => {
      const endings = createSamlEndings(service)
      for (let ended = await endings.claim(); ended; ended = await endings.claim()) {
        claimed.push(`${ended.sid}, attempt ${ended.attempts}`)
        // Every tenth app does not answer the first time.
        if (ended.attempts === 1 && ended.sid.endsWith('0')) await endings.putOff(ended, 0)
        else await endings.forget(ended)
      }
    }
    const workers = services.flatMap((service) => [service, service, service, service])
    await Promise.all(workers.map(work))
    // A worker that found all others locked has stopped; a service looks again every few seconds.
    await work(first)
    const expected = sids.flatMap((sid) =>
      sid.endsWith('0') ? [`${sid}, attempt 1`, `${sid}, attempt 2`] : [`${sid}, attempt 1`],
    )
    expect(claimed.toSorted()).toEqual(expected.toSorted())
    expect(await db.select().from(samlSignIns)).toEqual([])
  })
})
