import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type Model, tellFixture } from '../../../../auth-service/src/cli/django/export.ts'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Database } from '../../../../auth-service/src/platform/database/open.ts'
import { cleanedName } from '../../../../auth-service/src/platform/validation/validators.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, DEVICE, onBothDatabases, openService, testConfig } from '../../support/services.ts'

const latchkey = useLatchkey()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-fixture-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
/** A file name in a new folder. */
const newFile = (ending = 'json') => join(mkdtempSync(join(folder, `${++count}-`)), `people.${ending}`)

const BY_NOBODY = { uuid: null, device: DEVICE }
/** As stored. */
const NAMES = naughtyStrings.filter((text) => /^[^\p{Cc}\p{Cs}]{1,150}$/u.test(text)).map(cleanedName)

/** All users, with the fields of a fixture. Versions follow the clock of each database if no device is known. */
async function allKept({ db, users }: Database) {
  const rows = await db.select().from(users).orderBy(users.uuid)
  return rows.map(
    ({ id, changedAt, version, deviceEpoch, emailVerifiedAt, deletionDueAt, language, timeZone, ...kept }) =>
      kept,
  )
}

onBothDatabases('export-django', (open) => {
  /** More than one batch: Ada, who is an editor, a user scheduled for deletion, a robot, and a crowd. */
  async function opened() {
    const service = await open()
    const { administration, database, users, groups, passwords } = service
    const password = await passwords.hash('by the sea')
    const ada = await addUser(service)
    await users.update(ada.uuid, { password, emailVerifiedAt: 1_700_000_000 })
    await administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    await groups.create('archivists', BY_NOBODY)
    const editors = await groups.create('editors', BY_NOBODY)
    if (editors.ok) await groups.add(editors.value, ada, BY_NOBODY)
    await service.deletions.request(await addUser(service, 'bob@example.com'), DEVICE)
    const robot = await addUser(service, 'robot@example.com')
    await users.update(robot.uuid, { password: '!' })
    await administration.change(robot.uuid, { isActive: false }, OPERATOR)
    for (let start = 0; start < 1_000; start += 250) {
      await database.db.insert(database.users).values(
        Array.from({ length: 250 }, (_, index) => ({
          uuid: crypto.randomUUID(),
          email: `person-${start + index}@example.com`,
          emailCanonical: `person-${start + index}@example.com`,
          firstName: NAMES[(start + index) % NAMES.length] ?? '',
          lastName: '',
          password,
          isActive: true,
          isStaff: false,
          isSuperuser: false,
          createdAt: 1_600_000_000 + start + index,
          changedAt: 1_600_000_000,
        })),
      )
    }
    return { service, ada, env: { DATABASE_URL: service.config.databaseUrl } }
  }

  it.each(['json', 'jsonl'])('writes all users to a .%s that another service can import', async (ending) => {
    const { service, ada, env } = await opened()
    const target = newFile(ending)
    const { code, out, err } = await latchkey(['export-django', target], { env })
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`Wrote 1003 users and 2 groups to ${target}`)
    expect(out).toContain("1 user confirmed their address, but the format can't express that")
    expect(out).toContain('1 user will be deleted')
    expect(statSync(target).mode & 0o777).toBe(0o600)
    const text = readFileSync(target, 'utf8')
    const models =
      ending === 'json'
        ? JSON.parse(text)
        : text
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
    expect(models).toHaveLength(1005)
    expect(models[2]).toEqual({
      model: 'auth.user',
      fields: {
        username: ada.uuid,
        password: expect.stringMatching(/^bcrypt_sha256\$\$2b\$04\$/),
        email: 'ada@example.com',
        first_name: ada.firstName,
        last_name: ada.lastName,
        is_active: true,
        is_staff: true,
        is_superuser: false,
        date_joined: new Date(ada.createdAt * 1000).toISOString(),
        last_login: null,
        groups: [['editors']],
      },
    })

    const databaseUrl = `file:${newFile('sqlite')}`
    const other = await openService(testConfig({ databaseUrl }))
    try {
      const imported = await latchkey(['import-django', target, '--verified'], {
        env: { DATABASE_URL: databaseUrl },
      })
      expect(imported.out).toMatch(/^Imported 1003 users \(0 superusers\); 0 already exist, 0 skipped\.$/)
      expect(await allKept(other.database)).toEqual(await allKept(service.database))
      expect(await other.users.findByUuid(ada.uuid)).toMatchObject({ groups: ['editors'] })
      const groups = await other.database.db.select().from(other.database.groups)
      expect(groups.map(({ name }) => name).sort()).toEqual(['archivists', 'editors'])
      const signedIn = await other.accounts.signIn({ email: ada.email, password: 'by the sea' }, DEVICE)
      expect(signedIn.ok).toBe(true)
    } finally {
      await other.close()
    }
  })

  it('exports unconfirmed users without a password where confirmation is required', async () => {
    const { env, ada } = await opened()
    const target = newFile()
    const asked = { ...env, EMAIL_VERIFICATION: 'required' }
    const { out } = await latchkey(['export-django', target], { env: asked })
    expect(out).toContain(`Into Latchkey: latchkey import-django FILE --verified.`)
    expect(out).toContain('1002 users never confirmed their address. They are exported without passwords')
    const people = JSON.parse(readFileSync(target, 'utf8')).slice(2)
    const able = people.filter(({ fields }: { fields: { password: string } }) => fields.password !== '!')
    expect(able.map(({ fields }: { fields: { email: string } }) => fields.email)).toEqual([ada.email])
  })

  it('exports a snapshot while data changes', async () => {
    const { service } = await opened()
    const tellAll = async (meanwhile: () => Promise<unknown>) => {
      const models: Model[] = []
      await tellFixture({
        database: service.database,
        mustConfirm: false,
        signal: new AbortController().signal,
        onProgress: () => {},
        async write(some) {
          if (models.length === 0) await meanwhile()
          models.push(...some)
        },
      })
      return models
    }
    const before = await tellAll(async () => {})
    const during = await tellAll(async () => {
      const created = await service.groups.create('late', BY_NOBODY)
      const robot = await service.users.findByEmail('robot@example.com')
      if (created.ok && robot) await service.groups.add(created.value, robot, BY_NOBODY)
      if (robot)
        await service.administration.change(robot.uuid, { email: 'new@example.com', isStaff: true }, OPERATOR)
      const bob = await service.users.findByEmail('bob@example.com')
      if (bob) await service.users.remove(bob.uuid)
      await addUser(service, 'late@example.com')
    })
    expect(during).toEqual(before)
    const after = await tellAll(async () => {})
    const emails = after.map(({ fields }) => fields.email)
    expect(emails).toContain('new@example.com')
    expect(emails).not.toContain('bob@example.com')
    expect(after.filter(({ model }) => model === 'auth.group')).toHaveLength(3)
  })

  it('writes an empty list when there are no users', async () => {
    const service = await open()
    const env = { DATABASE_URL: service.config.databaseUrl }
    for (const ending of ['json', 'jsonl']) {
      const target = newFile(ending)
      const { code, out } = await latchkey(['export-django', target], { env })
      expect([code, out.split(',')[0]]).toEqual([0, `Wrote 0 users and 0 groups to ${target}`])
      expect(readFileSync(target, 'utf8').trim().replaceAll(/\s/g, '')).toBe(ending === 'json' ? '[]' : '')
    }
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const { env } = await opened()
    const target = newFile()
    const stopped = await latchkey(['export-django', target], { env, interrupted: true })
    expect(stopped).toEqual({ code: 1, out: '', err: 'Stopped. No file was written.' })
    expect(readdirSync(join(target, '..'))).toEqual([])
  })

  it('rejects a file name without a known format, and overwrites nothing', async () => {
    const { env } = await opened()
    const unnamed = await latchkey(['export-django', join(folder, 'people')], { env })
    expect(unnamed).toMatchObject({
      code: 1,
      err: expect.stringContaining('must end in .json or .jsonl'),
    })
    const taken = newFile()
    writeFileSync(taken, 'precious')
    expect((await latchkey(['export-django', taken], { env })).err).toContain('already exists')
    expect(readFileSync(taken, 'utf8')).toBe('precious')
  })
})
