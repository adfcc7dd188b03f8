import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An address of the auth service that counts what an app asks there. */
export interface CountingProxy {
  /** For `AUTH_INTERNAL_URL`. */
  readonly url: string
  /** Requests so far, by path. */
  readonly count: (path: string) => number
  /** Streams of the revocation feed that are open now. */
  readonly feeds: () => number
  close(): void
}

export async function startCountingProxy(authUrl: string): Promise<CountingProxy> {
  const { port, host } = new URL(authUrl)
  const counts = new Map<string, number>()
  let feeds = 0
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').split('?', 1)[0] as string
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const isFeed = path === '/revocations' && incoming.headers.accept === 'text/event-stream'
    if (isFeed) feeds++
    outgoing.once('close', () => {
      if (isFeed) feeds--
      onward.destroy()
    })
    const onward = request(
      {
        host: '127.0.0.1',
        port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, host },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: (path) => counts.get(path) ?? 0,
    feeds: () => feeds,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
