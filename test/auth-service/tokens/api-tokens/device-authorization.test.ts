import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { User } from '../../../../auth-service/src/users/users.ts'
import { mailsOf } from '../../support/mails.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../../support/services.ts'

const PHONE = { userAgent: 'TV of a stranger', address: '198.51.100.7' }
const PASSWORD = 'a long walk by the sea'

/** A device that Ada has allowed, and that has not asked since. */
async function allowed({ deviceAuthorization }: TestService, ada: User) {
  const begun = await deviceAuthorization.start({ deviceName: 'Living room' }, PHONE)
  if (!begun.ok) throw new Error(begun.reason)
  expect(await deviceAuthorization.decide(begun.value.userCode, ada, true, DEVICE)).toBe(true)
  return () => deviceAuthorization.poll(begun.value.deviceCode, undefined, PHONE)
}

async function withPassword(service: TestService) {
  const given = { email: 'ada@example.com', password: PASSWORD }
  const registered = await service.accounts.register(given, DEVICE)
  if (!registered.ok) throw new Error('not registered')
  return registered.value
}

/** Everything that the owner of an account can do against a device that should not have been allowed. */
const ENDS: Record<string, (service: TestService, ada: User, sid: string) => Promise<unknown>> = {
  'all tokens are revoked': ({ apiTokens }, ada) => apiTokens.revokeAll(ada, OPERATOR),
  'all sessions are ended': ({ sessions }, ada) => sessions.endAll(ada.id),
  'all other sessions are ended': ({ sessions }, ada, sid) => sessions.endOthers(ada.id, sid),
  'the password is changed': ({ profile }, ada, sid) =>
    profile.changePassword(
      ada,
      { current_password: PASSWORD, password: 'another walk by the lake', keep: true },
      { sid, device: DEVICE },
    ),
  'the password is reset': async ({ passwordReset }, ada) => {
    const token = new URL(await passwordReset.createResetLink(ada)).searchParams.get('token')
    expect(await passwordReset.reset(token, 'another walk by the lake', DEVICE)).toMatchObject({ ok: true })
  },
  'the deletion of the account is requested': ({ profile }, ada, sid) =>
    profile.requestDeletion(ada, { password: PASSWORD }, { sid, device: DEVICE }),
  'the account is disabled and enabled again': async ({ administration }, ada) => {
    await administration.change(ada.uuid, { isActive: false }, OPERATOR)
    await administration.change(ada.uuid, { isActive: true }, OPERATOR)
  },
}

onBothDatabases('A device that was allowed', (open) => {
  it.each(Object.entries(ENDS))('gets no token once %s', async (_, end) => {
    const service = await open()
    const { user, session } = await withPassword(service)
    const poll = await allowed(service, user)
    await end(service, user, session.id)
    service.wait(20)
    expect(await poll()).toEqual({ ok: false, reason: 'expired_token' })
    expect(await service.apiTokens.list(user)).toEqual([])
  })

  it('has no token that survives its owner, who revokes all at the same moment', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const ada = await addUser(service)
    for (let i = 0; i < 10; i++) {
      const poll = await allowed(service, ada)
      await Promise.all([poll(), beside.apiTokens.revokeAll(ada, OPERATOR), poll()])
      expect(await service.apiTokens.list(ada)).toEqual([])
    }
  })

  it('gets one token of several polls at once, and its owner an email', async () => {
    const service = await open()
    const ada = await addUser(service)
    const poll = await allowed(service, ada)
    const all = await Promise.all([poll(), poll(), poll()])
    expect(all.filter(({ ok }) => ok)).toHaveLength(1)
    expect(all.filter(({ ok }) => !ok)).toEqual(Array(2).fill({ ok: false, reason: 'expired_token' }))
    const mails = (await mailsOf(service)).filter(({ subject }) => subject.includes('API token'))
    expect(mails).toHaveLength(1)
    expect(mails[0]).toMatchObject({ to: ada.email })
    expect(mails[0]?.text).toContain('The device “Living room” now has an API token for your account.')
    expect(mails[0]?.text).toContain(PHONE.address)
  })

  it('tells its owner in German', async () => {
    const service = await open()
    const ada = await addUser(service)
    await service.users.noteLanguage(ada.id, 'de')
    const poll = await allowed(service, ada)
    expect(await poll()).toMatchObject({ ok: true })
    const [mail] = await mailsOf(service)
    expect(mail?.text).toContain('Das Gerät „Living room“ hat jetzt ein API-Token für Ihr Konto.')
  })
})
