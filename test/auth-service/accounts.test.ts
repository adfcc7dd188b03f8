import { expect, it } from 'vitest'
import { naughtyStrings } from '../support/naughty-strings.ts'
import { NOW } from '../support/tokens.ts'
import { DEVICE, onBothDatabases, payloadOf } from './support/services.ts'

const ADA = {
  email: 'ada@example.com',
  password: 'correct horse battery staple',
  first_name: 'Ada',
  last_name: 'Lovelace',
}
const WRONG = { ok: false, errors: { form: 'This e-mail and password do not match.' } }
const TAKEN = {
  ok: false,
  errors: { email: 'There is an account with this e-mail already. Sign in instead.' },
}
const WRONG_TYPES: readonly unknown[] = [undefined, null, 42, true, {}, [], ['text']]

onBothDatabases('registration', (open) => {
  it('makes a person and signs them in', async () => {
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
    expect(cookies).toHaveLength(2)
    expect(payloadOf(accessToken)).toMatchObject({ sub: user.uuid, user_first_name: 'Ada', iat: NOW })
    expect(await service.sessions.list(user.id)).toEqual([session])
    expect(await service.users.findById(user.id)).toMatchObject({ lastLoginAt: NOW })
  })

  it('needs no names, and nobody can give themselves rights', async () => {
    const { accounts } = await open()
    const { email, password } = ADA
    const input = { email, password, is_staff: true, isSuperuser: true, uuid: 'mine', id: 7 }
    expect(await accounts.register(input, DEVICE)).toMatchObject({
      ok: true,
      value: { user: { firstName: '', lastName: '', isStaff: false, isSuperuser: false } },
    })
  })

  it('tells what is wrong with each field, and makes nobody', async () => {
    const service = await open()
    const input = { email: 'ada', password: 'short', first_name: 'a\nb', last_name: 'x'.repeat(151) }
    expect(await service.accounts.register(input, DEVICE)).toEqual({
      ok: false,
      errors: {
        email: 'Enter an e-mail address like name@example.com.',
        password: 'Use at least 8 characters.',
        first_name: 'This name has characters that can not be used.',
        last_name: 'Use at most 150 characters.',
      },
    })
    expect(await service.database.db.select().from(service.database.users)).toEqual([])
  })

  it('refuses values of every wrong type', async () => {
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

  it('refuses an e-mail that is taken, however it is written', async () => {
    const { accounts } = await open()
    await accounts.register(ADA, DEVICE)
    expect(await accounts.register({ ...ADA, email: 'ADA@Example.com' }, DEVICE)).toEqual(TAKEN)
  })

  it('lets one of many win who register one e-mail at once', async () => {
    const { accounts } = await open()
    const results = await Promise.all(Array.from({ length: 10 }, () => accounts.register(ADA, DEVICE)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(results.filter(({ ok }) => !ok)).toEqual(Array.from({ length: 9 }, () => TAKEN))
  })

  it('can be closed', async () => {
    const service = await open({ config: { registration: 'closed' } })
    const refused = await service.accounts.register(ADA, DEVICE)
    expect(refused).toMatchObject({ ok: false, errors: { form: /^Registration is closed/ } })
    expect(await service.users.findByEmail(ADA.email)).toBeNull()
  })

  it('takes any naughty string as a name or refuses it kindly, and keeps it unchanged', async () => {
    const service = await open()
    let accepted = 0
    for (const [index, text] of naughtyStrings.entries()) {
      const input = { ...ADA, email: `${index}@example.com`, first_name: text, last_name: text }
      const registered = await service.accounts.register(input, DEVICE)
      if (!registered.ok) {
        expect(Object.keys(registered.errors)).toEqual(['first_name', 'last_name'])
        continue
      }
      accepted++
      const { user, accessToken } = registered.value
      expect(await service.users.findById(user.id)).toMatchObject({ firstName: text, lastName: text })
      expect(payloadOf(accessToken)).toMatchObject({ user_first_name: text, user_last_name: text })
    }
    expect(accepted).toBeGreaterThan(400)
  })

  it('takes any naughty string as an e-mail or refuses it kindly', async () => {
    const { accounts } = await open()
    for (const text of naughtyStrings.flatMap((text) => [text, `${text}@example.com`])) {
      const registered = await accounts.register({ ...ADA, email: text }, DEVICE)
      if (registered.ok) expect(registered.value.user.email).toBe(text)
      else expect(Object.keys(registered.errors)).toEqual(['email'])
    }
  })
})

onBothDatabases('signing in', (open) => {
  const opened = async () => {
    const service = await open()
    await service.accounts.register(ADA, DEVICE)
    return service
  }

  it('takes the e-mail in any case, starts a session and notes the time', async () => {
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

  it('is kept beyond the browser unless one says otherwise, which takes true or false', async () => {
    const { accounts } = await opened()
    const maxAge = async (remember: unknown) => {
      const signedIn = await accounts.signIn({ ...ADA, remember }, DEVICE)
      return signedIn.ok ? /Max-Age=\d+/.test(signedIn.value.cookies.join()) : signedIn.errors
    }
    expect([await maxAge(undefined), await maxAge(true), await maxAge(false)]).toEqual([true, true, false])
    for (const value of WRONG_TYPES.filter((it) => it !== undefined && typeof it !== 'boolean')) {
      expect(await maxAge(value)).toEqual({ remember: 'Say true or false, or leave this out for true.' })
    }
  })

  it('tells nobody whether it was the e-mail or the password', async () => {
    const { accounts } = await opened()
    expect(await accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
    expect(await accounts.signIn({ ...ADA, email: 'nobody@example.com' }, DEVICE)).toEqual(WRONG)
    expect(await accounts.signIn({ ...ADA, email: 'no e-mail at all' }, DEVICE)).toEqual(WRONG)
  })

  it('takes an e-mail of a shape that nobody could register, for people from elsewhere', async () => {
    const service = await opened()
    const password = await service.passwords.hash(ADA.password)
    await service.users.create({ email: 'ada lovelace@intranet', password })
    const signedIn = await service.accounts.signIn({ ...ADA, email: 'Ada Lovelace@intranet' }, DEVICE)
    expect(signedIn.ok).toBe(true)
  })

  it('checks a password even where there is nobody to have it', async () => {
    const service = await opened()
    const checked: (string | null)[] = []
    const { createAccounts } = await import('../../auth-service/src/accounts.ts')
    const passwords = {
      ...service.passwords,
      check: async (password: string, encoded: string | null) => {
        checked.push(encoded)
        return service.passwords.check(password, encoded)
      },
    }
    const accounts = createAccounts({ ...service, passwords })
    await accounts.signIn({ ...ADA, email: 'nobody@example.com' }, DEVICE)
    await accounts.signIn({ ...ADA, email: '\0' }, DEVICE)
    expect(checked).toEqual([null, null])
  })

  it('asks for what is missing', async () => {
    const { accounts } = await opened()
    for (const value of ['', ...WRONG_TYPES]) {
      expect(await accounts.signIn({ email: value, password: value }, DEVICE)).toEqual({
        ok: false,
        errors: { email: 'Enter your e-mail address.', password: 'Enter your password.' },
      })
    }
  })

  it('is refused to somebody who was switched off, and says so only to them', async () => {
    const service = await opened()
    const ada = await service.users.findByEmail(ADA.email)
    await service.users.update(ada?.uuid ?? '', { isActive: false })
    expect(await service.accounts.signIn(ADA, DEVICE)).toMatchObject({
      ok: false,
      errors: { form: /^This account is switched off/ },
    })
    expect(await service.accounts.signIn({ ...ADA, password: 'wrong password' }, DEVICE)).toEqual(WRONG)
  })

  it('never works for somebody without a usable password', async () => {
    const service = await opened()
    await service.users.create({ email: 'robot@example.com', password: '!' })
    for (const password of ['!', '', 'x']) {
      const refused = await service.accounts.signIn({ email: 'robot@example.com', password }, DEVICE)
      expect(refused.ok).toBe(false)
    }
  })

  it('answers every naughty string with a refusal', async () => {
    const { accounts } = await opened()
    for (const text of naughtyStrings) {
      const refused = await accounts.signIn({ email: text, password: text }, DEVICE)
      expect(refused.ok).toBe(false)
    }
  })
})
