import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, DEVICE, onBothDatabases, renew, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()

onBothDatabases('latchkey users', (open) => {
  const beside = (service: TestService) => (line: string) =>
    latchkey(line.split(' '), { env: { DATABASE_URL: service.config.databaseUrl } })

  async function openWithPeople() {
    const service = await open()
    const ada = await addUser(service)
    const bob = await addUser(service, 'bob_100%@example.com')
    await service.administration.change(
      bob.uuid,
      { isStaff: true, firstName: 'Bob', lastName: 'Builder' },
      OPERATOR,
    )
    return { service, ada, bob, users: beside(service) }
  }

  it('lists the matching users, for people and for programs', async () => {
    const { users, service, ada, bob } = await openWithPeople()
    const all = await users('users list')
    expect(all).toMatchObject({ code: 0, err: '' })
    expect(all.out).toMatch(/^EMAIL +NAME +FLAGS +LAST SIGN-IN +ID\n/)
    expect(all.out).toContain('Ada Lovelace')
    const found = async (line: string) =>
      JSON.parse((await users(`users list --json ${line}`.trim())).out).map(
        ({ uuid }: { uuid: string }) => uuid,
      )
    expect(await found('')).toEqual([ada.uuid, bob.uuid])
    expect(await found('--staff')).toEqual([bob.uuid])
    expect(await found('--no-staff')).toEqual([ada.uuid])
    expect(await found('--superuser')).toEqual([])
    expect(await found('--search LOVELACE')).toEqual([ada.uuid])
    expect(await found('--search bob_100%')).toEqual([bob.uuid])
    expect(await found('--search a%e')).toEqual([])
    await service.users.update(bob.uuid, { firstName: 'Émilie' })
    for (const text of ['émilie', 'ÉMILIE', 'É']) expect(await found(`--search ${text}`)).toEqual([bob.uuid])
    expect(await found('--search émilie --no-staff')).toEqual([])
    expect(await found('--inactive')).toEqual([])
    expect((await users('users list --superuser')).out).toBe('No matching users.')
  })

  it('shows a user', async () => {
    const { users, service, ada } = await openWithPeople()
    await service.sessions.start(ada, DEVICE)
    const { out } = await users('users show ADA@example.com')
    expect(out).toContain('Ada Lovelace')
    expect(out).toMatch(/Sessions +1/)
    const facts = JSON.parse((await users(`users show ${ada.uuid} --json`)).out)
    expect(facts).toMatchObject({ uuid: ada.uuid, email: 'ada@example.com', is_active: true, sessions: 1 })
    expect(JSON.stringify(facts)).not.toContain('password')
    expect(await users('users show eve@example.com')).toMatchObject({ code: 1, out: '' })
  })

  it('prints a one-time password reset link, and sends no email', async () => {
    const { users, service, ada, bob } = await openWithPeople()
    const { out } = await users(`users reset-link ${ada.email}`)
    const link = new URL(out.split('\n')[1] ?? '')
    expect([link.origin, link.pathname]).toEqual([service.config.authUrl, '/password/reset'])
    const { link: another } = JSON.parse((await users(`users reset-link ${ada.uuid} --json`)).out)
    expect(another).not.toBe(link.href)
    const chosen = 'a long walk by the sea'
    const token = new URL(another).searchParams.get('token')
    expect(await service.passwordReset.reset(token, chosen, DEVICE)).toMatchObject({ ok: true })
    const { password = '' } = (await service.users.findById(ada.id)) ?? {}
    expect(await service.passwords.check(chosen, password)).toBe(true)
    expect(await service.passwordReset.reset(token, 'a short walk by the sea', DEVICE)).toMatchObject({
      ok: false,
    })
    const mails = await service.database.db.select().from(service.database.outbox)
    expect(mails.map(({ subject }) => subject)).toEqual(['Your password was changed'])
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.map(({ event }) => event)).toEqual([
      'password_reset',
      'password_link_made',
      'password_link_made',
    ])
    expect(JSON.stringify(history)).not.toContain(token)
    await users(`users deactivate ${bob.email}`)
    expect(await users(`users reset-link ${bob.email}`)).toMatchObject({
      code: 1,
      err: 'bob_100%@example.com is disabled. Enable the account first: latchkey users activate bob_100%@example.com',
    })
  })

  it('disables and enables users, which ends their sessions and appears in the audit log', async () => {
    const { users, service, ada } = await openWithPeople()
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    expect(await users(`users deactivate ${ada.email}`)).toEqual({
      code: 0,
      out: 'ada@example.com is now disabled.',
      err: '',
    })
    expect(await renew(service, refreshToken)).toMatchObject({ ok: false })
    expect((await users(`users deactivate ${ada.email}`)).out).toMatch(/^Nothing to do/)
    expect((await users(`users activate ${ada.email}`)).out).toBe('ada@example.com is now active.')
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.map(({ event, actor }) => [event, actor])).toEqual([
      ['switched_on', null],
      ['switched_off', null],
    ])
  })

  it('grants and revokes rights, and keeps the last superuser', async () => {
    const { users, service, ada, bob } = await openWithPeople()
    const given = await users(`users set-flags ${ada.email} --staff --superuser`)
    expect(given).toMatchObject({ code: 0, out: 'ada@example.com is now active, staff, superuser.' })
    for (const line of [`users set-flags ${ada.email} --no-superuser`, `users deactivate ${ada.email}`]) {
      expect(await users(line)).toMatchObject({
        code: 1,
        err: 'ada@example.com is the last superuser. Make another user a superuser first.',
      })
    }
    expect((await users(`users set-flags ${ada.email} --no-staff`)).out).toContain(
      'is now active, superuser.',
    )
    expect((await users(`users set-flags ${bob.uuid} --superuser`)).code).toBe(0)
    expect((await users(`users set-flags ${ada.email} --no-superuser`)).code).toBe(0)
    expect(await service.users.findById(ada.id)).toMatchObject({ isStaff: false, isSuperuser: false })
    expect(await users(`users set-flags ${ada.email}`)).toMatchObject({ code: 1 })
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.every(({ event, actor }) => event === 'rights_changed' && actor === null)).toBe(true)
  })
})
