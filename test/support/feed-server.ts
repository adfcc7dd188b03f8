import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Revocation } from '@latchkey/jwt-middleware'
import type { NewRevocation } from './revocation-source.ts'

/** Answers anything but `/revocations`. */
export type Endpoints = (request: IncomingMessage, response: ServerResponse) => void

/** As much of an auth service as apps notice, over real sockets, which fails in every way a test wants it to. */
export interface FeedServer {
  readonly url: string
  /** `Last-Event-ID` of every stream that was asked for, `null` where there was none. */
  readonly asked: (string | null)[]
  /** How many streams are open. */
  streams(): number
  announce(...news: readonly NewRevocation[]): void
  /** A sign of life on every stream. */
  heartbeat(): void
  /** Writes this on every stream, whatever it is. */
  write(text: string): void
  /** Answers the next streams like this, until it is given `null`. */
  answerWith(answer: ((response: ServerResponse) => void) | null): void
  /** Breaks every connection and takes no new one, as a machine does that lost its power. */
  cut(): Promise<void>
  /** Back again on the same port, with all it announced, even while it was away. */
  mend(): Promise<void>
  /** Breaks the streams alone. */
  interrupt(): void
  /** From now on nothing is sent, and every connection stays: a partition. */
  silence(): void
  /** The partition is over; what was not sent in it never comes on the connections of that time. */
  speak(): void
  /** Loses everything, as one does that is restored from an old backup: ids start over after `last`. */
  restore(last?: number): void
  close(): Promise<void>
}

const notFound: Endpoints = (_, response) => void response.writeHead(404).end()

export async function startFeedServer(endpoints: Endpoints = notFound): Promise<FeedServer> {
  let entries: Revocation[] = []
  let last = 0
  let silent = false
  let answer: ((response: ServerResponse) => void) | null = null
  const asked: (string | null)[] = []
  const streams = new Set<ServerResponse>()

  const write = (text: string) => {
    if (!silent) for (const stream of streams) stream.write(text)
  }
  const eventOf = (entry: Revocation) =>
    `id: ${entry.id}\nevent: revocation\ndata: ${JSON.stringify(entry)}\n\n`

  function stream(request: IncomingMessage, response: ServerResponse): void {
    const header = request.headers['last-event-id']?.toString() ?? null
    asked.push(header)
    if (answer) {
      answer(response)
      return
    }
    streams.add(response)
    response.on('close', () => streams.delete(response))
    if (silent) return
    const after = Number(header) > last ? 0 : Number(header)
    const backlog = entries.filter(({ id }) => id > after).map(eventOf)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(`retry: 250\n\n${backlog.join('')}event: ready\ndata: ${JSON.stringify({ last })}\n\n`)
  }

  const serve = (port: number) =>
    new Promise<Server>((resolve) => {
      const started = createServer((request, response) => {
        if (request.url === '/revocations') stream(request, response)
        else endpoints(request, response)
      })
      started.listen(port, '127.0.0.1', () => resolve(started))
    })

  let server = await serve(0)
  const { port } = server.address() as AddressInfo
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    streams: () => streams.size,
    announce(...news) {
      for (const one of news) {
        const entry = { ...one, id: ++last } as Revocation
        entries.push(entry)
        write(eventOf(entry))
      }
    },
    heartbeat: () => write(': still here\n\n'),
    write,
    answerWith(next) {
      answer = next
    },
    cut,
    async mend() {
      server = await serve(port)
    },
    interrupt() {
      for (const one of streams) one.destroy()
    },
    silence() {
      silent = true
    },
    speak() {
      silent = false
    },
    restore(from = 0) {
      entries = []
      last = from
    },
    close: cut,
  }
}
