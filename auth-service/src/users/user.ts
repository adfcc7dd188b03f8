import { getTableColumns } from 'drizzle-orm'
import type { Queries } from '../platform/database/database.ts'
import { groupNamesOf } from './groups/names.ts'

/** A person. Times in seconds. */
export interface User {
  readonly id: number
  readonly uuid: string
  /** As typed, but for its normal form: see normalizeEmail. */
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** `algorithm$…`, as Django stores it. */
  readonly password: string
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly createdAt: number
  /** When anything that tokens tell was last changed, or sessions were ended together. */
  readonly changedAt: number
  /** Grows each time, even within one second: the claim `user_version`. */
  readonly version: number
  readonly lastLoginAt: number | null
  /** When the person showed that the e-mail is theirs. */
  readonly emailVerifiedAt: number | null
  /** When the account goes, unless its person comes back before. */
  readonly deletionDueAt: number | null
  /** When they registered, where they have to confirm the address and have not yet: such an account expires. */
  readonly unconfirmedSince: number | null
  /**
   * Code of the language in which they last signed in, or which they chose once they had; `null` where nobody knows. A
   * renewal changes nothing about it: tokens can be stolen.
   */
  readonly language: string | null
  /** Name of the time zone of their browser at those times, e.g. `Europe/Berlin`; `null` where nobody knows. */
  readonly timeZone: string | null
  /** Names of their groups, in the order of their characters. */
  readonly groups: readonly string[]
}

/** What is selected of a person's row to have a User. */
export function userColumns(database: Pick<Queries, 'users' | 'groups' | 'groupMembers'>) {
  const { emailCanonical: _canonical, deviceEpoch: _epoch, ...columns } = getTableColumns(database.users)
  return { ...columns, groups: groupNamesOf(database) }
}
