import { migrateSqlite } from '@latchkey/jwt-middleware/sqlite'
import type { Database } from 'better-sqlite3'
import { and, count, countDistinct, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { notes } from './schema.ts'

export interface Note {
  readonly id: number
  readonly text: string
  /** In seconds since 1970. */
  readonly createdAt: number
}

export interface NotesPage {
  /** Newest first. */
  readonly notes: readonly Note[]
  /** The `before` value of the next page, if there is one. */
  readonly before: number | null
}

export interface NotesStatistics {
  readonly notes: number
  readonly people: number
}

export interface Notes {
  /** How many notes there are, and of how many users. */
  statistics(): NotesStatistics
  /** How many notes a user has. */
  count(userId: number): number
  /** One page of a user's notes: the newest, or those before a note. */
  page(userId: number, before?: number): NotesPage
  add(userId: number, text: string): void
  /** `false` if the user has no such note. */
  remove(userId: number, id: number): boolean
}

const PAGE_SIZE = 50

/** The notes of all users. The table of local users must already exist. */
export function createNotes(client: Database, now: () => number): Notes {
  migrateSqlite(client, { folder: new URL('../drizzle/', import.meta.url), table: '__notes_migrations' })
  const db = drizzle(client)
  const userId = sql.placeholder('userId')
  const mine = eq(notes.userId, userId)

  const all = db
    .select({ notes: count(), people: countDistinct(notes.userId) })
    .from(notes)
    .prepare()
  const counted = db.select({ count: count() }).from(notes).where(mine).prepare()
  // By hand, for the signs before the parameters: without them this SQLite (built with STAT4) plans an ordered or
  // limited statement again each time it is given other values, which costs five times as much as running it.
  const listed = client.prepare<[userId: number, before: number], Note>(
    `SELECT id, text, created_at AS createdAt FROM notes
     WHERE user_id = +? AND id < +? ORDER BY id DESC LIMIT ${PAGE_SIZE + 1}`,
  )
  const added = db
    .insert(notes)
    .values({ userId, text: sql.placeholder('text'), createdAt: sql.placeholder('createdAt') })
    .prepare()
  const removed = db
    .delete(notes)
    .where(and(mine, eq(notes.id, sql.placeholder('id'))))
    .prepare()

  return {
    statistics: () => all.get() ?? { notes: 0, people: 0 },
    count: (userId) => counted.get({ userId })?.count ?? 0,
    page(userId, before = Number.MAX_SAFE_INTEGER) {
      const found = listed.all(userId, before)
      const page = found.slice(0, PAGE_SIZE)
      return { notes: page, before: found.length > PAGE_SIZE ? (page.at(-1)?.id ?? null) : null }
    },
    add: (userId, text) => void added.run({ userId, text, createdAt: Math.floor(now() / 1000) }),
    remove: (userId, id) => removed.run({ userId, id }).changes > 0,
  }
}
