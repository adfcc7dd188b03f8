import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'

/** Streams that tell open boards of changes, until the session of their user ends. */
export interface Live {
  /** Tells all open boards that something changed. */
  changed(): void
  /** The stream for a signed-in user. */
  stream(c: Context): Response
}

/** Proxies cut connections that are silent for a minute; in ms. */
const HEARTBEAT = 30_000

/** All streams end with `stopping`. */
export function createLive(stopping?: AbortSignal): Live {
  const boards = new Set<() => void>()
  return {
    changed() {
      for (const tell of boards) tell()
    },
    stream(c) {
      const { auth, user } = c.var
      c.header('x-accel-buffering', 'no') // nginx then passes each event on at once
      return streamSSE(c, (stream) => {
        const { promise: closed, resolve } = Promise.withResolvers<void>()
        if (!user.isAuthenticated || stopping?.aborted) return Promise.resolve()
        stream.onAbort(resolve)
        auth.endWithSession(user, stream)
        const send = (event: string) => stream.writeSSE({ event, data: '' })
        const tell = () => void send('changed')
        const stop = () => stream.abort()
        boards.add(tell)
        stopping?.addEventListener('abort', stop, { once: true })
        const timer = setInterval(() => void send('alive'), HEARTBEAT)
        // Not all boards at the same moment: the app may just have restarted.
        void stream.writeSSE({ event: 'alive', data: '', retry: 250 + Math.round(Math.random() * 500) })
        return closed.finally(() => {
          clearInterval(timer)
          boards.delete(tell)
          stopping?.removeEventListener('abort', stop)
        })
      })
    },
  }
}
