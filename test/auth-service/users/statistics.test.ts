import { expect, it } from 'vitest'
import { NO_DEVICE, OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createStatistics, DAYS } from '../../../auth-service/src/users/statistics.ts'
import { eventually } from '../../support/eventually.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

const DAY = 86_400

const signIn = (service: TestService, event: 'signed_in' | 'sign_in_failed') =>
  service.audit.record({ event, subject: null, actor: null, sid: null, device: NO_DEVICE })

onBothDatabases('The statistics', (open) => {
  it('count the events of each of the last 30 days, in UTC', async () => {
    const service = await open()
    const statistics = createStatistics(service)
    const ada = await addUser(service)
    await signIn(service, 'signed_in')
    service.wait(DAY)
    await signIn(service, 'signed_in')
    await signIn(service, 'signed_in')
    await signIn(service, 'sign_in_failed')
    await service.sessions.start(ada, DEVICE)
    const { days, liveSessions } = await statistics()
    const today = Math.floor(service.now() / 1000 / DAY) * DAY
    expect(days).toHaveLength(DAYS)
    expect(days.slice(-2)).toEqual([
      { at: today - DAY, signIns: 1, failures: 0, newPeople: 1, sessions: 0 },
      { at: today, signIns: 2, failures: 1, newPeople: 0, sessions: 1 },
    ])
    expect(days.slice(0, -2).every((day) => day.signIns + day.failures + day.newPeople === 0)).toBe(true)
    expect(liveSessions).toBe(1)
  })

  it('are computed once a minute for any number of requests', async () => {
    const service = await open()
    const statistics = createStatistics(service)
    const [first, second] = await Promise.all([statistics(), statistics()])
    expect(second).toBe(first)
    await signIn(service, 'signed_in')
    expect((await statistics()).days.at(-1)?.signIns).toBe(0)
    service.wait(60)
    expect(await statistics()).toBe(first)
    await eventually(async () => expect((await statistics()).days.at(-1)?.signIns).toBe(1))
  })

  it('are computed before the response if the last ones are older than ten minutes', async () => {
    const service = await open()
    const statistics = createStatistics(service)
    await statistics()
    await signIn(service, 'signed_in')
    service.wait(600)
    expect((await statistics()).days.at(-1)?.signIns).toBe(1)
  })

  it('omit ended sessions, and count users with rights', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { session } = await service.sessions.start(ada, DEVICE)
    await service.sessions.start(ada, DEVICE)
    await service.sessions.end(session.id)
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    const { liveSessions, staff, superusers } = await createStatistics(service)()
    expect([liveSessions, staff, superusers]).toEqual([1, 1, 0])
    service.wait(5 * DAY)
    expect((await createStatistics(service)()).liveSessions).toBe(0)
  })

  it('are computed again after an outage', async () => {
    const service = await open()
    let broken = true
    const db = new Proxy(service.database.db, {
      get(target, name, receiver) {
        if (broken && name === 'select') throw new Error('out of reach')
        return Reflect.get(target, name, receiver)
      },
    })
    const statistics = createStatistics({
      config: service.config,
      database: { ...service.database, db },
      now: service.now,
    })
    await expect(statistics()).rejects.toThrow('out of reach')
    broken = false
    expect((await statistics()).days).toHaveLength(DAYS)
  })
})
