import { expect, it } from 'vitest'
import { createAccountParts } from '../../../auth-service/src/accounts/account-parts.ts'
import { cleanedName } from '../../../auth-service/src/platform/validation/validators.ts'
import { someNaughtyStrings } from '../../support/naughty-strings.ts'
import { NOW } from '../../support/tokens.ts'
import { asJson, DEVICE, onBothDatabases, payloadOf, THIS_MACHINE, WRONG_TYPES } from '../support/services.ts'
import { ADA } from '../support/site.ts'

const TAKEN = {
  ok: false,
  errors: { email: 'An account with this email already exists. Sign in instead.' },
}

onBothDatabases('Registration', (open) => {
  it('creates a user and signs them in', async () => {
    const service = await open()
    const registered = await service.accounts.register(ADA, DEVICE)
    if (!registered.ok) throw new Error(JSON.stringify(registered.errors))
    const { user, session, cookies, accessToken } = registered.value
    expect(user).toMatchObject({
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      isActive: true,
      isStaff: false,
      isSuperuser: false,
    })
    expect(user.password).toMatch(/^bcrypt_sha256\$\$2b\$04\$/)
    // Two for the family, and one for the auth service.
    expect(cookies).toHaveLength(3)
    expect(payloadOf(accessToken)).toMatchObject({ sub: user.uuid, user_first_name: 'Ada', iat: NOW })
    expect(await service.sessions.list(user.id)).toEqual([session])
    expect(await service.users.findById(user.id)).toMatchObject({ lastLoginAt: NOW })
  })

  it('needs no names, and grants no rights', async () => {
    const { accounts } = await open()
    const { email, password } = ADA
    const input = { email, password, is_staff: true, isSuperuser: true, uuid: 'mine', id: 7 }
    expect(await accounts.register(input, DEVICE)).toMatchObject({
      ok: true,
      value: { user: { firstName: '', lastName: '', isStaff: false, isSuperuser: false } },
    })
  })

  it('reports the problem with each field, and creates no user', async () => {
    const service = await open()
    const input = { email: 'ada', password: 'short', first_name: 'a\nb', last_name: 'x'.repeat(151) }
    expect(asJson(await service.accounts.register(input, DEVICE))).toEqual({
      ok: false,
      errors: {
        email: 'Enter an email address like name@example.com.',
        password: 'Use at least 8 characters.',
        first_name: 'This name contains characters that are not allowed.',
        last_name: 'Use at most 150 characters.',
      },
    })
    expect(await service.database.db.select().from(service.database.users)).toEqual([])
  })

  it('rejects values of every wrong type', async () => {
    const { accounts } = await open()
    for (const value of WRONG_TYPES) {
      const refused = await accounts.register({ email: value, password: value }, DEVICE)
      expect(refused).toMatchObject({ ok: false, errors: { email: /./, password: /./ } })
    }
    for (const value of WRONG_TYPES.slice(1)) {
      const refused = await accounts.register({ ...ADA, first_name: value }, DEVICE)
      expect(refused).toMatchObject({
        ok: false,
        errors: { first_name: 'Enter a name, or leave this empty.' },
      })
    }
  })

  it('rejects an email that is taken, in any spelling', async () => {
    const { accounts } = await open()
    await accounts.register(ADA, DEVICE)
    expect(await accounts.register({ ...ADA, email: 'ADA@Example.com' }, DEVICE)).toEqual(TAKEN)
  })

  it('succeeds once when many register one email at the same time', async () => {
    const { accounts } = await open()
    const results = await Promise.all(Array.from({ length: 10 }, () => accounts.register(ADA, DEVICE)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(results.filter(({ ok }) => !ok)).toEqual(Array.from({ length: 9 }, () => TAKEN))
  })

  it('continues after an interruption for a user who knows the password', async () => {
    const service = await open()
    const { audit } = service
    const record = () => Promise.reject(new Error('The disk is full.'))
    const failing = createAccountParts({ ...service, audit: { ...audit, record } }).parts.accounts
    await expect(failing.register(ADA, DEVICE)).rejects.toThrow('full')
    expect(asJson(await service.accounts.register(ADA, DEVICE)), 'under way').toEqual(TAKEN)
    service.wait(60)
    const stranger = { ...ADA, password: 'a guess by somebody else' }
    expect(asJson(await service.accounts.register(stranger, DEVICE))).toEqual(TAKEN)
    const registered = await service.accounts.register(ADA, DEVICE)
    if (!registered.ok) throw new Error(JSON.stringify(registered.errors))
    const { user, session } = registered.value
    expect(await service.sessions.list(user.id)).toEqual([session])
    expect(asJson(await service.accounts.register(ADA, DEVICE)), 'once').toEqual(TAKEN)
  })

  it("rejects passwords that are common or resemble the user's data", async () => {
    const { accounts } = await open()
    const refusal = async (password: string) => {
      const refused = await accounts.register({ ...ADA, password }, DEVICE)
      return refused.ok || refused.errors.password
    }
    expect(await refusal('iloveyou')).toMatch(/^This is one of the most common passwords/)
    expect(await refusal('lovelace1815')).toMatch(/^This password is too similar to your last name/)
    expect(await refusal('ada@example.com')).toMatch(/^This password is too similar to your email address/)
  })

  it('requires PASSWORD_MIN_LENGTH characters', async () => {
    const { accounts } = await open({ config: { passwordMinLength: 15 } })
    expect(asJson(await accounts.register({ ...ADA, password: 'by the sea' }, DEVICE))).toEqual({
      ok: false,
      errors: { password: 'Use at least 15 characters.' },
    })
    expect((await accounts.register(ADA, DEVICE)).ok).toBe(true)
  })

  it('can be closed', async () => {
    const service = await open({ config: { registration: 'closed' } })
    const refused = await service.accounts.register(ADA, DEVICE)
    expect(refused).toMatchObject({ ok: false, errors: { form: /^Registration is closed/ } })
    expect(await service.users.findByEmail(ADA.email)).toBeNull()
  })

  it('accepts or politely rejects any naughty string as a name, and strips invisible characters', async () => {
    const service = await open()
    let accepted = 0
    for (const [index, text] of someNaughtyStrings.entries()) {
      const input = { ...ADA, email: `${index}@example.com`, first_name: text, last_name: text }
      const registered = await service.accounts.register(input, THIS_MACHINE)
      if (!registered.ok) {
        expect(Object.keys(registered.errors)).toEqual(['first_name', 'last_name'])
        continue
      }
      accepted++
      const { user, accessToken } = registered.value
      const name = cleanedName(text)
      expect(await service.users.findById(user.id)).toMatchObject({ firstName: name, lastName: name })
      expect(payloadOf(accessToken)).toMatchObject({ user_first_name: name, user_last_name: name })
    }
    expect(accepted).toBeGreaterThan(0.75 * someNaughtyStrings.length)
  })

  it('accepts or politely rejects any naughty string as an email', async () => {
    const { accounts } = await open()
    for (const text of someNaughtyStrings.flatMap((text) => [text, `${text}@example.com`])) {
      const registered = await accounts.register({ ...ADA, email: text }, THIS_MACHINE)
      if (registered.ok) expect(registered.value.user.email).toBe(text)
      else expect(Object.keys(registered.errors)).toEqual(['email'])
    }
  })
})
