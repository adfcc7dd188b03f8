import type { User } from '@latchkey/jwt-middleware'

/** Why this app keeps out somebody who is signed in, so that signing in again is no help; `null` for all others. */
export const keptOut = (user: User): 'inactive' | 'not_registered' | null =>
  !user.isAuthenticated && (user.reason === 'inactive' || user.reason === 'not_registered')
    ? user.reason
    : null
