import { expect, it } from 'vitest'
import { createFirstVerification } from '../../../auth-service/src/accounts/first-verification.ts'
import { createStatistics } from '../../../auth-service/src/users/statistics.ts'
import { NOW } from '../../support/tokens.ts'
import { mailsOf } from '../support/mails.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases } from '../support/services.ts'

const ADA = 'ada@example.com'

async function asked(open: OpenService, email = ADA) {
  const service = await open()
  const ada = await addUser(service, ADA)
  const asked = await service.magicLinks.ask(email, DEVICE)
  if (!('flow' in asked)) throw new Error(JSON.stringify(asked.errors))
  const code = (await mailsOf(service)).at(-1)?.text.match(/^ {4}(\d{3} \d{3})$/m)?.[1] ?? ''
  const wrong = String((Number(code.replace(' ', '')) + 1) % 1_000_000).padStart(6, '0')
  return { service, ada, flow: asked.flow, code, wrong }
}

onBothDatabases('An emailed code', (open) => {
  it('counts as a failed sign-in in the log, the history and the statistics when it is wrong', async () => {
    const { service, ada, flow, code, wrong } = await asked(open)
    expect(await service.magicLinks.byCode(flow, wrong, DEVICE)).toBeNull()
    const [latest] = await service.audit.historyOf(ada.uuid, 1)
    expect(latest).toMatchObject({
      event: 'sign_in_failed',
      subject: ada.uuid,
      actor: null,
      device: DEVICE,
      details: { reason: 'wrong_code' },
    })
    expect((await createStatistics(service)()).days.at(-1)).toMatchObject({ failures: 1 })

    expect(await service.magicLinks.byCode(flow, code, DEVICE)).toEqual({
      user: expect.objectContaining({ uuid: ada.uuid }),
      passwordInvalidated: false,
    })
    expect((await createStatistics(service)()).days.at(-1)).toMatchObject({ failures: 1 })
  })

  it('counts as a failed sign-in for an unknown address, too', async () => {
    const { service, flow } = await asked(open, 'nobody@example.com')
    expect(await service.magicLinks.byCode(flow, '123456', DEVICE)).toBeNull()
    const { db, auditLog } = service.database
    expect((await db.select().from(auditLog)).at(-1)).toMatchObject({
      event: 'sign_in_failed',
      subject: null,
      details: '{"reason":"wrong_code"}',
    })
  })
})

const HERS = { email: ADA, password: 'correct horse battery staple' }

onBothDatabases('The owner of an address that a stranger registered', (open) => {
  /** A signed-in stranger who holds every kind of access to an account, and a link that the owner gets. */
  async function registered() {
    const service = await open()
    const outcome = await service.accounts.register(HERS, DEVICE)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors))
    const { user, session } = outcome.value
    const origin = { sid: session.id, device: DEVICE }
    const wish = { current_password: HERS.password, email: 'eve@example.com' }
    expect(await service.profile.askForEmail(user, wish, origin)).toEqual({})
    const { token } = await service.oneTimeTokens.issue('sign_in', user.id, user.email)
    const signIn = async () => (await service.accounts.signIn(HERS, DEVICE)).ok
    return { service, user, session, token, signIn, phone: { userAgent: 'Phone', address: '192.0.2.8' } }
  }

  it('takes over the account: its password, sessions and emailed links are void, and the log says so', async () => {
    const { service, user, token, signIn, phone } = await registered()
    const proved = await service.magicLinks.byLink(token, phone)
    expect(proved).toMatchObject({
      passwordInvalidated: true,
      user: { uuid: user.uuid, emailVerifiedAt: NOW },
    })
    expect(await signIn()).toBe(false)
    expect(await service.sessions.list(user.id)).toEqual([])
    const { db, oneTimeTokens } = service.database
    expect(await db.select().from(oneTimeTokens)).toEqual([])
    const { entries } = await service.revocations.since(0)
    expect(entries).toContainEqual(expect.objectContaining({ sub: user.uuid, version: user.version + 1 }))
    const history = await service.audit.historyOf(user.uuid, 10)
    expect(history).toContainEqual(expect.objectContaining({ event: 'password_dropped', device: phone }))
    // The owner is signed in.
    if (!proved) throw new Error('Nobody is there.')
    expect(await service.accounts.completeSignIn(proved.user, phone, true, 'link')).toMatchObject({
      ok: true,
    })
  })

  it('finds the account unchanged if the address was confirmed before', async () => {
    const { service, user, session, token, signIn, phone } = await registered()
    await service.users.noteVerified(user.uuid)
    expect(await service.magicLinks.byLink(token, phone)).toMatchObject({ passwordInvalidated: false })
    expect(await service.sessions.list(user.id)).toEqual([session])
    expect(await signIn()).toBe(true)
  })

  it('keeps a password that was chosen through an emailed link at the same moment', async () => {
    const { service, user, phone } = await registered()
    const password = 'an entirely different one'
    const byMail = await service.oneTimeTokens.issue('reset_password', user.id, user.email)
    await service.passwordReset.reset(byMail.token, password, DEVICE)
    // As at the first look.
    expect(await createFirstVerification(service)(user, phone)).toBeNull()
    expect((await service.accounts.signIn({ ...HERS, password }, DEVICE)).ok).toBe(true)
  })
})

onBothDatabases('A password reset link for an address that a stranger registered', (open) => {
  it("replaces the stranger's password, ends the sessions and confirms the address", async () => {
    const service = await open()
    const outcome = await service.accounts.register(HERS, DEVICE)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors))
    const { user } = outcome.value
    const { token } = await service.oneTimeTokens.issue('reset_password', user.id, user.email)
    expect((await service.passwordReset.reset(token, 'an entirely different one', DEVICE)).ok).toBe(true)
    expect((await service.accounts.signIn(HERS, DEVICE)).ok).toBe(false)
    expect(await service.sessions.list(user.id)).toEqual([])
    expect(await service.users.findById(user.id)).toMatchObject({ emailVerifiedAt: NOW })
  })
})
