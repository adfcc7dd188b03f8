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
  return async (identity) => {
    try {
      const local = await users.sync(identity, provisioning)
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
      const failure = { event: 'store_failed', error: innermostError(error).message }
      warn(failure, 'could not read or write the local user: check the database of this app')
      return reject('unavailable')
    }
  }
}
