import { type SQL, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import { changedAgain } from '../platform/database/changed-at.ts'
import type { Database } from '../platform/database/database.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { lockWithSuperusers } from './last-superuser.ts'
import { type User, userColumns } from './user-record.ts'

/** The effect of a user's change on their sessions: renew the tokens, end all sessions, or all but one. */
export type Effect = 'stale' | 'over' | { readonly overBut: string }

/** A change of a user's row, with its side effects. */
export interface UserChange {
  readonly values: PgUpdateSetSource<Database['users']>
  readonly effect: Effect
  /** A condition on the row before the change: if it is false, nothing happens. Default: true. */
  readonly onlyIf?: SQL
  /** Whether `onlyIf` depends on the set of superusers. Default: no. */
  readonly asksSuperusers?: boolean
  /** Whether the user's API tokens are revoked for good. Default: no. */
  readonly endsApiTokens?: boolean
  /**
   * Steps before the change; `from` (`FROM users WHERE …`) selects the user if the change will happen. Default: none.
   */
  readonly also?: (from: SQL) => readonly SQL[]
}

/**
 * Changes a user and increments `version` and `changed_at`, and in the same transaction makes the tokens of their
 * sessions stale, or ends sessions. Returns the changed user; `null` if there is none, or if `onlyIf` is false. Throws
 * on an outage.
 */
export type ChangeUser = (uuid: string, change: UserChange) => Promise<User | null>

export interface ChangeUserOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly now: () => number
}

export function createChangeUser({ database, revocations, now }: ChangeUserOptions): ChangeUser {
  const { users, apiTokens, deviceRequests } = database
  const { entries, publish } = revocations
  const columns = userColumns(database)

  return async (uuid, change) => {
    const { values, effect, onlyIf = sql`true`, asksSuperusers = false, also = () => [] } = change
    const { endsApiTokens = false } = change
    const person = sql`${users.uuid} = ${uuid} AND ${onlyIf}`
    const again = changedAgain(database, unixTime(now))
    const theirs = sql`user_id IN (SELECT ${users.id} FROM ${users} WHERE ${person})`
    const kept = typeof effect === 'object' ? effect.overBut : null
    const results = await publish((handle) => [
      ...(asksSuperusers
        ? lockWithSuperusers(database, uuid)
        : lockRows(database, users, sql`${users.uuid} = ${uuid}`)),
      ...also(sql`FROM ${users} WHERE ${person}`),
      entries.apiTokensStale(person),
      ...(endsApiTokens ? [sql`DELETE FROM ${apiTokens} WHERE ${theirs}`] : []),
      // A device that was allowed, and has no token yet, gets none.
      ...(endsApiTokens || effect !== 'stale' ? [sql`DELETE FROM ${deviceRequests} WHERE ${theirs}`] : []),
      ...(effect === 'stale' ? [] : entries.endOfAll(handle, person, kept, again)),
      ...(effect === 'over' ? [] : [entries.stale(person, again)]),
      // Last, since all other steps read the row before it.
      handle
        .update(users)
        .set({ ...values, ...again })
        .where(person)
        .returning(columns),
    ])
    const [user] = results.at(-1) as readonly User[]
    return user ?? null
  }
}
