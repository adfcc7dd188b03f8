import type { AnonymousReason, AuthenticatedUser } from '../users/user.ts'

/** A request without a valid token. */
export interface Rejected {
  readonly isAuthenticated: false
  readonly reason: AnonymousReason
  readonly renewable: boolean
  /** Why a token was rejected; `null` without a token, or if it was valid. */
  readonly refused: string | null
}

/** The user of a request's access tokens, or why there is none. */
export type Outcome = AuthenticatedUser | Rejected

/** Anonymous; `renewable` if a new token could help. */
export const reject = (
  reason: AnonymousReason,
  renewable = false,
  refused: string | null = null,
): Rejected => ({ isAuthenticated: false, reason, renewable, refused })

/** What comes of every token in the end: nothing needs attention, and a new one helps. */
export const EXPIRED: Rejected = reject('rejected', true, 'expired')
