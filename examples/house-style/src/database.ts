import { useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'

/** How long a statement waits for another process's lock, in ms; the whole app waits with it. */
const BUSY_TIMEOUT = 1_000

/** Opens the app's SQLite file, or `:memory:`. */
export function openDatabase(file: string): Database.Database {
  const db = new Database(file, { timeout: BUSY_TIMEOUT })
  useWriteAheadLog(db)
  db.pragma('foreign_keys = ON')
  return db
}

/** Whether SQLite is temporarily unavailable: locked, full, or without its disk. Anything else is an internal error. */
export const isOutage = (error: unknown): boolean =>
  error instanceof Database.SqliteError &&
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOTADB|CORRUPT)/.test(error.code)
