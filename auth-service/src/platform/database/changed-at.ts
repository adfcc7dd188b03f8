import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from './database.ts'

/** The effect of a change on two columns of a user, as expressions of the earlier row. */
export interface ChangedAgain {
  readonly version: SQL<number>
  readonly changedAt: SQL<number>
}

/**
 * The new `version` and `changed_at` of a user changed at that second. The version grows each time, also within one
 * second. It follows the clock if that is ahead, so that it still grows after a backup was restored.
 *
 * `changed_at` is that second. It only grows if it lies in the future: older versions of the service dated tokens one
 * second after it, however far ahead that was, and apps must treat such tokens as older than this change.
 */
export const changedAgain = ({ users }: Pick<Queries, 'users'>, at: number): ChangedAgain => ({
  version: sql`CASE WHEN ${users.version} >= ${at} THEN ${users.version} + 1 ELSE ${at} END`,
  changedAt: sql`CASE WHEN ${users.changedAt} > ${at} THEN ${users.changedAt} + 1 ELSE ${at} END`,
})

/** The same as assignments of an UPDATE in SQL. */
export function assignChangedAgain(database: Pick<Queries, 'users'>, at: number): SQL {
  const { version, changedAt } = changedAgain(database, at)
  return sql`version = ${version}, changed_at = ${changedAt}`
}
