import { LatchkeyError } from '../contract/errors.ts'
import { unref } from '../contract/unref.ts'
import type { AuthenticatedUser, ServiceUser } from '../users/user.ts'
import type { SessionEnds, Unsubscribe } from './watched-sessions.ts'

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

/** An `AbortController`, whose signal ends anything else, such as the source of a `ReadableStream`. */
export interface AnyController {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/** A response of Node or Express; in Fastify `reply.raw`, in Koa `ctx.res`. */
export interface DestroyableResponse {
  destroy(): unknown
  once(event: 'close', listener: () => void): unknown
}

/** What can end together with a session. */
export type LongConnection = ClosableSocket | AbortableStream | AnyController | DestroyableResponse

/** The client signs in again. */
const SIGNED_OUT = [4401, 'signed out'] as const
/** "Service Restart" in IANA's list: the client connects again, and the guard decides anew. */
const ACCOUNT_CHANGED = [1012, 'account changed'] as const
/** For the answer to a close frame, in ms: a client that does not send it could go on sending messages. */
const PATIENCE = 1_000

/**
 * Closes a connection when its user's session ends, or when the account's data are no longer those that the guard saw.
 * Lets go of it when it closes. Call the result to let go of it earlier.
 * @throws LatchkeyError `invalid_options` for anything else, such as Fastify's `reply`
 */
export function endConnection(
  ends: Pick<SessionEnds, 'onEnd' | 'onChange'>,
  user: AuthenticatedUser | ServiceUser,
  connection: LongConnection,
): Unsubscribe {
  refuseOthers(connection)
  const stops = [
    ends.onEnd(user, (reason) => close(connection, SIGNED_OUT, reason)),
    ends.onChange(user, () => close(connection, ACCOUNT_CHANGED, new Error('The account changed.'))),
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

const isAbortController = (connection: LongConnection): connection is AnyController =>
  'abort' in connection && 'signal' in connection

/** At once, and not when the session ends. */
function refuseOthers(connection: LongConnection): void {
  const isKnown = [isStream, isResponse, isAbortController].some((is) => is(connection))
  // The controller of a ReadableStream has close(), too. But its source would go on, and fail.
  if (isKnown || ('close' in connection && !('enqueue' in connection))) return
  throw new LatchkeyError(
    'invalid_options',
    'endWithSession() takes a WebSocket, a stream of Hono, a response of Node (in Express res, in Fastify reply.raw, in ' +
      'Koa ctx.res), or an AbortController for anything else.',
  )
}

function close(connection: LongConnection, [code, phrase]: readonly [number, string], reason: Error): void {
  if (isStream(connection)) return void connection.abort()
  if (isAbortController(connection)) return void connection.abort(reason)
  // Not end(), which would make a part look like the whole.
  if (isResponse(connection)) return void connection.destroy()
  connection.close(code, phrase)
  const { terminate } = socketOf(connection)
  if (terminate) unref(setTimeout(() => terminate.call(socketOf(connection)), PATIENCE))
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
  } else if (isAbortController(connection)) connection.signal.addEventListener('abort', stop, { once: true })
  else if (isResponse(connection)) connection.once('close', stop)
  else socketOf(connection).addEventListener?.('close', stop)
}

interface RawSocket {
  addEventListener?(event: 'close', listener: () => void): void
  terminate?(): void
}

/** The socket in Hono's context of one, which has no events. */
const socketOf = (socket: ClosableSocket & { readonly raw?: unknown }): RawSocket =>
  (socket.raw ?? socket) as RawSocket
