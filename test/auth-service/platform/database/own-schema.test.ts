import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readMigrationState } from '../../../../auth-service/src/platform/database/migration-state.ts'
import { createDirectory } from '../../../../auth-service/src/users/directory.ts'
import { freshPostgres } from '../../../support/database.ts'
import { createRole, runAsOwner } from '../../../support/role.ts'
import { addUser, openService, testConfig } from '../../support/services.ts'

const OWN_SCHEMA = 'CREATE SCHEMA latchkey AUTHORIZATION {role}'
const BY_ROLE = 'ALTER ROLE {role} SET search_path = latchkey'
const SHUT_OUT = 'REVOKE ALL ON SCHEMA public FROM PUBLIC'

/** A service that is used briefly, and started twice. Returns the schemas of its tables. */
async function useTwice(url: string, owner: string) {
  for (const email of ['ada@example.com', 'bob@example.com']) {
    const service = await openService(testConfig({ databaseUrl: url }))
    try {
      const person = await addUser(service, email)
      await service.sessions.start(person, { userAgent: '', address: '192.0.2.1' })
      await service.database.rateLimits.limiter({ keyPrefix: 'x', points: 5, duration: 5 }).consume('key')
      const found = await createDirectory(service.database).list({
        search: 'ovelac',
        filter: '',
        order: 'newest',
        after: null,
      })
      expect(found.people.map((row) => row.email)).toContain(email)
    } finally {
      await service.close()
    }
  }
  expect(await readMigrationState(url)).toMatchObject({ missing: [], newer: false })
  return schemas(owner)
}

const schemas = async (url: string) =>
  (
    await runAsOwner(
      url,
      `SELECT DISTINCT schemaname FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
    )
  ).map(({ schemaname }) => schemaname)

it('a role with its own search_path and no right on "public" has all tables in that schema', async () => {
  const owner = await freshPostgres()
  const { url } = await createRole(
    owner,
    OWN_SCHEMA,
    BY_ROLE,
    SHUT_OUT,
    'CREATE EXTENSION pg_trgm SCHEMA latchkey',
  )
  expect(await useTwice(url, owner)).toEqual(['latchkey'])
})

it('options in DATABASE_URL name the schema as well', async () => {
  const owner = await freshPostgres()
  const { url } = await createRole(owner, OWN_SCHEMA, 'CREATE EXTENSION pg_trgm')
  const options = encodeURIComponent('-c search_path=latchkey')
  expect(await useTwice(`${url}?options=${options}`, owner)).toEqual(['latchkey'])
})

it('a schema named like the role is used, since Postgres looks there first', async () => {
  const owner = await freshPostgres()
  const { name, url } = await createRole(
    owner,
    'CREATE SCHEMA {role} AUTHORIZATION {role}',
    'CREATE EXTENSION pg_trgm',
  )
  expect(await useTwice(url, owner)).toEqual([name])
})

it('a database with tables in "public" keeps them there, even if another schema now comes first in the path', async () => {
  const owner = await freshPostgres()
  const { url, name } = await createRole(
    owner,
    'GRANT ALL ON SCHEMA public TO {role}',
    'CREATE EXTENSION pg_trgm',
  )
  const before = await openService(testConfig({ databaseUrl: url }))
  await addUser(before, 'mia@example.com')
  await before.close()
  await runAsOwner(owner, `CREATE SCHEMA ${name} AUTHORIZATION ${name}`)
  expect(await useTwice(url, owner)).toEqual(['public'])
})

it('two services in two schemas of one database share no users', async () => {
  const owner = await freshPostgres()
  const inPublic = await openService(testConfig({ databaseUrl: owner }))
  await addUser(inPublic, 'mia@example.com')
  const { url } = await createRole(
    owner,
    OWN_SCHEMA,
    'ALTER ROLE {role} SET search_path = latchkey, public',
    // Rights on the other tables make no difference.
    'GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}',
  )
  const apart = await openService(testConfig({ databaseUrl: `${url}?options=-c%20search_path%3Dlatchkey` }))
  expect(await apart.users.findByEmail('mia@example.com')).toBeNull()
  await addUser(apart, 'mia@example.com')
  await apart.close()
  await inPublic.close()
})

it('a role that may only read and write rows runs the service after an owner migrated', async () => {
  const owner = await freshPostgres()
  await (await openService(testConfig({ databaseUrl: owner }))).close()
  const { url } = await createRole(
    owner,
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}',
    'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}',
  )
  expect(await useTwice(url, owner)).toEqual(['public'])
})

it('no migration names a schema', () => {
  const folder = new URL('../../../../drizzle/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.sql'),
  )
  expect(files.length).toBeGreaterThan(10)
  for (const file of files)
    expect(readFileSync(new URL(file, folder), 'utf8'), file).not.toContain('"public"')
})
