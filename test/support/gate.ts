import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that can hold requests back. */
export interface Gate {
  readonly url: string
  /** Holds requests for this path back until `open()`. `waiting` is how many wait. */
  hold(path: string): { readonly waiting: () => number; open(): void }
  /** How often a path was asked for. */
  requests(path: string): number
  close(): Promise<void>
}

/** Opens a gate in front of a server. */
export async function openGate(target: string): Promise<Gate> {
  const held = new Map<string, (() => void)[]>()
  const counts = new Map<string, number>()

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url, rawHeaders } = incoming
    const onward = request(new URL(url ?? '/', target), { method, headers: rawHeaders, agent: false })
    onward.on('error', () => outgoing.destroy())
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.rawHeaders)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  }

  const server = createServer((incoming, outgoing) => {
    const path = incoming.url?.split('?', 1)[0] ?? ''
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const waiting = held.get(path)
    if (waiting) waiting.push(() => pass(incoming, outgoing))
    else pass(incoming, outgoing)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(path) {
      const waiting: (() => void)[] = []
      held.set(path, waiting)
      return {
        waiting: () => waiting.length,
        open() {
          held.delete(path)
          for (const pass of waiting) pass()
        },
      }
    },
    requests: (path) => counts.get(path) ?? 0,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
