import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** How long a connection without a request waits for one, in ms: who sends meanwhile is told to send no more. */
const LINGER = 500
/** How long to wait for a turn of the event loop that brings nothing new, in ms. */
const QUIET = 250
const CHECK = 50

/**
 * Prepares a server to be ended without dropping a request; to be called before it listens. What it returns takes no
 * new connection, answers what arrives on those there are and closes each after that. It resolves once all are gone;
 * those that are left after `timeout` ms are cut.
 */
export function createDrain(server: Server, timeout: number): () => Promise<void> {
  const underWay = new Set<ServerResponse>()
  let connections = 0
  let requests = 0
  let draining = false

  server.prependListener('connection', () => void connections++)
  server.prependListener('request', (_, response) => {
    requests++
    underWay.add(response)
    // Only then it has left us.
    response.once('close', () => underWay.delete(response))
    if (draining) response.shouldKeepAlive = false
  })

  /** Resolves right after a turn of the event loop in which no more of them arrived: none waits unread, then. */
  async function quiet(arrivals: () => number): Promise<void> {
    const patience = performance.now() + QUIET
    // The turn we are in may be past the point where it looks.
    await setImmediate()
    for (let seen = -1; seen !== arrivals() && performance.now() < patience; ) {
      seen = arrivals()
      await setImmediate()
    }
  }

  return async () => {
    const closed = once(server, 'close')
    const impatience = globalThis.setTimeout(() => server.closeAllConnections(), timeout)
    await quiet(() => connections)
    // That of http would close what it takes for idle, although a request, or half an answer, may be on its way.
    NetServer.prototype.close.call(server)
    // Not before: who is sent away comes back at once, as long as there is a door.
    draining = true
    for (const response of underWay) response.shouldKeepAlive = false
    const over = closed.then(() => true)
    for (let pause = LINGER; !(await Promise.race([over, setTimeout(pause, false)])); pause = CHECK) {
      if (underWay.size > 0) continue
      await quiet(() => requests)
      if (underWay.size === 0) server.closeIdleConnections()
    }
    clearTimeout(impatience)
  }
}
