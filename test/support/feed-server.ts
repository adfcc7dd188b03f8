import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Revocation } from '@latchkey/jwt-middleware'
import type { NewRevocation } from './revocation-source.ts'

/** Answers everything but `/revocations`. */
export type Endpoints = (request: IncomingMessage, response: ServerResponse) => void

/** The part of an auth service that apps see, over real sockets, with every kind of failure. */
export interface FeedServer {
  readonly url: string
  /** `Last-Event-ID` of every requested stream, `null` if there was none. */
  readonly asked: (string | null)[]
  streams(): number
  announce(...news: readonly NewRevocation[]): void
  /** A heartbeat on every stream. */
  heartbeat(): void
  /** Writes this on every stream. */
  write(text: string): void
  /** Answers the next streams like this, until it is given `null`. */
  answerWith(answer: ((response: ServerResponse) => void) | null): void
  /** Breaks every connection and accepts no new one, like a machine after a power failure. */
  cut(): Promise<void>
  /** Listens on the same port again, with all entries, even those published while it was down. */
  mend(): Promise<void>
  /** Breaks only the streams. */
  interrupt(): void
  /** From now on nothing is sent, and every connection stays: a partition. */
  silence(): void
  /** Ends the partition; the connections of that time never get what was not sent. */
  speak(): void
  /** Loses everything, like a restored backup: ids start again after `last`. */
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
