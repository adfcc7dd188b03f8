import { useWriteAheadLog } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'

let opened: Database.Database | undefined

/** The app's SQLite file, from `DATABASE_URL=file:…`. It is opened at the first request: `next build` needs none. */
export function openDatabase(): Database.Database {
  if (opened) return opened
  const { DATABASE_URL = 'file:app.sqlite' } = process.env
  const db = new Database(DATABASE_URL.replace(/^file:/, ''))
  useWriteAheadLog(db)
  opened = db
  return db
}
