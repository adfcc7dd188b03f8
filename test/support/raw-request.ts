import { once } from 'node:events'
import { connect } from 'node:tls'
import type { Via } from './http.ts'

export interface SentRaw {
  readonly method?: string
  /** Names and values in turn, sent as they are. */
  readonly headers?: readonly string[]
  readonly body?: string
}

export interface RawAnswer {
  readonly status: number
  /** By the name in lower case; the last of one name counts. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** One request through a proxy with TLS, whose path and headers no library tidies up. */
export async function sendRaw(
  { port, authority, serverName }: Via & { readonly serverName?: string },
  host: string,
  path: string,
  { method = 'GET', headers = [], body }: SentRaw = {},
): Promise<RawAnswer> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: serverName ?? host,
    ca: authority,
    // Not the proxy's own address, which the auth service trusts.
    localAddress: '127.0.0.2',
  } as never)
  await once(socket, 'secureConnect')
  const isUpgrade = headers.includes('Upgrade')
  const all = [
    ...['Host', host, ...headers],
    ...(isUpgrade ? [] : ['Connection', 'close']),
    ...(body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]),
  ]
  const lines = all.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${all[at + 1]}`] : []))
  socket.write([`${method} ${path} HTTP/1.1`, ...lines, '', body ?? ''].join('\r\n'))
  let answer = ''
  for await (const chunk of socket.setEncoding('utf8')) {
    answer += chunk
    // The connection of an upgrade stays open, and so may that of its refusal.
    if (isUpgrade && answer.includes('\r\n\r\n')) break
  }
  socket.destroy()
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const [first = '', ...fields] = head.split('\r\n')
  const pairs = fields.map((field) => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()]
  })
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(pairs),
    text: rest.join('\r\n\r\n'),
  }
}

/** The JSON object of an answer, which may have come in one chunk. */
export const jsonIn = ({ text }: RawAnswer): Record<string, unknown> =>
  JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
