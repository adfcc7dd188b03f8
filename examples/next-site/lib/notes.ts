import { openDatabase } from './database'

export interface Note {
  readonly id: number
  readonly text: string
}

/** Longest note, in characters. */
export const MAX_TEXT = 500

/** The store of the middleware has created the table of users before. */
function table() {
  const db = openDatabase()
  db.exec(`CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES latchkey_users (id) ON DELETE CASCADE,
    text TEXT NOT NULL
  )`)
  return db
}

/** A user's notes, newest first. */
export const notesOf = (userId: number): Note[] =>
  table()
    .prepare<[number], Note>('SELECT id, text FROM notes WHERE user_id = ? ORDER BY id DESC LIMIT 50')
    .all(userId)

export const countNotes = (): number =>
  table().prepare<[], number>('SELECT count(*) FROM notes').pluck().get() ?? 0

export function addNote(userId: number, text: string): void {
  table().prepare('INSERT INTO notes (user_id, text) VALUES (?, ?)').run(userId, text)
}
