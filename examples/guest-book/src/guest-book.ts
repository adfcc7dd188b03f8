import { migrateSqlite, users } from '@latchkey/jwt-middleware/sqlite'
import type { Database } from 'better-sqlite3'
import { and, desc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { entries } from './schema.ts'

export interface Entry {
  readonly id: number
  readonly text: string
  /** In seconds since 1970. */
  readonly createdAt: number
  readonly userId: number
  readonly firstName: string
  readonly lastName: string
}

export interface GuestBook {
  /** The latest entries, newest first. */
  latest(): readonly Entry[]
  add(userId: number, text: string): void
  /** `false` if the user has no such entry. */
  remove(userId: number, id: number): boolean
}

const SHOWN = 50

/** The entries of all users. The table of local users must already exist. */
export function createGuestBook(client: Database, now: () => number): GuestBook {
  migrateSqlite(client, { folder: new URL('../drizzle/', import.meta.url), table: '__guest_book_migrations' })
  const db = drizzle(client)
  const { id, text, createdAt, userId } = entries
  const { firstName, lastName } = users
  const listed = db
    .select({ id, text, createdAt, userId, firstName, lastName })
    .from(entries)
    .innerJoin(users, eq(users.id, userId))
    .orderBy(desc(id))
    .limit(SHOWN)
    .prepare()

  return {
    latest: () => listed.all(),
    add(user, line) {
      db.insert(entries)
        .values({ userId: user, text: line, createdAt: Math.floor(now() / 1000) })
        .run()
    },
    remove: (user, entry) =>
      db
        .delete(entries)
        .where(and(eq(userId, user), eq(id, entry)))
        .run().changes > 0,
  }
}
