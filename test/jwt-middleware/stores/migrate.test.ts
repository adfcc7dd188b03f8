import { migratePostgres } from '@latchkey/jwt-middleware/postgres'
import { migrateSqlite } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate as drizzleMigrate } from 'drizzle-orm/better-sqlite3/migrator'
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres'
import { migrate as drizzleMigratePostgres } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { migrationsOf } from '../../../jwt-middleware/src/stores/migration-options.ts'
import { shippedMigrations } from '../../../jwt-middleware/src/stores/shipped-migrations.ts'
import { cuttableProxy } from '../../support/cuttable-proxy.ts'
import { freshPostgres } from '../../support/database.ts'
import { createRole } from '../../support/role.ts'
import { migrationsFolder } from './migrations-folder.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const action of cleanUp.splice(0).reverse()) await action()
})

const folderOf = (...migrations: string[]): URL => {
  const { folder, remove } = migrationsFolder(migrations)
  cleanUp.push(remove)
  return folder
}

const rooms = 'CREATE TABLE rooms (id integer PRIMARY KEY)'
const keys =
  'CREATE TABLE keys (id integer PRIMARY KEY);\n--> statement-breakpoint\nINSERT INTO keys VALUES (1)'
const broken = `${keys};\n--> statement-breakpoint\nCREATE TABL oops`

/** Locks in this database, since other tests hold locks on the same server. */
const LOCKS = `SELECT FROM pg_locks WHERE locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

describe('Migrating SQLite', () => {
  const tables = (db: Database.Database) =>
    db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all()

  it('applies missing migrations once', () => {
    const db = new Database(':memory:')
    migrateSqlite(db, { folder: folderOf(rooms), table: '__ours' })
    for (let start = 0; start < 2; start++) {
      migrateSqlite(db, { folder: folderOf(rooms, keys), table: '__ours' })
      expect(tables(db)).toEqual(['__ours', 'keys', 'rooms'])
      expect(db.prepare('SELECT id FROM keys').all()).toEqual([{ id: 1 }])
    }
  })

  it('applies everything or nothing', () => {
    const db = new Database(':memory:')
    expect(() => migrateSqlite(db, { folder: folderOf(rooms, broken), table: '__ours' })).toThrow(
      /near "TABL"/,
    )
    expect(tables(db)).toEqual([])
    migrateSqlite(db, { folder: folderOf(rooms, keys), table: '__ours' })
    expect(tables(db)).toEqual(['__ours', 'keys', 'rooms'])
  })

  it('keeps the records of two owners apart', () => {
    const db = new Database(':memory:')
    migrateSqlite(db, { folder: folderOf(rooms), table: '__ours' })
    migrateSqlite(db, { folder: folderOf(keys), table: 'their "own" table' })
    expect(tables(db)).toEqual(['__ours', 'keys', 'rooms', 'their "own" table'])
  })

  it("continues where drizzle's own migrator stopped, and the reverse", () => {
    const db = new Database(':memory:')
    const step = (url: URL) => ({ migrationsFolder: url.pathname, migrationsTable: '__ours' })
    drizzleMigrate(drizzle(db), step(folderOf(rooms)))
    migrateSqlite(db, { folder: folderOf(rooms, keys), table: '__ours' })
    drizzleMigrate(drizzle(db), step(folderOf(rooms, keys)))
    expect(db.prepare('SELECT created_at FROM __ours').pluck().all()).toEqual([1_000, 1_001])
  })

  it('rebuilds a table without deleting rows that refer to it, and keeps the settings', () => {
    const db = new Database(':memory:')
    db.pragma('busy_timeout = 123')
    const referring = 'CREATE TABLE doors (room integer REFERENCES rooms (id) ON DELETE CASCADE)'
    migrateSqlite(db, { folder: folderOf(rooms, referring), table: '__ours' })
    db.exec('INSERT INTO rooms VALUES (1); INSERT INTO doors VALUES (1)')
    const rebuilt = [
      'CREATE TABLE __new_rooms (id integer PRIMARY KEY, name text)',
      'INSERT INTO __new_rooms (id) SELECT id FROM rooms',
      'DROP TABLE rooms',
      'ALTER TABLE __new_rooms RENAME TO rooms',
    ].join(';\n--> statement-breakpoint\n')
    migrateSqlite(db, { folder: folderOf(rooms, referring, rebuilt), table: '__ours' })
    expect(db.prepare('SELECT room FROM doors').pluck().all()).toEqual([1])
    expect(db.pragma('busy_timeout', { simple: true })).toBe(123)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
  })
})

describe('Migrating Postgres', () => {
  const openPool = async () => {
    const pool = new pg.Pool({ connectionString: await freshPostgres(), max: 1 })
    cleanUp.push(() => pool.end())
    return pool
  }
  const tables = async (pool: pg.Pool) => {
    const { rows } = await pool.query(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    return rows.map(({ tablename }) => tablename)
  }

  it('applies missing migrations once', async () => {
    const pool = await openPool()
    await migratePostgres(pool, { folder: folderOf(rooms), table: '__ours' })
    for (let start = 0; start < 2; start++) {
      await migratePostgres(pool, { folder: folderOf(rooms, keys), table: '__ours' })
      expect(await tables(pool)).toEqual(['__ours', 'keys', 'rooms'])
      expect((await pool.query('SELECT id FROM keys')).rows).toEqual([{ id: 1 }])
    }
  })

  it('applies everything or nothing, and releases the lock', async () => {
    const pool = await openPool()
    const attempt = migratePostgres(pool, { folder: folderOf(rooms, broken), table: '__ours' })
    await expect(attempt).rejects.toThrow(/near "TABL"/)
    expect(await tables(pool)).toEqual([])
    await migratePostgres(pool, { folder: folderOf(rooms, keys), table: '__ours' })
    expect(await tables(pool)).toEqual(['__ours', 'keys', 'rooms'])
    expect((await pool.query(LOCKS)).rows).toEqual([])
  })

  it('fails like any query when the connection breaks while it waits for the lock', async () => {
    const url = new URL(await freshPostgres())
    const other = new pg.Client(url.href)
    await other.connect()
    const proxy = await cuttableProxy(Number(url.port))
    url.port = String(proxy.port)
    const pool = new pg.Pool({ connectionString: url.href })
    cleanUp.push(
      () => proxy.cut(),
      () => other.end(),
      () => pool.end(),
    )

    await other.query('SELECT pg_advisory_lock($1)', [5_285_248_437])
    const outcome = migratePostgres(pool, { folder: folderOf(rooms), table: '__ours' }).catch(String)
    const waiting = `${LOCKS} AND NOT granted`
    await expect.poll(async () => (await other.query(waiting)).rowCount).toBe(1)
    await proxy.cut()
    expect(await outcome).toMatch(/Connection terminated unexpectedly/)

    await proxy.mend()
    await other.query('SELECT pg_advisory_unlock_all()')
    await migratePostgres(pool, { folder: folderOf(rooms), table: '__ours' })
    expect(await tables(pool)).toEqual(['__ours', 'rooms'])
  })

  it("continues where drizzle's own migrator stopped, and the reverse", async () => {
    const pool = await openPool()
    const step = (url: URL) => ({
      migrationsFolder: url.pathname,
      migrationsTable: '__ours',
      migrationsSchema: 'public',
    })
    await drizzleMigratePostgres(drizzlePostgres(pool), step(folderOf(rooms)))
    await migratePostgres(pool, { folder: folderOf(rooms, keys), table: '__ours' })
    await drizzleMigratePostgres(drizzlePostgres(pool), step(folderOf(rooms, keys)))
    const { rows } = await pool.query('SELECT created_at FROM __ours ORDER BY id')
    expect(rows).toEqual([{ created_at: '1000' }, { created_at: '1001' }])
  })

  it('needs no right to create tables if nothing is missing', async () => {
    const owner = await freshPostgres()
    const openAs = (connectionString: string) => {
      const pool = new pg.Pool({ connectionString, max: 1 })
      cleanUp.push(() => pool.end())
      return pool
    }
    await migratePostgres(openAs(owner), { folder: folderOf(rooms), table: '__ours' })
    const { url } = await createRole(owner, 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}')
    const reader = openAs(url)
    await migratePostgres(reader, { folder: folderOf(rooms), table: '__ours' })
    const more = migratePostgres(reader, { folder: folderOf(rooms, keys), table: '__ours' })
    await expect(more).rejects.toThrow(/permission denied for schema public/)
  })

  it('keeps the records of two owners apart', async () => {
    const pool = await openPool()
    await migratePostgres(pool, { folder: folderOf(rooms), table: '__ours' })
    await migratePostgres(pool, { folder: folderOf(keys), table: '__theirs' })
    expect(await tables(pool)).toEqual(['__ours', '__theirs', 'keys', 'rooms'])
  })
})

it.each([
  ['users', 'sqlite', 'sqlite'],
  ['users', 'postgres', 'postgres'],
  ['state', 'sqlite', 'state/sqlite'],
  ['state', 'postgres', 'state/postgres'],
] as const)('the code has the migrations of %s on %s as drizzle-kit wrote them', (what, dialect, name) => {
  const folder = new URL(`../../../drizzle/app/${name}`, import.meta.url)
  expect(shippedMigrations(what, dialect).migrations).toEqual(migrationsOf({ folder }))
})
