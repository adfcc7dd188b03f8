import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { run } from '../../auth-service/src/cli/run.ts'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import type { Config } from '../../auth-service/src/platform/config/config.ts'
import { SECRET_KEY } from '../auth-service/support/services.ts'
import { openSite, type Site } from '../auth-service/support/site.ts'
import { findDjango } from '../support/django.ts'
import { COOKIE_DOMAIN, ISSUER } from '../support/tokens.ts'

interface Person {
  readonly algorithm: string
  readonly username: string
  readonly email: string
  readonly password: string
  readonly is_superuser: boolean
  readonly joined: number
  readonly groups: readonly string[]
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-django-'))
let people: Person[]
beforeAll(() => {
  console.log(`The people of the interop tests are from Django ${django('django_dump.py').trim()}.`)
  people = JSON.parse(readFileSync(join(folder, 'people.json'), 'utf8'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The output of a script beside this file. */
function django(script: string, ...args: string[]): string {
  const path = resolve(import.meta.dirname, script)
  const { status, stdout, stderr } = spawnSync(findDjango(), [path, folder, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`)
  return stdout
}

/** Runs `latchkey` on a site's database; returns the exit code and the last output. */
async function latchkey(databaseUrl: string, ...args: string[]) {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: databaseUrl }
  const code = await run(args, env)
  const text = String(printed.mock.lastCall?.[0])
  printed.mockRestore()
  return { code, text }
}

let count = 0
/** A site with a new database, into which the command imported a Django file. */
async function imported(file: string, config: Partial<Config> = {}) {
  const databaseUrl = `file:${join(folder, `${++count}.sqlite`)}`
  const site = await openSite({ databaseUrl, ...config })
  const { code, text } = await latchkey(databaseUrl, 'import-django', join(folder, file), '--json')
  expect(code).toBe(0)
  return { site, databaseUrl, report: JSON.parse(text) }
}

const status = async (site: Site, email: string, password: string) =>
  (await site.browser().json('/login', { email, password })).status

const STRONG = ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'bcrypt']

it.each([
  ['dump.json', 'bcrypt_sha256', /^bcrypt_sha256\$\$2b\$04\$/],
  ['dump.jsonl', 'argon2id', /^argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$/],
] as const)(
  'users exported by a real Django to %s sign in with their old password, which is rehashed with %s',
  async (file, passwordHasher, preferred) => {
    const { site, report } = await imported(file, { passwordHasher })
    expect(report.imported).toHaveLength(people.length + 1)
    expect(report.skipped).toEqual([])
    expect(people.map(({ algorithm }) => algorithm)).toEqual(expect.arrayContaining(STRONG))

    for (const { algorithm, email, password, username, joined } of people) {
      const stored = () => site.service.users.findByEmail(email)
      const before = await stored()
      if (/^[0-9a-f-]{36}$/.test(username)) expect(before?.uuid).toBe(username)
      expect(before).toMatchObject({ firstName: 'Zoë', createdAt: joined })
      expect(await status(site, email, `${password}!`), `${algorithm}, a wrong password`).toBe(401)
      if (algorithm === 'md5') {
        expect(before?.password).toBe('!')
        expect(await status(site, email, password)).toBe(401)
        continue
      }
      // Django's format is unchanged until then.
      expect(before?.password.split('$')[0]).toBe(algorithm)
      expect(await status(site, email, password), algorithm).toBe(200)
      const after = await stored()
      expect(after?.password).toMatch(preferred)
      expect(after?.changedAt).toBe(before?.changedAt)
      expect(await status(site, email, password), `${algorithm}, hashed anew`).toBe(200)
      expect(await status(site, email, `${password}!`), `${algorithm}, hashed anew`).toBe(401)
    }
  },
  180_000,
)

it('rights and groups are imported, disabled users stay disabled, and a second import changes nothing', async () => {
  const { site, databaseUrl, report } = await imported('dump.json')
  const { database, users } = site.service
  const superusers = people.filter(({ is_superuser }) => is_superuser)
  expect(superusers).toHaveLength(1)
  for (const { email, is_superuser } of people) {
    expect(await users.findByEmail(email)).toMatchObject({ isSuperuser: is_superuser, isActive: true })
  }
  expect(await users.findByEmail('robot@example.com')).toMatchObject({ isActive: false, password: '!' })
  expect(report.notes).toMatchObject([{ note: expect.stringContaining('password hash (md5)') }])
  const members = await database.db.select().from(database.groupMembers)
  expect(members).toHaveLength(people.filter(({ groups }) => groups.includes('editors')).length)

  const before = await database.db.select().from(database.users)
  cpSync(join(folder, 'dump.json'), join(folder, 'again.json'))
  const again = await latchkey(databaseUrl, 'import-django', join(folder, 'again.json'))
  expect(again.code).toBe(0)
  expect(again.text).toMatch(
    new RegExp(`^Imported 0 users \\(0 superusers\\); ${people.length + 1} already exist, 0 skipped\\.$`),
  )
  expect(await database.db.select().from(database.users)).toEqual(before)
})

it.each(['json', 'jsonl'])(
  'a real Django imports our users from a .%s file and signs them in',
  async (ending) => {
    const { site, databaseUrl } = await imported('dump.json', { passwordHasher: 'argon2id' })
    const { users, administration } = site.service
    const password = 'a long walk by the sea'
    const zoe = { email: 'zoe@example.com', password, first_name: 'Zoë', last_name: '<b>' }
    expect((await site.browser().json('/register', zoe)).status).toBe(201)
    await administration.change((await users.findByEmail(zoe.email))?.uuid ?? '', { isStaff: true }, OPERATOR)

    const fixture = join(folder, `${count}.${ending}`)
    const { code, text } = await latchkey(databaseUrl, 'export-django', fixture)
    expect([code, text.split(',')[0]]).toEqual([
      0,
      `Wrote ${people.length + 2} users and 1 group to ${fixture}`,
    ])
    // Users with unknown algorithms have no password here.
    const able = [...people.filter(({ algorithm }) => STRONG.includes(algorithm)), zoe]
    const passwords = able.map((person) => [person.email, person.password])
    writeFileSync(join(folder, 'passwords.json'), JSON.stringify(passwords))
    rmSync(join(folder, 'loaded.sqlite3'), { force: true })
    const loaded = JSON.parse(django('django_load.py', fixture))

    expect(loaded.groups, 'with the permission that it had there').toEqual({ editors: 1 })
    expect(loaded.let_in).toEqual(able.map(({ email }) => email))
    const found = new Map<string, unknown>(loaded.people.map((one: Person) => [one.email, one]))
    expect(found.size).toBe(people.length + 3)
    for (const { email, is_superuser, joined, groups } of people) {
      const username = (await users.findByEmail(email))?.uuid
      const told = { username, first_name: 'Zoë', is_superuser, date_joined: joined, groups }
      expect(found.get(email)).toMatchObject(told)
    }
    const rights = { is_staff: true, is_superuser: false, is_active: true }
    expect(found.get(zoe.email)).toMatchObject({
      ...rights,
      last_name: '<b>',
      last_login: expect.any(Number),
      groups: [],
    })
    const robot = { is_active: false, has_usable_password: false, last_login: null }
    expect(found.get('robot@example.com')).toMatchObject(robot)
  },
)
