import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'

/** A database that is busy that many times. */
function busy(times: number, code = 'SQLITE_BUSY') {
  const asked: string[] = []
  const prepare = (source: string) => {
    asked.push(source)
    if (asked.length <= times) throw new Database.SqliteError('database is locked', code)
    return { get: () => ({ journal_mode: 'wal' }) }
  }
  return { db: { prepare } as unknown as Database.Database, asked }
}

describe('Write-ahead logging', () => {
  it('is a property of the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-wal-'))
    useWriteAheadLog(new Database(join(folder, 'app.sqlite')))
    expect(new Database(join(folder, 'app.sqlite')).pragma('journal_mode', { simple: true })).toBe('wal')
    rmSync(folder, { recursive: true })
  })

  it('is tried again while another process uses the file', () => {
    const { db, asked } = busy(3)
    useWriteAheadLog(db)
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'PRAGMA journal_mode = WAL'))
  })

  it('fails at once for any other reason', () => {
    const { db, asked } = busy(1, 'SQLITE_READONLY')
    expect(() => useWriteAheadLog(db)).toThrow('database is locked')
    expect(asked).toHaveLength(1)
  })
})
