import pg from 'pg'
import { expect, it } from 'vitest'
import { createDirectory } from '../../../../auth-service/src/users/directory.ts'
import { freshPostgres } from '../../../support/database.ts'
import { openService, testConfig } from '../../support/services.ts'

/** An empty database where no role can add extensions until it is `allowed`. */
async function withoutExtensions() {
  const url = await freshPostgres()
  const client = new pg.Client(url)
  await client.connect()
  await client.query(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE insufficient_privilege; END $$`)
  await client.query(`CREATE EVENT TRIGGER no_extensions ON ddl_command_start
    WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION refuse()`)
  return {
    url,
    async allow() {
      await client.query('DROP EVENT TRIGGER no_extensions')
      await client.end()
    },
  }
}

const WARNING = /pg_trgm can't be added.*CREATE EXTENSION pg_trgm/

it('without pg_trgm, users are found by the beginning of their address, and a later start creates the index', async () => {
  const { allow, url } = await withoutExtensions()
  const open = () => openService(testConfig({ databaseUrl: url }))
  const find = async (service: Awaited<ReturnType<typeof open>>, search: string) => {
    const query = { search, filter: '', order: 'newest', after: null } as const
    return (await createDirectory(service.database).list(query)).people.map(({ email }) => email)
  }

  const limited = await open()
  expect(limited.logged).toContainEqual(
    expect.objectContaining({ level: 40, msg: expect.stringMatching(WARNING) }),
  )
  await limited.users.create({ email: 'Ada_1@example.com', password: '!', lastName: 'Lovelace' })
  await limited.users.create({ email: 'adax1@example.com', password: '!' })
  expect(await find(limited, 'ADA_')).toEqual(['Ada_1@example.com'])
  expect(await find(limited, 'ada')).toEqual(['adax1@example.com', 'Ada_1@example.com'])
  expect(await find(limited, 'lovelace')).toEqual([])
  await limited.close()

  await allow()
  const mended = await open()
  expect(mended.logged.map(({ msg }) => msg)).not.toContainEqual(expect.stringMatching(WARNING))
  expect(await find(mended, 'velac')).toEqual(['Ada_1@example.com'])
  await mended.close()
})

it('services that start at once on one database create one index', async () => {
  const databaseUrl = await freshPostgres()
  const services = await Promise.all([1, 2, 3].map(() => openService(testConfig({ databaseUrl }))))
  for (const service of services) {
    expect(service.logged.map(({ msg }) => msg)).not.toContainEqual(expect.stringMatching(WARNING))
    await service.close()
  }
})
