import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Revocation } from '../contract/revocation.ts'
import { secondOf } from '../contract/seconds.ts'
import type { FakeAuthService } from './fake-auth-service.ts'

/** The fake auth service on a port. */
export interface TestAuthServer {
  /** For example `http://127.0.0.1:43210`. */
  readonly url: string
  /** The settings of an app in another process: pass them on as its environment. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** Milliseconds between two signs of life on a stream. Apps give up after 45 s of silence. */
const HEARTBEAT = 15_000

export async function serveFakeAuthService(
  service: FakeAuthService,
  now: () => number,
  settings: Readonly<Record<string, string>>,
): Promise<TestAuthServer> {
  const server = createServer((request, response) => {
    const isStream = request.url?.startsWith('/revocations') && request.headers.accept === 'text/event-stream'
    const answer = isStream ? stream(request, response) : pass(request, response)
    // As if nothing listened there.
    answer.catch(() => request.socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { method = 'GET', rawHeaders } = request
    const headers = new Headers()
    for (let at = 0; at < rawHeaders.length; at += 2)
      headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
    const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks)
    const answer = await service.fetch(new URL(request.url ?? '/', url), { method, headers, body })
    response.statusCode = answer.status
    response.setHeaders(answer.headers)
    response.end(Buffer.from(await answer.arrayBuffer()))
  }

  async function stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const write = (entries: readonly Revocation[]) => {
      for (const entry of entries)
        response.write(`id: ${entry.id}\nevent: revocation\ndata: ${JSON.stringify(entry)}\n\n`)
    }
    const after = Number(request.headers['last-event-id'] ?? 0)
    const { last, entries } = await service.revocations.since(after)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write('retry: 250\n\n')
    write(entries)
    response.write(`event: ready\ndata: ${JSON.stringify({ last })}\n\n`)
    const unsubscribe = service.revocations.subscribe(write)
    const heartbeat = setInterval(() => response.write(`: ${secondOf(now())}\n\n`), HEARTBEAT).unref()
    response.on('close', () => {
      clearInterval(heartbeat)
      unsubscribe()
    })
  }

  return {
    url,
    env: { ...settings, AUTH_INTERNAL_URL: url },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
