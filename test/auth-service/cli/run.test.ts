import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../../../auth-service/src/cli/run.ts'
import { eventually } from '../../support/eventually.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../support/tokens.ts'
import { addUser, DEVICE, onBothDatabases, renew, SECRET_KEY, type TestService } from '../support/services.ts'

const REQUIRED = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY }

let out: string[]
let err: string[]
beforeEach(() => {
  out = []
  err = []
  // The time on the services' clocks.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  vi.spyOn(console, 'log').mockImplementation((line) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line) => void err.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Runs `latchkey` with these arguments; returns its exit code and output. */
async function latchkey(line: string, env: Record<string, string> = {}) {
  out.length = 0
  err.length = 0
  const code = await run(line.split(' ').filter(Boolean), { ...REQUIRED, ...env })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

onBothDatabases('latchkey, beside a running service', (open) => {
  const beside = (service: TestService) => (line: string) =>
    latchkey(line, { DATABASE_URL: service.config.databaseUrl })

  it('rejects arguments with lost characters before doing anything', async () => {
    const line = 'createsuperuser --email zoe@example.com --first-name Zo\uFFFD'
    expect(await beside(await open())(line)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/not UTF-8/),
    })
  })

  it('lists the keys, for people and for programs', async () => {
    const service = await open()
    const keys = await service.keys.list()
    const people = await beside(service)('keys list')
    expect(people).toMatchObject({ code: 0, err: '' })
    expect(people.out).toMatch(/^KID +ALG +STATE +SINCE\n/)
    expect(people.out).toContain('ES256  current  2027-01-15T08:00:00Z')
    const programs = await beside(service)('keys list --json')
    expect(programs).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(programs.out)).toEqual(
      keys.map(({ kid, alg, state, createdAt, changedAt }) => ({
        kid,
        alg,
        state,
        created_at: createdAt,
        changed_at: changedAt,
      })),
    )
  })

  it('rotates the keys, and the service notices at once', async () => {
    const service = await open()
    const next = (await service.keys.list()).find(({ state }) => state === 'next')?.kid as string
    const refused = await beside(service)('keys rotate')
    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toMatch(
      /^The next key was published less than 330 s ago.* Wait \d+ s, or use --force\.$/,
    )
    const done = await beside(service)('keys rotate --force')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain(`${next} is now the current key`)
    await eventually(() => expect(service.keys.current().kid).toBe(next))
  })

  it('removes a key, and reports an unknown one', async () => {
    const service = await open()
    const { kid } = service.keys.current()
    expect(await beside(service)('keys remove nobody')).toEqual({
      code: 1,
      out: '',
      err: 'There is no signing key nobody. See "latchkey keys list".',
    })
    const done = await beside(service)(`keys remove ${kid}`)
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain(`Removed ${kid}.`)
    await eventually(() => expect(service.keys.current().kid).not.toBe(kid))
  })

  it('ends all sessions of a user, by email or uuid', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { refreshToken } = await service.sessions.start(ada, DEVICE)
    await service.sessions.start(ada, DEVICE)
    const done = await beside(service)('sessions end ADA@example.com')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain('Ended 2 sessions of ada@example.com.')
    expect(await renew(service, refreshToken)).toMatchObject({ ok: false, reason: 'session_over' })
    await service.sessions.start((await service.users.findById(ada.id)) ?? ada, DEVICE)
    expect((await beside(service)(`sessions end ${ada.uuid.toUpperCase()}`)).out).toContain(
      'Ended 1 session of',
    )
    expect(await beside(service)(`sessions end ${ada.uuid}`)).toEqual({
      code: 0,
      out: 'ada@example.com has no sessions.',
      err: '',
    })
    expect(await beside(service)('sessions end eve@example.com')).toMatchObject({ code: 1, out: '' })
    expect(await beside(service)('sessions end eve')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no user eve.'),
    })
  })
})

describe('latchkey', () => {
  it('shows its help on request and after a mistake', async () => {
    const help = await latchkey('--help')
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toMatch(/^Usage:\n {2}latchkey dev /)
    expect(help.out).toContain('latchkey sessions end EMAIL_OR_UUID')
    expect(await latchkey('')).toEqual({ code: 2, out: '', err: help.out })
  })

  it('shows the help of each command and group', async () => {
    const one = await latchkey('keys rotate --help')
    expect(one).toMatchObject({ code: 0, err: '' })
    expect(one.out).toMatch(
      /^Usage: latchkey keys rotate \[--force\]\n {2}makes the next key the current one/,
    )
    const group = await latchkey('keys --help')
    expect(group).toMatchObject({ code: 0, err: '' })
    expect(group.out).toContain('latchkey keys remove KID')
    expect(group.out).not.toContain('latchkey sessions')
  })

  it.each([
    ['keys remove', 'It takes 1 operand, but there are 0.', 'Usage: latchkey keys remove KID'],
    ['keys list all', 'It takes no operands, but there is 1.', 'Usage: latchkey keys list [--json]'],
    ['keys rotate --hard', "Unknown option '--hard'", 'Usage: latchkey keys rotate [--force]'],
  ])('rejects "%s" and shows the usage', async (line, problem, usage) => {
    const { code, out, err } = await latchkey(line)
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(problem)
    expect(err).toContain(usage)
  })

  it.each([
    ['keys', '"keys" needs a verb. For all of them: latchkey keys --help'],
    ['keys turn', 'There is no command "keys turn". For all of them: latchkey keys --help'],
    [
      'keys rotat',
      'There is no command "keys rotat". Did you mean "keys rotate"? For all of them: latchkey keys --help',
    ],
    ['user list', 'There is no command "user". Did you mean "users list"? For all of them: latchkey --help'],
    [
      'docter http://app1.example.com',
      'There is no command "docter". Did you mean "doctor"? For all of them: latchkey --help',
    ],
    ['locks turn', 'There is no command "locks". For all of them: latchkey --help'],
    ['constructor name', 'There is no command "constructor". For all of them: latchkey --help'],
    ['keys constructor', 'There is no command "keys constructor". For all of them: latchkey keys --help'],
  ])('answers "%s" in one line', async (line, answer) => {
    expect(await latchkey(line)).toEqual({ code: 2, out: '', err: answer })
  })

  it('prints its version', async () => {
    const { version } = JSON.parse(
      readFileSync(resolve(import.meta.dirname, '../../../auth-service/package.json'), 'utf8'),
    )
    for (const line of ['--version', '-v', 'version'])
      expect(await latchkey(line)).toEqual({ code: 0, out: `latchkey ${version}`, err: '' })
  })

  it('lists all invalid settings without a stack trace', async () => {
    const { code, err } = await latchkey('keys list', { AUTH_URL: '', SECRET_KEY: 'hush' })
    expect(code).toBe(1)
    expect(err).toMatch(
      /^latchkey needs the settings of the auth service.*:\n {2}- AUTH_URL is not set.*\n.*SECRET_KEY has/,
    )
    expect(err).not.toContain('hush')
  })

  it('creates no database where none exists', async () => {
    const { code, err } = await latchkey('keys list', { DATABASE_URL: 'file:/tmp/no-such-latchkey.sqlite' })
    expect(code).toBe(1)
    expect(err).toMatch(/^There is no database at file:\/tmp\/no-such-latchkey\.sqlite.* Set DATABASE_URL/)
  })

  it('reports that the database is down', async () => {
    const { code, err } = await latchkey('keys list', { DATABASE_URL: 'postgres://u:hush@127.0.0.1:9/x' })
    expect(code).toBe(1)
    expect(err).toMatch(
      /^The database can't be used: .*ECONNREFUSED.* Start the database, check the host and port/,
    )
    expect(err).not.toMatch(/hush|\n/)
  })
})
