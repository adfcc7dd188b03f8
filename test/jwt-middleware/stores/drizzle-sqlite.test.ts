import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as schema from '@latchkey/jwt-middleware/sqlite'
import { sqliteUsers, userColumns, users } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { describeUserStore, identity } from '../user-store-suite.ts'
import { migrationsOf, startTogether } from './crowd.ts'
import { sqliteDrift, sqliteTables } from './schema.ts'

const people = sqliteTable('people', { ...userColumns(), theme: text('theme').notNull().default('light') })

async function openPeople() {
  const db = new Database(':memory:')
  for (const statement of await sqliteTables({ people })) db.exec(statement)
  return db
}

const rowsOf = (db: Database.Database, table: typeof users | typeof people) => async () =>
  drizzle(db)
    .select()
    .from(table as typeof users)
    .orderBy(table.id)
    .all()
    .map(({ tokenIat, tokenVersion, ...row }) => ({ ...row, issuedAt: tokenIat, version: tokenVersion }))

describeUserStore('on SQLite', async () => {
  const db = new Database(':memory:')
  return { users: sqliteUsers(db), rows: rowsOf(db, users), close: async () => void db.close() }
})

describeUserStore("on SQLite, in the app's own table", async () => {
  const db = await openPeople()
  return {
    users: sqliteUsers(drizzle(db), { table: people }),
    rows: rowsOf(db, people),
    close: async () => void db.close(),
  }
})

describe("An app's own table on SQLite", () => {
  it('stays the only one: states have a table of their own', async () => {
    const db = await openPeople()
    sqliteUsers(db, { table: people }).writeState('feed', '1')
    const tables =
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    expect(db.prepare(tables).pluck().all()).toEqual([
      '__latchkey_state_migrations',
      'latchkey_state',
      'people',
    ])
  })

  it('keeps what the app wrote into its own columns', async () => {
    const db = await openPeople()
    const store = sqliteUsers(db, { table: people })
    store.sync(identity(), 'create')
    drizzle(db).update(people).set({ theme: 'dark' }).where(eq(people.uuid, identity().uuid)).run()
    store.sync(identity({ issuedAt: 2_000, firstName: 'Augusta' }), 'create')
    expect(db.prepare('SELECT first_name, theme FROM people').all()).toEqual([
      { first_name: 'Augusta', theme: 'dark' },
    ])
  })

  it('can lack the version column: the store warns, and compares seconds', async () => {
    const db = await openPeople()
    db.exec('ALTER TABLE people DROP COLUMN token_version')
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const store = sqliteUsers(db, { table: people })
    expect(warned).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('people'), expect.anything())
    warned.mockRestore()
    for (const version of [5, 9]) store.sync(identity({ version, firstName: `Version ${version}` }), 'create')
    store.sync(identity({ issuedAt: 1_001, version: 1, lastName: 'King' }), 'existing')
    expect(store.register(identity().uuid)).toMatchObject({ id: 1 })
    expect(db.prepare('SELECT first_name, last_name FROM people').all()).toEqual([
      { first_name: 'Ada', last_name: 'King' },
    ])
  })

  it('is rejected at once if it has a column that cannot be filled', () => {
    const table = sqliteTable('people', { ...userColumns(), badge: integer('badge').notNull() })
    expect(() => sqliteUsers(new Database(':memory:'), { table })).toThrow(/"badge" needs a default/)
  })

  it('is not created by the store, and its absence is an outage with a reason', () => {
    const open = () => sqliteUsers(new Database(':memory:'), { table: people })
    expect(open).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    expect(open).toThrow(/no such table: people/)
  })
})

describe('The SQLite store', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-users-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('answers without a promise', () => {
    const store = sqliteUsers(new Database(':memory:'))
    expect(store.sync(identity(), 'create')).toEqual({ id: 1, isActive: true })
    expect(store.setActive(identity().uuid, false)).toBe(true)
  })

  it('writes an unchanged user with one statement and reads a newer one with one more', () => {
    const statements: string[] = []
    const db = new Database(':memory:', { verbose: (statement) => statements.push(String(statement)) })
    const store = sqliteUsers(db)
    store.sync(identity({ issuedAt: 1_000 }), 'create')
    statements.length = 0
    store.sync(identity({ issuedAt: 1_001 }), 'create')
    expect(statements.map((statement) => statement.slice(0, 6))).toEqual(['insert'])
    store.sync(identity({ issuedAt: 1_001 }), 'create')
    expect(statements.map((statement) => statement.slice(0, 6))).toEqual(['insert', 'insert', 'select'])
  })

  it('rejects misspelt options', () => {
    const options = { tabel: people } as object
    expect(() => sqliteUsers(new Database(':memory:'), options)).toThrow(
      /sqliteUsers does not know .*"tabel"/,
    )
  })

  it('records when a row was created and when a token last changed it', () => {
    const db = new Database(':memory:')
    const store = sqliteUsers(db)
    store.sync(identity(), 'create')
    db.exec('UPDATE latchkey_users SET created_at = 1, updated_at = 1')
    store.sync(identity(), 'create')
    expect(db.prepare('SELECT created_at, updated_at FROM latchkey_users').get()).toEqual({
      created_at: 1,
      updated_at: 1,
    })
    for (const provisioning of ['create', 'existing'] as const) {
      db.exec('UPDATE latchkey_users SET updated_at = 1, token_iat = 1')
      store.sync(identity(), provisioning)
      const row = db.prepare('SELECT created_at, updated_at FROM latchkey_users').get()
      expect(row).toEqual({ created_at: 1, updated_at: expect.toSatisfy((time) => time > 1_700_000_000) })
    }
  })

  it('adds the version column to an older table, and keeps its rows', () => {
    const db = new Database(':memory:')
    sqliteUsers(db).sync(identity(), 'create')
    db.exec('ALTER TABLE latchkey_users DROP COLUMN token_version')
    const first = '(SELECT min(created_at) FROM __latchkey_migrations)'
    db.exec(`DELETE FROM __latchkey_migrations WHERE created_at > ${first}`)
    const store = sqliteUsers(db)
    const row = () => db.prepare('SELECT first_name, token_iat, token_version FROM latchkey_users').get()
    expect(row()).toEqual({ first_name: 'Ada', token_iat: 1_000, token_version: 0 })
    store.sync(identity({ issuedAt: 990, version: 1, firstName: 'Augusta' }), 'create')
    expect(row()).toEqual({ first_name: 'Augusta', token_iat: 990, token_version: 1 })
  })

  it('creates a table for states at their first use, apart from the users', () => {
    const db = new Database(':memory:')
    const tables = () =>
      db
        .prepare("SELECT name FROM sqlite_master WHERE name LIKE 'latchkey%' AND type = 'table'")
        .pluck()
        .all()
    const store = sqliteUsers(db)
    expect(tables()).toEqual(['latchkey_users'])
    store.writeState('feed', '1')
    expect(tables()).toEqual(['latchkey_users', 'latchkey_state'])
    expect(sqliteUsers(db).readState('feed')).toBe('1')
  })

  it("never gives a deleted user's id to the next one", () => {
    const db = new Database(':memory:')
    const store = sqliteUsers(db)
    store.sync(identity(), 'create')
    db.exec('DELETE FROM latchkey_users')
    expect(store.sync(identity(), 'create')).toMatchObject({ id: 2 })
  })

  it('reports that it is unavailable while another process holds the lock, and works again afterwards', () => {
    const file = join(folder, 'app.sqlite')
    const store = sqliteUsers(new Database(file, { timeout: 1 }))
    const other = new Database(file)
    other.exec('BEGIN EXCLUSIVE')
    const sync = () => store.sync(identity(), 'create')
    expect(sync).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    expect(sync).toThrow(/database is locked/)
    other.exec('COMMIT')
    expect(sync()).toMatchObject({ isActive: true })
  })

  it('reports that it is unavailable when the disk is full, without user data in the message', () => {
    const db = new Database(':memory:')
    const store = sqliteUsers(db)
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
    const sync = () => store.sync(identity({ lastName: 'x'.repeat(100_000) }), 'create')
    expect(sync).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    expect(sync).toThrow(/^((?!ada@example|xxx).)*full((?!ada@example|xxx).)*$/)
  })

  it('reports that it is unavailable when the database was closed', () => {
    const db = new Database(':memory:')
    const store = sqliteUsers(db)
    db.close()
    for (const act of [
      () => store.sync(identity(), 'create'),
      () => store.register(identity().uuid),
      () => store.setActive(identity().uuid, true),
      () => store.readState('feed'),
      () => store.writeState('feed', '1'),
    ]) {
      expect(act).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    }
  })

  const starts = {
    'on a file that is not there yet': () => {},
    // A transaction that begins by reading the records could not become a writing one.
    'on a file that an older version has made': (file: string) =>
      new Database(file)
        .exec('CREATE TABLE __latchkey_migrations (id SERIAL PRIMARY KEY, hash text, created_at numeric)')
        .close(),
  }
  for (const [where, arrange] of Object.entries(starts)) {
    it(`creates its table once when eight processes start together ${where}`, async () => {
      const file = join(folder, 'app.sqlite')
      arrange(file)
      expect(await startTogether(file, 8)).toEqual(Array.from({ length: 8 }, () => 'fine'))
      const db = new Database(file)
      expect(db.prepare('SELECT uuid, token_iat FROM latchkey_users').all()).toEqual([
        { uuid: identity().uuid, token_iat: 1_007 },
      ])
      expect(db.prepare('SELECT count(*) AS count FROM __latchkey_migrations').get()).toEqual({
        count: migrationsOf('sqlite'),
      })
    })
  }
})

describe('The SQLite store explains what to do', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('if the database is read-only', () => {
    const file = join(folder, 'app.sqlite')
    new Database(file).exec('CREATE TABLE notes (id INTEGER)').close()
    const db = new Database(file, { readonly: true })
    expect(() => sqliteUsers(db)).toThrow(/readonly database\. Give the app's user write access to the file/)
    db.close()
  })

  it('if the file is no database', () => {
    writeFileSync(join(folder, 'app.sqlite'), 'this is text, and no database. '.repeat(50))
    const db = new Database(join(folder, 'app.sqlite'))
    expect(() => sqliteUsers(db)).toThrow(/file is not a database\. Open a SQLite database/)
    db.close()
  })

  it('if the disk is full', () => {
    const db = new Database(join(folder, 'app.sqlite'))
    const store = sqliteUsers(db)
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true })}`)
    const fill = () => {
      for (let index = 0; index < 1000; index++) {
        void store.writeState?.(`state-${index}`, 'x'.repeat(1000))
      }
    }
    expect(fill).toThrow(/full\. Free space on the disk/)
    db.close()
  })
})

describe('The shipped SQLite migrations', () => {
  it('create the tables in the schemas', async () => {
    expect(await sqliteDrift({ users: schema.users })).toEqual([])
    expect(await sqliteDrift({ state: schema.state }, 'state/sqlite')).toEqual([])
  })
})
