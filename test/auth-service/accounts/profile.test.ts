import { expect, it } from 'vitest'
import { createPasswordChange } from '../../../auth-service/src/accounts/passwords/change.ts'
import { createProfile, type Origin } from '../../../auth-service/src/accounts/profile.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery staple' }
const ANOTHER = 'an entirely different one'
const OUTDATED = { form: expect.stringMatching(/^Your password was changed in the meantime/) }

async function registered(service: TestService) {
  const outcome = await service.accounts.register(ADA, DEVICE)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors))
  return { ada: outcome.value.user, origin: { sid: outcome.value.session.id, device: DEVICE } }
}

/** A reader of this user's email chooses another password with it. */
async function reset(service: TestService, { id, email }: User): Promise<void> {
  const { token } = await service.oneTimeTokens.issue('reset_password', id, email)
  const outcome = await service.passwordReset.reset(token, ANOTHER, DEVICE)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors))
}

const signIn = (service: TestService, password: string) =>
  service.accounts.signIn({ ...ADA, password }, DEVICE)

onBothDatabases('A request whose password the owner replaces meanwhile', (open) => {
  /** The profile, with an owner who is faster once the old password was checked. */
  async function overtaken() {
    const service = await open()
    const { ada, origin } = await registered(service)
    const passwords = {
      ...service.passwords,
      async check(password: string, encoded: string | null) {
        const isRight = await service.passwords.check(password, encoded)
        await reset(service, ada)
        return isRight
      },
    }
    const changePassword = createPasswordChange(service)
    return { service, ada, origin, profile: createProfile({ ...service, passwords, changePassword }) }
  }

  it('does not change the password', async () => {
    const { service, ada, origin, profile } = await overtaken()
    const input = { current_password: ADA.password, password: 'the password of an intruder' }
    expect(await profile.changePassword(ada, input, origin)).toEqual(OUTDATED)
    expect((await signIn(service, input.password)).ok).toBe(false)
    expect((await signIn(service, ANOTHER)).ok).toBe(true)
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.map(({ event }) => event)).not.toContain('password_changed')
    const mails = await service.database.db.select().from(service.database.outbox)
    expect(mails.filter(({ subject }) => subject === 'Your password was changed')).toHaveLength(1)
  })

  it('does not send a link to another address', async () => {
    const { service, ada, origin, profile } = await overtaken()
    const input = { current_password: ADA.password, email: 'eve@example.com' }
    expect(await profile.askForEmail(ada, input, origin)).toEqual(OUTDATED)
    const { db, oneTimeTokens, outbox } = service.database
    const purposes = (await db.select().from(oneTimeTokens)).map(({ purpose }) => purpose)
    expect(purposes).not.toContain('change_email')
    expect((await db.select().from(outbox)).map(({ recipient }) => recipient)).not.toContain(input.email)
  })

  it('does not delete the account or sign anyone out', async () => {
    const { service, ada, origin, profile } = await overtaken()
    const deleting = profile.requestDeletion(ada, { password: ADA.password }, origin)
    expect(await deleting).toEqual({ ok: false, reason: OUTDATED })
    expect(await service.users.findById(ada.id)).toMatchObject({ deletionDueAt: null })
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.map(({ event }) => event).slice(0, 2)).toEqual(['password_refused', 'password_reset'])
  })

  it('does not end sessions that began with the new password', async () => {
    const service = await open()
    const { ada } = await registered(service)
    await reset(service, ada)
    const back = await signIn(service, ANOTHER)
    if (!back.ok) throw new Error(JSON.stringify(back.errors))
    expect(await service.deletions.request(ada, DEVICE)).toEqual({ ok: false, reason: 'outdated' })
    expect(await service.sessions.list(ada.id)).toEqual([back.value.session])
  })
})

onBothDatabases('A link to another address', (open) => {
  it('is void after five wrong passwords, not after four', async () => {
    const service = await open()
    const { ada } = await registered(service)
    const { token } = await service.oneTimeTokens.issue('change_email', ada.id, 'augusta@example.com')
    const by = (password: string) => ({ device: DEVICE, isSignedIn: false, password })
    for (let tries = 1; tries <= 5; tries++) {
      const refused = await service.profile.confirmEmail(token, by('a guess'))
      const reason = tries === 5 ? 'gone' : { password: expect.anything() }
      expect(refused).toEqual({ ok: false, reason })
      await service.profile.confirmEmail(token, by(''))
      expect((await service.profile.findChange(token)) === null, `after ${tries}`).toBe(tries === 5)
    }
    expect(await service.users.findById(ada.id)).toMatchObject({ email: ADA.email })
  })

  it('is void if the password changes while it is redeemed', async () => {
    const service = await open()
    const { ada } = await registered(service)
    const { token } = await service.oneTimeTokens.issue('change_email', ada.id, 'eve@example.com')
    const oneTimeTokens = {
      ...service.oneTimeTokens,
      async redeem(...args: Parameters<typeof service.oneTimeTokens.redeem>) {
        const proof = await service.oneTimeTokens.redeem(...args)
        await reset(service, ada)
        return proof
      },
    }
    const changePassword = createPasswordChange(service)
    const profile = createProfile({ ...service, oneTimeTokens, changePassword })
    expect(await profile.confirmEmail(token, { device: DEVICE, isSignedIn: true })).toEqual({
      ok: false,
      reason: 'gone',
    })
    expect(await service.users.findById(ada.id)).toMatchObject({ email: ADA.email })
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.map(({ event }) => event)).not.toContain('email_changed')
  })
})

onBothDatabases('A wrong password', (open) => {
  it('is recorded in the audit log for every purpose', async () => {
    const service = await open()
    const { ada, origin } = await registered(service)
    const { profile } = service
    const wrong = 'wrong horse'
    const tries: ((origin: Origin) => Promise<unknown>)[] = [
      (by) => profile.changePassword(ada, { current_password: wrong, password: ANOTHER }, by),
      (by) => profile.askForEmail(ada, { current_password: wrong, email: 'eve@example.com' }, by),
      (by) => profile.requestDeletion(ada, { password: wrong }, by),
    ]
    for (const attempt of tries) {
      await attempt(origin)
      const [latest] = await service.audit.historyOf(ada.uuid, 1)
      expect(latest).toMatchObject({ event: 'password_refused', actor: ada.uuid, ...origin })
    }
    const history = await service.audit.historyOf(ada.uuid, 10)
    expect(history.filter(({ event }) => event === 'password_refused')).toHaveLength(3)
  })
})
