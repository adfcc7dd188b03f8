import { migrateUsers, postgresUsers, usersIn } from '@latchkey/jwt-middleware/postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { afterEach, describe, expect, inject, it } from 'vitest'
import { blocksOf } from '../../docs/pages.ts'
import { freshPostgres } from '../../support/database.ts'
import { startPgBouncer } from '../../support/pgbouncer.ts'
import { createRole } from '../../support/role.ts'
import { identity } from '../user-store-suite.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action()
})
const openPool = (connectionString: string) => {
  const pool = new pg.Pool({ connectionString })
  cleanUp.push(() => pool.end())
  return pool
}
const options = { schema: 'latchkey' }
const tables = async (pool: pg.Pool) => {
  const { rows } = await pool.query(
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname !~ '^(pg_|information)' ORDER BY 1",
  )
  return rows.map(({ name }) => name)
}
const OURS = ['__latchkey_migrations', '__latchkey_state_migrations', 'latchkey_state', 'latchkey_users']

async function use(pool: pg.Pool) {
  const store = postgresUsers(pool, options)
  const local = await store.sync(identity(), 'create')
  await store.writeState('feed', '7')
  return { local, state: await store.readState('feed') }
}

describe('The option `schema` of postgresUsers', () => {
  it('creates the schema once for processes that start together, and nothing in others', async () => {
    const url = await freshPostgres()
    const uses = await Promise.all(Array.from({ length: 6 }, () => use(openPool(url))))
    expect(new Set(uses.map(({ local }) => local?.id))).toEqual(new Set([1]))
    expect(await tables(openPool(url))).toEqual(OURS.map((name) => `latchkey.${name}`))
  })

  it('needs no search_path, and neither does a pooler in transaction mode', async () => {
    const owner = await freshPostgres()
    const { url } = await createRole(
      owner,
      'CREATE SCHEMA latchkey AUTHORIZATION {role}',
      'ALTER ROLE {role} SET search_path = gone',
    )
    expect(await use(openPool(url))).toEqual({ local: { id: 1, isActive: true }, state: '7' })

    const pooler = await startPgBouncer(inject('postgresUrl'), { pool_mode: 'transaction' })
    cleanUp.push(() => pooler.stop())
    const pool = openPool(pooler.through(await freshPostgres()))
    expect(await Promise.all([use(pool), use(pool)])).toHaveLength(2)
    expect((await pool.query('SHOW search_path')).rows).toEqual([{ search_path: '"$user", public' }])
  })

  it('leaves an existing table where it is, says how to move it, and then keeps all ids and references', async () => {
    const pool = openPool(await freshPostgres())
    const before = postgresUsers(pool)
    await before.register('someone else')
    const ada = await before.sync(identity(), 'create')
    await pool.query('CREATE TABLE notes (user_id bigint REFERENCES latchkey_users ON DELETE CASCADE)')
    await pool.query('INSERT INTO notes VALUES ($1)', [ada?.id])
    const refusal = await use(pool).catch((error: Error) => error)
    expect(refusal).toMatchObject({ code: 'table_conflict' })
    const { message } = refusal as Error
    expect(message).toContain('is in the schema "public", not in "latchkey"')
    expect(message).toContain('ALTER TABLE "public"."latchkey_users" SET SCHEMA "latchkey"')

    await before.writeState('feed', '6')
    const documented = blocksOf('docs/local-users.md').find(({ code }) => code.includes('SET SCHEMA'))
    await pool.query(documented?.code ?? '')
    expect(await use(pool)).toMatchObject({ local: ada })
    await pool.query('DELETE FROM latchkey.latchkey_users WHERE id = $1', [ada?.id])
    expect((await pool.query('SELECT * FROM notes')).rows).toEqual([])
  })

  it('explains what to do if the role may not create schemas', async () => {
    const { url } = await createRole(await freshPostgres())
    await expect(use(openPool(url))).rejects.toThrow(/permission denied for database .*CREATE SCHEMA/)
  })

  it('must be a name that Postgres keeps as it is', () => {
    for (const schema of ['', 'pg_own', 'x'.repeat(64), 'public']) {
      expect(() => postgresUsers(new pg.Pool(), { schema })).toThrow(/[Tt]he schema/)
    }
  })

  it('may be any name that can be quoted', async () => {
    const pool = openPool(await freshPostgres())
    const schema = 'my "own" Schéma'
    await migrateUsers(pool, { schema })
    expect(await postgresUsers(drizzle(pool), { schema }).register('a')).toMatchObject({ id: 1 })
    const users = usersIn(schema)
    expect(await drizzle(pool).select({ uuid: users.uuid }).from(users)).toEqual([{ uuid: 'a' }])
  })
})
