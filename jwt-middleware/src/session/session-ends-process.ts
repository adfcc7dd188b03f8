import type { AuthenticatedUser, ServiceUser } from '../users/user.ts'
import { endConnection, type LongConnection } from './end-connection.ts'
import {
  createWatchedSessions,
  type SessionEnds,
  type SessionEndsOptions,
  type Unsubscribe,
} from './watched-sessions.ts'

/** The ends of sessions, also for connections. */
export interface ConnectionEnds extends SessionEnds {
  /** Ends a connection with the session of its user: see {@link endConnection}. */
  endWithSession(user: AuthenticatedUser | ServiceUser, connection: LongConnection): Unsubscribe
}

export function createSessionEnds(options: SessionEndsOptions): ConnectionEnds {
  const ends = createWatchedSessions(options)
  return { ...ends, endWithSession: (user, connection) => endConnection(ends, user, connection) }
}
