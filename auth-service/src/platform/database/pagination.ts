/** Rows per page of a list, by default and for lists that differ. */
export const PAGE = 40
export const USERS_PAGE = 50
export const AUDIT_LOG_PAGE = 50
export const INVITATIONS_PAGE = 25
export const SESSIONS_PAGE = 25

/** One page of a list; `next` is the start of the next one, `null` if there is none. */
export interface PageOf<Row, Key = string> {
  readonly rows: readonly Row[]
  readonly next: Key | null
}

/** A page of rows, of which one more was queried than it shows. */
export function pageOf<Row, Key = string>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  size = PAGE,
): PageOf<Row, Key> {
  const shown = rows.slice(0, size)
  const last = rows.length > size ? shown.at(-1) : undefined
  return { rows: shown, next: last === undefined ? null : keyOf(last) }
}
