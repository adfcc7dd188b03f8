import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@latchkey/house-style'
import { expect, it, onTestFinished } from 'vitest'

it('a new database of an app is for this user only, and an old one keeps its rows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-database-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const open = () => openDatabase(join(folder, 'app.sqlite'))
  const first = open()
  first.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('milk')")
  const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777])
  expect(modes.sort()).toEqual([
    ['app.sqlite', 0o600],
    ['app.sqlite-shm', 0o600],
    ['app.sqlite-wal', 0o600],
  ])
  first.close()
  const second = open()
  expect(second.prepare('SELECT text FROM notes').pluck().all()).toEqual(['milk'])
  second.close()
})
