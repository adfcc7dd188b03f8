import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { mailsOf } from '../support/mails.ts'
import { addUser, onBothDatabases, type TestService } from '../support/services.ts'

const PASSWORD = 'a long walk by the sea'
const HERS = { userAgent: 'Adas browser', address: '198.51.100.1' }
const OTHERS = { userAgent: 'Roots browser', address: '203.0.113.9' }

/** All stored data, except what is about existing users. */
async function kept({ database }: TestService): Promise<string> {
  const { db, auditLog, outbox, invitations, oneTimeTokens, revocations, sessions } = database
  const tables = [auditLog, outbox, invitations, oneTimeTokens, revocations, sessions]
  return JSON.stringify(await Promise.all(tables.map((table) => db.select().from(table))))
}

async function addRoot(service: TestService): Promise<User> {
  const { uuid } = await addUser(service, 'root@example.com')
  await service.users.update(uuid, { firstName: 'Root', lastName: '' })
  const changed = await service.administration.change(uuid, { isSuperuser: true }, OPERATOR)
  if (!changed.ok) throw new Error(changed.reason)
  return changed.value
}

/** A user who was invited, registered, and left every kind of trace. */
async function live(service: TestService, root: User): Promise<User> {
  const { accounts, administration, groups, invitations, profile, passwordReset, sessions, users } = service
  const by = { uuid: root.uuid, device: OTHERS }
  const invited = await invitations.invite({ email: 'ada@example.com' }, by)
  await invitations.resend(invited.ok ? invited.invitation.id : 0, by)
  const [letter] = (await mailsOf(service)).slice(-1)
  const invitation = new URL(letter?.text.match(/http\S+invitation=\S+/)?.[0] ?? '').searchParams.get(
    'invitation',
  )
  const names = { first_name: 'Augusta', last_name: 'Lovelace' }
  await accounts.register({ email: 'ada@example.com', password: PASSWORD, ...names, invitation }, HERS)
  await accounts.signIn({ email: 'ada@example.com', password: 'wrong one' }, HERS)
  const ada = (await users.findByEmail('ada@example.com')) as User
  const { session } = await sessions.start(ada, HERS)
  await profile.rename(ada, { ...names, first_name: 'Countess' }, { sid: session.id, device: HERS })
  await profile.askForEmail(
    ada,
    { email: 'new@example.com', current_password: PASSWORD },
    { sid: session.id, device: HERS },
  )
  await passwordReset.requestReset('ada@example.com', HERS)
  await sessions.endAll(ada.id, { uuid: ada.uuid, device: HERS })
  await administration.change(ada.uuid, { lastName: 'Byron', isStaff: true }, by)
  const group = await groups.create('editors', by)
  if (group.ok) await groups.add(group.value, ada, by)
  return (await users.findById(ada.id)) as User
}

onBothDatabases('The records kept after a deletion', (open) => {
  it('contain no name, address or device of the user, but the events and their times', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const root = await addRoot(service)
    const ada = await live(service, root)
    const before = await service.audit.historyOf(ada.uuid, 100)
    const hers = /ada@example|new@example|Augusta|Countess|Lovelace|Byron|Adas browser|198\.51/
    expect(await kept(service)).toMatch(hers)

    expect(await service.adminDeletions.atOnce(ada, { uuid: root.uuid, device: OTHERS })).toMatchObject({
      ok: true,
    })
    // And no email to the unconfirmed new address.
    expect(await mailsOf(service)).toEqual([])
    expect(await kept(service)).not.toMatch(hers)

    const after = await service.audit.historyOf(ada.uuid, 100)
    const facts = (records: typeof before) =>
      records.map(({ id, at, event, actor }) => [id, at, event, actor])
    expect(facts(after.slice(1))).toEqual(facts(before))
    const told = (event: string) => after.find((record) => record.event === event)
    expect(told('deleted')).toMatchObject({ actor: root.uuid, device: OTHERS })
    expect(told('rights_changed')?.details).toMatchObject({ after: { is_staff: true } })
    expect(told('rights_changed')?.device, 'where the administrator was').toEqual(OTHERS)
    expect(told('group_joined')?.details).toMatchObject({ group: 'editors' })
    expect(told('sign_in_failed')?.details).toEqual({ reason: 'wrong_password' })
    expect(told('names_changed')?.details).toEqual({})
  })

  it('leave all other users unchanged', async () => {
    const service = await open({ config: { registration: 'invite' } })
    const root = await addRoot(service)
    const ada = await live(service, root)
    await service.invitations.invite({ email: 'bob@example.com' }, OPERATOR)
    const before = await kept(service)
    expect(await service.users.remove(root.uuid)).toBe(false)
    expect(await kept(service)).toBe(before)
    const count = before.split('bob@example.com').length
    await service.users.remove(ada.uuid)
    expect((await kept(service)).split('bob@example.com')).toHaveLength(count)
  })
})
