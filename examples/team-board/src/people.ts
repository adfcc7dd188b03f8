import type { Database } from 'better-sqlite3'
import { asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { people } from './schema.ts'

export type Person = typeof people.$inferSelect

export interface People {
  /** All users this app knows, by name. */
  all(): Person[]
  find(id: number): Person | null
  setStatus(id: number, status: string): void
}

export function createPeople(client: Database): People {
  const db = drizzle(client)
  const listed = db
    .select()
    .from(people)
    .orderBy(asc(people.firstName), asc(people.lastName), asc(people.id))
    .prepare()

  return {
    all: () => listed.all(),
    find: (id) => db.select().from(people).where(eq(people.id, id)).get() ?? null,
    setStatus: (id, status) => void db.update(people).set({ status }).where(eq(people.id, id)).run(),
  }
}
