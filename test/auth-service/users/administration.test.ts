import { describe, expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createAuditSearch } from '../../../auth-service/src/events/audit-search.ts'
import type { NewUser, User } from '../../../auth-service/src/users/users.ts'
import { retryWhenBusy } from '../support/retry-when-busy.ts'
import { DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

async function add(service: TestService, email: string, flags: Partial<NewUser> = {}) {
  const created = await service.users.create({
    email,
    password: '!',
    firstName: 'Ada',
    lastName: 'Byron',
    ...flags,
  })
  if (!created.ok) throw new Error(`${email} already exists.`)
  return created.value
}
const addSuperuser = (service: TestService, email: string) => add(service, email, { isSuperuser: true })

const as = ({ uuid }: { uuid: string }) => ({ uuid, device: DEVICE })

const ANY = { event: null, subject: null, actor: null, address: null, from: null, until: null, after: null }
const logOf = async ({ database }: TestService, subject: string) =>
  (await createAuditSearch(database)({ ...ANY, subject })).entries.map(
    ({ event, actor, device, details }) => ({
      event,
      actor,
      address: device.address,
      ...details,
    }),
  )

onBothDatabases('An administrator', (open) => {
  it('changes names and the address, and the log shows the old and new values', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    const patch = { lastName: 'Lovelace', email: 'Ada@Navy.example', firstName: 'Ada' }
    const changed = await service.administration.change(ada.uuid, patch, as(root))
    expect(changed).toMatchObject({ ok: true, value: { ...patch, emailVerifiedAt: null } })
    expect(await service.users.findByEmail('ada@navy.EXAMPLE')).toMatchObject({ uuid: ada.uuid })
    const by = { actor: root.uuid, address: DEVICE.address }
    expect(await logOf(service, ada.uuid)).toEqual([
      { event: 'names_changed', ...by, before: { last_name: 'Byron' }, after: { last_name: 'Lovelace' } },
      {
        event: 'email_changed',
        ...by,
        before: { email: 'ada@example.com' },
        after: { email: 'Ada@Navy.example' },
      },
    ])
  })

  it('informs only the old address about a new one', async () => {
    const service = await open()
    const { db, outbox } = service.database
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'Ada@example.com')
    await service.administration.change(ada.uuid, { lastName: 'Lovelace', isStaff: true }, as(root))
    await service.administration.change(ada.uuid, { email: 'root@EXAMPLE.com' }, as(root))
    expect(await db.select().from(outbox)).toEqual([])
    await service.administration.change(ada.uuid, { email: 'ada@navy.example' }, as(root))
    expect(await db.select().from(outbox)).toMatchObject([
      { recipient: 'Ada@example.com', subject: 'Your email address was changed' },
    ])
  })

  it("informs the old address in the user's language, not the administrator's", async () => {
    const service = await open()
    const { db, outbox } = service.database
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    await service.users.noteLogin(ada.id, 'de')
    const by = { ...as(root), device: { ...DEVICE, language: 'en' } }
    await service.administration.change(ada.uuid, { email: 'ada@navy.example' }, by)
    expect(await db.select().from(outbox)).toMatchObject([{ subject: 'Ihre E-Mail-Adresse wurde geändert' }])
  })

  it('causes no entry, email or feed event by a change that changes nothing', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    await service.sessions.start(ada, DEVICE)
    const changed = await service.administration.change(
      ada.uuid,
      { isActive: true, firstName: 'Ada' },
      as(root),
    )
    expect(changed).toEqual({ ok: true, value: ada })
    expect(await logOf(service, ada.uuid)).toEqual([])
    expect((await service.revocations.since(0)).entries).toEqual([])
  })

  it('changes rights: tokens go stale, and no one is signed out', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    const { session, accessToken } = await service.sessions.start(ada, DEVICE)
    await service.administration.change(ada.uuid, { isStaff: true }, as(root))
    const { entries } = await service.revocations.since(0)
    expect(entries).toEqual([expect.objectContaining({ sid: session.id, before: expect.any(Number) })])
    const { iat } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
    expect((entries[0] as { before: number }).before).toBeGreaterThan(iat)
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
    expect(await logOf(service, ada.uuid)).toEqual([
      expect.objectContaining({
        event: 'rights_changed',
        before: { is_staff: false },
        after: { is_staff: true },
      }),
    ])
  })

  it('disables a user: sessions end, apps are told, and emailed links are void', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    const { session } = await service.sessions.start(ada, DEVICE)
    const version = ada.version + 1
    const { db, oneTimeTokens } = service.database
    const token = { hash: 'h', purpose: 'sign_in', userId: ada.id, email: ada.email, codeHash: null } as const
    await db.insert(oneTimeTokens).values({ ...token, attempts: 0, createdAt: 1, expiresAt: 2 })
    await service.administration.change(ada.uuid, { isActive: false }, as(root))
    expect(await service.sessions.list(ada.id)).toEqual([])
    expect((await service.revocations.since(0)).entries).toEqual([
      expect.objectContaining({ sub: ada.uuid, version, sids: [session.id] }),
    ])
    expect(await db.select().from(oneTimeTokens)).toEqual([])
    expect((await logOf(service, ada.uuid)).map(({ event }) => event)).toEqual(['switched_off'])
  })

  it.each([{ isActive: false }, { isStaff: false }, { isSuperuser: false }])(
    'cannot remove their own rights: %o',
    async (patch) => {
      const service = await open()
      await addSuperuser(service, 'other@example.com')
      const root = await add(service, 'root@example.com', { isSuperuser: true, isStaff: true })
      expect(await service.administration.change(root.uuid, patch, as(root))).toEqual({
        ok: false,
        reason: 'own_rights',
      })
      expect(await service.users.findByUuid(root.uuid)).toEqual(root)
      const named = await service.administration.change(root.uuid, { firstName: 'Root' }, as(root))
      expect(named.ok).toBe(true)
    },
  )

  it('cannot use an address that is taken in any spelling, and then changes nothing else', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    const ada = await add(service, 'ada@example.com')
    const patch = { email: 'ROOT@example.com', lastName: 'Lovelace' }
    expect(await service.administration.change(ada.uuid, patch, as(root))).toEqual({
      ok: false,
      reason: 'email_taken',
    })
    expect(await service.users.findByUuid(ada.uuid)).toEqual(ada)
    expect(await logOf(service, ada.uuid)).toEqual([])
  })

  it('cannot change a user who does not exist', async () => {
    const service = await open()
    const root = await addSuperuser(service, 'root@example.com')
    expect(await service.administration.change('nobody', { isStaff: true }, as(root))).toEqual({
      ok: false,
      reason: 'not_found',
    })
  })
})

onBothDatabases('The last active superuser', (open) => {
  it.each([{ isActive: false }, { isSuperuser: false }])(
    'keeps the rights, even against the operator: %o',
    async (patch) => {
      const service = await open()
      const root = await addSuperuser(service, 'root@example.com')
      await add(service, 'off@example.com', { isSuperuser: true, isActive: false })
      const { session } = await service.sessions.start(root, DEVICE)
      expect(await service.administration.change(root.uuid, patch, OPERATOR)).toEqual({
        ok: false,
        reason: 'last_superuser',
      })
      expect(await service.users.findByUuid(root.uuid)).toEqual(root)
      expect((await service.sessions.list(root.id)).map(({ id }) => id)).toEqual([session.id])
      expect(await logOf(service, root.uuid)).toEqual([])
      await addSuperuser(service, 'second@example.com')
      expect((await service.administration.change(root.uuid, patch, OPERATOR)).ok).toBe(true)
    },
  )

  it.each([
    ['demote', { isSuperuser: false }],
    ['disable', { isActive: false }],
  ])('remains when two superusers %s each other at the same time, in two services', async (_, patch) => {
    const service = await open()
    const beside = await open({ beside: service })
    for (let round = 0; round < 10; round++) {
      const a = await addSuperuser(service, `a${round}@example.com`)
      const b = await addSuperuser(service, `b${round}@example.com`)
      const results = await Promise.all([
        service.administration.change(a.uuid, patch, as(b)),
        beside.administration.change(b.uuid, patch, as(a)),
      ])
      expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
      const [loser] = results.filter(({ ok }) => !ok)
      expect(loser).toMatchObject({ reason: expect.stringMatching(/^(not_allowed|last_superuser)$/) })
      const left = results[0]?.ok ? b : a
      expect(await service.users.findByUuid(left.uuid)).toMatchObject({ isActive: true, isSuperuser: true })
      expect(await logOf(service, left.uuid)).toEqual([])
      // Leaves only the next two superusers.
      await service.database.db.delete(service.database.users)
    }
  })

  it("remains when a hundred requests revoke everyone's rights at once", async () => {
    const service = await open()
    const all: User[] = []
    for (let i = 0; i < 10; i++) all.push(await addSuperuser(service, `s${i}@example.com`))
    await Promise.all(
      all.flatMap((one) =>
        all.map((by) =>
          retryWhenBusy(() => service.administration.change(one.uuid, { isSuperuser: false }, as(by))),
        ),
      ),
    )
    const left = await Promise.all(all.map(({ uuid }) => service.users.findByUuid(uuid)))
    expect(left.filter((person) => person?.isSuperuser)).toHaveLength(1)
  })
})

describe('Simultaneous changes', () => {
  onBothDatabases('of the same user', (open) => {
    it('all take effect, each with a correct log entry', async () => {
      const service = await open()
      const root = await addSuperuser(service, 'root@example.com')
      const ada = await add(service, 'ada@example.com')
      await Promise.all([
        service.administration.change(ada.uuid, { firstName: 'Augusta' }, as(root)),
        service.administration.change(ada.uuid, { isStaff: true }, as(root)),
        service.administration.change(ada.uuid, { lastName: 'Lovelace' }, as(root)),
      ])
      expect(await service.users.findByUuid(ada.uuid)).toMatchObject({
        firstName: 'Augusta',
        lastName: 'Lovelace',
        isStaff: true,
      })
      expect(await logOf(service, ada.uuid)).toHaveLength(3)
    })
  })
})
