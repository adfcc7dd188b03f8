import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** Of RFC 6455, section 1.3. */
const OF_WEBSOCKETS = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A request as it reached the site behind the proxy. */
export interface Reached {
  readonly method: string
  readonly url: string
  /** Names and values as they were sent. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/**
 * A site that knows nothing of sign-ins, until the test ends: it shows the name that the proxy gave it. `/status/403`
 * answers with that status, and WebSockets are accepted.
 */
export async function startEchoSite() {
  const reached: Reached[] = []
  const pairs = (raw: readonly string[]) =>
    raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const { method = '', url = '', rawHeaders } = request
    reached.push({ method, url, headers: pairs(rawHeaders), body })
    response.statusCode = Number(/^\/status\/(\d{3})$/.exec(url)?.[1] ?? 200)
    const name = decodeURIComponent(String(request.headers['x-latchkey-name'] ?? 'a stranger'))
    response.setHeader('Set-Cookie', 'own=1')
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><html lang="en"><title>Wiki</title><h1>Hello, ${name}</h1></html>`)
  })
  server.on('upgrade', (request, socket) => {
    const { method = '', url = '', rawHeaders } = request
    reached.push({ method, url, headers: pairs(rawHeaders), body: '' })
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${OF_WEBSOCKETS}`)
    const head = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept.digest('base64')}`,
    ]
    socket.end([...head, '', ''].join('\r\n'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, reached }
}

/** All that the site was told about the user, in any spelling; some proxies send empty headers for nothing. */
export const identityOf = ({ headers }: Reached): readonly string[] =>
  headers
    .filter(([name, value]) => name.toLowerCase().includes('latchkey') && value !== '')
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .sort()
