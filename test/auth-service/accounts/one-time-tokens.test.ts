import { expect, it } from 'vitest'
import {
  isOfFlow,
  LIFETIMES,
  MAX_ATTEMPTS,
  noFlow,
  type Purpose,
} from '../../../auth-service/src/accounts/one-time-tokens.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases, type TestService } from '../support/services.ts'

const PASSWORD = 'correct horse battery'
const PURPOSES = ['verify_email', 'reset_password', 'change_email', 'sign_in'] as const

async function ada(open: OpenService) {
  const service = await open()
  const user = await addUser(service)
  const issue = (purpose: Purpose) => service.oneTimeTokens.issue(purpose, user.id, user.email)
  return { service, user, issue, tokens: service.oneTimeTokens }
}

const rowsOf = ({ database }: TestService) => database.db.select().from(database.oneTimeTokens)

onBothDatabases('An emailed token', (open) => {
  it.each(PURPOSES)('to %s can be used once, and only for that', async (purpose) => {
    const { user, issue, tokens } = await ada(open)
    const { token } = await issue(purpose)
    const proof = { userId: user.id, email: user.email }
    for (const other of PURPOSES.filter((one) => one !== purpose)) {
      expect(await tokens.find(other, token)).toBeNull()
      expect(await tokens.redeem(other, token)).toBeNull()
    }
    expect(await tokens.find(purpose, token)).toEqual(proof)
    expect(await tokens.redeem(purpose, token)).toEqual(proof)
    expect(await tokens.find(purpose, token)).toBeNull()
    expect(await tokens.redeem(purpose, token)).toBeNull()
  })

  it.each(['.', ')', '>', ',', ' ', '.)', '\n', '”', '_', '&next=x', '='])(
    'works with %j appended to it',
    async (behind) => {
      const { user, issue, tokens } = await ada(open)
      const { token, flow } = await issue('sign_in')
      expect(isOfFlow(token + behind, flow)).toBe(true)
      const wrong = (token.startsWith('A') ? 'B' : 'A') + token.slice(1)
      expect(await tokens.find('sign_in', wrong + behind)).toBeNull()
      expect(await tokens.redeem('sign_in', ` ${token}${behind}`)).toMatchObject({ userId: user.id })
      expect(await tokens.redeem('sign_in', token)).toBeNull()
    },
  )

  it('is redeemed by one of a hundred simultaneous requests on two servers', async () => {
    const { service, issue, tokens } = await ada(open)
    const beside = await open({ beside: service })
    const { token } = await issue('reset_password')
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        (i % 2 ? tokens : beside.oneTimeTokens).redeem('reset_password', token),
      ),
    )
    expect(results.filter((proof) => proof !== null)).toHaveLength(1)
  })

  it.each(PURPOSES)('to %s works until it expires, and is then deleted', async (purpose) => {
    const { service, issue, tokens } = await ada(open)
    const { token } = await issue(purpose)
    service.wait(LIFETIMES[purpose] - 1)
    expect(await tokens.find(purpose, token)).not.toBeNull()
    expect(await tokens.deleteExpired()).toBe(0)
    service.wait(1)
    expect(await tokens.find(purpose, token)).toBeNull()
    expect(await tokens.redeem(purpose, token)).toBeNull()
    expect(await tokens.deleteExpired()).toBe(1)
    expect(await rowsOf(service)).toEqual([])
  })

  it('has 128 random bits, and only hashes of it and of its code are stored', async () => {
    const { service, issue } = await ada(open)
    const { token, code, flow } = await issue('sign_in')
    expect(Buffer.from(token, 'base64url')).toHaveLength(16)
    expect(code).toMatch(/^\d{6}$/)
    const stored = JSON.stringify(await rowsOf(service))
    for (const secret of [token, code, flow.secret]) expect(stored).not.toContain(`"${secret}"`)
  })

  it.each(['', 'x', 'é'.repeat(22), `${'a'.repeat(21)}\0`, 7, null, undefined, ['a']])(
    'is never %j',
    async (token) => {
      const { tokens } = await ada(open)
      expect(await tokens.find('verify_email', token)).toBeNull()
      expect(await tokens.redeem('verify_email', token)).toBeNull()
    },
  )

  it('dies when the password changes, unless it confirms the address', async () => {
    const { service, user, issue } = await ada(open)
    await Promise.all(PURPOSES.map(issue))
    await service.users.update(user.uuid, { firstName: 'Augusta' })
    expect(await rowsOf(service)).toHaveLength(4)
    await service.users.update(user.uuid, { password: 'another' })
    expect((await rowsOf(service)).map(({ purpose }) => purpose)).toEqual(['verify_email'])
  })

  it.each([{ email: 'augusta@example.com' }, { isActive: false }])(
    'dies when the user changes to %j',
    async (patch) => {
      const { service, user, issue } = await ada(open)
      const other = await addUser(service, 'grace@example.com')
      await service.oneTimeTokens.issue('reset_password', other.id, other.email)
      await Promise.all(PURPOSES.map(issue))
      await service.administration.change(user.uuid, patch, OPERATOR)
      expect((await rowsOf(service)).map(({ userId }) => userId)).toEqual([other.id])
    },
  )

  it("survives sign-ins: a thief who knows the password cannot void the owner's link", async () => {
    const { service, user, issue, tokens } = await ada(open)
    const password = await service.passwords.hash(PASSWORD)
    await service.users.update(user.uuid, { password, emailVerifiedAt: 1 })
    const owners = await issue('reset_password')
    const administrators = await service.passwordReset.createResetLink(user)
    const others = await Promise.all(PURPOSES.map(issue))
    for (let i = 0; i < 3; i++) {
      expect(await service.accounts.signIn({ email: user.email, password: PASSWORD }, DEVICE)).toMatchObject({
        ok: true,
      })
    }
    const byMail = await issue('sign_in')
    expect(await service.magicLinks.byLink(byMail.token, DEVICE)).not.toBeNull()
    expect(
      await tokens.find('reset_password', new URL(administrators).searchParams.get('token')),
    ).not.toBeNull()
    for (const [i, purpose] of PURPOSES.entries()) {
      expect(await tokens.find(purpose, others[i]?.token)).not.toBeNull()
    }
    expect(await service.passwordReset.reset(owners.token, 'a long walk by the sea', DEVICE)).toMatchObject({
      ok: true,
    })
  })

  it('to reset the password survives deletion requests, since a thief can repeat those at will', async () => {
    const { service, user, issue } = await ada(open)
    const { token } = await issue('reset_password')
    await service.deletions.request(user, DEVICE)
    expect(await service.passwordReset.reset(token, 'a long walk by the sea', DEVICE)).toMatchObject({
      ok: true,
    })
  })

  it('dies with the account', async () => {
    const { service, user, issue } = await ada(open)
    await Promise.all(PURPOSES.map(issue))
    await service.users.remove(user.uuid)
    expect(await rowsOf(service)).toEqual([])
  })
})

onBothDatabases('An emailed code', (open) => {
  const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')

  it('signs in once in the browser that requested it, with or without spaces, and uses up its link', async () => {
    const { user, issue, tokens } = await ada(open)
    const { token, code, flow } = await issue('sign_in')
    expect(await tokens.redeemCode(flow, `${code.slice(0, 3)} ${code.slice(3)} `)).toEqual({
      userId: user.id,
      email: user.email,
    })
    expect(await tokens.redeemCode(flow, code)).toBeNull()
    expect(await tokens.redeem('sign_in', token)).toBeNull()
  })

  it('works in no other browser and for no other purpose', async () => {
    const { issue, tokens } = await ada(open)
    const { code, flow } = await issue('sign_in')
    expect(await tokens.redeemCode({ ...flow, secret: noFlow().secret }, code)).toBeNull()
    expect(await tokens.redeemCode({ ...flow, id: noFlow().id }, code)).toBeNull()
    expect(await tokens.redeemCode(noFlow(), code)).toBeNull()
    const reset = await issue('reset_password')
    expect(await tokens.redeemCode(reset.flow, reset.code)).toBeNull()
    expect(await tokens.redeemCode(flow, code)).not.toBeNull()
  })

  it('allows four wrong attempts', async () => {
    const { issue, tokens } = await ada(open)
    const { code, flow } = await issue('sign_in')
    for (let i = 1; i < MAX_ATTEMPTS; i++) expect(await tokens.redeemCode(flow, wrong(code))).toBeNull()
    expect(await tokens.redeemCode(flow, code)).not.toBeNull()
  })

  it('counts no attempt for input without six digits', async () => {
    const { issue, tokens } = await ada(open)
    const { code, flow } = await issue('sign_in')
    for (const typed of ['', '12345', '1234567', 'abcdef', `${code}1`, '½', null]) {
      for (let i = 0; i < 2; i++) expect(await tokens.redeemCode(flow, typed)).toBeNull()
    }
    expect(await tokens.redeemCode(flow, `${code.slice(0, 3)}\u2011${code.slice(3)}`)).not.toBeNull()
  })

  it('is void after five wrong attempts, and so is its link', async () => {
    const { service, issue, tokens } = await ada(open)
    const { token, code, flow } = await issue('sign_in')
    for (let i = 0; i < MAX_ATTEMPTS; i++) expect(await tokens.redeemCode(flow, wrong(code))).toBeNull()
    expect(await tokens.redeemCode(flow, code)).toBeNull()
    expect(await tokens.redeem('sign_in', token)).toBeNull()
    expect(await rowsOf(service)).toEqual([])
  })

  it('is checked five times when a hundred guesses arrive at once on two servers', async () => {
    const { service, issue, tokens } = await ada(open)
    const beside = await open({ beside: service })
    const { code, flow } = await issue('sign_in')
    const guesses = Array.from({ length: 100 }, (_, i) => (i === 99 ? code : wrong(code)))
    const results = await Promise.all(
      guesses.map((guess, i) => (i % 2 ? tokens : beside.oneTimeTokens).redeemCode(flow, guess)),
    )
    expect(results.filter((proof) => proof !== null)).toEqual([])
    expect(await tokens.redeemCode(flow, code)).toBeNull()
  })

  it('is redeemed by one of twenty simultaneous requests', async () => {
    const { issue, tokens } = await ada(open)
    const { code, flow } = await issue('sign_in')
    const results = await Promise.all(Array.from({ length: 20 }, () => tokens.redeemCode(flow, code)))
    expect(results.filter((proof) => proof !== null)).toHaveLength(1)
  })
})

onBothDatabases('A password change', (open) => {
  it('keeps one session, ends the others, and informs the log and the owner in one transaction', async () => {
    const { service, user } = await ada(open)
    const here = await service.sessions.start(user, DEVICE)
    const there = await service.sessions.start(user, DEVICE)
    const password = await service.passwords.hash('correct horse battery')
    await service.users.update(user.uuid, { password })
    const fresh = (await service.users.findById(user.id)) ?? user
    const origin = { sid: here.session.id, device: DEVICE }
    const input = { current_password: 'correct horse battery', password: 'a long walk by the sea' }
    expect(await service.profile.changePassword(fresh, input, origin)).toEqual({})
    expect((await service.sessions.list(user.id)).map(({ id }) => id)).toEqual([here.session.id])
    const { entries } = await service.revocations.since(0)
    expect(entries).toContainEqual(expect.objectContaining({ sid: there.session.id }))
    expect(entries).toContainEqual(
      expect.objectContaining({ sid: here.session.id, before: expect.any(Number) }),
    )
    expect((await service.audit.historyOf(user.uuid, 5)).map(({ event }) => event)).toEqual([
      'password_changed',
    ])
    const mails = await service.database.db.select().from(service.database.outbox)
    expect(mails.map(({ recipient, subject }) => [recipient, subject])).toEqual([
      [user.email, 'Your password was changed'],
    ])
  })
})
