import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { run } from '../../auth-service/src/commands/run.ts'
import type { Config } from '../../auth-service/src/config.ts'
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
  const script = resolve(import.meta.dirname, 'django_dump.py')
  const { status, stdout, stderr } = spawnSync(findDjango(), [script, folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Django made no dump: ${stderr}`)
  console.log(`The people of the interop tests are from Django ${stdout.trim()}.`)
  people = JSON.parse(readFileSync(join(folder, 'people.json'), 'utf8'))
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
/** A site on a database of its own, into which a file of Django's was imported by command. */
async function imported(file: string, config: Partial<Config> = {}) {
  const databaseUrl = `file:${join(folder, `${++count}.sqlite`)}`
  const site = await openSite({ databaseUrl, ...config })
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: databaseUrl }
  const code = await run(['import-django', join(folder, file), '--json'], env)
  const report = JSON.parse(String(printed.mock.lastCall?.[0]))
  printed.mockRestore()
  expect(code).toBe(0)
  return { site, report }
}

const status = async (site: Site, email: string, password: string) =>
  (await site.browser().json('/login', { email, password })).status

const STRONG = ['pbkdf2_sha256', 'pbkdf2_sha1', 'argon2', 'bcrypt_sha256', 'bcrypt']

it.each([
  ['dump.json', 'bcrypt_sha256', /^bcrypt_sha256\$\$2b\$04\$/],
  ['dump.jsonl', 'argon2id', /^argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$/],
] as const)(
  'everybody whom a real Django wrote to %s signs in with the password they had there, and it is hashed anew with %s',
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
      // Django's own format is kept to the letter until then.
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

it('rights and groups come along, whoever is switched off stays so, and a second time changes nothing', async () => {
  const { site, report } = await imported('dump.json')
  const { database, users } = site.service
  const superusers = people.filter(({ is_superuser }) => is_superuser)
  expect(superusers).toHaveLength(1)
  for (const { email, is_superuser } of people) {
    expect(await users.findByEmail(email)).toMatchObject({ isSuperuser: is_superuser, isActive: true })
  }
  expect(await users.findByEmail('robot@example.com')).toMatchObject({ isActive: false, password: '!' })
  expect(report.notes).toMatchObject([{ note: expect.stringContaining('hashed with md5') }])
  const members = await database.db.select().from(database.groupMembers)
  expect(members).toHaveLength(people.filter(({ groups }) => groups.includes('editors')).length)

  const before = await database.db.select().from(database.users)
  const file = join(folder, `${count}.sqlite`)
  cpSync(join(folder, 'dump.json'), join(folder, 'again.json'))
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {})
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: `file:${file}` }
  expect(await run(['import-django', join(folder, 'again.json')], env)).toBe(0)
  expect(String(printed.mock.lastCall?.[0])).toMatch(
    new RegExp(
      `^Imported 0 people, 0 superusers among them; ${people.length + 1} here already, 0 skipped\\.$`,
    ),
  )
  printed.mockRestore()
  expect(await database.db.select().from(database.users)).toEqual(before)
})
