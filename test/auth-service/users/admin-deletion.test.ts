import { expect, it } from 'vitest'
import { type Actor, OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { NewUser, User } from '../../../auth-service/src/users/users.ts'
import { mailsOf } from '../support/mails.ts'
import { DEVICE, onBothDatabases, renew, type TestService } from '../support/services.ts'

const GRACE = 14 * 86_400

async function add(service: TestService, email: string, flags: Partial<NewUser> = {}): Promise<User> {
  const names = { firstName: 'Ada', lastName: 'Lovelace' }
  const created = await service.users.create({ email, password: '!', ...names, ...flags })
  if (!created.ok) throw new Error(`${email} already exists.`)
  return created.value
}

const as = ({ uuid }: User): Actor => ({ uuid, device: DEVICE })

/** A superuser, and a user without rights. */
async function two(service: TestService) {
  const root = await add(service, 'root@example.com', { isSuperuser: true })
  return { root, ada: await add(service, 'ada@example.com') }
}

const lastOf = async (service: TestService, uuid: string) => (await service.audit.historyOf(uuid, 1))[0]
const again = async (service: TestService, { uuid }: User) => (await service.users.findByUuid(uuid)) as User

onBothDatabases('A user whom a superuser deletes', (open) => {
  it('is signed out and notified at once, and gone after the grace period', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    const { refreshToken, session } = await service.sessions.start(ada, DEVICE)
    const { token } = await service.oneTimeTokens.issue('reset_password', ada.id, ada.email)
    const dueAt = Math.floor(service.now() / 1000) + GRACE
    expect(await service.adminDeletions.request(ada, as(root))).toEqual({ ok: true, value: dueAt })
    expect(await renew(service, refreshToken)).toMatchObject({ ok: false, reason: 'session_over' })
    expect(await service.oneTimeTokens.find('reset_password', token), 'mailed before').toBeNull()
    expect((await service.revocations.since(0)).entries).toEqual([
      expect.objectContaining({ sub: ada.uuid, version: ada.version + 1, sids: [session.id] }),
    ])
    expect(await lastOf(service, ada.uuid)).toMatchObject({
      event: 'deletion_requested',
      actor: root.uuid,
      subject: ada.uuid,
      device: { address: DEVICE.address },
      details: { due_at: dueAt, before: { is_active: true, is_staff: false, is_superuser: false } },
    })
    const [letter, ...others] = await mailsOf(service)
    expect([letter?.to, letter?.subject, others]).toEqual([ada.email, 'Your account will be deleted', []])
    expect(letter?.text).toContain('sign in before then')

    service.wait(GRACE)
    expect(await service.deletions.deleteExpired()).toBe(1)
    expect(await service.users.findByUuid(ada.uuid)).toBeNull()
  })

  it('gets one email and one entry, and keeps the date, for repeated requests', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    const first = await service.adminDeletions.request(ada, as(root))
    service.wait(60)
    const later = await Promise.all([1, 2].map(async () => service.adminDeletions.request(ada, as(root))))
    expect(later).toEqual([first, first])
    expect(await mailsOf(service)).toHaveLength(1)
    expect(await service.audit.historyOf(ada.uuid, 10)).toHaveLength(1)
  })

  it('can return by signing in, as after their own request', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    await service.adminDeletions.request(ada, as(root))
    expect(await service.deletions.cancel(await again(service, ada), DEVICE)).toBe(true)
    service.wait(GRACE)
    expect(await service.deletions.deleteExpired()).toBe(0)
  })

  it('is told to ask an administrator if they are disabled, since they cannot sign in', async () => {
    const service = await open()
    const { root } = await two(service)
    const bob = await add(service, 'bob@example.com', { isActive: false, language: 'de' })
    await service.adminDeletions.request(bob, as(root))
    const [letter] = await mailsOf(service)
    expect(letter?.subject, 'in their language').toBe('Ihr Konto wird gelöscht')
    expect(letter?.text).toContain('wenden Sie sich an die Administration')
    expect(letter?.text).not.toContain('/login')
  })

  it('is kept when the deletion is cancelled, also their own, with one notice', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    expect(await service.adminDeletions.cancel(ada, as(root))).toEqual({ ok: true, value: false })
    await service.deletions.request(ada, DEVICE)
    const leaving = await again(service, ada)
    const cancelled = await Promise.all([1, 2].map(() => service.adminDeletions.cancel(leaving, as(root))))
    expect(cancelled.map((outcome) => outcome.ok && outcome.value).sort()).toEqual([false, true])
    expect((await again(service, ada)).deletionDueAt).toBeNull()
    const subjects = (await mailsOf(service)).map(({ subject }) => subject)
    expect(subjects).toEqual(['Your account will be deleted', 'Your account is no longer being deleted'])
    expect(await lastOf(service, ada.uuid)).toMatchObject({
      event: 'deletion_cancelled',
      actor: root.uuid,
      details: { due_at: leaving.deletionDueAt },
    })
  })

  it('is gone at once if deleted without a grace period, and apps are told', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    await service.sessions.start(ada, DEVICE)
    expect(await service.adminDeletions.atOnce(ada, as(root))).toEqual({ ok: true, value: null })
    expect(await service.users.findByUuid(ada.uuid)).toBeNull()
    const { entries } = await service.revocations.since(0)
    // This entry also ends their sessions.
    expect(entries).toContainEqual(expect.objectContaining({ sub: ada.uuid, deleted: true }))
    const told = await lastOf(service, ada.uuid)
    expect(told).toMatchObject({ event: 'deleted', actor: root.uuid, device: { address: DEVICE.address } })
    expect(told?.details.before).toMatchObject({ is_superuser: false, groups: [] })
    expect(JSON.stringify(told)).not.toMatch(/ada@|Lovelace/)
    expect(await service.adminDeletions.atOnce(ada, as(root))).toEqual({ ok: false, reason: 'not_found' })
    expect(await service.adminDeletions.request(ada, as(root))).toEqual({ ok: false, reason: 'not_found' })
    expect(await service.adminDeletions.cancel(ada, as(root))).toEqual({ ok: false, reason: 'not_found' })
  })

  it.each(['request', 'atOnce'] as const)(
    'can be neither the actor nor the last superuser, and the actor still needs rights (%s)',
    async (how) => {
      const service = await open()
      const { root, ada } = await two(service)
      const remove = (person: User, by: Actor) => service.adminDeletions[how](person, by)
      const refused = (reason: string) => ({ ok: false, reason })
      expect(await remove(root, as(root))).toEqual(refused('oneself'))
      expect(await remove(root, OPERATOR)).toEqual(refused('last_superuser'))
      expect(await remove(root, as(ada))).toEqual(refused('not_allowed'))
      const bob = await add(service, 'bob@example.com', { isSuperuser: true })
      expect(await remove(root, as(ada))).toEqual(refused('not_allowed'))
      await service.administration.change(bob.uuid, { isActive: false }, OPERATOR)
      expect(await remove(ada, as(bob))).toEqual(refused('not_allowed'))
      expect(await mailsOf(service)).toEqual([])
      expect((await service.users.findByUuid(ada.uuid))?.deletionDueAt).toBeNull()
      expect(await service.adminDeletions.cancel(ada, as(bob))).toEqual({ ok: true, value: false })
    },
  )

  it('is at most one of two superusers who delete each other at the same moment', async () => {
    const service = await open()
    const { root } = await two(service)
    const bob = await add(service, 'bob@example.com', { isSuperuser: true })
    const outcomes = await Promise.all([
      service.adminDeletions.atOnce(root, as(bob)),
      service.adminDeletions.atOnce(bob, as(root)),
    ])
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('can be restored only by superusers', async () => {
    const service = await open()
    const { root, ada } = await two(service)
    await service.adminDeletions.request(ada, as(root))
    const eve = await add(service, 'eve@example.com', { isStaff: true })
    const leaving = await again(service, ada)
    expect(await service.adminDeletions.cancel(leaving, as(eve))).toEqual({
      ok: false,
      reason: 'not_allowed',
    })
    expect(await service.adminDeletions.cancel(leaving, OPERATOR)).toEqual({ ok: true, value: true })
  })
})
