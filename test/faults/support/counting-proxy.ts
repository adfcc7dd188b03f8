import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

/** Sits between apps and the auth service and counts the requests. */
export interface CountingProxy {
  readonly url: string
  /** How often this path was requested and answered. */
  answered(path: string): number
  /** How often it was requested while the service was down. */
  unanswered(path: string): number
  close(): void
}

export async function countingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target)
  const answered: Record<string, number> = {}
  const unanswered: Record<string, number> = {}
  const count = (counts: Record<string, number>, path: string) => {
    counts[path] = (counts[path] ?? 0) + 1
  }

  const server = createServer((incoming, outgoing) => {
    const { url: path = '/', method, headers } = incoming
    const onward = request({ hostname, port, path, method, headers, agent: false })
    onward.on('response', (response) => {
      if (outgoing.destroyed) return response.destroy()
      count(answered, path)
      passOn(response, outgoing)
    })
    outgoing.on('close', () => onward.destroy())
    onward.on('error', () => {
      if (!outgoing.headersSent) count(unanswered, path)
      outgoing.destroy()
    })
    pipeline(incoming, onward, () => {})
  })
  // Like the service's own, so that connections never end by themselves.
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered: (path) => answered[path] ?? 0,
    unanswered: (path) => unanswered[path] ?? 0,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function passOn(response: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(response.statusCode ?? 502, response.headers)
  // Events must not wait for the ones after them.
  outgoing.flushHeaders()
  pipeline(response, outgoing, () => outgoing.destroy())
}
