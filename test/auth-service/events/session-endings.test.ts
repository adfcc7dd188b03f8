import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { createSamlEndings } from '../../../auth-service/src/saml/saml-back-channel.ts'
import { registerProvider, SLO } from '../support/service-provider.ts'
import { onBothDatabases } from '../support/services.ts'

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
})
