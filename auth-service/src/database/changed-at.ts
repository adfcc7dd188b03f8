import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from './types.ts'

/** What `changed_at` of a person becomes by a change at that second: it grows, even where two are within one. */
export const changedAgain = ({ users }: Pick<Queries, 'users'>, at: number): SQL<number> =>
  sql`CASE WHEN ${users.changedAt} >= ${at} THEN ${users.changedAt} + 1 ELSE ${at} END`
