import { expect, it } from 'vitest'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, onBothDatabases } from '../../support/services.ts'

const PASSWORD = 'a long walk by the sea'
const latchkey = useLatchkey()

onBothDatabases('createsuperuser', (open) => {
  it('creates a superuser without prompts, and writes to the audit log', async () => {
    const service = await open()
    const env = { DATABASE_URL: service.config.databaseUrl }
    const args = ['createsuperuser', '--email', 'ada@example.com', '--first-name', 'Ada', '--password-stdin']
    const { code, out, err } = await latchkey(args, { env, input: `${PASSWORD}\n` })
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('Created the superuser ada@example.com')
    const ada = await service.users.findByEmail('ada@example.com')
    expect(ada).toMatchObject({
      firstName: 'Ada',
      lastName: '',
      isStaff: true,
      isSuperuser: true,
      isActive: true,
    })
    expect(ada?.emailVerifiedAt).not.toBeNull()
    const device = { userAgent: '', address: '' }
    const signedIn = await service.accounts.signIn({ email: 'ada@example.com', password: PASSWORD }, device)
    expect(signedIn.ok).toBe(true)
    const history = await service.audit.historyOf(ada?.uuid ?? '', 10)
    expect(history.at(-1)).toMatchObject({
      event: 'registered',
      actor: null,
      details: { is_staff: true, is_superuser: true },
    })
  })

  it('repeats the prompt after invalid input, with the reason', async () => {
    const service = await open()
    await addUser(service, 'bob@example.com')
    const env = { DATABASE_URL: service.config.databaseUrl }
    const answers = [
      'nonsense',
      'bob@example.com',
      ' ada@example.com ',
      'Ada',
      '',
      'short',
      PASSWORD,
      `${PASSWORD}!`,
      PASSWORD,
      PASSWORD,
    ]
    const { code, err } = await latchkey(['createsuperuser'], { env, answers })
    expect(code).toBe(0)
    expect(err.split('\n')).toEqual([
      'Email:',
      'Enter an email address like name@example.com.',
      'Email:',
      'An account with the email bob@example.com already exists. To make it a superuser, run "latchkey users set-flags bob@example.com --superuser".',
      'Email:',
      'First name (optional):',
      'Last name (optional):',
      'Password:',
      'Use at least 8 characters.',
      'Password:',
      'Password (again):',
      'The passwords do not match.',
      'Password:',
      'Password (again):',
    ])
    expect(await service.users.findByEmail('ada@example.com')).toMatchObject({ isSuperuser: true })
  })

  it('reports what is missing when there is no terminal', async () => {
    const service = await open()
    const DATABASE_URL = service.config.databaseUrl
    const ada = ['createsuperuser', '--email', 'ada@example.com']
    expect(await latchkey(['createsuperuser'], { env: { DATABASE_URL } })).toMatchObject({
      code: 1,
      err: 'Not a terminal. Pass --email.',
    })
    const silent = await latchkey(ada, { env: { DATABASE_URL } })
    expect(silent.code).toBe(1)
    expect(silent.err).toContain('Set LATCHKEY_SUPERUSER_PASSWORD, or pipe')
    const common = { DATABASE_URL, LATCHKEY_SUPERUSER_PASSWORD: 'password' }
    const weak = await latchkey(ada, { env: common })
    expect(weak).toMatchObject({ code: 1, err: expect.stringContaining('most common passwords') })
    const env = { DATABASE_URL, LATCHKEY_SUPERUSER_PASSWORD: PASSWORD }
    expect(await latchkey(ada, { env })).toMatchObject({ code: 0, err: '' })
    expect(await latchkey(ada, { env })).toMatchObject({ code: 1, err: expect.stringContaining('already') })
  })

  it('accepts no password as an argument', async () => {
    const { code, err } = await latchkey(['createsuperuser', '--password', PASSWORD])
    expect(code).toBe(2)
    expect(err).toContain("Unknown option '--password'")
    expect(err).not.toContain(PASSWORD)
  })
})
