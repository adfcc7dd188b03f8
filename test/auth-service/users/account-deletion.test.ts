import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { addUser, DEVICE, onBothDatabases, renew, type TestService } from '../support/services.ts'

const GRACE = 14 * 86_400

async function mailsTo(service: TestService, email: string): Promise<string[]> {
  const { db, outbox } = service.database
  const rows = await db.select().from(outbox).where(eq(outbox.recipient, email)).orderBy(outbox.id)
  return rows.map(({ subject }) => subject)
}

const eventsOf = async (service: TestService, uuid: string) =>
  (await service.audit.historyOf(uuid, 10)).map(({ event }) => event)

onBothDatabases('An account whose owner requests deletion', (open) => {
  it('exists until the grace period ends, and is then deleted permanently, and apps are told', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    const at = Math.floor(service.now() / 1000)
    expect(await service.deletions.request(ada, DEVICE)).toEqual({ ok: true, value: at + GRACE })
    expect(await renew(service, refreshToken)).toMatchObject({ ok: false, reason: 'session_over' })
    expect(await service.users.findById(ada.id)).toMatchObject({ deletionDueAt: at + GRACE })

    service.wait(GRACE - 1)
    expect(await service.deletions.deleteExpired()).toBe(0)
    service.wait(1)
    expect(await service.deletions.deleteExpired()).toBe(1)
    expect(await service.users.findByUuid(ada.uuid)).toBeNull()
    const { entries } = await service.revocations.since(0)
    expect(entries).toContainEqual(expect.objectContaining({ sub: ada.uuid, deleted: true }))
    expect(await eventsOf(service, ada.uuid)).toEqual(['deleted', 'deletion_requested'])
    expect(await service.deletions.deleteExpired()).toBe(0)
  })

  it('gets one email and one entry for many simultaneous requests', async () => {
    const service = await open()
    const ada = await addUser(service)
    const asked = await Promise.all([1, 2, 3].map(() => service.deletions.request(ada, DEVICE)))
    expect(asked.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(await mailsTo(service, 'ada@example.com')).toEqual(['Your account will be deleted'])
    expect(await eventsOf(service, ada.uuid)).toEqual(['deletion_requested'])
  })

  it('has all its emailed links voided except password resets', async () => {
    const service = await open()
    const ada = await addUser(service)
    const bob = await addUser(service, 'bob@example.com')
    for (const purpose of ['verify_email', 'reset_password', 'change_email', 'sign_in'] as const) {
      for (const { id, email } of [ada, bob]) await service.oneTimeTokens.issue(purpose, id, email)
    }
    await service.deletions.request(ada, DEVICE)
    const { db, oneTimeTokens } = service.database
    const left = await db.select().from(oneTimeTokens)
    expect(left.filter(({ userId }) => userId === bob.id)).toHaveLength(4)
    expect(left.filter(({ userId }) => userId === ada.id).map(({ purpose }) => purpose)).toEqual([
      'reset_password',
    ])
  })

  it('is kept when its owner signs in, with one notice', async () => {
    const service = await open()
    const { id } = await addUser(service)
    const find = async () => {
      const person = await service.users.findById(id)
      if (!person) throw new Error('Nobody is there.')
      return person
    }
    expect(await service.deletions.cancel(await find(), DEVICE)).toBe(false)
    await service.deletions.request(await find(), DEVICE)
    const leaving = await find()
    const cancelled = await Promise.all([1, 2].map(() => service.deletions.cancel(leaving, DEVICE)))
    expect(cancelled.sort()).toEqual([false, true])
    expect(await mailsTo(service, 'ada@example.com')).toEqual([
      'Your account will be deleted',
      'Your account is no longer being deleted',
    ])
    service.wait(GRACE)
    expect(await service.deletions.deleteExpired()).toBe(0)
    expect(await find()).toMatchObject({ deletionDueAt: null })
  })

  it('is kept when its owner signs in during the clean-up', async () => {
    const service = await open()
    const ada = await addUser(service)
    await service.deletions.request(ada, DEVICE)
    const leaving = (await service.users.findById(ada.id)) as typeof ada
    service.wait(GRACE)
    const [deleted, cancelled] = await Promise.all([
      service.deletions.deleteExpired(),
      service.deletions.cancel(leaving, DEVICE),
    ])
    const person = await service.users.findById(ada.id)
    expect([deleted, cancelled, person?.deletionDueAt]).toEqual(
      cancelled ? [0, true, null] : [1, false, undefined],
    )
  })

  it('is kept for the last of two superusers who request deletion at the same moment', async () => {
    const service = await open()
    const promote = async (email: string) => {
      const { uuid } = await addUser(service, email)
      const changed = await service.administration.change(uuid, { isSuperuser: true }, OPERATOR)
      if (!changed.ok) throw new Error(changed.reason)
      return changed.value
    }
    const both = [await promote('ada@example.com'), await promote('bob@example.com')]
    const asked = await Promise.all(both.map((person) => service.deletions.request(person, DEVICE)))
    expect(asked.map(({ ok }) => ok).sort()).toEqual([false, true])
  })

  it('is kept if there is no other superuser, now or after the others are gone', async () => {
    const service = await open()
    const promote = async (email: string) => {
      const { uuid } = await addUser(service, email)
      const changed = await service.administration.change(uuid, { isSuperuser: true }, OPERATOR)
      if (!changed.ok) throw new Error(changed.reason)
      return changed.value
    }
    const ada = await promote('ada@example.com')
    expect(await service.deletions.request(ada, DEVICE)).toEqual({ ok: false, reason: 'last_superuser' })
    const bob = await promote('bob@example.com')
    expect(await service.deletions.request(ada, DEVICE)).toMatchObject({ ok: true })
    expect(await service.deletions.request(bob, DEVICE)).toEqual({ ok: false, reason: 'last_superuser' })
    // By SQL, since no code of ours removes the rights of the last superuser.
    const { db, users } = service.database
    await db.update(users).set({ isSuperuser: false }).where(eq(users.id, bob.id))
    service.wait(GRACE)
    expect(await service.deletions.deleteExpired()).toBe(0)
    expect(await service.users.findById(ada.id)).not.toBeNull()
  })
})
