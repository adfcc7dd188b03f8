import {
  DISABLED_HERE,
  NOT_LINKED,
  NOT_REGISTERED,
  STORE_FAILED,
} from '#process-or-worker/contract/log-messages'
import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { AuthDatabaseWarnings, Identity, LocalUser, Provisioning, UserSync } from '../users/store.ts'
import { type Rejected, reject } from './outcome.ts'

/** Updates the local row of a user, and says why the app does not admit them. */
export type AdmitLocally = (identity: Identity) => Promise<LocalUser | Rejected>

export interface LocalUsersOptions {
  readonly users: UserSync
  readonly provisioning: Provisioning
  readonly warn: WarnLimited
}

const AUTH_DATABASE = 'users: authDatabase(…)'

/** The same decision for every kind of token. */
export function createLocalUsers({ users, provisioning, warn }: LocalUsersOptions): AdmitLocally {
  const { readsAuthDatabase } = users

  /** Its sessions have ended, or this is the database of another auth service. */
  function refuseUnknown(isThere: boolean, { unknown, disabled }: AuthDatabaseWarnings): Rejected {
    const cause = isThere ? 'inactive' : 'not_registered'
    warn({ event: 'user_refused', cause, setting: AUTH_DATABASE }, isThere ? disabled : unknown)
    return reject(cause)
  }

  return async (identity) => {
    try {
      const local = await users.sync(identity, provisioning)
      if (readsAuthDatabase && !local?.isActive) return refuseUnknown(local !== null, readsAuthDatabase)
      if (!local && provisioning === 'create') {
        warn({ event: 'user_refused', cause: 'not_linked', setting: 'link' }, NOT_LINKED)
        return reject('not_registered')
      }
      if (!local) {
        warn({ event: 'user_refused', cause: 'not_registered', setting: 'provisioning' }, NOT_REGISTERED)
        return reject('not_registered')
      }
      if (!local.isActive) {
        warn({ event: 'user_refused', cause: 'inactive', setting: 'is_active' }, DISABLED_HERE)
        return reject('inactive')
      }
      return local
    } catch (error) {
      // The message of authDatabase() has the remedy.
      const own = readsAuthDatabase && { error: (error as Error).message, setting: AUTH_DATABASE }
      warn(
        { event: 'store_failed', ...(own ?? { error: innermostError(error).message }) },
        readsAuthDatabase?.failed ?? STORE_FAILED,
      )
      return reject('unavailable')
    }
  }
}
