import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/** How long an idle connection may still send a request during shutdown, in ms. */
const LINGER = 500
/** How long to wait for a turn of the event loop without new connections, in ms. */
const QUIET = 250
const CHECK = 50

/**
 * Prepares a server for a shutdown that drops no request; call it before the server listens. The returned function
 * accepts no new connections, answers what arrives on open ones and closes each afterwards. It resolves once all are
 * closed; after `timeout` ms, the rest is cut off.
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
    // Only then the response has been sent.
    response.once('close', () => underWay.delete(response))
    if (draining) response.shouldKeepAlive = false
  })

  /** Resolves after a turn of the event loop in which no new connection arrived: none is waiting then. */
  async function quiet(arrivals: () => number): Promise<void> {
    const patience = performance.now() + QUIET
    // The current turn may be past its polling phase.
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
    // http's own would close connections it considers idle, although a request or half a response may be in transit.
    NetServer.prototype.close.call(server)
    // Not earlier: a client whose connection closes reconnects at once, while the server still listens.
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
