import { getTableColumns } from 'drizzle-orm'
import { type GroupQueries, groupNamesOf } from './groups/names.ts'

/** A user. Times in seconds. */
export interface User {
  readonly id: number
  readonly uuid: string
  /** As typed, in its normal form: see normalizeEmail. */
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** `algorithm$…`, in Django's format. */
  readonly password: string
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly createdAt: number
  /** When a claim last changed, or sessions were ended together. */
  readonly changedAt: number
  /** Grows with each change, even within one second: the claim `user_version`. */
  readonly version: number
  readonly lastLoginAt: number | null
  /** When the user confirmed the email. */
  readonly emailVerifiedAt: number | null
  /** When the account will be deleted, unless the user signs in before. */
  readonly deletionDueAt: number | null
  /** The time of registration while the address is unconfirmed: such an account expires. */
  readonly unconfirmedSince: number | null
  /**
   * Code of the language of the last sign-in, or of the user's choice since; `null` if unknown. A renewal does not
   * change it, since tokens can be stolen.
   */
  readonly language: string | null
  /** The browser's time zone at those times, e.g. `Europe/Berlin`; `null` if unknown. */
  readonly timeZone: string | null
  /** Names of the user's groups, in code point order. */
  readonly groups: readonly string[]
}

/** The columns of a user's row that make a User. */
export function userColumns(database: GroupQueries) {
  const { emailCanonical: _canonical, deviceEpoch: _epoch, ...columns } = getTableColumns(database.users)
  return { ...columns, groups: groupNamesOf(database) }
}
