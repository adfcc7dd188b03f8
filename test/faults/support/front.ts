import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

const KEYS = '/.well-known/jwks.json'

/** A proxy in front of an auth service; it can answer for the key set itself. */
export interface Front {
  readonly url: string
  /** How often the key set was requested. */
  readonly fetches: number
  /** Every other requested path. */
  readonly paths: readonly string[]
  /** Answers for the key set like this, until it is given `null`. */
  answerKeysWith(answer: ((response: ServerResponse) => void) | null): void
}

/** Open until the test ends. Connections break while the auth service is down. */
export async function openFront(authUrl: string): Promise<Front> {
  const { port } = new URL(authUrl)
  const paths: string[] = []
  let fetches = 0
  let answer: ((response: ServerResponse) => void) | null = null

  function forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url, headers } = incoming
    const asked = request({ host: '127.0.0.1', port, method, path: url, headers })
    const cut = () => void outgoing.destroy()
    asked.on('error', cut).on('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders)
      outgoing.flushHeaders()
      response.on('error', cut).pipe(outgoing)
    })
    outgoing.on('close', () => asked.destroy())
    incoming.on('error', cut).pipe(asked)
  }

  const server = createServer((incoming, outgoing) => {
    if (incoming.url !== KEYS) {
      paths.push(incoming.url ?? '')
      forward(incoming, outgoing)
      return
    }
    fetches++
    if (answer) answer(outgoing)
    else forward(incoming, outgoing)
  })
  // Like the auth service, so that apps meet no closing connections.
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get fetches() {
      return fetches
    },
    paths,
    answerKeysWith(next) {
      answer = next
    },
  }
}
