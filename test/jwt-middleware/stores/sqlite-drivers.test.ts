import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sqliteUsers, useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeUserStore, identity } from '../user-store-suite.ts'
import { rowsIn } from './sqlite-rows.ts'

describeUserStore('on node:sqlite', async () => {
  const db = new DatabaseSync(':memory:')
  return { users: sqliteUsers(db), ...rowsIn(db), close: async () => db.close() }
}, ['remove'])

describe('The store on node:sqlite', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-node-sqlite-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('shares its file with other processes, and says what to do when it can not write', () => {
    const file = join(folder, 'app.sqlite')
    const db = new DatabaseSync(file)
    useWriteAheadLog(db)
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    const store = sqliteUsers(db)
    const other = new DatabaseSync(file, { timeout: 1 })
    const blocked = sqliteUsers(other)
    db.exec('BEGIN IMMEDIATE')
    const sync = () => blocked.sync(identity(), 'create')
    expect(sync).toThrow(expect.objectContaining({ code: 'store_unavailable' }))
    db.exec('COMMIT')
    expect(store.sync(identity(), 'create')).toEqual({ id: 1, isActive: true })
    expect(() => new DatabaseSync(file, { readOnly: true }).exec('DELETE FROM latchkey_users')).toThrow()
    const reader = sqliteUsers(new DatabaseSync(join(folder, 'app.sqlite')))
    expect(reader.sync(identity(), 'existing')).toEqual({ id: 1, isActive: true })
  })

  it('names the remedy of an error that has only a number', () => {
    const db = new DatabaseSync(':memory:')
    const store = sqliteUsers(db)
    const pages = Object.values(db.prepare('PRAGMA page_count').get() ?? {})[0]
    db.exec(`PRAGMA max_page_count = ${pages}`)
    const sync = () => store.sync(identity({ lastName: 'x'.repeat(100_000) }), 'create')
    expect(sync).toThrow(/full\. Free space on the disk/)
  })
})

describe('The store on bun:sqlite', () => {
  it('passes all cases in Bun itself, in a file with a write-ahead log', async () => {
    const bun = join(dirname(createRequire(import.meta.url).resolve('bun/package.json')), 'bin/bun.exe')
    const script = fileURLToPath(new URL('./bun-cases.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(bun, ['--conditions=@latchkey/source', script])
    const results = JSON.parse(stdout) as Record<string, string>
    expect(Object.values(results).filter((result) => result !== 'passed')).toEqual([])
    expect(Object.keys(results).length).toBeGreaterThan(25)
  })
})
