import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as postgres from '@latchkey/jwt-middleware/postgres'
import * as sqlite from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { pgTable } from 'drizzle-orm/pg-core'
import { sqliteTable } from 'drizzle-orm/sqlite-core'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { useLatchkey } from '../auth-service/support/latchkey.ts'
import { onBothDatabases, type TestService } from '../auth-service/support/services.ts'
import { postgresTables, sqliteTables } from '../jwt-middleware/stores/schema.ts'
import { freshPostgres } from '../support/database.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/local-users.md'
/** Emails of the app's rows, by id. */
const ROWS = ['ada@example.com', 'Grace@Example.com', 'eve@example.com', 'zoe@example.com', 'zoe@example.com']

const latchkey = useLatchkey()

onBothDatabases('What docs/local-users.md says about users that an app has already', (open) => {
  /** Accounts as the page says: imported, and then listed into `accounts.json`. */
  async function listAccounts() {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-link-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const service: TestService = await open()
    const type = async (...args: string[]) => {
      const printed = await latchkey(args, { env: { DATABASE_URL: service.config.databaseUrl } })
      expect(printed).toMatchObject({ code: 0, err: '' })
      return printed.out
    }
    const csv = join(folder, 'users.csv')
    writeFileSync(
      csv,
      'email,first_name\nada@example.com,Ada\ngrace@example.com,Grace\nzoe@example.com,Zoë\n',
    )
    await type('import', csv, '--verified')
    writeFileSync(csv, 'email\neve@example.com\n')
    await type('import', csv)
    const file = join(folder, 'accounts.json')
    const json = await type('users', 'list', '--json')
    writeFileSync(file, json)
    const accounts: sqlite.AccountToLink[] = JSON.parse(json)
    const uuidOf = (name: string) => accounts.find(({ email }) => email.startsWith(name))?.uuid ?? ''
    const expected = {
      linked: [
        { id: 1, uuid: uuidOf('ada') },
        { id: 2, uuid: uuidOf('grace') },
      ],
      ambiguous: [{ ids: [4, 5], uuids: [uuidOf('zoe')] }],
      unconfirmed: [{ id: 3, uuid: uuidOf('eve') }],
      unmatched: [],
    }
    return { file, accounts, expected, uuidOf }
  }

  it('links rows on SQLite with what "latchkey users list --json" prints, by the block of the page', async () => {
    const { file, expected, uuidOf } = await listAccounts()
    const db = new Database(':memory:')
    onTestFinished(() => void db.close())
    const people = sqliteTable('people', sqlite.userColumns())
    for (const statement of await sqliteTables({ people })) db.exec(statement)
    ROWS.forEach((email, at) => {
      const row = [at + 1, sqlite.unlinkedUuid(at + 1), email]
      db.prepare('INSERT INTO people (id, uuid, email) VALUES (?, ?, ?)').run(row)
    })

    const link = async (dryRun: boolean) => {
      const { run } = await moduleOf(PAGE, 'linkUsers(', {
        edit: (code) =>
          code
            .replace('await linkUsers', 'linkUsers')
            .replace(/^console\.log.*/m, '')
            .replace("'accounts.json'", 'file')
            .replace('dryRun: true', `dryRun: ${dryRun}`),
        wrap: { given: ['db', 'file', 'sqliteTable'], returns: ['report'] },
      })
      return (run as (given: object) => { report: unknown })({ db, file, sqliteTable }).report
    }
    const uuids = () => db.prepare('SELECT uuid FROM people ORDER BY id').pluck().all()
    expect(await link(true)).toEqual({ dryRun: true, ...expected })
    expect(uuids()).toEqual(ROWS.map((_, at) => `unlinked:${at + 1}`))
    expect(await link(false)).toEqual({ dryRun: false, ...expected })
    expect(uuids()).toEqual([uuidOf('ada'), uuidOf('grace'), 'unlinked:3', 'unlinked:4', 'unlinked:5'])
    expect(await link(false)).toEqual({ dryRun: false, ...expected, linked: [] })
  })

  it('links rows on Postgres with what "latchkey users list --json" prints', async () => {
    const { accounts, expected, uuidOf } = await listAccounts()
    const pool = new pg.Pool({ connectionString: await freshPostgres() })
    onTestFinished(() => pool.end())
    const people = pgTable('people', postgres.userColumns())
    for (const statement of await postgresTables({ people })) await pool.query(statement)
    for (const [at, email] of ROWS.entries()) {
      await pool.query('INSERT INTO people (id, uuid, email) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3)', [
        at + 1,
        postgres.unlinkedUuid(at + 1),
        email,
      ])
    }
    const link = (dryRun: boolean) => postgres.linkUsers(pool, { table: people, accounts, dryRun })
    expect(await link(true)).toEqual({ dryRun: true, ...expected })
    expect(await link(false)).toEqual({ dryRun: false, ...expected })
    const { rows } = await pool.query('SELECT uuid FROM people ORDER BY id')
    expect(rows.map(({ uuid }) => uuid)).toEqual([
      uuidOf('ada'),
      uuidOf('grace'),
      'unlinked:3',
      'unlinked:4',
      'unlinked:5',
    ])
  })
})
