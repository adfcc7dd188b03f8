import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { linkIn } from '../support/mails.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases } from '../support/services.ts'

const ADA = { email: 'ada@example.com', password: 'a long walk by the sea' }
const DAY = 86_400
const TTL = 7 * DAY

async function registered(open: OpenService, input: object = {}) {
  const service = await open({ config: { emailVerification: 'required' } })
  const outcome = await service.accounts.register({ ...ADA, ...input }, DEVICE)
  expect(outcome).toMatchObject({ mailed: true })
  const find = () => service.users.findByEmail(ADA.email)
  const ada = await find()
  if (!ada) throw new Error('Nobody registered.')
  return { service, ada, find, deleteExpired: () => service.unconfirmedAccounts.deleteExpired() }
}

onBothDatabases('An unconfirmed account', (open) => {
  it('expires after UNCONFIRMED_TTL, with its mail; apps and the audit log are told', async () => {
    const { service, ada, find, deleteExpired } = await registered(open)
    service.wait(TTL - 1)
    expect(await deleteExpired()).toBe(0)
    service.wait(1)
    expect(await deleteExpired()).toBe(1)
    expect(await find()).toBeNull()
    const { db, outbox } = service.database
    expect(await db.select().from(outbox)).toEqual([])
    const { entries } = await service.revocations.since(0)
    expect(entries).toContainEqual(expect.objectContaining({ sub: ada.uuid, deleted: true }))
    const [last] = await service.audit.historyOf(ada.uuid, 1)
    expect(last).toMatchObject({ event: 'deleted', actor: null, details: { because: 'unconfirmed' } })
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'unconfirmed_accounts_deleted', count: 1 }),
    )
    expect(await deleteExpired()).toBe(0)
    expect(await service.accounts.register(ADA, DEVICE)).toMatchObject({ mailed: true })
  })

  it('expires once in two services that clean up at the same time', async () => {
    const { service } = await registered(open)
    const beside = await open({ beside: service, config: { emailVerification: 'required' } })
    service.wait(TTL)
    beside.wait(TTL)
    const deleted = await Promise.all([service, beside].map((one) => one.unconfirmedAccounts.deleteExpired()))
    expect(deleted.sort()).toEqual([0, 1])
  })

  it('lives as long as its confirmation link works', async () => {
    const { service, ada, find, deleteExpired } = await registered(open)
    service.wait(TTL - 60)
    await service.emailVerification.resend(ada, OPERATOR)
    service.wait(DAY - 1)
    expect(await deleteExpired()).toBe(0)
    const link = new URL(await linkIn(service, ADA.email), 'https://x').searchParams.get('token')
    expect(await service.accounts.confirm(link, ADA.password, DEVICE)).toMatchObject({ ok: true })
    service.wait(400 * DAY)
    expect(await deleteExpired()).toBe(0)
    expect(await find()).not.toBeNull()
  })

  it.each([
    [
      'was confirmed and has another address since',
      async (service: Opened, uuid: string) => {
        await service.users.noteVerified(uuid)
        await service.administration.change(uuid, { email: ADA.email.toUpperCase() }, OPERATOR)
      },
    ],
    [
      'got its address from an administrator',
      async (service: Opened, uuid: string) => {
        await service.administration.change(uuid, { email: 'ADA@example.com' }, OPERATOR)
      },
    ],
    [
      'signed in',
      async (service: Opened, uuid: string) => {
        await service.users.noteLogin((await service.users.findByUuid(uuid))?.id ?? 0)
      },
    ],
    [
      'was made staff',
      async (service: Opened, uuid: string) => {
        await service.administration.change(uuid, { isStaff: true }, OPERATOR)
      },
    ],
    [
      'was disabled, which keeps the address taken',
      async (service: Opened, uuid: string) => {
        await service.administration.change(uuid, { isActive: false }, OPERATOR)
      },
    ],
    [
      'is in a group',
      async (service: Opened, uuid: string) => {
        const group = await service.groups.create('editors', OPERATOR)
        const person = await service.users.findByUuid(uuid)
        if (group.ok && person) await service.groups.add(group.value, person, OPERATOR)
      },
    ],
  ])('is kept if its user %s', async (_what, change) => {
    const { service, ada, find, deleteExpired } = await registered(open)
    await change(service, ada.uuid)
    service.wait(400 * DAY)
    expect(await deleteExpired()).toBe(0)
    expect(await find()).not.toBeNull()
  })

  it('is kept if it was imported or created by others, or needs no confirmation', async () => {
    const { service, deleteExpired } = await registered(open)
    await addUser(service, 'imported@example.com')
    service.wait(400 * DAY)
    expect(await deleteExpired()).toBe(1)
    expect(await service.users.findByEmail('imported@example.com')).not.toBeNull()

    const optional = await open({ beside: service, config: { emailVerification: 'optional' } })
    expect(await optional.accounts.register({ ...ADA, email: 'bob@example.com' }, DEVICE)).toMatchObject({
      ok: true,
    })
    optional.wait(400 * DAY)
    expect(await optional.unconfirmedAccounts.deleteExpired()).toBe(0)
    expect(await optional.users.findByEmail('bob@example.com')).toMatchObject({ unconfirmedSince: null })
  })
})

onBothDatabases('A deleted account', (open) => {
  it("takes the mail to its former and unconfirmed addresses with it, and no one else's", async () => {
    const service = await open()
    const ada = await addUser(service)
    const bob = await addUser(service, 'bob@example.com')
    const password = await service.passwords.hash(ADA.password)
    const hers = await service.users.update(ada.uuid, { password })
    if (!hers.ok) throw new Error('Nobody is there.')
    const { session } = await service.sessions.start(hers.value, DEVICE)
    const origin = { sid: session.id, device: DEVICE }
    const wish = { current_password: ADA.password, email: 'augusta@example.com' }
    expect(await service.profile.askForEmail(hers.value, wish, origin)).toEqual({})
    await service.administration.change(ada.uuid, { email: 'lovelace@example.com' }, OPERATOR)
    await service.passwordReset.sendLink(bob, OPERATOR)
    const recipients = async () => {
      const { db, outbox } = service.database
      return (await db.select().from(outbox).orderBy(outbox.id)).map(({ recipient }) => recipient)
    }
    expect(await recipients()).toEqual([wish.email, ada.email, ada.email, bob.email])
    await service.users.remove(ada.uuid)
    expect(await recipients()).toEqual([bob.email])
  })
})

type Opened = Awaited<ReturnType<OpenService>>
