import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRotation } from '../../../../auth-service/src/tokens/sessions/refresh-rotation.ts'
import { identity } from '../../../jwt-middleware/user-store-suite.ts'
import { freshPostgres } from '../../../support/database.ts'
import { createRole } from '../../../support/role.ts'
import { NOW } from '../../../support/tokens.ts'
import { addUser, DEVICE, openService, payloadOf, testConfig } from '../../support/services.ts'
import { ADA, openSite } from '../../support/site.ts'

const atOnce = <Value>(count: number, run: (index: number) => Value | Promise<Value>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)))

describe.each(['repeatable read', 'serializable'])('When the default isolation is %s', (isolation) => {
  const asRole = async () =>
    (
      await createRole(
        await freshPostgres(),
        'CREATE SCHEMA AUTHORIZATION {role}',
        'CREATE EXTENSION pg_trgm',
        `ALTER ROLE {role} SET default_transaction_isolation = '${isolation}'`,
      )
    ).url

  it('services start at once and create each table once', async () => {
    const databaseUrl = await asRole()
    const services = await atOnce(4, () => openService(testConfig({ databaseUrl })))
    for (const service of services) await service.close()
  })

  it('one user signs in on many devices at the same moment', async () => {
    const site = await openSite({ databaseUrl: await asRole() })
    await site.signedIn()
    for (let round = 0; round < 3; round++) {
      const answers = await atOnce(5, () => site.browser().json('/login', ADA))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    }
  })

  it('many renewals of one token have one successor', async () => {
    const service = await openService(testConfig({ databaseUrl: await asRole() }))
    onTestFinished(() => service.close())
    const { refreshToken } = await service.sessions.start(await addUser(service), DEVICE)
    const { sid, jti } = payloadOf(refreshToken) as { sid: string; jti: string }
    const rotate = createRotation(service)
    service.wait(600)
    const rows = await atOnce(50, () => rotate({ sid, jti }, NOW + 600))
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(1)
    expect(rows[0]).toMatchObject({ previousJti: jti })
  })

  it('rate limits count all simultaneous requests', async () => {
    const service = await openService(testConfig({ databaseUrl: await asRole() }))
    onTestFinished(() => service.close())
    const limiter = service.database.rateLimits.limiter({ keyPrefix: 'x', points: 10, duration: 60 })
    const taken = await Promise.allSettled(Array.from({ length: 30 }, () => limiter.consume('key')))
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    for (const outcome of taken) {
      if (outcome.status === 'rejected') expect(outcome.reason).toHaveProperty('msBeforeNext')
    }
  })

  it("an app's store follows many tokens of one user", async () => {
    const pool = new pg.Pool({ connectionString: await asRole(), max: 10 })
    onTestFinished(() => pool.end())
    const store = postgresUsers(pool)
    await atOnce(50, (index) =>
      store.sync(identity({ issuedAt: 1000 + index, firstName: `Ada ${index}` }), 'create'),
    )
    await atOnce(50, () => store.writeState('feed', 'x'))
    expect((await pool.query('SELECT first_name FROM latchkey_users')).rows).toEqual([
      { first_name: 'Ada 49' },
    ])
  })
})
