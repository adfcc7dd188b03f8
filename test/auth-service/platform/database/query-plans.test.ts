import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import { desc } from 'drizzle-orm'
import pg from 'pg'
import { afterEach, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { sqlitePath } from '../../../../auth-service/src/platform/database/sqlite-url.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { seedPeople } from '../../../../scripts/seed-people.ts'
import { openBrowser } from '../../support/browser.ts'
import { onBothDatabases, type TestService } from '../../support/services.ts'
import { ADA } from '../../support/site.ts'

interface Asked {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Tables that grow with the users, by their names in statements. */
const LARGE =
  '(users|sessions|audit_log|group_members|invitations|outbox|one_time_tokens|its|held|other|acting|users_search_text)'
/** Partial indexes: reading all of one is no full scan. */
const OF_FEW = /USING (COVERING )?INDEX users_(staff|superusers|unverified|deletion_due_at)/

afterEach(() => vi.restoreAllMocks())

/** Every statement of the running service, once per set of values. */
async function statementsOf(act: () => Promise<void>): Promise<Asked[]> {
  const asked = new Map<string, Asked>()
  const note = (text: unknown, values: unknown) => {
    if (typeof text !== 'string' || !/^\s*(select|update|delete|insert)/i.test(text)) return
    const statement = { text, values: Array.isArray(values) ? values : [] }
    asked.set(JSON.stringify(statement), statement)
  }
  const prepare = SQLite.prototype.prepare
  vi.spyOn(SQLite.prototype, 'prepare').mockImplementation(function (this: SQLite.Database, text: string) {
    note(text, [])
    return prepare.call(this, text)
  } as never)
  const query = pg.Client.prototype.query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args as [string | { text: string; values?: unknown }, unknown]
    if (typeof first === 'string') note(first, second)
    else note(first?.text, first?.values ?? second)
    return (query as unknown as (...all: unknown[]) => unknown).apply(this, args)
  } as never)
  await act()
  vi.restoreAllMocks()
  return [...asked.values()]
}

/** Query plan lines that read a large table completely, with their statements. */
async function fullScans(service: TestService, asked: readonly Asked[]): Promise<string[]> {
  return service.database.dialect === 'sqlite'
    ? fullScansOfSqlite(service.config.databaseUrl, asked)
    : fullScansOfPostgres(service.config.databaseUrl, asked)
}

function fullScansOfSqlite(url: string, asked: readonly Asked[]): string[] {
  const db = new SQLite(sqlitePath(url), { readonly: true })
  try {
    return asked.flatMap(({ text }) => {
      // The first rows in the order of an index: without a filter, the query reads no more than it shows.
      const isFirstPage = /limit/i.test(text) && !/ where /i.test(text)
      const statement = db.prepare(`EXPLAIN QUERY PLAN ${text}`)
      const plan = statement.all(Array(text.split('?').length - 1).fill(null)) as { detail: string }[]
      return plan
        .map(({ detail }) => detail)
        .filter((detail) => new RegExp(`^SCAN ${LARGE}\\b`).test(detail) && !OF_FEW.test(detail))
        .filter(() => !isFirstPage)
        .map((detail) => `${detail}: ${text}`)
    })
  } finally {
    db.close()
  }
}

async function fullScansOfPostgres(url: string, asked: readonly Asked[]): Promise<string[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const scans: string[] = []
    for (const { text, values } of asked) {
      const { rows } = await client.query(`EXPLAIN ${text}`, values as unknown[])
      for (const row of rows) {
        const line = String(row['QUERY PLAN'])
        if (new RegExp(`Seq Scan on ${LARGE}\\b`).test(line)) scans.push(`${line}: ${text}`)
      }
    }
    return scans
  } finally {
    await client.end()
  }
}

const READING = [
  '/admin',
  '/admin/people',
  '/admin/people?after=4000',
  '/admin/people?order=email',
  '/admin/people?order=email&after=grace',
  ...['active', 'inactive', 'staff', 'superuser', 'unverified'].flatMap((filter) => [
    `/admin/people?filter=${filter}`,
    `/admin/people?filter=${filter}&after=4000`,
    `/admin/people?filter=${filter}&order=email`,
    `/admin/people?filter=${filter}&order=email&after=grace`,
  ]),
  '/admin/people?q=lovelace.7',
  '/admin/people?q=zo%C3%AB',
  '/admin/people?q=lovelace&after=4000',
  '/admin/people?q=zo%C3%AB&after=4000',
  '/admin/people?q=nobody+at+all',
  '/admin/people?q=lovelace.7&filter=staff',
  '/admin/people/:uuid',
  '/admin/audit',
  '/admin/audit?after=:second.4000',
  '/admin/audit?event=sign_in_failed',
  '/admin/audit?from=2026-01-01&to=2026-01-02',
  '/admin/audit?event=signed_in&from=2026-01-01',
  '/admin/audit?person=:uuid',
  '/admin/audit?person=:uuid&event=signed_in&from=2026-01-01',
  '/admin/audit?actor=:uuid',
  '/admin/audit?actor=:uuid&event=signed_in',
  '/admin/audit?address=203.0.113.7',
  '/admin/audit?address=203.0.113.7&event=signed_in&after=:second.4000',
  '/admin/audit?address=203.0.113.7&person=:uuid',
  '/admin/groups',
  '/admin/groups?after=group-3',
  '/admin/groups/:group',
  '/admin/groups/:group?after=4000',
  '/admin/invitations',
  '/admin/invitations?after=500',
  '/admin/apps',
  '/account',
  '/account/history',
  '/account/history?after=:second.4000',
  '/account/export',
]

onBothDatabases('No full table scan', (open) => {
  it('happens in sign-in, search, the administration or the account pages', async () => {
    const service = await open()
    await seedPeople(service.database, { people: 8_000, now: Math.floor(service.now() / 1000) })
    const { db } = service.database
    if (service.database.dialect === 'postgres') await db.execute('VACUUM ANALYZE')
    const [person] = await db
      .select({ uuid: service.database.users.uuid })
      .from(service.database.users)
      .limit(1)
    const [group] = await db
      .select({ id: service.database.groups.id })
      .from(service.database.groups)
      .orderBy(desc(service.database.groups.id))
      .limit(1)
    const aMonthAgo = String(Math.floor(service.now() / 1000) - 30 * 86_400)
    const of = (path: string) =>
      path
        .replace(':uuid', person?.uuid ?? '')
        .replace(':group', String(group?.id))
        .replace(':second', aMonthAgo)
    const browser = openBrowser(createApp(service), { origin: service.config.authUrl })
    await browser.json('/register', ADA)
    const ada = await service.users.findByEmail(ADA.email)
    await service.administration.change(ada?.uuid ?? '', { isSuperuser: true }, OPERATOR)

    const statements = await statementsOf(async () => {
      expect((await browser.json('/login', ADA)).status).toBe(200)
      expect((await browser.json('/login', { ...ADA, email: 'nobody@example.com' })).status).toBe(401)
      for (const path of READING) expect((await browser.get(of(path))).status, path).toBe(200)
      const patch = { is_staff: true, is_active: false }
      expect((await browser.json(of('/admin/people/:uuid/rights'), patch)).status).toBe(200)
      const names = { email: 'new@example.com' }
      expect((await browser.json(of('/admin/people/:uuid/details'), names)).status).toBe(200)
      expect((await browser.json(of('/admin/people/:uuid/sessions/end-all'), {})).status).toBe(204)
    })
    expect(statements.length).toBeGreaterThan(READING.length)
    expect(await fullScans(service, statements)).toEqual([])
  })
})

it('a full scan is noticed', async () => {
  const asked = (text: string) => ({ text, values: [] })
  const file = `file:${join(tmpdir(), `latchkey-plans-${process.pid}.sqlite`)}`
  const db = new SQLite(sqlitePath(file))
  db.exec('CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT)')
  db.close()
  expect(fullScansOfSqlite(file, [asked('SELECT * FROM users WHERE email = ?')])).toHaveLength(1)
  expect(fullScansOfSqlite(file, [asked('SELECT * FROM users ORDER BY id DESC LIMIT 5')])).toEqual([])
  rmSync(sqlitePath(file))
})
