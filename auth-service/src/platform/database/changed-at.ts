import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from './database.ts'

/** What a change does to two columns of a person: expressions of the row before it. */
export interface ChangedAgain {
  readonly version: SQL<number>
  readonly changedAt: SQL<number>
}

/**
 * What a change of a person at that second makes of `version` and `changed_at`. The version grows each time, also within
 * one second. It goes by the clock where that is ahead, so that it grows on after a backup was put back.
 *
 * `changed_at` is that second. Only where it lies in the future, it grows: older versions of the service dated tokens one
 * second after it, however far ahead that was, and apps must take such tokens for older than this change.
 */
export const changedAgain = ({ users }: Pick<Queries, 'users'>, at: number): ChangedAgain => ({
  version: sql`CASE WHEN ${users.version} >= ${at} THEN ${users.version} + 1 ELSE ${at} END`,
  changedAt: sql`CASE WHEN ${users.changedAt} > ${at} THEN ${users.changedAt} + 1 ELSE ${at} END`,
})

/** The same as assignments of an UPDATE that is written in SQL. */
export function assignChangedAgain(database: Pick<Queries, 'users'>, at: number): SQL {
  const { version, changedAt } = changedAgain(database, at)
  return sql`version = ${version}, changed_at = ${changedAt}`
}
