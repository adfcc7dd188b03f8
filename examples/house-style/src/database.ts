import { closeSync, openSync } from 'node:fs'
import { useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'

/** How long a statement waits for another process's lock, in ms; the whole app waits with it. */
const BUSY_TIMEOUT = 1_000

/**
 * Opens the app's SQLite file, or `:memory:`. A new file is readable only by its owner, since it has what users wrote;
 * SQLite gives `-wal` and `-shm` the same mode.
 */
export function openDatabase(file: string): Database.Database {
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  const db = new Database(file, { timeout: BUSY_TIMEOUT })
  useWriteAheadLog(db)
  db.pragma('foreign_keys = ON')
  return db
}

/** Whether SQLite is temporarily unavailable: locked, full, or without its disk. Anything else is an internal error. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Database.SqliteError &&
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOTADB|CORRUPT)/.test(error.code)
