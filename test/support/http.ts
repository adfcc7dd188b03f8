import { type IncomingHttpHeaders, request } from 'node:http'
import { request as requestTls } from 'node:https'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

/** A proxy with TLS, on a port of this machine. */
export interface Via {
  readonly port: number
  /** The certificate of its authority, in PEM. */
  readonly authority: string
}

/**
 * One request over a real socket with exactly these headers. The global fetch would add Fetch Metadata and forbid some
 * others. Any host is this machine.
 */
export function send(
  url: string,
  { method = 'GET', headers = {}, body }: Sent = {},
  via?: Via,
): Promise<Answer> {
  const { port, pathname, search, host, hostname } = new URL(url)
  return new Promise((resolve, reject) => {
    const outgoing = (via ? requestTls : request)({
      host: '127.0.0.1',
      port: via?.port ?? port,
      // Not the proxy's own address, which it trusts.
      ...(via && { servername: hostname, ca: via.authority, localAddress: '127.0.0.2' }),
      method,
      path: pathname + search,
      headers: { host, ...headers } as Record<string, string>,
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const { statusCode = 0, headers } = incoming
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() })
      })
    })
    outgoing.end(body)
  })
}
