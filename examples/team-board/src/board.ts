import type { Database } from 'better-sqlite3'
import { desc, eq, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { COLUMNS, type Column, cards, people } from './schema.ts'

export interface Card {
  readonly id: number
  readonly title: string
  readonly column: Column
  /** The user who added it, if known. */
  readonly author: { readonly firstName: string; readonly lastName: string } | null
}

/** The cards of each column, latest first. */
export type Columns = Readonly<Record<Column, readonly Card[]>>

export interface Board {
  columns(): Columns
  /** `null` if another app adds it. */
  add(personId: number | null, title: string): void
  /** `false` if the card does not exist. */
  move(id: number, column: Column): boolean
}

/** Longest title of a card, in characters. */
export const MAX_TITLE = 120

/** The maximum of cards shown in a column; the rest is hidden. */
const COLUMN_SIZE = 50

export const isColumn = (text: string): text is Column => (COLUMNS as readonly string[]).includes(text)

export function createBoard(client: Database, now: () => number): Board {
  const db = drizzle(client)
  const seconds = () => Math.floor(now() / 1000)
  const { firstName, lastName } = people
  const listed = db
    .select({ id: cards.id, title: cards.title, column: cards.column, author: { firstName, lastName } })
    .from(cards)
    .leftJoin(people, eq(people.id, cards.personId))
    .where(eq(cards.column, sql.placeholder('column')))
    .orderBy(desc(cards.movedAt), desc(cards.id))
    .limit(COLUMN_SIZE)
    .prepare()

  return {
    columns: () =>
      Object.fromEntries(COLUMNS.map((column) => [column, listed.all({ column })])) as unknown as Columns,
    add(personId, title) {
      db.insert(cards).values({ title, personId, movedAt: seconds() }).run()
    },
    move: (id, column) =>
      db.update(cards).set({ column, movedAt: seconds() }).where(eq(cards.id, id)).run().changes > 0,
  }
}
