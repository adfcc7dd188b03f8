import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { Identity, LocalUser, Provisioning, UserSync } from '../users/store.ts'
import { type Rejected, reject } from './outcome.ts'

/** Updates the local row of a user, and says why the app does not admit them. */
export type AdmitLocally = (identity: Identity) => Promise<LocalUser | Rejected>

export interface LocalUsersOptions {
  readonly users: UserSync
  readonly provisioning: Provisioning
  readonly warn: WarnLimited
}

/** The same decision for every kind of token. */
export function createLocalUsers({ users, provisioning, warn }: LocalUsersOptions): AdmitLocally {
  /** Its sessions have ended, or this is the database of another auth service. */
  function refuseUnknown(isThere: boolean): Rejected {
    warn(
      {
        event: 'user_refused',
        cause: isThere ? 'inactive' : 'not_registered',
        setting: 'users: authDatabase(…)',
      },
      isThere
        ? 'refused a signed-in user who is disabled in the auth service: an administrator can enable the account'
        : 'refused a signed-in user who is not in the database that authDatabase() reads: check that its address is that of the auth service which LOGIN_URL names',
    )
    return reject(isThere ? 'inactive' : 'not_registered')
  }

  return async (identity) => {
    try {
      const local = await users.sync(identity, provisioning)
      if (users.readsAuthDatabase && !local?.isActive) return refuseUnknown(local !== null)
      if (!local && provisioning === 'create') {
        warn(
          { event: 'user_refused', cause: 'not_linked', setting: 'link' },
          'refused a signed-in user without a linked row: see the warning LATCHKEY_LINK above, and its remedy',
        )
        return reject('not_registered')
      }
      if (!local) {
        warn(
          { event: 'user_refused', cause: 'not_registered', setting: 'provisioning' },
          'refused a signed-in user who is not registered here: provisioning is "existing"; call register(uuid) to let them in',
        )
        return reject('not_registered')
      }
      if (!local.isActive) {
        warn(
          { event: 'user_refused', cause: 'inactive', setting: 'is_active' },
          'refused a signed-in user who is disabled here: call setActive(uuid, true) to let them in',
        )
        return reject('inactive')
      }
      return local
    } catch (error) {
      if (users.readsAuthDatabase) {
        warn(
          // Its own message has the remedy.
          { event: 'store_failed', error: (error as Error).message, setting: 'users: authDatabase(…)' },
          'could not read the user in the database of the auth service: guarded pages answer 503',
        )
        return reject('unavailable')
      }
      const failure = { event: 'store_failed', error: innermostError(error).message }
      warn(failure, 'could not read or write the local user: check the database of this app')
      return reject('unavailable')
    }
  }
}
