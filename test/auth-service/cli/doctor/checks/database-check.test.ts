import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SQLite from 'better-sqlite3'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { checkDatabase } from '../../../../../auth-service/src/cli/doctor/checks/database-check.ts'
import { MIGRATIONS_TABLE } from '../../../../../auth-service/src/platform/database/migrations.ts'
import { freshPostgres } from '../../../../support/database.ts'
import { deadPort } from '../../../../support/dead-port.ts'
import { startPgBouncer } from '../../../../support/pgbouncer.ts'
import { openService, sqliteFiles, testConfig } from '../../../support/services.ts'

const files = sqliteFiles()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-doctor-'))
afterAll(async () => {
  await files.remove()
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

/** The doctor's findings on the database at this address: `[status, what, remedy]`, and never the password. */
async function look(databaseUrl: string, databaseUrlDirect?: string) {
  const target = {
    config: testConfig({ databaseUrl, databaseUrlDirect }),
    internalUrl: null,
    apps: [],
    now: Date.now,
  }
  const findings = await checkDatabase(target)
  const { password } = URL.canParse(databaseUrl) ? new URL(databaseUrl) : { password: '' }
  if (password) expect(JSON.stringify(findings)).not.toContain(password)
  return findings
}

/** The only problem found. */
async function expectFailure(databaseUrl: string, what: RegExp, remedy: RegExp): Promise<void> {
  const failed = (await look(databaseUrl)).filter(({ status }) => status === 'fail')
  expect(failed).toEqual([
    {
      check: 'database',
      status: 'fail',
      what: expect.stringMatching(what),
      remedy: expect.stringMatching(remedy),
    },
  ])
}

/** The address of an otherwise unused database with all tables. */
async function migrated(url: string): Promise<string> {
  await (await openService(testConfig({ databaseUrl: url }))).close()
  return url
}

const forgetLastMigration = `DELETE FROM ${MIGRATIONS_TABLE}
  WHERE created_at = (SELECT max(created_at) FROM ${MIGRATIONS_TABLE})`

describe("The doctor's check of SQLite", () => {
  const fresh = async () => migrated(await files.empty())
  const pathOf = (url: string) => url.replace('file:', '')

  it('accepts a database that is writable, complete, and has free disk space', async () => {
    const findings = await look(await fresh())
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
    expect(findings.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^SQLite 3\.\d+\.\d+ in \//),
      expect.stringMatching(/MB are free on its disk\.$/),
      expect.stringMatching(/^All migrations are applied \(\d+\)\.$/),
    ])
  })

  it('finds that the file or its folder is missing', async () => {
    const path = join(folder, 'nowhere', 'latchkey.sqlite')
    await expectFailure(`file:${path}`, /^There is no database at \/.*nowhere/, /^Set DATABASE_URL/)
  })

  it('finds that the database is in memory', async () => {
    await expectFailure(':memory:', /All data is lost/, /^Set it to a file/)
  })

  it.each([
    ['another kind of file', (path: string) => writeFileSync(path, 'x'.repeat(5000)), /NOTADB/],
    ['a folder', (path: string) => mkdirSync(path), /CANTOPEN|is a directory|SQLITE/],
  ])('finds %s', async (_, make, code) => {
    const path = join(folder, `other-${code.source.length}`)
    make(path)
    await expectFailure(`file:${path}`, code, /DATABASE_URL|write access/)
  })

  it('finds that another process holds a lock', async () => {
    const url = await fresh()
    const other = new SQLite(pathOf(url))
    other.exec('BEGIN IMMEDIATE')
    await expectFailure(url, /can't be written to: database is locked \(SQLITE_BUSY\)/, /^Another process/)
    other.close()
  })

  it.each([
    ['the file', (place: string) => place.endsWith('.sqlite')],
    ['the folder, where the write-ahead log goes', (place: string) => !place.endsWith('.sqlite')],
  ])('finds that %s is not writable', async (_, isClosed) => {
    const url = await fresh()
    const { accessSync } = fs
    // Tests may run as root, who can write anywhere.
    vi.spyOn(fs, 'accessSync').mockImplementation((place, mode) => {
      if (!isClosed(String(place))) return accessSync(place, mode)
      throw Object.assign(new Error(`EROFS: read-only file system, access '${place}'`), { code: 'EROFS' })
    })
    syncBuiltinESMExports()
    await expectFailure(url, /can't be written to: EROFS/, /mounted read-only/)
  })

  it.each([
    [50, 'fail', 'Only 50 MB are free on its disk.'],
    [500, 'warn', 'Only 500 MB are free on its disk.'],
    [5000, 'ok', '5,000 MB are free on its disk.'],
  ])('finds that %i MB are left on the disk: %s', async (left, status, what) => {
    const url = await fresh()
    const stats = { ...(await fsPromises.statfs(folder)), bsize: 4096, bavail: left * 256 }
    vi.spyOn(fsPromises, 'statfs').mockResolvedValue(stats as never)
    syncBuiltinESMExports()
    const finding = (await look(url)).find((found) => found.what.includes('on its disk'))
    expect(finding).toMatchObject({ status, what })
    if (status !== 'ok') expect(finding?.remedy).toMatch(/^Free space on the disk of \//)
  })

  it('finds missing migrations, and migrations of a newer version', async () => {
    const url = await fresh()
    const client = new SQLite(pathOf(url))
    client.exec(forgetLastMigration)
    await expectFailure(url, /^Migrations are missing: \d{4}_[\w-]+\.$/, /^Run "latchkey migrate"/)
    client.exec(`INSERT INTO ${MIGRATIONS_TABLE} (hash, created_at) VALUES ('x', 9999999999999)`)
    client.close()
    await expectFailure(url, /newer version/, /^Install that version/)
  })
})

describe("The doctor's check of Postgres", () => {
  let url: string
  beforeAll(async () => {
    url = await migrated(await freshPostgres())
  })
  const changed = (change: (address: URL) => void): string => {
    const address = new URL(url)
    change(address)
    return address.href
  }

  async function query(address: string, ...statements: string[]): Promise<void> {
    const client = new pg.Client(address)
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  it('accepts a database that is writable and complete', async () => {
    expect((await look(url)).map(({ status, what }) => [status, what])).toEqual([
      ['ok', expect.stringMatching(/^Postgres \d+/)],
      ['ok', expect.stringMatching(/^Notifications arrive/)],
      ['ok', expect.stringMatching(/^All migrations are applied \(\d+\)\.$/)],
    ])
  })

  it('finds a pooler in transaction mode, and accepts it with a direct address beside it', async () => {
    const pooler = await startPgBouncer(url, { pool_mode: 'transaction' })
    try {
      const worries = async (...urls: Parameters<typeof look>) =>
        (await look(...urls)).filter(({ status }) => status !== 'ok')
      expect(await worries(pooler.through(url))).toEqual([
        expect.objectContaining({
          status: 'warn',
          what: expect.stringMatching(/^Notifications do not arrive over DATABASE_URL:/),
          remedy: expect.stringMatching(/^Set DATABASE_URL_DIRECT/),
        }),
      ])
      expect(await worries(pooler.through(url), url)).toEqual([])
      expect(await worries(url, pooler.through(url))).toEqual([
        expect.objectContaining({ status: 'warn', what: expect.stringMatching(/over DATABASE_URL_DIRECT:/) }),
      ])
    } finally {
      await pooler.stop()
    }
  })

  it('finds a wrong password, without printing it', async () => {
    const wrong = changed((address) => {
      address.password = 'hush-hush'
    })
    await expectFailure(wrong, /password authentication failed.*\(28P01\)/, /^Check the user and password in/)
  })

  it('finds a port where nothing listens', async () => {
    const port = await deadPort()
    const wrong = changed((address) => {
      address.port = String(port)
    })
    await expectFailure(wrong, /ECONNREFUSED/, /^Start the database, check the host and port in DATABASE_URL/)
  })

  it('finds an unknown host', async () => {
    const wrong = changed((address) => {
      address.hostname = 'no-such-host.invalid'
    })
    await expectFailure(
      wrong,
      /ENOTFOUND|EAI_AGAIN/,
      /^Set the host in DATABASE_URL to a name that DNS can resolve/,
    )
  })

  it('finds a missing database', async () => {
    const wrong = changed((address) => {
      address.pathname = '/no_such_database'
    })
    await expectFailure(
      wrong,
      /"no_such_database" does not exist \(3D000\)/,
      /^Create that database \(createdb\)/,
    )
  })

  it('finds that the database is read-only, like a replica', async () => {
    const own = await migrated(await freshPostgres())
    await query(
      own,
      `ALTER DATABASE ${new URL(own).pathname.slice(1)} SET default_transaction_read_only = on`,
    )
    await expectFailure(own, /^It is read-only\.$/, /^Point DATABASE_URL at the primary/)
  })

  it('finds that the role may not write, or not even read', async () => {
    const own = await migrated(await freshPostgres())
    const reader = `reader_${new URL(own).pathname.slice(-12)}`
    await query(own, `CREATE ROLE ${reader} LOGIN PASSWORD 'hush-hush'`)
    const address = new URL(own)
    address.username = reader
    address.password = 'hush-hush'
    await expectFailureOf(address.href, [/permission denied.*\(42501\)/])
    await query(own, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`)
    await expectFailure(
      address.href,
      /^The user reader_\w+ has no permission to write to the tables\.$/,
      /owner/,
    )
    await query(own, `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${reader}`)
    await expectFailureOf(address.href, [])
    await query(own, `DROP OWNED BY ${reader}`, `DROP ROLE ${reader}`)
  })

  async function expectFailureOf(address: string, what: readonly RegExp[]): Promise<void> {
    const failed = (await look(address)).filter(({ status }) => status === 'fail')
    expect(failed.map((finding) => finding.what)).toEqual(what.map((one) => expect.stringMatching(one)))
  }

  it('finds that the view of people was dropped', async () => {
    const own = await migrated(await freshPostgres())
    await query(own, 'DROP VIEW latchkey_people')
    const found = (await look(own)).filter(({ status }) => status === 'warn')
    expect(found).toEqual([
      expect.objectContaining({ what: expect.stringContaining('There is no view latchkey_people') }),
    ])
  })

  it('finds missing migrations', async () => {
    const own = await migrated(await freshPostgres())
    await query(own, forgetLastMigration)
    await expectFailure(own, /^Migrations are missing: \d{4}_[\w-]+\.$/, /^Run "latchkey migrate"/)
    const empty = await freshPostgres()
    await expectFailure(empty, /^Migrations are missing: 0000_\w+, /, /^Run "latchkey migrate"/)
  })
})
