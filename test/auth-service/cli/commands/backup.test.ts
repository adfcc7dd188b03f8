import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, openService, testConfig } from '../../support/services.ts'

const latchkey = useLatchkey()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('copies a database in use into one working file that only its owner can read', async () => {
  const databaseUrl = `file:${join(folder, 'auth.sqlite')}`
  const service = await openService(testConfig({ databaseUrl }))
  const ada = await addUser(service)
  const target = join(folder, 'copy.sqlite')
  const done = await latchkey(['backup', target], { env: { DATABASE_URL: databaseUrl } })
  expect(done).toMatchObject({ code: 0, err: '' })
  expect(done.out).toContain('Keep SECRET_KEY too')
  await service.close()
  expect(statSync(target).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.sqlite'])
  const restored = await openService(testConfig({ databaseUrl: `file:${target}` }))
  expect(await restored.users.findByUuid(ada.uuid)).toMatchObject({ email: 'ada@example.com' })
  expect(restored.keys.current().kid).toBe(service.keys.current().kid)
  await restored.close()
})

it('overwrites nothing, and explains why it cannot write', async () => {
  const databaseUrl = `file:${join(folder, 'other.sqlite')}`
  await (await openService(testConfig({ databaseUrl }))).close()
  const env = { DATABASE_URL: databaseUrl }
  const taken = join(folder, 'taken')
  writeFileSync(taken, 'precious')
  expect(await latchkey(['backup', taken], { env })).toMatchObject({
    code: 1,
    err: `${taken} already exists. Choose another name, or remove it first.`,
  })
  const nowhere = join(folder, 'no', 'where')
  expect((await latchkey(['backup', nowhere], { env })).err).toMatch(
    /can't be written: ENOENT.*Choose a file in/,
  )
  writeFileSync(join(folder, 'cut.part'), '')
  expect((await latchkey(['backup', join(folder, 'cut')], { env })).err).toContain(
    'another command is writing it, or it was interrupted',
  )
})

it('copies no database that does not exist', async () => {
  const target = join(folder, 'nothing')
  const env = { DATABASE_URL: `file:${join(folder, 'missing.sqlite')}` }
  expect(await latchkey(['backup', target], { env })).toMatchObject({ code: 1 })
  expect(existsSync(target)).toBe(false)
})

it('names the Postgres tool to use', async () => {
  const { code, err } = await latchkey(['backup', 'x'], {
    env: { DATABASE_URL: 'postgres://u:hush@127.0.0.1/x' },
  })
  expect(code).toBe(1)
  expect(err).toContain('pg_dump --format=custom')
  expect(err).not.toContain('hush')
})

it('leaves nothing behind after Ctrl-C', async () => {
  const databaseUrl = `file:${join(folder, 'stopped.sqlite')}`
  await (await openService(testConfig({ databaseUrl }))).close()
  const target = join(folder, 'stopped-copy')
  expect(
    await latchkey(['backup', target], { env: { DATABASE_URL: databaseUrl }, interrupted: true }),
  ).toEqual({
    code: 1,
    out: '',
    err: 'Stopped. No copy was written.',
  })
  expect(readdirSync(folder).filter((name) => name.startsWith('stopped-copy'))).toEqual([])
})
