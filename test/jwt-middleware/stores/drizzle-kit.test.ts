import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as postgres from '@latchkey/jwt-middleware/postgres'
import * as sqlite from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as migrateDrizzlePostgres } from 'drizzle-orm/node-postgres/migrator'
import { bigint, pgTable } from 'drizzle-orm/pg-core'
import { integer, sqliteTable } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { blocksOf, readPage } from '../../docs/pages.ts'
import { freshPostgres } from '../../support/database.ts'
import { identity } from '../user-store-suite.ts'
import { createKitApp, type KitOptions, notesTables } from './kit.ts'
import { migrationsFolder } from './migrations-folder.ts'
import { postgresTables, sqliteTables } from './schema.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action()
})

const appOf = (options: KitOptions) => {
  const app = createKitApp(options)
  cleanUp.push(app.remove)
  return app
}
const folderOf = (statements: readonly string[]): URL => {
  const { folder, remove } = migrationsFolder([statements.join('\n--> statement-breakpoint\n')])
  cleanUp.push(remove)
  return folder
}
const openPool = (connectionString: string) => {
  const pool = new pg.Pool({ connectionString })
  cleanUp.push(() => pool.end())
  return pool
}

describe('drizzle-kit on SQLite', () => {
  it('leaves our tables alone with latchkeyTables, and creates the notes that refer to them', async () => {
    const app = appOf({
      dialect: 'sqlite',
      url: 'app.sqlite',
      tables: notesTables('sqlite'),
      config: 'tablesFilter: [...latchkeyTables],',
    })
    const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
    cleanUp.push(() => db.close())
    const store = sqlite.sqliteUsers(db)
    const { id } = (await store.sync(identity(), 'create')) ?? {}
    store.writeState('feed', '7')

    await app.run('push', '--force')
    db.prepare("INSERT INTO notes (user_id, text) VALUES (?, 'mine')").run(id)
    expect(db.prepare('SELECT text FROM notes JOIN latchkey_users u ON u.id = user_id').all()).toEqual([
      { text: 'mine' },
    ])
    expect(sqlite.sqliteUsers(db).readState('feed')).toBe('7')
  })

  it('generates and applies migrations, with our tables created by either side', async () => {
    const exported = "export { state, users } from '@latchkey/jwt-middleware/sqlite'"
    const app = appOf({ dialect: 'sqlite', url: 'app.sqlite', tables: notesTables('sqlite', exported) })
    await app.run('generate')
    await app.run('migrate')
    const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
    cleanUp.push(() => db.close())
    // drizzle-kit came first: the store accepts its tables.
    const store = sqlite.sqliteUsers(db)
    expect(await store.sync(identity(), 'create')).toMatchObject({ id: 1 })
    store.writeState('feed', '7')
    expect(records(db)).toEqual({ __drizzle_migrations: 1, __latchkey_migrations: 2 })

    // The store came first: migrateSqlite accepts its tables, and records for drizzle-kit.
    const other = new Database(':memory:')
    sqlite.sqliteUsers(other).writeState('feed', '8')
    for (let start = 0; start < 2; start++) sqlite.migrateSqlite(drizzle(other), { folder: app.migrations })
    migrate(drizzle(other), { migrationsFolder: fileURLToPath(app.migrations) })
    expect(records(other)).toEqual({ __drizzle_migrations: 1, __latchkey_migrations: 2 })
    other.exec("INSERT INTO latchkey_users (uuid) VALUES ('a'); INSERT INTO notes VALUES (1, 1, 'mine')")
    other.exec('PRAGMA foreign_keys = 1; DELETE FROM latchkey_users')
    expect(other.prepare('SELECT * FROM notes').all()).toEqual([])
  })
})

/** What docs/local-users.md says for apps whose migrations create our tables. */
const [RECORDS_FILTER = ''] = /tablesFilter: \['!.*'\]/.exec(readPage('docs/local-users.md')) ?? []
const exportedFrom = (entry: string) => `export { state, users } from '@latchkey/jwt-middleware/${entry}'`

describe('push --force, for an app whose schema exports our tables', () => {
  // Either side creates the tables; drizzle-kit then pushes twice beside a store in use.
  it.each(['drizzle-kit', 'the store'])(
    'keeps rows and records on SQLite, where %s came first',
    async (first) => {
      const app = appOf({
        dialect: 'sqlite',
        url: 'app.sqlite',
        tables: notesTables('sqlite', exportedFrom('sqlite')),
        config: `${RECORDS_FILTER},`,
      })
      if (first === 'drizzle-kit') await app.run('push', '--force')
      const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
      cleanUp.push(() => db.close())
      // The store that comes first creates them; later it leaves them to the app, as the page says.
      if (first === 'the store') sqlite.sqliteUsers(db).writeState('feed', '6')
      const open = () => sqlite.sqliteUsers(db, { table: sqlite.users })
      if (first === 'the store') await app.run('push', '--force')
      const { id } = (await open().sync(identity(), 'create')) ?? {}
      open().writeState('feed', '7')
      db.prepare("INSERT INTO notes (user_id, text) VALUES (?, 'mine')").run(id)
      const ours = () =>
        db
          .prepare("SELECT name FROM sqlite_master WHERE name GLOB '*latchkey_*' AND type = 'table'")
          .pluck()
          .all()
      const before = ours()
      expect(before).toEqual(expect.arrayContaining(['latchkey_users', 'latchkey_state']))
      expect(before).toContain('__latchkey_state_migrations')

      for (let time = 0; time < 2; time++) await app.run('push', '--force')
      expect(ours().sort()).toEqual(before.sort())
      expect(db.prepare('SELECT text FROM notes JOIN latchkey_users u ON u.id = user_id').all()).toEqual([
        { text: 'mine' },
      ])
      expect(open().readState('feed')).toBe('7')
      expect(db.pragma('foreign_key_list(notes)')).toMatchObject([{ on_delete: 'CASCADE' }])
    },
  )

  it.each(['drizzle-kit', 'the store'])(
    'keeps rows and records on Postgres, where %s came first',
    async (first) => {
      const url = await freshPostgres()
      const pool = openPool(url)
      const app = appOf({
        dialect: 'postgresql',
        url,
        tables: notesTables('postgresql', exportedFrom('postgres')),
        config: `${RECORDS_FILTER},`,
      })
      if (first === 'the store') {
        await postgres.migrateUsers(pool)
        await postgres.postgresUsers(pool).writeState('feed', '6')
      }
      await app.run('push', '--force')
      const open = () => postgres.postgresUsers(pool, { table: postgres.users })
      const local = await open().sync(identity(), 'create')
      await open().writeState('feed', '7')
      await pool.query("INSERT INTO notes (user_id, text) VALUES ($1, 'mine')", [local?.id])
      const ours = async () =>
        (await pool.query("SELECT relname FROM pg_class WHERE relname LIKE '%latchkey%' ORDER BY 1")).rows
      const before = await ours()
      expect(before).toContainEqual({ relname: '__latchkey_state_migrations' })

      for (let time = 0; time < 2; time++) await app.run('push', '--force')
      expect(await ours()).toEqual(before)
      const { rows } = await pool.query('SELECT text FROM notes JOIN latchkey_users u ON u.id = user_id')
      expect(rows).toEqual([{ text: 'mine' }])
      expect(await open().readState('feed')).toBe('7')
    },
  )
})

describe("drizzle's own migrate, where our store came first", () => {
  /** "Write IF NOT EXISTS after CREATE TABLE and CREATE UNIQUE INDEX of our tables in the generated file." */
  const tolerant = (migrations: URL) => {
    const file = new URL('0000_all.sql', migrations)
    const sql = readFileSync(file, 'utf8')
    const edited = sql
      .replaceAll(/CREATE TABLE (?=[`"]latchkey_)/g, '$&IF NOT EXISTS ')
      .replaceAll(/CREATE UNIQUE INDEX (?=[`"]latchkey_)/g, '$&IF NOT EXISTS ')
    expect(edited.match(/IF NOT EXISTS/g)?.length).toBeGreaterThanOrEqual(2)
    writeFileSync(file, edited)
  }

  it('fails on SQLite, loses nothing, and runs with IF NOT EXISTS', async () => {
    const app = appOf({
      dialect: 'sqlite',
      url: 'app.sqlite',
      tables: notesTables('sqlite', exportedFrom('sqlite')),
    })
    await app.run('generate', '--name', 'all')
    const db = new Database(':memory:')
    const local = await sqlite.sqliteUsers(db).sync(identity(), 'create')
    const run = () => migrate(drizzle(db), { migrationsFolder: fileURLToPath(app.migrations) })
    expect(run).toThrow(expect.objectContaining({ cause: expect.objectContaining({ message: EXISTS }) }))
    tolerant(app.migrations)
    for (let time = 0; time < 2; time++) run()
    db.prepare("INSERT INTO notes (user_id, text) VALUES (?, 'mine')").run(local?.id)
    const store = sqlite.sqliteUsers(db, { table: sqlite.users })
    expect(await store.sync(identity({ issuedAt: 2_000 }), 'create')).toEqual(local)
    expect(records(db)).toEqual({ __drizzle_migrations: 1, __latchkey_migrations: 2 })
    db.exec('PRAGMA foreign_keys = 1; DELETE FROM latchkey_users')
    expect(db.prepare('SELECT * FROM notes').all()).toEqual([])
  })

  it('fails on Postgres, loses nothing, and runs with IF NOT EXISTS', async () => {
    const url = await freshPostgres()
    const pool = openPool(url)
    const app = appOf({
      dialect: 'postgresql',
      url,
      tables: notesTables('postgresql', exportedFrom('postgres')),
    })
    await app.run('generate', '--name', 'all')
    const local = await postgres.postgresUsers(pool).sync(identity(), 'create')
    const migrationsFolder = fileURLToPath(app.migrations)
    const run = () => migrateDrizzlePostgres(drizzlePostgres(pool), { migrationsFolder })
    await expect(run()).rejects.toMatchObject({ cause: { message: expect.stringMatching(/already exists/) } })
    tolerant(app.migrations)
    for (let time = 0; time < 2; time++) await run()
    await pool.query("INSERT INTO notes (user_id, text) VALUES ($1, 'mine')", [local?.id])
    const store = postgres.postgresUsers(pool, { table: postgres.users })
    expect(await store.sync(identity({ issuedAt: 2_000 }), 'create')).toEqual(local)
    await pool.query('DELETE FROM latchkey_users')
    expect((await pool.query('SELECT * FROM notes')).rows).toEqual([])
  })

  const EXISTS = expect.stringMatching(/table `?latchkey_\w+`? already exists/)
})

describe('A foreign key in a table that is there', () => {
  const completedLine = () =>
    /^ {2}(ALTER TABLE `notes` .*)$/m.exec(readPage('docs/local-users.md'))?.[1] ?? ''
  const earlier = (dialect: KitOptions['dialect']) =>
    notesTables(dialect)
      .replace(/import \{ users \}.*\n/, '')
      .replace(/ {2}userId.*\n/, '')
  const later = (dialect: KitOptions['dialect']) =>
    notesTables(dialect).replace('.notNull().references', '.references')

  it('comes by a migration on SQLite, whose line docs/local-users.md completes', async () => {
    const app = appOf({ dialect: 'sqlite', url: 'app.sqlite', tables: earlier('sqlite') })
    await app.run('generate', '--name', 'notes')
    await app.run('migrate')
    const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
    cleanUp.push(() => db.close())
    db.exec("INSERT INTO notes (text) VALUES ('old')")
    app.setTables(later('sqlite'))
    await app.run('generate', '--name', 'users')
    const file = new URL('0001_users.sql', app.migrations)
    const completed = completedLine()
    expect(completed.replace(' ON DELETE cascade', '')).toBe(readFileSync(file, 'utf8'))
    writeFileSync(file, completed)
    await app.run('migrate')
    expectCascade(db)
  })

  // Where a default is an expression, drizzle-kit copies the table, in place of adding a column.
  it.each(["text('text').notNull()", "text('text').notNull().default(sql`CURRENT_TIMESTAMP`)"])(
    'comes by push on SQLite, after our table and the line of docs/local-users.md, beside %s',
    async (column) => {
      const withColumn = (tables: string) =>
        `import { sql } from 'drizzle-orm'\nvoid sql\n${tables.replace("text('text').notNull()", column)}`
      const app = appOf({
        dialect: 'sqlite',
        url: 'app.sqlite',
        tables: withColumn(earlier('sqlite')),
        config: 'tablesFilter: [...latchkeyTables],',
      })
      await app.run('push')
      const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
      cleanUp.push(() => db.close())
      db.exec("INSERT INTO notes (text) VALUES ('old')")
      sqlite.migrateUsers(db)
      app.setTables(withColumn(later('sqlite')))
      db.exec(completedLine())
      for (let time = 0; time < 2; time++) await app.run('push')
      expectCascade(db)
    },
  )

  it.each([
    ['that is empty, as push does', 'ALTER TABLE `notes` ADD `user_id` integer', []],
    [
      'with rows, as an uncompleted migration does',
      'ALTER TABLE `notes` ADD `user_id` integer REFERENCES latchkey_users(id)',
      [{ on_delete: 'NO ACTION' }],
    ],
  ])(
    'is seen to be missing by the PRAGMA of docs/local-users.md, and repaired, in a table %s',
    async (_, made, seen) => {
      const db = new Database(':memory:')
      cleanUp.push(() => db.close())
      db.exec(
        "CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL); INSERT INTO notes VALUES (1, 'old')",
      )
      const { id } = (await sqlite.sqliteUsers(db).sync(identity(), 'create')) ?? {}
      db.exec(made)
      db.prepare("INSERT INTO notes (user_id, text) VALUES (?, 'mine')").run(id)
      const blocks = blocksOf('docs/local-users.md').filter(({ language }) => language === 'sql')
      const look = blocks.find(({ code }) => code.startsWith('PRAGMA '))?.code ?? ''
      const repair = blocks.find(({ code }) => code.includes('old_user_id'))?.code ?? ''
      expect(db.prepare(look).all()).toMatchObject(seen)
      db.exec(repair)
      expect(db.prepare(look).all()).toMatchObject([{ table: 'latchkey_users', on_delete: 'CASCADE' }])
      expect(db.prepare('SELECT text, user_id FROM notes').all()).toEqual([
        { text: 'old', user_id: null },
        { text: 'mine', user_id: id },
      ])
      db.exec('DELETE FROM latchkey_users')
      expect(db.prepare('SELECT text FROM notes').all()).toEqual([{ text: 'old' }])
    },
  )

  it('is missing after push on SQLite, which then leaves a copy of the table behind: the page helps there, too', async () => {
    const withDefault = (tables: string) =>
      `import { sql } from 'drizzle-orm'\nvoid sql\n${tables.replace("text('text')", "text('text').default(sql`CURRENT_TIMESTAMP`)")}`
    const config = 'tablesFilter: [...latchkeyTables],'
    const app = appOf({
      dialect: 'sqlite',
      url: 'app.sqlite',
      tables: withDefault(earlier('sqlite')),
      config,
    })
    await app.run('push')
    const db = new Database(join(fileURLToPath(app.migrations), '../app.sqlite'))
    cleanUp.push(() => db.close())
    db.exec("INSERT INTO notes (text) VALUES ('old')")
    app.setTables(withDefault(later('sqlite')))
    await expect(app.run('push')).rejects.toThrow('no such column: "user_id"')
    const copies = db.prepare("SELECT name FROM sqlite_master WHERE name GLOB '__new_*'")
    expect(copies.all()).toEqual([{ name: '__new_notes' }])
    sqlite.migrateUsers(db)
    db.exec(completedLine())
    await app.run('push')
    expect(copies.all()).toEqual([])
    expectCascade(db)
  })

  const expectCascade = (db: Database.Database) => {
    expect(db.prepare('SELECT text, user_id FROM notes').all()).toEqual([{ text: 'old', user_id: null }])
    expect(db.pragma('foreign_key_list(notes)')).toMatchObject([
      { table: 'latchkey_users', on_delete: 'CASCADE' },
    ])
  }

  it.each(['push', 'migrate'])('comes by %s on Postgres', async (command) => {
    const url = await freshPostgres()
    const pool = openPool(url)
    await postgres.migrateUsers(pool)
    const config = 'tablesFilter: [...latchkeyTables],'
    const app = appOf({ dialect: 'postgresql', url, tables: earlier('postgresql'), config })
    const change = async () => {
      if (command === 'migrate') await app.run('generate')
      await app.run(command)
    }
    await change()
    await pool.query("INSERT INTO notes (text) VALUES ('old')")
    app.setTables(later('postgresql'))
    await change()
    expect((await pool.query('SELECT text, user_id FROM notes')).rows).toEqual([
      { text: 'old', user_id: null },
    ])
    const { rows } = await pool.query("SELECT confdeltype FROM pg_constraint WHERE contype = 'f'")
    expect(rows).toEqual([{ confdeltype: 'c' }])
  })
})

const records = (db: Database.Database) =>
  Object.fromEntries(
    ['__drizzle_migrations', '__latchkey_migrations'].map((table) => [
      table,
      db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    ]),
  )

describe('drizzle-kit on Postgres', () => {
  it('leaves our tables alone with latchkeyTables, and creates the notes that refer to them', async () => {
    const url = await freshPostgres()
    const pool = openPool(url)
    const store = postgres.postgresUsers(pool)
    const local = await store.sync(identity(), 'create')
    await store.writeState('feed', '7')
    const app = appOf({
      dialect: 'postgresql',
      url,
      tables: notesTables('postgresql'),
      config: 'tablesFilter: [...latchkeyTables],',
    })
    await app.run('push', '--force')
    await pool.query("INSERT INTO notes (user_id, text) VALUES ($1, 'mine')", [local?.id])
    const { rows } = await pool.query('SELECT text FROM notes JOIN latchkey_users u ON u.id = user_id')
    expect(rows).toEqual([{ text: 'mine' }])
    expect(await postgres.postgresUsers(pool).readState('feed')).toBe('7')
  })

  it('generates and applies migrations, with our tables created by either side', async () => {
    const exported = "export { state, users } from '@latchkey/jwt-middleware/postgres'"
    const [theirs, ours] = [await freshPostgres(), await freshPostgres()]
    const app = appOf({ dialect: 'postgresql', url: theirs, tables: notesTables('postgresql', exported) })
    await app.run('generate')
    await app.run('migrate')
    const first = openPool(theirs)
    const store = postgres.postgresUsers(first)
    expect(await store.sync(identity(), 'create')).toMatchObject({ id: 1 })
    await store.writeState('feed', '7')

    const second = openPool(ours)
    await postgres.postgresUsers(second).writeState('feed', '8')
    await postgres.migrateUsers(second)
    for (let start = 0; start < 2; start++) await postgres.migratePostgres(second, { folder: app.migrations })
    await migrateDrizzlePostgres(drizzlePostgres(second), { migrationsFolder: fileURLToPath(app.migrations) })
    for (const pool of [first, second]) {
      const { rows } = await pool.query(
        `SELECT (SELECT count(*)::int FROM drizzle.__drizzle_migrations) AS theirs,
          (SELECT count(*)::int FROM __latchkey_migrations) AS ours`,
      )
      expect(rows).toEqual([{ theirs: 1, ours: 2 }])
    }
    await second.query("INSERT INTO latchkey_users (uuid) VALUES ('a')")
    await second.query("INSERT INTO notes (user_id, text) VALUES (1, 'mine')")
    await second.query('DELETE FROM latchkey_users')
    expect((await second.query('SELECT * FROM notes')).rows).toEqual([])
  })

  it('leaves our tables alone in a schema of their own, to which foreign keys lead', async () => {
    const url = await freshPostgres()
    const pool = openPool(url)
    const store = postgres.postgresUsers(pool, { schema: 'latchkey' })
    const local = await store.sync(identity(), 'create')
    const tables = notesTables('postgresql').replace(
      /import \{ users \}.*/,
      "import { usersIn } from '@latchkey/jwt-middleware/postgres'\nconst users = usersIn('latchkey')",
    )
    const app = appOf({ dialect: 'postgresql', url, tables })
    await app.run('push', '--force')
    await pool.query("INSERT INTO notes (user_id, text) VALUES ($1, 'mine')", [local?.id])
    const { rows } = await pool.query(
      'SELECT text FROM notes JOIN latchkey.latchkey_users u ON u.id = user_id',
    )
    expect(rows).toEqual([{ text: 'mine' }])
  })
})

describe('A table of our name that differs', () => {
  it('is named with its columns and the remedy on SQLite, and keeps its rows', async () => {
    const db = new Database(':memory:')
    const columns = sqlite.userColumns()
    const table = sqliteTable('latchkey_users', {
      ...columns,
      isActive: integer('is_active'),
      uuid: integer('uuid'),
    })
    for (const statement of await sqliteTables({ table })) db.exec(statement)
    db.exec('INSERT INTO latchkey_users (uuid) VALUES (5)')
    const open = () => sqlite.sqliteUsers(db)
    expect(open).toThrow(expect.objectContaining({ code: 'table_conflict' }))
    expect(open).toThrow(/latchkey_users exists, but differs.*uuid is integer instead of text.*is_active/)
    expect(open).toThrow(
      /the default of is_active is none instead of 1.*Nothing was changed.*drizzle-kit generate/s,
    )
    expect(db.prepare('SELECT uuid FROM latchkey_users').pluck().all()).toEqual([5])
    expect(db.prepare("SELECT name FROM sqlite_master WHERE name = '__latchkey_migrations'").all()).toEqual(
      [],
    )
  })

  it('is named with its columns and the remedy on Postgres, and keeps its rows', async () => {
    const pool = openPool(await freshPostgres())
    const { tokenVersion: _, ...columns } = postgres.userColumns()
    const table = pgTable('latchkey_users', { ...columns, id: bigint('id', { mode: 'number' }).primaryKey() })
    for (const statement of await postgresTables({ table })) await pool.query(statement)
    await pool.query("INSERT INTO latchkey_users (id, uuid) VALUES (5, 'a')")
    const outcome = Promise.resolve(postgres.postgresUsers(pool).register('b'))
    await expect(outcome).rejects.toMatchObject({ code: 'table_conflict' })
    await expect(outcome).rejects.toThrow(/the default of id is none instead of a generated number/)
    expect((await pool.query('SELECT id FROM latchkey_users')).rows).toEqual([{ id: '5' }])
    expect((await pool.query("SELECT FROM pg_class WHERE relname = '__latchkey_migrations'")).rows).toEqual(
      [],
    )
  })

  it('without any of our columns is named as well, although our next statement fails', async () => {
    const db = new Database(':memory:')
    db.exec('CREATE TABLE latchkey_users (name text)')
    expect(() => sqlite.sqliteUsers(db)).toThrow(/uuid is missing; email is missing/)
    const pool = openPool(await freshPostgres())
    await pool.query('CREATE TABLE latchkey_users (name text)')
    await expect(postgres.migrateUsers(pool)).rejects.toThrow(/uuid is missing; email is missing/)
  })

  it('is accepted with columns of the app beside ours, if an insert can leave them out', async () => {
    const table = sqliteTable('latchkey_users', { ...sqlite.userColumns(), badge: integer('badge') })
    const db = new Database(':memory:')
    for (const statement of await sqliteTables({ table })) db.exec(statement)
    expect(sqlite.sqliteUsers(db).register('a')).toMatchObject({ id: 1 })
    const unfit = new Database(':memory:')
    for (const statement of await sqliteTables({ table }))
      unfit.exec(statement.replace('`badge` integer', '$& NOT NULL'))
    expect(() => sqlite.sqliteUsers(unfit)).toThrow(/badge needs a default/)
  })
})

describe('A migration of the app that drops our table', () => {
  const drop = ['CREATE TABLE doors (id integer)', 'DROP TABLE `latchkey_users`']

  it('is refused before it changes anything', async () => {
    const db = new Database(':memory:')
    sqlite.sqliteUsers(db).register('a')
    const run = () => sqlite.migrateSqlite(db, { folder: folderOf(drop) })
    expect(run).toThrow(/drops latchkey_users.*Delete that statement/)
    expect(db.prepare('SELECT uuid FROM latchkey_users').pluck().all()).toEqual(['a'])
    const pool = openPool(await freshPostgres())
    await postgres.migrateUsers(pool)
    const folder = folderOf(drop.map((statement) => `${statement.replaceAll('`', '"')} CASCADE;`))
    await expect(postgres.migratePostgres(pool, { folder })).rejects.toMatchObject({ code: 'table_conflict' })
    expect((await pool.query('SELECT FROM latchkey_users')).rows).toEqual([])
  })
})
