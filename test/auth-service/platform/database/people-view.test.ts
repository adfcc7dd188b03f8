import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { migratePostgres } from '@latchkey/jwt-middleware/postgres'
import { migrateSqlite } from '@latchkey/jwt-middleware/sqlite'
import SQLite from 'better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { grantReader } from '../../../../auth-service/src/platform/database/grant-reader.ts'
import { migrationsFolder as shipped } from '../../../../auth-service/src/platform/database/migrations.ts'
import { migrationsFolder } from '../../../jwt-middleware/stores/migrations-folder.ts'
import { freshPostgres } from '../../../support/database.ts'
import { createRole, runAsOwner } from '../../../support/role.ts'

/** The contract with apps: more may follow at the end, and these stay. */
const COLUMNS = [
  'id',
  'uuid',
  'email',
  'email_verified',
  'first_name',
  'last_name',
  'is_staff',
  'is_superuser',
  'is_active',
  'version',
  'groups',
]

const FIXED =
  'INSERT INTO users (id, uuid, email, email_canonical, first_name, last_name, password, is_active, is_staff, is_superuser, created_at, changed_at)'
const ADA = `${FIXED} VALUES (7, 'u7', 'ada@example.com', 'ada@example.com', 'Ada', 'Lovelace', 'a hash', true, true, false, 1, 1)`

const folders: { remove(): void }[] = []
afterAll(() => {
  for (const { remove } of folders) remove()
})

/** A later migration. */
function later(...statements: string[]): URL {
  const made = migrationsFolder([statements.join('\n--> statement-breakpoint\n')])
  folders.push(made)
  return made.folder
}

function openSqlite() {
  const client = new SQLite(':memory:')
  migrateSqlite(client, { folder: shipped('sqlite'), table: 'done' })
  client.exec(ADA)
  return client
}

const columnsOf = (client: SQLite.Database) =>
  client
    .prepare('SELECT * FROM latchkey_people')
    .columns()
    .map(({ name }) => name)

/** The statement that creates the view, and the one that creates the table of users, as it is after all migrations. */
const sqlOf = (client: SQLite.Database, name: string): string =>
  client.prepare('SELECT sql FROM sqlite_master WHERE name = ?').pluck().get(name) as string

/** How drizzle-kit rebuilds a table. */
const rebuild = (client: SQLite.Database): string[] => [
  sqlOf(client, 'users').replace(/`users`/, '`__new_users`'),
  'INSERT INTO `__new_users` SELECT * FROM `users`',
  'DROP TABLE `users`',
  'ALTER TABLE `__new_users` RENAME TO `users`',
]

describe('The view of people on SQLite', () => {
  it('has these columns after all migrations, and no secret', () => {
    const client = openSqlite()
    expect(columnsOf(client)).toEqual(COLUMNS)
    expect(client.prepare('SELECT * FROM latchkey_people').get()).toEqual({
      id: 7,
      uuid: 'u7',
      email: 'ada@example.com',
      email_verified: 0,
      first_name: 'Ada',
      last_name: 'Lovelace',
      is_staff: 1,
      is_superuser: 0,
      is_active: 1,
      version: 1,
      groups: '[]',
    })
    client.close()
  })

  it('stops a migration that rebuilds the table under it and forgets the view: nothing is changed', () => {
    const client = openSqlite()
    const folder = later(...rebuild(client))
    expect(() => migrateSqlite(client, { folder, table: 'later' })).toThrow(/error in view/)
    expect(client.prepare('SELECT count(*) FROM latchkey_people').pluck().get()).toBe(1)
    client.close()
  })

  it('survives one that drops the views before and creates them after', () => {
    const client = openSqlite()
    const views = ['latchkey_people', 'users_search_text']
    const folder = later(
      ...views.map((name) => `DROP VIEW \`${name}\``),
      ...rebuild(client),
      ...views.map((name) => sqlOf(client, name)),
    )
    migrateSqlite(client, { folder, table: 'later' })
    expect(columnsOf(client)).toEqual(COLUMNS)
    expect(client.prepare('SELECT id, email FROM latchkey_people').all()).toEqual([
      { id: 7, email: 'ada@example.com' },
    ])
    client.close()
  })

  it('survives new columns and renamed ones', () => {
    const client = openSqlite()
    const folder = later(
      'ALTER TABLE `users` ADD `nickname` text',
      'ALTER TABLE `users` RENAME COLUMN `first_name` TO `given_name`',
    )
    migrateSqlite(client, { folder, table: 'later' })
    expect(columnsOf(client)).toEqual(COLUMNS)
    client.close()
  })
})

describe('The view of people on Postgres', () => {
  it('has these columns after all migrations, and keeps the rights on it through a later one', async () => {
    const url = await freshPostgres()
    const pool = new pg.Pool({ connectionString: url })
    await migratePostgres(pool, { folder: shipped('postgres'), table: 'done' })
    await pool.query(ADA)
    const reader = await createRole(url)
    expect(await grantReader(url, reader.name, { create: false })).toMatchObject({ ok: true })
    const folder = later(
      'ALTER TABLE "users" ADD COLUMN "nickname" text',
      'ALTER TABLE "users" RENAME COLUMN "first_name" TO "given_name"',
    )
    await migratePostgres(pool, { folder, table: 'later' })
    const [row = {}] = await runAsOwner(reader.url, 'SELECT * FROM latchkey_people')
    expect(Object.keys(row)).toEqual(COLUMNS)
    expect(row).toMatchObject({
      id: '7',
      first_name: 'Ada',
      is_staff: true,
      email_verified: false,
      groups: [],
    })
    // Postgres refuses what would break the view.
    for (const statement of [
      'ALTER TABLE users DROP COLUMN email',
      'ALTER TABLE users ALTER email TYPE varchar(10)',
    ])
      await expect(pool.query(statement)).rejects.toThrow(/view|depend on it/)
    await pool.end()
  })

  it('is never dropped by a migration, since that takes the rights away', () => {
    const folder = fileURLToPath(shipped('postgres'))
    const statements = readMigrationFiles({ migrationsFolder: folder }).flatMap(({ sql }) => sql)
    expect(statements.filter((one) => one.includes('VIEW "latchkey_people"'))).toHaveLength(1)
    expect(
      statements.filter((one) => /DROP VIEW|DROP TABLE "users"/i.test(one.replaceAll(/^--.*$/gm, ''))),
    ).toEqual([])
    expect(readFileSync(new URL('meta/_journal.json', shipped('postgres')), 'utf8')).toContain('people_view')
  })
})
