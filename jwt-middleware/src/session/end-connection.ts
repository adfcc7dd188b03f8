import type { AuthenticatedUser, ServiceUser } from '../users/user.ts'
import type { SessionEnds, Unsubscribe } from './session-ends.ts'

/** A WebSocket: one of `ws`, Hono's `WSContext`, or any with the standard's `close`. */
export interface ClosableSocket {
  close(code?: number, reason?: string): unknown
}

/** A stream of Hono's `stream()`, `streamText()` or `streamSSE()`. */
export interface AbortableStream {
  abort(): unknown
  onAbort(listener: () => void): unknown
  close(): unknown
}

/** A response of Node or Express. */
export interface DestroyableResponse {
  destroy(): unknown
  once(event: 'close', listener: () => void): unknown
}

/** What can end together with a session. */
export type LongConnection = ClosableSocket | AbortableStream | DestroyableResponse

/** The client signs in again. */
const SIGNED_OUT = [4401, 'signed out'] as const
/** "Service Restart" in IANA's list: the client connects again, and the guard decides anew. */
const ACCOUNT_CHANGED = [1012, 'account changed'] as const
/** For the answer to a close frame, in ms: a client that does not send it could go on sending messages. */
const PATIENCE = 1_000

/**
 * Closes a connection when its user's session ends, or when the account's data are no longer those that the guard saw.
 * Lets go of it when it closes. Call the result to let go of it earlier.
 */
export function endConnection(
  ends: Pick<SessionEnds, 'onEnd' | 'onChange'>,
  user: AuthenticatedUser | ServiceUser,
  connection: LongConnection,
): Unsubscribe {
  const stops = [
    ends.onEnd(user, () => close(connection, SIGNED_OUT)),
    ends.onChange(user, () => close(connection, ACCOUNT_CHANGED)),
  ]
  const stop = () => {
    for (const one of stops) one()
  }
  whenClosed(connection, stop)
  return stop
}

// Hono's streams have close(), too, which ends them as if they were complete.
const isStream = (connection: LongConnection): connection is AbortableStream =>
  'abort' in connection && 'onAbort' in connection

const isResponse = (connection: LongConnection): connection is DestroyableResponse =>
  'destroy' in connection && !('close' in connection)

function close(connection: LongConnection, [code, reason]: readonly [number, string]): void {
  if (isStream(connection)) return void connection.abort()
  // Not end(), which would make a part look like the whole.
  if (isResponse(connection)) return void connection.destroy()
  connection.close(code, reason)
  const { terminate } = socketOf(connection)
  if (terminate) setTimeout(() => terminate.call(socketOf(connection)), PATIENCE).unref()
}

function whenClosed(connection: LongConnection, stop: () => void): void {
  if (isStream(connection)) {
    const { close } = connection
    // A stream that comes to its end tells only this.
    connection.close = () => {
      stop()
      return close.call(connection)
    }
    connection.onAbort(stop)
  } else if (isResponse(connection)) connection.once('close', stop)
  else socketOf(connection).addEventListener?.('close', stop)
}

interface RawSocket {
  addEventListener?(event: 'close', listener: () => void): void
  terminate?(): void
}

/** The socket in Hono's context of one, which has no events. */
const socketOf = (socket: ClosableSocket & { readonly raw?: unknown }): RawSocket =>
  (socket.raw ?? socket) as RawSocket
