import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { isActiveSuperuser, isDispensable } from '../../../auth-service/src/users/last-superuser.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { retryWhenBusy } from '../support/retry-when-busy.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

const REFUSED = { ok: false, reason: 'last_superuser' }

async function addSuperuser(service: TestService, email: string): Promise<User> {
  const { uuid } = await addUser(service, email)
  const changed = await service.administration.change(uuid, { isSuperuser: true }, OPERATOR)
  if (!changed.ok) throw new Error(changed.reason)
  return changed.value
}

/** Everything stored about a user, and the emailed proofs of identity. */
const traces = async ({ audit, revocations, database }: TestService, uuid: string) => [
  await audit.historyOf(uuid, 10),
  (await revocations.since(0)).entries,
  await database.db.select().from(database.oneTimeTokens),
]

onBothDatabases('The last superuser', (open) => {
  it('is the only active one, not counting those scheduled for deletion', async () => {
    const service = await open()
    const promote = (email: string) => addSuperuser(service, email)
    const { db, users } = service.database
    const isLast = async ({ uuid }: User) => {
      const which = sql`${users.uuid} = ${uuid} AND NOT ${isDispensable(service.database, uuid)}`
      return (await db.select().from(users).where(which)).length === 1
    }
    const eve = await addUser(service, 'eve@example.com')
    expect(await isLast(eve)).toBe(false)
    const ada = await promote('ada@example.com')
    expect(await isLast(ada)).toBe(true)
    const bob = await promote('bob@example.com')
    expect([await isLast(ada), await isLast(bob)]).toEqual([false, false])
    await service.deletions.request(bob, DEVICE)
    expect(await isLast(ada)).toBe(true)
    const cyd = await promote('cyd@example.com')
    expect(await isLast(ada)).toBe(false)
    await service.administration.change(cyd.uuid, { isActive: false }, OPERATOR)
    expect(await isLast(ada)).toBe(true)
    expect(await isLast(cyd)).toBe(false)
  })

  it.each<[string, (service: TestService, uuid: string) => Promise<unknown>, unknown]>([
    [
      'isSuperuser',
      ({ administration }, uuid) => administration.change(uuid, { isSuperuser: false }, OPERATOR),
      REFUSED,
    ],
    [
      'isActive',
      ({ administration }, uuid) => administration.change(uuid, { isActive: false }, OPERATOR),
      REFUSED,
    ],
    [
      'both, with a new address',
      ({ administration }, uuid) =>
        administration.change(
          uuid,
          { email: 'new@example.com', isActive: false, isSuperuser: false },
          OPERATOR,
        ),
      REFUSED,
    ],
    ['deletion', ({ users }, uuid) => users.remove(uuid), false],
  ])('keeps the rights and the session against any library call: %s', async (_, take, outcome) => {
    const service = await open()
    const ada = await addSuperuser(service, 'ada@example.com')
    const { session } = await service.sessions.start(ada, DEVICE)
    await service.oneTimeTokens.issue('reset_password', ada.id, ada.email)
    const before = await traces(service, ada.uuid)
    expect(await take(service, ada.uuid)).toEqual(outcome)
    expect(await service.users.findByUuid(ada.uuid)).toEqual(ada)
    expect(await service.sessions.list(ada.id)).toEqual([session])
    expect(await traces(service, ada.uuid)).toEqual(before)
    // It ends when another superuser is left.
    await addSuperuser(service, 'bob@example.com')
    expect([true, expect.objectContaining({ ok: true })]).toContainEqual(await take(service, ada.uuid))
    expect(isActiveSuperuser(await service.users.findByUuid(ada.uuid))).toBe(false)
  })

  it('remains when a hundred requests remove all superusers at once in every way, in two services', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const all: User[] = []
    for (let i = 0; i < 10; i++) all.push(await addSuperuser(service, `s${i}@example.com`))
    const ways: ((service: TestService, person: User) => Promise<unknown>)[] = [
      ({ users }, { uuid }) => users.remove(uuid),
      ({ deletions }, person) => deletions.request(person, DEVICE),
      ({ administration }, { uuid }) => administration.change(uuid, { isSuperuser: false }, OPERATOR),
      ({ administration }, { uuid }) => administration.change(uuid, { isActive: false }, OPERATOR),
    ]
    const attempts = Array.from({ length: 100 }, (_, i) => {
      const [way, person] = [ways[i % ways.length], all[i % all.length]]
      if (!way || !person) throw new Error('There are as many as that.')
      return retryWhenBusy(() => way(i % 2 ? service : beside, person))
    })
    await Promise.all(attempts)
    const left = await Promise.all(all.map(({ uuid }) => service.users.findByUuid(uuid)))
    expect(left.filter(isActiveSuperuser)).toHaveLength(1)
  })
})
