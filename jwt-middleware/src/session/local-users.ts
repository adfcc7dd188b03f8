import {
  DISABLED_HERE,
  NOT_LINKED,
  NOT_REGISTERED,
  STORE_FAILED,
} from '#process-or-worker/contract/log-messages'
import type { AccessClaims } from '../contract/claims.ts'
import { innermostError } from '../contract/innermost-error.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import type { AuthDatabaseWarnings, Identity, Provisioning, UserFacts, UserSync } from '../users/store.ts'
import { type Rejected, reject } from './outcome.ts'

/** The claims about a user, of an access token or of an API token. */
type UserClaims = Omit<AccessClaims, 'iss' | 'aud' | 'sid' | 'jti' | 'exp' | 'token_type'>

/** A user for pages: the id of the local row, and the facts. */
export interface Admitted {
  readonly id: number
  readonly facts: UserFacts
}

/** Updates the local row of the user of a token, and says why the app does not admit them. */
export type AdmitLocally = (claims: UserClaims) => Promise<Admitted | Rejected>

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

  return async (claims) => {
    const identity = identityOf(claims)
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
      const { issuedAt: _at, version: _version, ...claimed } = identity
      return { id: local.id, facts: local.facts ?? claimed }
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

/** The user in an access token, or in the answer about an API token. */
function identityOf(claims: UserClaims): Identity {
  return {
    uuid: claims.user_uuid,
    email: claims.user_email,
    firstName: claims.user_first_name,
    lastName: claims.user_last_name,
    isStaff: claims.user_is_staff,
    isSuperuser: claims.user_is_superuser,
    groups: Object.freeze([...(claims.groups ?? [])]),
    emailVerified: claims.email_verified ?? false,
    version: claims.user_version ?? 0,
    issuedAt: claims.iat,
  }
}
