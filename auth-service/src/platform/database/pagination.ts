/** How many rows a page shows. */
export const PAGE = 40

/** One page of a list; `next` is where the one after it begins, `null` where there is none. */
export interface PageOf<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

/** A page of the rows, of which one more was asked for than it shows. */
export function pageOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string, size = PAGE): PageOf<Row> {
  const shown = rows.slice(0, size)
  const last = rows.length > size ? shown.at(-1) : undefined
  return { rows: shown, next: last === undefined ? null : keyOf(last) }
}
