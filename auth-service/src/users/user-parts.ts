import type { Events } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import type { Platform } from '../platform/platform.ts'
import type { Module } from '../platform/process/module.ts'
import { type AccountDeletions, createAccountDeletions } from './account-deletion.ts'
import { type AdminDeletions, createAdminDeletions } from './admin-deletion.ts'
import { type Administration, createAdministration } from './administration.ts'
import { createChangeUser } from './change-user.ts'
import { exportUserData, type UserDataExport } from './data-export.ts'
import { createDirectory, type Directory } from './directory.ts'
import { createGroups, type Groups } from './groups/groups.ts'
import { createScheduledDeletion } from './scheduled-deletion.ts'
import { createStatistics, type Statistics } from './statistics.ts'
import { createUnconfirmedAccounts, type UnconfirmedAccounts } from './unconfirmed-accounts.ts'
import { createUsers, type User, type Users } from './users.ts'

/** The users, and what owners and administrators do with their accounts. */
export interface UserParts {
  readonly users: Users
  readonly administration: Administration
  readonly groups: Groups
  readonly directory: Directory
  /** Statistics for the operator. */
  readonly statistics: () => Promise<Statistics>
  /** All data stored about a user. */
  readonly exportUser: (user: User) => Promise<UserDataExport>
  readonly adminDeletions: AdminDeletions
  readonly deletions: AccountDeletions
  readonly unconfirmedAccounts: UnconfirmedAccounts
}

export interface UserPartsOptions extends Platform, Events {
  /** Size limit for the names of one user's groups, in bytes. */
  readonly groupBudget: number
}

export function createUserParts(options: UserPartsOptions) {
  const { database, groupBudget, now } = options
  const changeUser = createChangeUser(options)
  const users = createUsers({ ...options, changeUser })
  const shared = {
    ...options,
    users,
    changeUser,
    scheduledDeletion: createScheduledDeletion({ ...options, changeUser }),
  }
  const deletions = createAccountDeletions(shared)
  const unconfirmedAccounts = createUnconfirmedAccounts(shared)
  return {
    parts: {
      users,
      administration: createAdministration(shared),
      groups: createGroups({ ...options, room: groupBudget }),
      directory: createDirectory(database),
      statistics: createStatistics(options),
      exportUser: (user) => exportUserData(database, user, unixTime(now)),
      adminDeletions: createAdminDeletions(shared),
      deletions,
      unconfirmedAccounts,
    },
    deleteExpired: {
      accounts: deletions.deleteExpired,
      unconfirmedAccounts: unconfirmedAccounts.deleteExpired,
    },
  } satisfies Module<UserParts>
}
