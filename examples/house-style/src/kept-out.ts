import type { User } from '@latchkey/jwt-middleware'

/** Why this app rejects a signed-in user, so that signing in again would not help; `null` for all others. */
export const keptOut = (user: User): 'inactive' | 'not_registered' | null =>
  !user.isAuthenticated && (user.reason === 'inactive' || user.reason === 'not_registered')
    ? user.reason
    : null
