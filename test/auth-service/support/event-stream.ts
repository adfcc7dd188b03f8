import { type IncomingMessage, request } from 'node:http'
import { onTestFinished } from 'vitest'

/** One server-sent event or comment, with only the fields it has. */
export interface StreamEvent {
  readonly id?: string
  readonly event?: string
  readonly data?: string
  readonly retry?: string
  readonly comment?: string
}

export interface OpenStream {
  readonly response: IncomingMessage
  /** Everything received so far. */
  readonly events: StreamEvent[]
  /** The entries received so far. */
  entries(): Record<string, unknown>[]
  /** Whether the backlog is complete. */
  isReady(): boolean
  /** Resolves when the stream is over: `true` for a clean end, `false` for a cut. */
  readonly ended: Promise<boolean>
  close(): void
}

/** A feed client on a real socket that ends with the test. */
export async function openStream(port: number, headers: Record<string, string> = {}): Promise<OpenStream> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/revocations',
    headers: { accept: 'text/event-stream', ...headers },
  })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve).on('error', reject).end()
  })
  const events: StreamEvent[] = []
  const ended = new Promise<boolean>((resolve) => {
    response.on('error', () => {}).on('close', () => resolve(response.complete))
  })
  let rest = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    events.push(...blocks.map(readEvent))
  })
  const close = () => void outgoing.destroy()
  onTestFinished(close)
  return {
    response,
    events,
    entries: () =>
      events.flatMap(({ event, data }) => (event === 'revocation' ? [JSON.parse(data ?? '')] : [])),
    isReady: () => events.some(({ event }) => event === 'ready'),
    ended,
    close,
  }
}

export function readEvent(block: string): StreamEvent {
  if (block.startsWith(':')) return { comment: block.slice(1).trim() }
  return Object.fromEntries(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
}
