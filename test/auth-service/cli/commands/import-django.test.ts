import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../../../../auth-service/src/cli/run.ts'
import { createTerminal, type Terminal } from '../../../../auth-service/src/cli/terminal.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../../support/tokens.ts'
import { DEVICE, onBothDatabases, SECRET_KEY, type TestService } from '../../support/services.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-django-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let out: string[]
let err: string[]
beforeEach(() => {
  out = []
  err = []
  progress.length = 0
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  vi.spyOn(console, 'log').mockImplementation((line) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line) => void err.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const PHRASE = 'correct horse battery staple'
/** Made by Django 5.2 from that. */
const HASH = 'pbkdf2_sha256$1000$VdcQB8V9GlRTAXk4qRDypc$pH3OhRUYDruxO84qKNMU60j+0/hrPNyoM8Lh8gPYYJk='
const UUID = '6f1c7a1e-9a4b-4c62-8a6f-0d6f4f3a2b11'

const progress: string[] = []
const terminal: Terminal = {
  ...createTerminal(process.stdin, process.stderr, {}),
  progress: (line) => void progress.push(line),
}

let count = 0
function fileOf(content: unknown): string {
  const file = join(folder, `${++count}.txt`)
  writeFileSync(
    file,
    typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content),
  )
  return file
}

const person = (pk: unknown, fields: object = {}) => ({
  model: 'auth.user',
  pk,
  fields: {
    username: `user-${pk}`,
    email: `user-${pk}@example.com`,
    first_name: '',
    last_name: '',
    password: HASH,
    is_active: true,
    is_staff: false,
    is_superuser: false,
    date_joined: '2020-01-02T03:04:05.678Z',
    last_login: null,
    groups: [],
    user_permissions: [],
    ...fields,
  },
})

/** Runs `latchkey import-django` beside the service. */
async function importInto(service: TestService, content: unknown, ...options: string[]) {
  out.length = 0
  err.length = 0
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: service.config.databaseUrl }
  const code = await run(['import-django', fileOf(content), ...options], env, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

interface Facts {
  dry_run: boolean
  imported: { at: string; username: string; uuid: string; email: string }[]
  already_here: number
  skipped: { at: string; reason: string }[]
  notes: { at: string; note: string }[]
}
async function facts(service: TestService, content: unknown, ...options: string[]): Promise<Facts> {
  const result = await importInto(service, content, '--json', ...options)
  expect(result).toMatchObject({ code: 0, err: '' })
  return JSON.parse(result.out)
}

const everybody = ({ database: { db, users } }: TestService) => db.select().from(users).orderBy(users.id)

onBothDatabases('import-django', (open) => {
  it('keeps the uuid, address, names, flags, dates and password of a user', async () => {
    const service = await open()
    const ada = person(7, {
      username: UUID.toUpperCase(),
      email: 'Ada@Example.com',
      first_name: 'Ada',
      last_name: 'Lovelace',
      is_staff: true,
      is_superuser: true,
      last_login: '2024-05-06T09:08:09+02:00',
    })
    const result = await importInto(service, [ada])
    expect(result).toEqual({
      code: 0,
      out: 'Imported 1 user (1 superuser); 0 already exist, 0 skipped.',
      err: '',
    })
    expect(await everybody(service)).toMatchObject([
      {
        uuid: UUID,
        email: 'Ada@Example.com',
        emailCanonical: 'ada@example.com',
        firstName: 'Ada',
        lastName: 'Lovelace',
        password: HASH,
        isActive: true,
        isStaff: true,
        isSuperuser: true,
        createdAt: Date.UTC(2020, 0, 2, 3, 4, 5) / 1000,
        lastLoginAt: Date.UTC(2024, 4, 6, 7, 8, 9) / 1000,
        changedAt: NOW - 1,
        emailVerifiedAt: null,
      },
    ])
    expect(await service.audit.historyOf(UUID, 5)).toMatchObject([
      { event: 'imported', actor: null, at: NOW, details: { from: 'django', is_superuser: true } },
    ])
  })

  it('lets users sign in with their old password, and with no other', async () => {
    const service = await open()
    await importInto(service, [person(1)])
    const signIn = (password: string) =>
      service.accounts.signIn({ email: 'user-1@example.com', password }, DEVICE)
    expect((await signIn('wrong password')).ok).toBe(false)
    expect((await signIn(HASH)).ok).toBe(false)
    expect((await signIn(PHRASE)).ok).toBe(true)
    expect((await everybody(service))[0]?.password).toMatch(/^bcrypt_sha256\$/)
  })

  it('assigns a new uuid where the username is not one, and lists those users', async () => {
    const service = await open()
    const dump = [
      person(1, { username: 'ada' }),
      person(UUID, { username: 'grace' }),
      person(3, { username: UUID.replaceAll('-', '').replace('6f', '70') }),
    ]
    const { imported } = await facts(service, dump)
    const [ada] = imported
    expect(imported.map(({ username }) => username)).toEqual(dump.map(({ fields }) => fields.username))
    expect(ada?.uuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(imported.slice(1).map(({ uuid }) => uuid)).toEqual([UUID, UUID.replace('6f', '70')])
    expect((await everybody(service)).map(({ uuid }) => uuid)).toEqual(imported.map(({ uuid }) => uuid))
    expect((await importInto(service, [person(5, { username: 'eve' })])).out).toMatch(
      /Given a new UUID, because the username is not a UUID:\n {2}pk 5: "eve" is [0-9a-f-]{36}$/,
    )
  })

  it('changes nothing when run again, even after changes here', async () => {
    const service = await open()
    const dump = [
      { model: 'auth.group', pk: 1, fields: { name: 'editors' } },
      person(1, { username: UUID, groups: [1] }),
      person(2, { username: 'ada', groups: [1] }),
    ]
    expect((await facts(service, dump)).imported).toHaveLength(2)
    await service.users.update(UUID, { firstName: 'Changed', email: 'new@example.com' })
    await service.database.db.delete(service.database.groupMembers)
    const before = await everybody(service)
    for (const options of [[], ['--dry-run']]) {
      expect(await facts(service, dump, ...options)).toMatchObject({
        imported: [],
        already_here: 2,
        skipped: [],
      })
    }
    expect(await everybody(service)).toEqual(before)
    expect(await service.database.db.select().from(service.database.groupMembers)).toEqual([])
    expect(await service.audit.historyOf(UUID, 50)).toHaveLength(1)
  })

  it('only reports what it would do with --dry-run', async () => {
    const service = await open()
    const dump = [
      { model: 'auth.group', pk: 1, fields: { name: 'editors' } },
      person(1),
      person(2, { email: '' }),
    ]
    const { code, out: text } = await importInto(service, dump, '--dry-run')
    expect([code, text.split('\n')[0]]).toEqual([
      0,
      'Would import 1 user (0 superusers); 0 already exist, 1 skipped.',
    ])
    expect(text).toContain('pk 1: "user-1" is given a new uuid')
    expect(await everybody(service)).toEqual([])
    expect(await service.database.db.select().from(service.database.groups)).toEqual([])
  })

  it('marks addresses as confirmed with --verified', async () => {
    const service = await open()
    await importInto(service, [person(1)], '--verified')
    expect(await everybody(service)).toMatchObject([{ emailVerifiedAt: NOW }])
  })

  it('imports groups and their members, by key and by name', async () => {
    const service = await open()
    const { db, users, groups, groupMembers } = service.database
    await db.insert(groups).values({ name: 'editors', createdAt: 5 })
    const { notes } = await facts(service, [
      { model: 'auth.group', pk: 1, fields: { name: 'editors', permissions: [] } },
      { model: 'auth.group', pk: 2, fields: { name: 'empty' } },
      { model: 'auth.group', pk: 3, fields: { name: 'line\nbreak' } },
      { model: 'auth.permission', pk: 3, fields: { name: 'Can add' } },
      person(1, { groups: [1, 3] }),
      person(2, { groups: [['natural'], ['editors']] }),
      person(3, { groups: [99] }),
    ])
    expect(notes.map(({ at }) => at)).toEqual(['pk 1', 'pk 3'])
    expect(await db.select().from(groups).orderBy(groups.id)).toMatchObject([
      { name: 'editors', createdAt: 5 },
      { name: 'empty', createdAt: NOW },
      { name: 'natural', createdAt: NOW },
    ])
    const members = (await db.select().from(groupMembers)).map(({ userId, groupId }) => [userId, groupId])
    const ids = Object.fromEntries(
      [...(await db.select().from(users)), ...(await db.select().from(groups))].map((row) => [
        'email' in row ? row.email : row.name,
        row.id,
      ]),
    )
    expect(members.sort()).toEqual(
      [
        [ids['user-1@example.com'], ids.editors],
        [ids['user-2@example.com'], ids.natural],
        [ids['user-2@example.com'], ids.editors],
      ].sort(),
    )
  })

  it("notes once that Django's permissions of users and groups are not imported", async () => {
    const service = await open()
    const { notes } = await facts(service, [
      { model: 'auth.group', pk: 1, fields: { name: 'editors', permissions: [3, 4] } },
      { model: 'auth.group', pk: 2, fields: { name: 'empty', permissions: [] } },
      person(1, { user_permissions: [3] }),
      person(2, { user_permissions: [['add_note', 'notes', 'note']] }),
      person(3),
    ])
    expect(notes).toEqual([
      {
        at: 'permissions',
        note: expect.stringMatching(/^Permissions of users \(2\) and groups \(1\) were not imported/),
      },
    ])
    const told = await importInto(service, [person(4, { user_permissions: [3] })])
    expect(told.out).toMatch(/\nNot imported:\n {2}permissions: Permissions of users \(1\) and groups \(0\)/)
  })

  it('adds no user to more groups than fit in a token', async () => {
    const service = await open()
    const names = Array.from({ length: 200 }, (_, index) => [`a group with a name of some length ${index}`])
    const { notes } = await facts(service, [person(1, { groups: names })])
    expect(notes).toEqual([
      { at: 'pk 1', note: expect.stringMatching(/^The names of 1\d\d of 200 groups don't fit in/) },
    ])
    const user = await service.users.findByEmail('user-1@example.com')
    const bytes = (user?.groups ?? []).reduce((sum, name) => sum + name.length + 3, 0)
    expect(bytes).toBeLessThanOrEqual(service.groups.room)
    expect(bytes).toBeGreaterThan(service.groups.room - 50)
  })

  it('skips users who cannot be imported, explains why, and imports all others', async () => {
    const service = await open()
    for (const name of ['taken', 'here']) {
      await service.users.create({ email: `${name}@example.com`, password: '!' })
    }
    const { imported, skipped, already_here } = await facts(service, [
      person(1),
      person(2, { email: '' }),
      person(3, { email: 'no address' }),
      person(4, { email: 7 }),
      person(5, { is_superuser: 'maybe' }),
      person(6, { email: 'USER-1@example.com' }),
      person(7, { username: UUID }),
      person(8, { username: UUID }),
      person(9, { username: UUID.replace('6f', '70'), email: 'taken@example.com' }),
      person(10, { email: 'here@example.com' }),
      'not a model',
      { model: 'auth.user', pk: 12 },
      person(13),
    ])
    expect(imported.map(({ at }) => at)).toEqual(['pk 1', 'pk 7', 'pk 13'])
    expect(already_here).toBe(1)
    expect(Object.fromEntries(skipped.map(({ at, reason }) => [at, reason]))).toEqual({
      'entry 11': 'It has no model with fields.',
      'entry 12': 'It has no model with fields.',
      'pk 2': 'It has no email address. Users need one to sign in.',
      'pk 3': 'The email address is not valid.',
      'pk 4': 'The email address is not valid.',
      'pk 5': 'is_active, is_staff and is_superuser must each be true or false.',
      'pk 6': 'It has the same email address as pk 1, but only one account can have an address.',
      'pk 8': 'It has the same UUID as pk 7.',
      'pk 9': expect.stringMatching(
        /^Its email address belongs to another user here, with the UUID [0-9a-f-]{36}\.$/,
      ),
    })
  })

  it('imports users without values that are invalid but optional, and notes it', async () => {
    const service = await open()
    const { imported, notes } = await facts(service, [
      person(1, { first_name: 'x'.repeat(151), last_name: 'a\nb' }),
      person(2, { date_joined: 'yesterday', last_login: '0001-01-01T00:00:00Z' }),
      person(3, { password: 'md5$pSVML2fHfw1ecd4lUzhiJ9$e733b082952c5fcc5995ba7c8e280214' }),
      person(4, { password: 'e733b082952c5fcc5995ba7c8e280214' }),
      person(5, { password: HASH.replace('$1000$', '$9000000$') }),
      person(6, { password: '!kA92jd' }),
      person(7, { password: '' }),
      person(8, { username: 'eight@example.com', email: '' }),
    ])
    expect(imported).toHaveLength(8)
    const reset = (algorithm: string) =>
      `The password hash (${algorithm}) has a format that we don't support, so the password must be reset.`
    expect(notes).toEqual([
      {
        at: 'pk 1',
        note: 'The first_name is too long or contains characters that are not allowed, so it was left out.',
      },
      {
        at: 'pk 1',
        note: 'The last_name is too long or contains characters that are not allowed, so it was left out.',
      },
      { at: 'pk 2', note: 'The date_joined is not a date, so it was left out.' },
      { at: 'pk 2', note: 'The last_login is not a date, so it was left out.' },
      { at: 'pk 3', note: reset('md5') },
      { at: 'pk 4', note: reset('an unknown algorithm') },
      {
        at: 'pk 5',
        note: 'The password hash (pbkdf2_sha256) has a higher cost than we check, so the password must be reset.',
      },
    ])
    const people = await everybody(service)
    expect(people.map(({ password }) => password)).toEqual([HASH, HASH, '!', '!', '!', '!', '!', HASH])
    expect(people[1]).toMatchObject({ createdAt: NOW, lastLoginAt: null })
    expect(people[7]?.email).toBe('eight@example.com')
    expect(out.join()).not.toContain('e733b0')
  })

  it('reads CSV with headings, as databases write it', async () => {
    const service = await open()
    const csv = [
      '\uFEFFID,username,email,password,first_name,last_name,is_active,is_staff,is_superuser,date_joined,last_login,phone',
      `1,${UUID},ada@example.com,${HASH},Ada,"King, ""Lovelace""",t,f,1,2020-01-02 03:04:05.678+00,,123`,
      '2,grace,grace@example.com,!,"Grace',
      'Brewster",Hopper,False,True,0,2020-01-02 03:04:05,2024-05-06 07:08:09.1+0000,',
      '3,short,short@example.com',
      '',
    ].join('\r\n')
    const { imported, skipped, notes } = await facts(service, csv)
    expect(imported.map(({ at }) => at)).toEqual(['line 2', 'line 3'])
    expect(skipped).toEqual([{ at: 'line 5', reason: 'It has 3 cells, but the first line has 12.' }])
    expect(notes.map(({ note }) => note)).toEqual([
      expect.stringMatching(/^"phone" can't be imported\. Columns can be: id, username, email, /),
      'The first_name is too long or contains characters that are not allowed, so it was left out.',
    ])
    const joined = Date.UTC(2020, 0, 2, 3, 4, 5) / 1000
    expect(await everybody(service)).toMatchObject([
      { uuid: UUID, lastName: 'King, "Lovelace"', isActive: true, isStaff: false, isSuperuser: true },
      { isActive: false, isStaff: true, isSuperuser: false, createdAt: joined, password: '!' },
    ])
  })

  it('reads JSON Lines and custom user models', async () => {
    const service = await open()
    const own = { ...person(UUID), model: 'people.member' }
    const lines = [JSON.stringify(own), '{"half": ', '', JSON.stringify(person(2)), 'null']
    const { imported, skipped } = await facts(service, `${lines.join('\n')}\n`)
    expect(imported.map(({ at }) => at)).toEqual([`pk ${UUID}`, 'pk 2'])
    expect(skipped).toEqual([
      { at: 'line 2', reason: 'It is not JSON.' },
      { at: 'line 5', reason: 'It has no model with fields.' },
    ])
  })

  it.each([
    ['semicolons', 'E-Mail;Vorname;Nachname;Aktiv\nada@example.com;Ada;"King; Lovelace";WAHR'],
    [
      'sep=; before them',
      'sep=;\r\nEmail address;First name;Last name;Active\r\nada@example.com;Ada;King; Lovelace;1\r\n'.replace(
        'King; Lovelace',
        '"King; Lovelace"',
      ),
    ],
    ['tabs', 'email\tfirst_name\tlast_name\tis_active\nada@example.com\tAda\tKing; Lovelace\ttrue'],
    [
      'bars, as psql writes them',
      ' email | first_name | last_name | is_active\n ada@example.com | Ada | King; Lovelace | t',
    ],
    [
      'headings in quotes',
      '"E-mail address","First name","Last name","Active"\n"ada@example.com","Ada","King; Lovelace","True"',
    ],
  ])('reads CSV with %s', async (_, csv) => {
    const service = await open()
    expect(await facts(service, csv)).toMatchObject({ skipped: [], notes: [] })
    expect(await everybody(service)).toMatchObject([
      { email: 'ada@example.com', firstName: 'Ada', lastName: 'King; Lovelace', isActive: true },
    ])
  })

  it('reads UTF-16 as PowerShell writes it, and any --encoding', async () => {
    const service = await open()
    const csv = (email: string) => `email;first_name\n${email};Zoë`
    await facts(service, Buffer.from(`\uFEFF${csv('a@example.com')}`, 'utf16le'))
    await facts(service, Buffer.from(csv('b@example.com'), 'latin1'), '--encoding', 'windows-1252')
    await facts(
      service,
      Buffer.from(`\uFEFF${JSON.stringify([person(3, { first_name: 'Zoë' })])}`, 'utf16le'),
    )
    expect((await everybody(service)).map(({ firstName }) => firstName)).toEqual(['Zoë', 'Zoë', 'Zoë'])
  })

  it('reads JSON with script output before and after it, and quotes those lines', async () => {
    const service = await open()
    const dump = JSON.stringify([person(1)], null, 2)
    const { imported, skipped } = await facts(
      service,
      `[INFO] loading settings\r\nDEBUG = True\r\n${dump}\r\nWarning: [naive] [dates]\r\n[ok]\r\n`,
    )
    expect(imported.map(({ at }) => at)).toEqual(['pk 1'])
    const last = 2 + dump.split('\n').length
    expect(skipped.map(({ at }) => at)).toEqual(['line 1', 'line 2', `line ${last + 1}`, `line ${last + 2}`])
    const lines = await facts(
      service,
      `loading\n${JSON.stringify(person(2))}\n${JSON.stringify(person(3))}\ndone\n`,
    )
    expect(lines.imported.map(({ at }) => at)).toEqual(['pk 2', 'pk 3'])
    expect(lines.skipped.map(({ at }) => at).sort()).toEqual(['line 1', 'line 4'])
    expect((await facts(service, JSON.stringify(person(4), null, 2))).imported).toHaveLength(1)
  })

  it('notes characters that were already lost, and groups in CSV', async () => {
    const service = await open()
    const { notes } = await facts(service, 'email,first_name,groups\na@example.com,Zo\uFFFD,editors')
    expect(notes.map(({ note }) => note)).toEqual([
      expect.stringMatching(/^The first_name contains U\+FFFD/),
      expect.stringMatching(/^Groups can't be read from CSV/),
    ])
  })

  it('imports many thousands in batches, and shows its progress', async () => {
    const service = await open()
    const dump = Array.from({ length: 10_700 }, (_, index) => person(index, { groups: [['all']] }))
    const result = await importInto(service, dump)
    expect(result.out).toMatch(/^Imported 10700 users \(0 superusers\); 0 already exist, 0 skipped\./)
    expect(result.out).toContain('… and 10670 more; --json lists them all.')
    expect(progress).toHaveLength(21)
    expect(progress.at(-1)).toBe('10500 of 10700 users')
    expect(await everybody(service)).toHaveLength(10_700)
  })

  it('accepts any naughty string in any field, or explains the rejection', async () => {
    const service = await open()
    const dump = naughtyStrings.flatMap((text, index) => [
      person(index, { username: text, first_name: text, last_name: text, groups: [[text]] }),
      person(`${index}p`, { password: text, date_joined: text, last_login: text }),
      person(`${index}e`, { email: text, is_active: text }),
      person(text),
    ])
    const { imported, skipped } = await facts(service, dump)
    expect(imported.length).toBeGreaterThan(2 * naughtyStrings.length)
    expect(imported.length + skipped.length).toBe(dump.length)
  })
})

onBothDatabases('import', (open) => {
  /** Made by bcryptjs from `PHRASE`, with cost 4. */
  const BCRYPT = '$2b$04$T6AG.BIppw9oYhTKaVO6D.qx8D0x9q3rLyU08bsvPbJbYXCFWyWeC'

  it('takes users of any app from CSV, who then sign in with their old password', async () => {
    const service = await open()
    await importInto(service, [person(1, { email: 'here@example.com' })])
    const csv = [
      'email,first_name,last_name,password',
      `ada@example.com,Ada,Lovelace,${BCRYPT}`,
      `Grace@Example.com,Grace,Hopper,${BCRYPT.replace('$2b$', '$2y$')}`,
      `ADA@example.com,Ada,Again,${BCRYPT}`,
      'HERE@example.com,,,',
      'bob@example.com,Bob,,hunter2$and more',
      `eve@example.com,Eve,,${BCRYPT.slice(0, -1)}`,
      'not an address,,,',
    ].join('\n')
    const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: service.config.databaseUrl }
    const file = fileOf(csv)
    const call = async (...options: string[]) => {
      out.length = 0
      expect(await run(['import', file, ...options], env, terminal)).toBe(0)
      return out.join('\n')
    }
    expect(await call('--dry-run')).toContain('Would import 4 users')
    expect(await everybody(service)).toHaveLength(1)

    const report = await call('--verified')
    expect(report).toContain('Imported 4 users (0 superusers); 1 already exist, 2 skipped.')
    expect(report).toContain('line 4: It has the same email address as line 2')
    expect(report).toContain('line 6: The password hash (an unknown algorithm) has a format')
    expect(report).toContain('line 7: The password hash (bcrypt) has a format')
    expect(report).toContain('line 8: The email address is not valid.')
    expect(report).not.toMatch(/hunter2|\$2|Given a new UUID/)
    for (const email of ['ada@example.com', 'grace@example.com']) {
      expect((await service.accounts.signIn({ email, password: PHRASE }, DEVICE)).ok).toBe(true)
    }
    expect(
      (await service.accounts.signIn({ email: 'bob@example.com', password: 'hunter2$and more' }, DEVICE)).ok,
    ).toBe(false)
    expect(await call()).toContain('Imported 0 users')
  })
})

describe('import-django', () => {
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: ':memory:' }
  it.each([
    ['[{"model": "auth.user", ', /can't be read\. It begins as JSON but is not valid: /],
    ['name,password\nAda,x', /can't be read\. The first line must name the columns, including email\. /],
    ['{"users": []}', /It is JSON, but contains no users\. Create it with: manage\.py dumpdata/],
    ['<?xml version="1.0"?>\n<django-objects version="1.0"/>', /It is XML\. Export it from Django as JSON/],
    ['<!DOCTYPE html>\n<title>Sign in</title>', /It is a web page/],
    ['- model: auth.user\n  pk: 1', /It is YAML\. Export it from Django as JSON/],
    ['--\n-- PostgreSQL database dump\n--', /It is SQL\. Export it from Django as JSON/],
    ["INSERT INTO auth_user VALUES (1, 'ada')", /It is SQL/],
    [Buffer.from('email,first_name\na@example.com,Zo\xeb', 'latin1'), /Line 2 is not UTF-8\. .*--encoding/],
    [Buffer.from([0x1f, 0x8b, 8, 0]), /compressed with gzip/],
    ['email,E-Mail\na@example.com,a@example.com', /"email" and "E-Mail" both contain the email/],
    ['', /It is empty\. Write CSV with a heading line \(email,.* manage\.py dumpdata/],
    ['\ufeff \r\n', /It is empty/],
    ['email\n"ada', /The quotes in line 2 do not match\.$/],
    ['[]', /contains no users\. Write CSV .*manage\.py dumpdata auth\.user auth\.group$/],
    ['email\n', /contains no users/],
  ])('rejects a file that contains %j', async (content, reason) => {
    expect(await run(['import-django', fileOf(content)], { ...env, DATABASE_URL: sqlite() })).toBe(1)
    expect(err.join('\n')).toMatch(reason)
    expect(out).toEqual([])
  })

  it('reports a missing file and a missing argument', async () => {
    expect(await run(['import-django', join(folder, 'nowhere')], { ...env, DATABASE_URL: sqlite() })).toBe(1)
    expect(err.join()).toContain("nowhere can't be read: ENOENT")
    expect(await run(['import-django'], env)).toBe(2)
  })
})

/** An empty file, which a command accepts as an existing database. */
const sqlite = (): string => `file:${fileOf('')}`
