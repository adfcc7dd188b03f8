import { join } from 'node:path'
import { migrateUsers as migratePostgres } from '@latchkey/jwt-middleware/postgres'
import { migrateUsers as migrateSqlite } from '@latchkey/jwt-middleware/sqlite'
import SQLite from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  checkAppDatabase,
  problemWithAppDatabase,
} from '../../../../../auth-service/src/cli/doctor/checks/app-database-check.ts'
import { freshPostgres } from '../../../../support/database.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { tempApp } from '../../../../support/temp-app.ts'
import { useLatchkey } from '../../../support/latchkey.ts'

const latchkey = useLatchkey()

interface AppDatabase {
  readonly url: string
  run(sql: string): Promise<void>
  migrate(): Promise<void>
}

const DATABASES: Readonly<Record<string, () => Promise<AppDatabase>>> = {
  async SQLite() {
    const path = join(tempApp(), 'app.sqlite')
    const db = new SQLite(path)
    onTestFinished(() => void db.close())
    return {
      url: `file:${path}`,
      run: async (sql) => void db.exec(sql),
      migrate: async () => void (await migrateSqlite(db)),
    }
  },
  async Postgres() {
    const url = await freshPostgres()
    const pool = new pg.Pool({ connectionString: url })
    onTestFinished(() => pool.end())
    return { url, run: async (sql) => void (await pool.query(sql)), migrate: () => migratePostgres(pool) }
  },
}

const look = async ({ url }: Pick<AppDatabase, 'url'>) =>
  (await checkAppDatabase(url)).map(({ status, what }) => `${status} ${what}`)

describe.each(Object.entries(DATABASES))('The database of an app (%s)', (_, open) => {
  it('is told to have no local users before the app has started', async () => {
    const app = await open()
    await app.run('CREATE TABLE notes (id integer PRIMARY KEY, user_id integer)')
    expect(await look(app)).toEqual(['warn It has no table latchkey_users.'])
  })

  it('is well with foreign keys that let local users be deleted, and without any', async () => {
    const app = await open()
    await app.migrate()
    await app.run('CREATE TABLE sizes (id integer PRIMARY KEY, width integer, kind text)')
    expect(await look(app)).toEqual(['ok It has latchkey_users, and no column looks like the ID of a user.'])
    await app.run(
      `CREATE TABLE notes (id integer PRIMARY KEY,
        user_id bigint REFERENCES latchkey_users(id) ON DELETE CASCADE,
        editor_user_id bigint REFERENCES latchkey_users(id) ON DELETE SET NULL)`,
    )
    expect((await look(app)).sort()).toEqual([
      'ok notes.editor_user_id refers to latchkey_users (ON DELETE SET NULL).',
      'ok notes.user_id refers to latchkey_users (ON DELETE CASCADE).',
    ])
  })

  it('has a foreign key missing, or one that keeps users from being deleted', async () => {
    const app = await open()
    await app.migrate()
    await app.run('CREATE TABLE people (id integer PRIMARY KEY)')
    await app.run(
      `CREATE TABLE notes (id integer PRIMARY KEY, user_id bigint, old_user_id text,
        author_user_id bigint REFERENCES latchkey_users(id), other_user_id integer REFERENCES people(id))`,
    )
    const findings = await checkAppDatabase(app.url)
    expect(findings.map(({ status, what }) => [status, what])).toEqual([
      [
        'warn',
        expect.stringContaining('notes.author_user_id refers to latchkey_users with ON DELETE NO ACTION'),
      ],
      ['warn', expect.stringContaining('notes.user_id has no foreign key.')],
    ])
    for (const { remedy } of findings) expect(remedy).toContain('docs/local-users.md')
  })

  it('is not changed', async () => {
    const app = await open()
    await app.migrate()
    await app.run('CREATE TABLE notes (id integer PRIMARY KEY, user_id bigint)')
    expect(await look(app)).toEqual(await look(app))
  })
})

it('What drizzle-kit left behind on SQLite is named', async () => {
  const app = await (DATABASES.SQLite as () => Promise<AppDatabase>)()
  await app.migrate()
  await app.run('CREATE TABLE __new_notes (id integer PRIMARY KEY, user_id integer)')
  expect(await look(app)).toContainEqual(expect.stringContaining('__new_notes is left over from a change'))
})

it('An address of another kind than a database is refused, without its password', () => {
  for (const url of [
    'mysql://root:secret@host/app',
    'file:',
    'file:app.sqlite?secret',
    'postgres://a:secret@[/',
  ]) {
    expect(problemWithAppDatabase(url)).toMatch(/^--app-database .*\.$|^--app-database .*name$/)
    expect(problemWithAppDatabase(url)).not.toContain('secret')
  }
  for (const url of ['app.sqlite', 'file:app.sqlite', '/data/app.sqlite', 'postgres://a:b@host/app'])
    expect(problemWithAppDatabase(url)).toBeNull()
})

it('The doctor looks at it beside everything else', async () => {
  const app = await (DATABASES.SQLite as () => Promise<AppDatabase>)()
  await app.migrate()
  await app.run('CREATE TABLE notes (id integer PRIMARY KEY, user_id integer)')
  const { out } = await latchkey(['doctor', '--app-database', app.url])
  expect(out).toMatch(
    /warn {2}app database: notes\.user_id has no foreign key\..*\n {6}-> Make the column again/,
  )
  const wrong = await latchkey(['doctor', '--app-database', 'mysql://root:secret@host/app'])
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('--app-database is not the address')])
  expect(wrong.err + wrong.out).not.toContain('secret')
})

it('A database that is not there is named', async () => {
  expect(await look({ url: 'file:/nowhere/app.sqlite' })).toEqual([
    'fail There is no database at /nowhere/app.sqlite.',
  ])
  const refused = await look({ url: `postgres://nobody@127.0.0.1:${await deadPort()}/app` })
  expect(refused).toEqual([expect.stringMatching(/^fail The database of the app can't be used: /)])
})
