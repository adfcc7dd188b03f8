/** Runs the cases of a store of local users in Bun, which has no vitest of ours; prints each one's outcome as JSON. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SqliteClient, sqliteUsers, useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import { userStoreCases } from '@latchkey/jwt-middleware/testing'
import { rowsIn } from './sqlite-rows.ts'

const name = 'bun:sqlite'
const { Database } = (await import(name)) as {
  Database: new (file: string) => SqliteClient & { close(): void }
}
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bun-'))
let count = 0

function open() {
  const db = new Database(join(folder, `${count++}.sqlite`))
  useWriteAheadLog(db)
  return { users: sqliteUsers(db), ...rowsIn(db), close: () => db.close() }
}

const results: Record<string, string> = {}
for (const one of userStoreCases(open, ['register', 'setActive', 'states', 'remove'])) {
  results[one.name] = await one.run().then(
    () => 'passed',
    (error: Error) => `${one.name}: ${error.stack}`,
  )
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify(results))
