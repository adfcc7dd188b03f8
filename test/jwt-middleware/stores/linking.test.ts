import type { Identity, UserStore } from '@latchkey/jwt-middleware'
import * as postgres from '@latchkey/jwt-middleware/postgres'
import * as sqlite from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { pgTable, text as pgText } from 'drizzle-orm/pg-core'
import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freshPostgres } from '../../support/database.ts'
import { identity } from '../user-store-suite.ts'
import { postgresTables, sqliteTables } from './schema.ts'

interface App {
  /** Stores on the same table, as in two processes. */
  store(link?: sqlite.DecideLink): UserStore
  add(id: number, email: string, plan?: string): Promise<unknown>
  uuids(): Promise<Record<number, string>>
  link(accounts: readonly sqlite.AccountToLink[], dryRun?: boolean): Promise<sqlite.LinkReport>
  close(): unknown
}

async function onSqlite(): Promise<App> {
  const people = sqliteTable('people', { ...sqlite.userColumns(), plan: text('plan') })
  const db = new Database(':memory:')
  for (const statement of await sqliteTables({ people })) db.exec(statement)
  return {
    store: (link = sqlite.linkByEmail) => sqlite.sqliteUsers(db, { table: people, link }),
    add: async (id, email, plan = 'free') =>
      db
        .prepare('INSERT INTO people (id, uuid, email, plan) VALUES (?, ?, ?, ?)')
        .run(id, sqlite.unlinkedUuid(id), email, plan),
    uuids: async () => toRecord(db.prepare('SELECT id, uuid FROM people').all()),
    link: (accounts, dryRun) =>
      sqlite.linkUsers(db, { table: people, accounts, ...(dryRun === false && { dryRun }) }),
    close: () => db.close(),
  }
}

async function onPostgres(): Promise<App> {
  const people = pgTable('people', { ...postgres.userColumns(), plan: pgText('plan') })
  const pool = new pg.Pool({ connectionString: await freshPostgres() })
  for (const statement of await postgresTables({ people })) await pool.query(statement)
  return {
    store: (link = postgres.linkByEmail) => postgres.postgresUsers(pool, { table: people, link }),
    add: (id, email, plan = 'free') =>
      pool.query(
        'INSERT INTO people (id, uuid, email, plan) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4)',
        [id, postgres.unlinkedUuid(id), email, plan],
      ),
    uuids: async () => toRecord((await pool.query('SELECT id, uuid FROM people')).rows),
    link: (accounts, dryRun) =>
      postgres.linkUsers(pool, { table: people, accounts, ...(dryRun === false && { dryRun }) }),
    close: () => pool.end(),
  }
}

const toRecord = (rows: unknown[]): Record<number, string> =>
  Object.fromEntries((rows as { id: number; uuid: string }[]).map(({ id, uuid }) => [id, uuid]))

const visitor = (changes: Partial<Identity> = {}) => identity({ emailVerified: true, ...changes })
const ADA = identity().uuid
const EVE = ADA.replace(/1$/, 'e')

describe.each([
  ['SQLite', onSqlite],
  ['Postgres', onPostgres],
])('Linking rows that an app has already, on %s', (_, open) => {
  let app: App
  let warnings: string[]
  beforeEach(async () => {
    app = await open()
    warnings = []
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
  })
  afterEach(() => {
    vi.restoreAllMocks()
    return app.close()
  })

  it('links the row with the confirmed email in any spelling, and keeps its id', async () => {
    await app.add(90, 'ADA@Example.com', 'gold')
    await app.add(91, 'grace@example.com')
    expect(await app.store().sync(visitor(), 'create')).toEqual({ id: 90, isActive: true })
    expect(
      await app.store().sync(visitor({ email: 'new@example.com', issuedAt: 2_000 }), 'create'),
    ).toMatchObject({ id: 90 })
    await app.add(92, 'zoe@xn--bcher-kva.example')
    const zoe = visitor({ uuid: EVE, email: 'Zoe@Bücher.example' })
    expect(await app.store().sync(zoe, 'existing')).toMatchObject({ id: 92 })
    expect(await app.uuids()).toEqual({ 90: ADA, 91: 'unlinked:91', 92: EVE })
    expect(warnings).toEqual([])
  })

  it('never links by an email that is not confirmed, and says so', async () => {
    await app.add(90, 'ada@example.com')
    expect(await app.store().sync(identity(), 'create')).toBeNull()
    expect(await app.uuids()).toEqual({ 90: 'unlinked:90' })
    expect(warnings).toEqual([
      expect.stringMatching(/candidates: 90.*not confirmed. Let the user confirm it/),
    ])
    expect(warnings.join()).not.toContain('@')
    // Without a candidate there is nothing to take.
    expect(await app.store().sync(identity({ uuid: EVE, email: 'eve@example.com' }), 'create')).not.toBeNull()
    expect(await app.store().sync(visitor(), 'create')).toMatchObject({ id: 90 })
  })

  it('never links a row that is linked, nor another than the candidates', async () => {
    await app.add(90, 'ada@example.com')
    await app.add(91, 'grace@example.com')
    await app.store().sync(visitor(), 'create')
    const eve = visitor({ uuid: EVE })
    for (const link of [90, 91, 7]) expect(await app.store(() => ({ link })).sync(eve, 'create')).toBeNull()
    expect(warnings).toHaveLength(3)
    expect(await app.store().sync(eve, 'existing')).toBeNull()
    expect(await app.store().sync(eve, 'create')).not.toMatchObject({ id: 90 })
    expect(await app.uuids()).toMatchObject({ 90: ADA, 91: 'unlinked:91' })
  })

  it('links once when a user arrives twice at once, and one of two users who want a row', async () => {
    await app.add(90, 'ada@example.com')
    const arrivals = Array.from({ length: 10 }, () => app.store().sync(visitor(), 'create'))
    expect(new Set((await Promise.all(arrivals)).map((local) => local?.id))).toEqual(new Set([90]))
    await app.add(95, 'shared@example.com')
    const both = await Promise.all(
      [ADA.replace(/1$/, 'a'), EVE].map((uuid) =>
        app.store(() => ({ link: 95 })).sync(visitor({ uuid, email: 'shared@example.com' }), 'existing'),
      ),
    )
    expect(both.filter((local) => local?.id === 95)).toHaveLength(1)
    expect(both.filter((local) => local === null)).toHaveLength(1)
  })

  it('refuses an ambiguous email with the remedy, unless the app decides', async () => {
    await app.add(90, 'ada@example.com', 'free')
    await app.add(91, 'Ada@example.com', 'gold')
    expect(await app.store().sync(visitor(), 'create')).toBeNull()
    expect(warnings[0]).toMatch(
      /candidates: 90, 91.*several rows have the email\. Merge them, or set the uuid/,
    )
    const byPlan: sqlite.DecideLink = (user, candidates) => {
      expect(user.uuid).toBe(ADA)
      return { link: candidates.find(({ plan }) => plan === 'gold')?.id ?? 0 }
    }
    expect(await app.store(byPlan).sync(visitor(), 'create')).toMatchObject({ id: 91 })
    expect(await app.uuids()).toEqual({ 90: 'unlinked:90', 91: ADA })
  })

  it('reports beforehand what would be linked, and links all at once', async () => {
    const own = await app.store().register('of here@example.com')
    await app.add(9, 'ada@example.com')
    await app.add(2, 'twice@example.com')
    await app.add(3, 'TWICE@example.com')
    await app.add(4, 'gone@example.com')
    await app.add(5, 'open@example.com')
    await app.add(6, 'unsaid@example.com')
    await app.add(7, 'here@example.com')
    await app.add(8, 'there@example.com/x')
    const account = (email: string, at: number | null | undefined) => ({
      uuid: `of ${email}`,
      email,
      email_verified_at: at,
    })
    const accounts = [
      account('Ada@example.com', 1),
      account('twice@example.com', 1),
      account('open@example.com', null),
      account('unsaid@example.com', undefined),
      account('here@example.com', 1),
      account('there@example.com', 1),
    ] as sqlite.AccountToLink[]
    const found = {
      linked: [{ id: 9, uuid: 'of Ada@example.com' }],
      ambiguous: [
        { ids: [2, 3], uuids: ['of twice@example.com'] },
        { ids: [own.id, 7], uuids: ['of here@example.com'] },
      ],
      unconfirmed: [
        { id: 5, uuid: 'of open@example.com' },
        { id: 6, uuid: 'of unsaid@example.com' },
      ],
      unmatched: [4, 8],
    }
    expect(await app.link(accounts)).toEqual({ dryRun: true, ...found })
    expect((await app.uuids())[9]).toBe('unlinked:9')
    expect(await app.link(accounts, false)).toEqual({ dryRun: false, ...found })
    expect(await app.uuids()).toMatchObject({ 9: 'of Ada@example.com', 2: 'unlinked:2', 4: 'unlinked:4' })
    expect(await app.link(accounts, false)).toMatchObject({ linked: [], unmatched: [4, 8] })
  })
})
