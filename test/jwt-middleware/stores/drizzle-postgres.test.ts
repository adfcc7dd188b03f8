import * as schema from '@latchkey/jwt-middleware/postgres'
import { postgresUsers, userColumns, users } from '@latchkey/jwt-middleware/postgres'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freshPostgres } from '../../support/database.ts'
import { createRole, runAsOwner } from '../../support/role.ts'
import { describeUserStore, identity } from '../user-store-suite.ts'
import { migrationsOf, startTogether } from './crowd.ts'
import { postgresDrift, postgresTables } from './schema.ts'

const people = pgTable('people', { ...userColumns(), theme: text('theme').notNull().default('light') })

const openPool = async () => new pg.Pool({ connectionString: await freshPostgres() })

async function openPeople() {
  const pool = await openPool()
  for (const statement of await postgresTables({ people })) await pool.query(statement)
  return pool
}

const rowsOf = (pool: pg.Pool, table: typeof users | typeof people) => async () => {
  const rows = await drizzle(pool)
    .select()
    .from(table as typeof users)
    .orderBy(table.id)
  return rows.map(({ tokenIat, tokenVersion, ...row }) => ({
    ...row,
    issuedAt: tokenIat,
    version: tokenVersion,
  }))
}

describeUserStore('on Postgres', async () => {
  const pool = await openPool()
  const store = postgresUsers(pool)
  // The table exists from the store's first use on.
  await store.setActive(identity().uuid, true)
  return { users: store, rows: rowsOf(pool, users), close: () => pool.end() }
})

describeUserStore("on Postgres, in the app's own table", async () => {
  const pool = await openPeople()
  return {
    users: postgresUsers(drizzle(pool), { table: people }),
    rows: rowsOf(pool, people),
    close: () => pool.end(),
  }
})

describe("An app's own table on Postgres", () => {
  it('stays the only one: states have a table of their own', async () => {
    const pool = await openPeople()
    await postgresUsers(pool, { table: people }).writeState('feed', '1')
    const { rows } = await pool.query(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    )
    expect(rows.map(({ name }) => name)).toEqual(['__latchkey_state_migrations', 'latchkey_state', 'people'])
    await pool.end()
  })

  it('keeps what the app wrote into its own columns', async () => {
    const pool = await openPeople()
    const store = postgresUsers(pool, { table: people })
    await store.sync(identity(), 'create')
    await drizzle(pool).update(people).set({ theme: 'dark' }).where(eq(people.uuid, identity().uuid))
    await store.sync(identity({ issuedAt: 2_000, firstName: 'Augusta' }), 'create')
    expect((await pool.query('SELECT first_name, theme FROM people')).rows).toEqual([
      { first_name: 'Augusta', theme: 'dark' },
    ])
    await pool.end()
  })

  it('can lack the version column: the store warns, and compares seconds', async () => {
    const pool = await openPeople()
    await pool.query('ALTER TABLE people DROP COLUMN token_version')
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const store = postgresUsers(pool, { table: people })
    for (const version of [5, 9]) {
      await store.sync(identity({ version, firstName: `Version ${version}` }), 'create')
    }
    await store.sync(identity({ issuedAt: 1_001, version: 1, lastName: 'King' }), 'existing')
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('people'), expect.anything())
    warned.mockRestore()
    expect(await store.register(identity().uuid)).toMatchObject({ id: 1 })
    expect((await pool.query('SELECT first_name, last_name FROM people')).rows).toEqual([
      { first_name: 'Ada', last_name: 'King' },
    ])
    await pool.end()
  })

  it('is rejected at once if it has a column that cannot be filled', () => {
    const table = pgTable('people', { ...userColumns(), badge: integer('badge').notNull() })
    expect(() => postgresUsers(new pg.Pool(), { table })).toThrow(/"badge" needs a default/)
  })
})

describe('The Postgres store', () => {
  let pool: pg.Pool
  beforeEach(async () => {
    pool = await openPool()
  })
  afterEach(() => pool.end())

  it('returns numeric ids', async () => {
    expect(await postgresUsers(pool).sync(identity(), 'create')).toEqual({ id: 1, isActive: true })
  })

  it('serves two tables over one pool', async () => {
    for (const statement of await postgresTables({ people })) await pool.query(statement)
    const stores = [postgresUsers(pool), postgresUsers(pool, { table: people })]
    for (const store of stores)
      expect(await store.sync(identity(), 'create')).toEqual({ id: 1, isActive: true })
  })

  it('rejects misspelt options', () => {
    const options = { tabel: people } as object
    expect(() => postgresUsers(pool, options)).toThrow(/postgresUsers does not know .*"tabel"/)
  })

  it('records when a row was created and when a token last changed it', async () => {
    const store = postgresUsers(pool)
    const times = async () => (await pool.query('SELECT created_at, updated_at FROM latchkey_users')).rows[0]
    await store.sync(identity(), 'create')
    await pool.query('UPDATE latchkey_users SET created_at = 1, updated_at = 1')
    await store.sync(identity(), 'create')
    expect(await times()).toEqual({ created_at: '1', updated_at: '1' })
    for (const provisioning of ['create', 'existing'] as const) {
      await pool.query('UPDATE latchkey_users SET updated_at = 1, token_iat = 1')
      await store.sync(identity(), provisioning)
      expect(await times()).toEqual({
        created_at: '1',
        updated_at: expect.toSatisfy((time) => Number(time) > 1_700_000_000),
      })
    }
  })

  it('creates its table once when eight processes start together on an empty database', async () => {
    const url = await freshPostgres()
    expect(await startTogether(url, 8)).toEqual(Array.from({ length: 8 }, () => 'fine'))
    const client = new pg.Client(url)
    await client.connect()
    expect((await client.query('SELECT uuid, token_iat FROM latchkey_users')).rows).toEqual([
      { uuid: identity().uuid, token_iat: '1007' },
    ])
    expect((await client.query('SELECT count(*)::int FROM __latchkey_migrations')).rows).toEqual([
      { count: migrationsOf('postgres') },
    ])
    await client.end()
  })
})

describe('The Postgres store in a schema of its own', () => {
  const OWN_SCHEMA = ['CREATE SCHEMA app AUTHORIZATION {role}', 'REVOKE ALL ON SCHEMA public FROM PUBLIC']
  const BY_ROLE = 'ALTER ROLE {role} SET search_path = app'

  async function use(connectionString: string) {
    const pool = new pg.Pool({ connectionString })
    const store = postgresUsers(pool)
    const local = await store.sync(identity(), 'create')
    await store.writeState('feed', '1')
    await pool.end()
    return local
  }
  const tables = async (url: string) =>
    (
      await runAsOwner(
        url,
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('app', 'public') ORDER BY 1",
      )
    ).map(({ name }) => name)
  const ALL_IN_APP = [
    'app.__latchkey_migrations',
    'app.__latchkey_state_migrations',
    'app.latchkey_state',
    'app.latchkey_users',
  ]

  it('works for a role with a search_path and no right on "public"', async () => {
    const owner = await freshPostgres()
    const { url } = await createRole(owner, ...OWN_SCHEMA, BY_ROLE)
    expect(await use(url)).toEqual(await use(url))
    expect(await tables(owner)).toEqual(ALL_IN_APP)
  })

  it('works with options in the URL', async () => {
    const owner = await freshPostgres()
    const { url } = await createRole(owner, ...OWN_SCHEMA)
    expect(await use(`${url}?options=-c%20search_path%3Dapp`)).toMatchObject({ isActive: true })
    expect(await tables(owner)).toEqual(ALL_IN_APP)
  })

  it('continues where an earlier version recorded its migrations in "public"', async () => {
    const owner = await freshPostgres()
    const { url } = await createRole(
      owner,
      'CREATE SCHEMA app AUTHORIZATION {role}',
      BY_ROLE,
      'GRANT ALL ON SCHEMA public TO {role}',
    )
    const before = await use(url)
    await runAsOwner(
      owner,
      'ALTER TABLE app.__latchkey_migrations SET SCHEMA public',
      'ALTER TABLE app.__latchkey_state_migrations SET SCHEMA public',
    )
    expect(await use(url)).toEqual(before)
  })

  it('explains what to do if the role may create no tables', async () => {
    const { url } = await createRole(await freshPostgres())
    await expect(use(url)).rejects.toThrow(/permission denied for schema public.*CREATE SCHEMA/)
    const { url: reader } = await createRole(
      await freshPostgres(),
      'GRANT ALL ON SCHEMA public TO {role}',
      'ALTER ROLE {role} SET default_transaction_read_only = on',
    )
    await expect(use(reader)).rejects.toThrow(/read-only transaction.*connect to the primary/)
    const { url: nowhere } = await createRole(
      await freshPostgres(),
      'ALTER ROLE {role} SET search_path = gone',
    )
    await expect(use(nowhere)).rejects.toThrow(/no schema has been selected.*CREATE SCHEMA/)
  })
})

describe('The Postgres store without its database', () => {
  it('reports that it is unavailable for every call', async () => {
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nowhere' })
    const store = postgresUsers(pool)
    for (const act of [
      () => store.sync(identity(), 'create'),
      () => store.register(identity().uuid),
      () => store.setActive(identity().uuid, true),
      () => store.readState('feed'),
      () => store.writeState('feed', '1'),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'store_unavailable' })
      await expect(act()).rejects.toThrow(/ECONNREFUSED/)
    }
    await pool.end()
  })

  it('tries again, so that an outage at the start is not permanent', async () => {
    const pool = await openPool()
    const store = postgresUsers(pool)
    await pool.query('CREATE VIEW latchkey_users AS SELECT 1') // stands where the table would go
    const first = await Promise.allSettled([1, 2, 3].map(() => store.sync(identity(), 'create')))
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await pool.query('DROP VIEW latchkey_users')
    expect(await store.sync(identity(), 'create')).toMatchObject({ isActive: true })
    await pool.end()
  })

  it('keeps user data out of the message', async () => {
    const pool = await openPeople()
    const store = postgresUsers(pool, { table: people })
    await pool.query('DROP TABLE people')
    const failure = await Promise.resolve(store.sync(identity(), 'create')).catch((error: Error) => error)
    expect(String(failure)).toContain('relation "people" does not exist')
    expect(String(failure)).not.toContain('ada@example.com')
    await pool.end()
  })
})

describe('The shipped Postgres migrations', () => {
  it('create the tables in the schemas', async () => {
    expect(await postgresDrift({ users: schema.users })).toEqual([])
    expect(await postgresDrift({ state: schema.state }, 'state/postgres')).toEqual([])
  })
})
