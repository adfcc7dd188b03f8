import { expect, it } from 'vitest'
import { createAccountParts } from '../../../auth-service/src/accounts/account-parts.ts'
import { createPasswordSignIn } from '../../../auth-service/src/accounts/password-sign-in.ts'
import { PasswordsBusy } from '../../../auth-service/src/accounts/passwords/passwords.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { someNaughtyStrings } from '../../support/naughty-strings.ts'
import { NOW } from '../../support/tokens.ts'
import {
  asJson,
  DEVICE,
  onBothDatabases,
  payloadOf,
  type TestService,
  THIS_MACHINE,
  WRONG_TYPES,
} from '../support/services.ts'

const ADA = { email: 'ada@example.com', password: 'correct horse battery staple' }
const WRONG = { ok: false, errors: { form: 'This email and password do not match.' } }

onBothDatabases('Signing in', (open) => {
  const opened = async () => {
    const service = await open()
    await service.accounts.register(ADA, DEVICE)
    return service
  }

  it('accepts the email in any case, starts a session and records the time', async () => {
    const service = await opened()
    service.wait(60)
    const { password } = ADA
    const phone = { userAgent: 'Phone', address: '192.0.2.8' }
    const signedIn = await service.accounts.signIn({ email: 'Ada@EXAMPLE.com', password }, phone)
    if (!signedIn.ok) throw new Error(JSON.stringify(signedIn.errors))
    const { user, session } = signedIn.value
    expect(session).toMatchObject(phone)
    expect(await service.sessions.list(user.id)).toHaveLength(2)
    expect(await service.users.findById(user.id)).toMatchObject({ lastLoginAt: NOW + 60 })
  })

  it('outlives the browser by default; the choice must be true or false', async () => {
    const { accounts } = await opened()
    const maxAge = async (remember: unknown) => {
      const signedIn = await accounts.signIn({ ...ADA, remember }, DEVICE)
      return signedIn.ok ? /Max-Age=\d+/.test(signedIn.value.cookies.join()) : signedIn.errors
    }
    expect([await maxAge(undefined), await maxAge(true), await maxAge(false)]).toEqual([true, true, false])
    for (const value of WRONG_TYPES.filter((it) => it !== undefined && typeof it !== 'boolean')) {
      expect(await maxAge(value)).toEqual({ remember: 'Must be true or false (default: true).' })
    }
  })

  it('fails for a hash that is too expensive to check, with one log line an hour', async () => {
    const service = await opened()
    const user = await service.users.findByEmail(ADA.email)
    const password = `pbkdf2_sha256$5000001$salt$${'A'.repeat(43)}=`
    await service.users.update(user?.uuid ?? '', { password })
    const told = () => service.logged.filter(({ event }) => event === 'password_hash_too_costly')
    for (let i = 0; i < 2; i++) expect(await service.accounts.signIn(ADA, DEVICE)).toEqual(WRONG)
    expect(told()).toMatchObject([{ user: user?.uuid, remedy: expect.stringContaining('reset-link') }])
    expect(JSON.stringify(told())).not.toContain(ADA.email)
    service.wait(3601)
    expect(await service.accounts.signIn(ADA, DEVICE)).toEqual(WRONG)
    expect(told()).toHaveLength(2)
  })

  it('does not reveal whether the email or the password was wrong', async () => {
    const { accounts } = await opened()
    expect(await accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
    expect(await accounts.signIn({ ...ADA, email: 'nobody@example.com' }, DEVICE)).toEqual(WRONG)
    expect(await accounts.signIn({ ...ADA, email: 'no e-mail at all' }, DEVICE)).toEqual(WRONG)
  })

  it('accepts emails that registration would reject, for imported users', async () => {
    const service = await opened()
    const password = await service.passwords.hash(ADA.password)
    await service.users.create({ email: 'ada lovelace@intranet', password })
    const signedIn = await service.accounts.signIn({ ...ADA, email: 'Ada Lovelace@intranet' }, DEVICE)
    expect(signedIn.ok).toBe(true)
  })

  it('checks a password even for unknown emails', async () => {
    const service = await opened()
    const checked: (string | null)[] = []
    const passwords = {
      ...service.passwords,
      compare: async (password: string, encoded: string | null) => {
        checked.push(encoded)
        return service.passwords.compare(password, encoded)
      },
    }
    const accounts = createPasswordSignIn({
      ...service,
      passwords,
      dummyHash: async () => null,
      newDeviceAlert: async () => {},
    })
    await accounts.signIn({ ...ADA, email: 'nobody@example.com' }, DEVICE)
    await accounts.signIn({ ...ADA, email: '\0' }, DEVICE)
    expect(checked).toEqual([null, null])
  })

  it('reports missing fields', async () => {
    const { accounts } = await opened()
    for (const value of ['', ...WRONG_TYPES]) {
      expect(await accounts.signIn({ email: value, password: value }, DEVICE)).toEqual({
        ok: false,
        errors: { email: 'Enter your email address.', password: 'Enter your password.' },
      })
    }
  })

  it('rejects disabled users, and only they learn why', async () => {
    const service = await opened()
    const ada = await service.users.findByEmail(ADA.email)
    await service.administration.change(ada?.uuid ?? '', { isActive: false }, OPERATOR)
    expect(await service.accounts.signIn(ADA, DEVICE)).toMatchObject({
      ok: false,
      errors: { form: /^This account is disabled/ },
    })
    expect(await service.accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
  })

  it('never works for users without a usable password', async () => {
    const service = await opened()
    await service.users.create({ email: 'robot@example.com', password: '!' })
    for (const password of ['!', '', 'x']) {
      const refused = await service.accounts.signIn({ email: 'robot@example.com', password }, DEVICE)
      expect(refused.ok).toBe(false)
    }
  })

  /** Made by Django 5.2 from Ada's password. */
  const FROM_DJANGO = [
    'pbkdf2_sha256$1000$VdcQB8V9GlRTAXk4qRDypc$pH3OhRUYDruxO84qKNMU60j+0/hrPNyoM8Lh8gPYYJk=',
    'bcrypt$$2b$12$fwb3SxTWjg3PDSRwNuwHtObinBOU4TlquaaOOxos4oCadAJdChRYq',
    'bcrypt_sha256$$2b$12$gHeBxw4Fh2THsAzO0mSgHO8zw0.lO5WHxmsVLbRkOvYw595GaSpcm',
  ] as const
  const imported = async (hash: string, config = {}) => {
    const service = await open({ config })
    const created = await service.users.create({ email: ADA.email, password: hash })
    if (!created.ok) throw new Error(created.reason)
    return { ...service, user: created.value, stored: () => service.users.findById(created.value.id) }
  }

  it.each(FROM_DJANGO)('rehashes %s without making tokens stale', async (hash) => {
    const { accounts, user, stored } = await imported(hash)
    expect(await accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
    expect(await stored()).toMatchObject({ password: hash })
    expect((await accounts.signIn(ADA, DEVICE)).ok).toBe(true)
    const after = await stored()
    expect(after?.password).toMatch(/^bcrypt_sha256\$\$2b\$04\$/)
    expect(after?.changedAt).toBe(user.changedAt)
    expect((await accounts.signIn(ADA, DEVICE)).ok).toBe(true)
    expect(await stored(), 'once').toMatchObject({ password: after?.password })
    expect(await accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
  })

  it('rehashes with argon2id where that is preferred, also during many simultaneous sign-ins', async () => {
    const { accounts, stored } = await imported(FROM_DJANGO[0], { passwordHasher: 'argon2id' })
    const results = await Promise.all(Array.from({ length: 5 }, () => accounts.signIn(ADA, DEVICE)))
    expect(results.map(({ ok }) => ok)).toEqual(Array(5).fill(true))
    expect((await stored())?.password).toMatch(/^argon2\$argon2id\$/)
    expect((await accounts.signIn(ADA, DEVICE)).ok).toBe(true)
  })

  it('keeps a password that changed while the old one was being rehashed', async () => {
    const service = await imported(FROM_DJANGO[0])
    const hash = async (password: string) => {
      await service.users.update(service.user.uuid, { password: 'a newer hash' })
      return service.passwords.hash(password)
    }
    const { accounts } = createAccountParts({ ...service, passwords: { ...service.passwords, hash } }).parts
    await accounts.signIn(ADA, DEVICE)
    expect(await service.stored()).toMatchObject({ password: 'a newer hash' })
  })

  it('succeeds when the hash cannot be upgraded right now', async () => {
    const service = await imported(FROM_DJANGO[0])
    const hash = () => Promise.reject(new PasswordsBusy())
    const { accounts } = createAccountParts({ ...service, passwords: { ...service.passwords, hash } }).parts
    expect((await accounts.signIn(ADA, DEVICE)).ok).toBe(true)
    expect(await service.stored()).toMatchObject({ password: FROM_DJANGO[0] })
  })

  it('leaves no session behind when the last step fails', async () => {
    const service = await opened()
    const ada = await service.users.findByEmail(ADA.email)
    const before = await service.sessions.list(ada?.id ?? 0)
    const sendWhere = () => {
      throw new Error('The outbox is full.')
    }
    const { accounts } = createAccountParts({ ...service, mail: { ...service.mail, sendWhere } }).parts
    await expect(accounts.signIn(ADA, DEVICE)).rejects.toThrow('full')
    expect(await service.sessions.list(ada?.id ?? 0)).toEqual(before)
  })

  it('rejects every naughty string', async () => {
    const { accounts } = await opened()
    for (const text of someNaughtyStrings) {
      const refused = await accounts.signIn({ email: text, password: text }, THIS_MACHINE)
      expect(refused.ok).toBe(false)
    }
  })
})

const BY_NOBODY = { uuid: null, device: DEVICE }
const ANOTHER = 'an entirely different one'

/** Changes that can happen to a user while their password waits to be checked. */
const CHANGES = {
  'gets another password': async (service: TestService, ada: User) => {
    const password = await service.passwords.hash(ANOTHER)
    await service.users.update(ada.uuid, { password }, { effect: 'over' })
  },
  'is disabled': (service: TestService, ada: User) =>
    service.administration.change(ada.uuid, { isActive: false }, BY_NOBODY),
  'is deleted': (service: TestService, ada: User) => service.users.remove(ada.uuid),
  'is signed out everywhere': (service: TestService, ada: User) => service.sessions.endAll(ada.id),
  'wants to be deleted': (service: TestService, ada: User) => service.deletions.request(ada, DEVICE),
  'gets rights': (service: TestService, ada: User) =>
    service.administration.change(ada.uuid, { isStaff: true }, BY_NOBODY),
  'is renamed': (service: TestService, ada: User) => service.users.update(ada.uuid, { firstName: 'Augusta' }),
  'joins a group': async (service: TestService, ada: User) => {
    const group = await service.groups.create('editors', BY_NOBODY)
    if (group.ok) await service.groups.add(group.value, ada, BY_NOBODY)
  },
}

onBothDatabases('A sign-in whose user', (open) => {
  /** Ada's sign-in, with a change to her account during the password check, the first time or always. */
  async function overtaken(change: keyof typeof CHANGES, always = false) {
    const service = await open()
    const registered = await service.accounts.register(ADA, DEVICE)
    if (!registered.ok) throw new Error(JSON.stringify(registered.errors))
    const ada = registered.value.user
    service.wait(60)
    let left = always ? Number.POSITIVE_INFINITY : 1
    const passwords = {
      ...service.passwords,
      async compare(password: string, encoded: string | null) {
        const compared = await service.passwords.compare(password, encoded)
        if (left-- > 0) await CHANGES[change](service, ada)
        return compared
      },
    }
    const outcome = await createAccountParts({ ...service, passwords }).parts.accounts.signIn(ADA, DEVICE)
    return { service, ada, outcome }
  }

  it.each(['gets another password', 'is deleted'] as const)(
    '%s in the meantime is rejected',
    async (change) => {
      const { service, ada, outcome } = await overtaken(change)
      expect(outcome).toEqual(WRONG)
      expect(await service.sessions.list(ada.id)).toEqual([])
    },
  )

  it('is disabled in the meantime is rejected', async () => {
    const { service, ada, outcome } = await overtaken('is disabled')
    expect(outcome).toMatchObject({ ok: false, errors: { form: /^This account is disabled/ } })
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it.each([
    ['gets rights', { user_is_staff: true }],
    ['is renamed', { user_first_name: 'Augusta' }],
    ['joins a group', { groups: ['editors'] }],
    ['is signed out everywhere', {}],
  ] as const)('%s meanwhile gets a token with the change and a higher version', async (change, claims) => {
    const { service, ada, outcome } = await overtaken(change)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.errors))
    const after = await service.users.findById(ada.id)
    expect(after?.changedAt).toBe(NOW + 60)
    const { accessToken, session } = outcome.value
    expect(after?.version).toBeGreaterThan(ada.version)
    expect(payloadOf(accessToken)).toMatchObject({ ...claims, iat: NOW + 60, user_version: after?.version })
    expect((await service.introspect(accessToken))?.sid).toBe(session.id)
  })

  it('requests deletion in the meantime keeps the account', async () => {
    const { service, ada, outcome } = await overtaken('wants to be deleted')
    expect(outcome).toMatchObject({ ok: true, deletionCancelled: true })
    expect(await service.users.findById(ada.id)).toMatchObject({ deletionDueAt: null })
  })

  it('changes again and again is rejected politely after the second attempt', async () => {
    const { service, ada, outcome } = await overtaken('is signed out everywhere', true)
    expect(asJson(outcome)).toEqual({
      ok: false,
      errors: { form: 'Your account was changed while you were signing in. Please try again.' },
    })
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it.each([
    ['is renamed', true],
    ['gets another password', false],
    ['is disabled', false],
  ] as const)('%s after the link was redeemed succeeds: %s', async (change, getsIn) => {
    const service = await open()
    const registered = await service.accounts.register(ADA, DEVICE)
    if (!registered.ok) throw new Error(JSON.stringify(registered.errors))
    const ada = registered.value.user
    await CHANGES[change](service, ada)
    const before = (await service.sessions.list(ada.id)).length
    const outcome = await service.accounts.completeSignIn(ada, DEVICE, true, 'link')
    expect(outcome.ok).toBe(getsIn)
    expect((await service.sessions.list(ada.id)).length - before).toBe(getsIn ? 1 : 0)
  })
})
