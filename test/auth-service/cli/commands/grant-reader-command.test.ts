import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshPostgres } from '../../../support/database.ts'
import { createRole, runAsOwner } from '../../../support/role.ts'
import { useLatchkey } from '../../support/latchkey.ts'
import { addUser, openService, sqliteFiles, testConfig } from '../../support/services.ts'

const latchkey = useLatchkey()
const files = sqliteFiles()
afterAll(files.remove)

let url = ''
beforeAll(async () => {
  url = await freshPostgres()
  const service = await openService(testConfig({ databaseUrl: url }))
  await addUser(service)
  await service.close()
})

const grant = (...args: string[]) => latchkey(['grant-reader', ...args], { env: { DATABASE_URL: url } })
/** Roles belong to the whole server. */
const newName = (beginning = 'reader') => `${beginning}_${randomUUID().slice(0, 8)}`
const addressIn = (out: string) => /^AUTH_DATABASE_URL=(\S+)$/m.exec(out)?.[1] ?? ''
const COUNT = 'SELECT count(*)::int AS people FROM latchkey_people'

it('creates a role, and prints an address that works', async () => {
  const name = newName()
  const { code, out, err } = await grant(name, '--create')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(`The role "${name}" can read the view latchkey_people in the database "`)
  expect(await runAsOwner(addressIn(out), COUNT)).toEqual([{ people: 1 }])
  const [stored = {}] = await runAsOwner(url, `SELECT * FROM pg_authid WHERE rolname = '${name}'`)
  expect(stored).toMatchObject({
    rolsuper: false,
    rolcreaterole: false,
    rolcreatedb: false,
    rolpassword: expect.stringMatching(/^SCRAM-SHA-256\$4096:/),
  })
})

it('changes nothing the second time', async () => {
  const name = newName()
  const first = await grant(name, '--create')
  const rights = () => runAsOwner(url, "SELECT relacl::text FROM pg_class WHERE relname = 'latchkey_people'")
  const before = await rights()
  const again = await grant(name, '--create')
  expect([again.code, again.err]).toEqual([0, ''])
  expect(again.out).toContain('The role already existed: its password is unchanged.')
  expect(addressIn(again.out)).toBe(addressIn(first.out).replace(/:[^:@/]+@/, ':PASSWORD@'))
  expect((await grant(name)).code).toBe(0)
  expect(await rights()).toEqual(before)
  expect(await runAsOwner(addressIn(first.out), COUNT)).toEqual([{ people: 1 }])
})

it('may run many times at once, for one role and for several', async () => {
  const [one, ...others] = [newName(), newName(), newName(), newName()] as const
  const runs = await Promise.all([one, one, one, one, ...others].map((name) => grant(name, '--create')))
  expect(runs.map(({ code }) => code)).toEqual(runs.map(() => 0))
  const rows = await runAsOwner(
    url,
    `SELECT rolname FROM pg_roles WHERE rolname IN ('${[one, ...others].join("', '")}') AND has_table_privilege(oid, 'latchkey_people', 'SELECT')`,
  )
  expect(rows).toHaveLength(4)
})

it.each(['Reader', 'a "quoted"', "o'reader", 'über all', 'select', '-- x;', '$1', 'a\\b', '%s'])(
  'takes the name literally: %s',
  async (beginning) => {
    const name = newName(beginning)
    const { code, out, err } = await latchkey(['grant-reader', '--create', '--', name], {
      env: { DATABASE_URL: url },
    })
    expect([code, err]).toEqual([0, ''])
    const rows = await runAsOwner(addressIn(out), 'SELECT current_user AS name FROM latchkey_people')
    expect(rows).toEqual([{ name }])
  },
)

it.each(['public', 'none', 'pg_read_all_data', '', 'x'.repeat(64)])('refuses the name "%s"', async (name) => {
  const { code, err } = await grant(name)
  expect([code, err]).toEqual([1, expect.stringContaining('The name of a role has at most 63 bytes')])
})

it('explains how to create a role that is not there', async () => {
  const name = newName('missing')
  const { code, out, err } = await grant(name)
  expect([code, out]).toEqual([1, ''])
  expect(err).toBe(
    `There is no role "${name}". Create it: with --create, which prints a password, or in SQL with CREATE ROLE "${name}" LOGIN PASSWORD '…'`,
  )
  await grant(name, '--create')
  expect((await grant(name.toUpperCase())).err).toContain(`There is "${name}": case matters.`)
})

it('refuses roles that can use more than the view', async () => {
  expect((await grant('postgres')).err).toContain('"postgres" is a superuser')
  const { name } = await createRole(url, 'GRANT SELECT (email, password) ON users TO {role}')
  const { code, err } = await grant(name)
  expect(code).toBe(1)
  expect(err).toContain('for example the table users')
  await runAsOwner(url, `REVOKE ALL (email, password) ON users FROM ${name}`)
  expect((await grant(name)).code).toBe(0)
  const member = await createRole(url, 'GRANT pg_write_all_data TO {role}')
  expect((await grant(member.name)).err).toContain('can use more than the view')
  const { name: big } = await createRole(url, 'GRANT SELECT ON users TO {role}')
  const distant = await createRole(url, `GRANT ${big} TO {role} WITH INHERIT FALSE, SET TRUE`)
  const [row] = await runAsOwner(distant.url, `SET ROLE ${big}`, 'SELECT count(*)::int AS people FROM users')
  expect(row).toEqual({ people: 1 })
  expect((await grant(distant.name)).err).toContain('for example the table users')
  await runAsOwner(url, `REVOKE ${big} FROM ${distant.name}`)
  expect((await grant(distant.name)).code).toBe(0)
})

it('grants the way to the view where the database and the schema are closed to everyone', async () => {
  const closed = await freshPostgres()
  await (await openService(testConfig({ databaseUrl: closed }))).close()
  const database = new URL(closed).pathname.slice(1)
  await runAsOwner(
    closed,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  )
  const env = { DATABASE_URL: closed }
  const { code, out } = await latchkey(['grant-reader', newName(), '--create'], { env })
  expect(code).toBe(0)
  expect(await runAsOwner(addressIn(out), COUNT)).toEqual([{ people: 0 }])
})

it('keeps parameters of the address that are not of the service', async () => {
  const env = { DATABASE_URL: `${url}?sslmode=disable&options=-c%20search_path%3Dpublic` }
  const { out } = await latchkey(['grant-reader', newName(), '--create'], { env })
  expect(addressIn(out)).toMatch(/\?sslmode=disable$/)
  expect(await runAsOwner(addressIn(out), COUNT)).toEqual([{ people: 1 }])
})

it('says what to run as a superuser if the user of the service may not, and then does the rest', async () => {
  const owner = await freshPostgres()
  const { url: own } = await createRole(
    owner,
    'CREATE SCHEMA latchkey AUTHORIZATION {role}',
    'ALTER ROLE {role} SET search_path = latchkey',
    'CREATE EXTENSION pg_trgm SCHEMA latchkey',
  )
  await (await openService(testConfig({ databaseUrl: own }))).close()
  const name = newName()
  const env = { DATABASE_URL: own }
  const { code, err } = await latchkey(['grant-reader', name, '--create'], { env })
  expect(code).toBe(1)
  expect(err).toContain(`CREATE ROLE "${name}" LOGIN PASSWORD '…';`)
  expect(err).toContain(`GRANT SELECT ON "latchkey".latchkey_people TO "${name}";`)
  await runAsOwner(owner, `CREATE ROLE ${name} LOGIN PASSWORD 'x'`)
  const { code: done, out } = await latchkey(['grant-reader', name], { env })
  expect(done).toBe(0)
  const address = addressIn(out).replace(':PASSWORD@', ':x@')
  expect(await runAsOwner(address, COUNT.replace('FROM ', 'FROM latchkey.'))).toEqual([{ people: 0 }])
})

it('asks for the migration if the view is missing', async () => {
  const env = { DATABASE_URL: await freshPostgres() }
  const { code, err } = await latchkey(['grant-reader', 'x'], { env })
  expect([code, err]).toEqual([1, expect.stringContaining('Run "latchkey migrate"')])
})

it('says that file permissions do this on SQLite', async () => {
  const { code, out, err } = await latchkey(['grant-reader', 'reader'], {
    env: { DATABASE_URL: await files.empty() },
  })
  expect([code, out]).toEqual([1, ''])
  expect(err).toBe(
    'SQLite has no roles: file permissions say who may read the file, and an app that may read it reads everything in it.',
  )
})
