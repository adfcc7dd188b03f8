import { expect, it } from 'vitest'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, onBothDatabases, type TestService } from '../../support/services.ts'

const latchkey = useLatchkey()
const BOARD = ['--origin', 'https://board.example.com']

onBothDatabases('latchkey apps', (open) => {
  const beside =
    ({ config }: TestService) =>
    (...args: string[]) =>
      latchkey(['apps', ...args], { env: { DATABASE_URL: config.databaseUrl } })

  it('registers an app, and prints credentials that work, once', async () => {
    const service = await open()
    const apps = beside(service)
    const { code, out, err } = await apps('create', 'Board', ...BOARD)
    expect([code, err]).toEqual([0, ''])
    const [, id = '', secret = ''] =
      /^AUTH_CLIENT_ID=(\S{22})\nAUTH_CLIENT_SECRET=(lks_\S{49})$/m.exec(out) ?? []
    expect(await service.appCredentials.authenticate(id, secret)).toMatchObject({ name: 'Board' })
    const shown = await apps('show', 'Board')
    expect(shown.out).toContain(id)
    expect(shown.out).toMatch(/Secret +lks_\w{4}… of /)
    expect(shown.out).not.toContain(secret)
    expect((await apps('list')).out).toContain(`https://board.example.com  ${id}`)
    expect(await apps('create', 'Board', ...BOARD)).toMatchObject({ code: 1 })
  })

  it('renews a secret, with an overlap that can be chosen, and removes the app', async () => {
    const service = await open()
    const apps = beside(service)
    const json = async (...args: string[]) => JSON.parse((await apps(...args, '--json')).out)
    const first = await json('create', 'Board', ...BOARD)
    const begun = Math.floor(Date.now() / 1000)
    const second = await json('rotate-secret', 'board', '--overlap', '1h')
    expect(second.earlier_expires_at).toBeGreaterThanOrEqual(begun + 3600)
    expect(second.earlier_expires_at).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 3600)
    const works = async ({ client_id, client_secret }: Record<string, string>) =>
      (await service.appCredentials.authenticate(client_id ?? '', client_secret ?? '')) !== null
    expect([await works(first), await works(second)]).toEqual([true, true])
    const third = await apps('rotate-secret', 'https://board.example.com/')
    expect([third.code, third.err]).toEqual([1, expect.stringContaining('Board has two valid secrets.')])
    for (const wrong of ['1w', '-1', '91d', '']) {
      const { code, err } = await apps('rotate-secret', 'Board', `--overlap=${wrong}`)
      expect([code, err]).toEqual([1, expect.stringContaining('--overlap must be a duration')])
    }
    expect((await json('show', first.client_id)).secrets).toHaveLength(2)
    expect((await apps('remove', 'Board')).out).toBe('Removed Board.')
    // The running service knows valid credentials for a second.
    service.wait(1)
    expect([await works(first), await works(second)]).toEqual([false, false])
    expect((await apps('remove', 'Board')).err).toContain('There is no app Board.')
    expect((await apps('list')).out).toContain('latchkey apps create NAME --origin URL')
  })

  it('sets the permissions of an app’s own tokens', async () => {
    const service = await open()
    const apps = beside(service)
    const scopes = () => service.apps.reload().then(() => service.apps.list()[0]?.tokenScopes)
    await apps('create', 'Board', ...BOARD, '--token-scope', 'cards.read')
    expect(await scopes()).toEqual(['cards.read'])
    const set = await apps('token-scopes', 'Board', '--scope', 'cards.write', '--scope', 'cards.read')
    expect(set.out).toBe('Tokens of Board itself may do: cards.read cards.write.')
    expect((await apps('show', 'Board')).out).toMatch(/Own tokens may +cards\.read cards\.write/)
    expect((await apps('token-scopes', 'Board', '--scope', '*')).out).toContain('everything')
    const wrong = await apps('token-scopes', 'Board', '--scope', 'no, name')
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('Enter names of permissions')])
    expect(await scopes()).toEqual(['*'])
    expect((await apps('token-scopes', 'Board')).out).toContain('nothing')
    expect(await scopes()).toEqual([])
  })

  it('revokes one of two secrets by its first characters', async () => {
    const service = await open()
    const apps = beside(service)
    const json = async (...args: string[]) => JSON.parse((await apps(...args, '--json')).out)
    const first = await json('create', 'Board', ...BOARD)
    const second = await json('rotate-secret', 'Board')
    expect((await apps('rotate-secret', 'Board')).err).toContain('latchkey apps revoke-secret')
    const works = async ({ client_id, client_secret }: Record<string, string>) =>
      (await service.appCredentials.authenticate(client_id ?? '', client_secret ?? '')) !== null
    const start = String(second.client_secret).slice(0, 8)
    const wrong = await apps('revoke-secret', 'Board', 'lks_')
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining(`${start}…`)])
    expect(await apps('revoke-secret', 'Board', `${start}…`)).toMatchObject({
      code: 0,
      out: `Revoked ${start}… of Board. Its other secret works as before.`,
    })
    service.wait(1)
    expect([await works(first), await works(second)]).toEqual([true, false])
    const last = await apps('revoke-secret', 'Board', String(first.client_secret).slice(0, 8))
    expect(last.out).toContain('which has no secret now')
    expect(await json('show', 'Board')).toMatchObject({ secrets: [] })
  })

  it('names what is wrong with an app', async () => {
    const service = await open()
    const { code, err } = await beside(service)('create', 'Board')
    expect([code, err]).toEqual([1, 'Enter at least one origin, e.g. https://app1.example.com.'])
  })
})

onBothDatabases('latchkey tokens', (open) => {
  it('finds an app by what other commands call it, and names the option that is wrong', async () => {
    const service = await open()
    await addUser(service)
    const tokens = (...args: string[]) =>
      latchkey(['tokens', ...args], { env: { DATABASE_URL: service.config.databaseUrl } })
    await latchkey(['apps', 'create', 'Team board', ...BOARD], {
      env: { DATABASE_URL: service.config.databaseUrl },
    })
    const create = (...args: string[]) => tokens('create', 'ada@example.com', ...args)
    const made = await create(
      '--name',
      'A',
      '--app',
      'team BOARD',
      '--app',
      'https://board.example.com/',
      '--json',
    )
    expect(JSON.parse(made.out).apps).toEqual(['Team board'])
    expect(await create('--name', 'A', '--app', 'Teamboard')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no app Teamboard. Pass its name, an origin or its client ID'),
    })
    expect((await create()).err).toContain('--name: Enter a name.')
    expect((await create('--name', 'A', '--expires', '2001-01-01')).err).toContain(
      '--expires: This date is in the past.',
    )
    expect((await create('--name', 'A', '--scope', 'none')).err).toContain('--scope: None of the chosen apps')
  })

  it('creates, lists and revokes the tokens of a user', async () => {
    const service = await open()
    await service.users.create({ email: 'ada@example.com', password: '!' })
    const tokens = (...args: string[]) =>
      latchkey(['tokens', ...args], { env: { DATABASE_URL: service.config.databaseUrl } })
    const ada = 'ada@example.com'
    expect((await tokens('list', ada)).out).toBe('ada@example.com has no API tokens.')
    const made = await tokens('create', ada, '--name', 'Backup', '--expires', 'never')
    expect(made.code).toBe(0)
    const [secret = ''] = /lk_\w{49}/.exec(made.out) ?? []
    const listed = await tokens('list', ada)
    expect(listed.out).toMatch(/Backup +all +— +never +never/)
    expect(listed.out).not.toContain(secret)
    expect(listed.out).toMatch(/CREATED\n.*Z, latchkey$/)
    const [{ id, ...facts }] = JSON.parse((await tokens('list', ada, '--json')).out)
    expect(facts).toMatchObject({ user_agent: '', device: '', address: '' })
    const user = await service.users.findByEmail(ada)
    if (!user) throw new Error('no user')
    const device = { userAgent: 'curl/8.5.0', address: '198.51.100.7' }
    await service.apiTokens.create(user, { name: 'Other', apps: 'all' }, { uuid: user.uuid, device })
    expect((await tokens('list', ada)).out).toMatch(/Z, curl, 198\.51\.100\.7$/m)
    expect(
      (await latchkey(['sessions', 'end', ada], { env: { DATABASE_URL: service.config.databaseUrl } })).out,
    ).toContain('2 API tokens still valid: latchkey tokens revoke ada@example.com --all')
    const [latest] = JSON.parse((await tokens('list', ada, '--json')).out)
    expect((await tokens('revoke', ada, latest.id)).out).toBe(`Revoked ${latest.id}.`)
    expect((await tokens('revoke', ada)).err).toContain('or --all')
    expect((await tokens('revoke', ada, id, '--all')).code).toBe(1)
    expect((await tokens('revoke', ada, id)).out).toBe(`Revoked ${id}.`)
    expect((await tokens('revoke', ada, id)).code).toBe(1)
    expect((await tokens('create', ada)).err).toBe('--name: Enter a name.')
    expect((await tokens('create', ada, '--name', 'x', '--app', 'Nothing')).err).toContain(
      'There is no app Nothing.',
    )
    await tokens('create', ada, '--name', 'One')
    await tokens('create', ada, '--name', 'Two')
    expect((await tokens('revoke', ada, '--all')).out).toBe('Revoked 2 of ada@example.com.')
  })
})
