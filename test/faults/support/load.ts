import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Answer, Sent } from '../../support/http.ts'

/** One request of a load; `heard` gets the whole response. */
export interface Asked extends Sent {
  readonly path: string
  readonly heard?: (answer: Answer) => void
}

export interface LoadOptions {
  readonly url: string
  /** The number of concurrent clients, each sending one request after the other. */
  readonly people: number
  /** Whether each client keeps its connection, as browsers and proxies do, or opens one per request. */
  readonly kept: boolean
  readonly next: (person: number) => Asked
}

/** The results of all requests. */
export interface Tally {
  /** Complete responses, by status. */
  readonly answered: Record<number, number>
  /** The port was closed, or the connection ended before it was accepted. */
  refused: number
  /** Sent on an accepted connection, and not, or not completely, answered. */
  readonly dropped: string[]
  /** Responses that close their connection. */
  closing: number
}

export interface Load {
  readonly tally: Tally
  stop(): Promise<Tally>
}

/** Pause before a retry after a failure or a 503, in ms. */
const RETRY = 20

/** Sends requests until it is stopped, with retries. */
export function startLoad({ url, people, kept, next }: LoadOptions): Load {
  const { hostname, port } = new URL(url)
  const tally: Tally = { answered: {}, refused: 0, dropped: [], closing: 0 }
  const agents = Array.from({ length: people }, () => new Agent({ keepAlive: kept, maxSockets: 1 }))
  let stopped = false

  const ask = (
    { path, method = 'GET', headers = {}, body, heard }: Asked,
    agent: Agent,
  ): Promise<{ served: boolean }> =>
    new Promise((resolve) => {
      const outgoing = request({
        hostname,
        port,
        path,
        method,
        agent,
        headers: { ...headers } as IncomingHttpHeaders,
      })
      const drop = (error: Error): void => {
        tally.dropped.push(`${method} ${path}: ${error.message}`)
        resolve({ served: false })
      }
      outgoing.on('error', (error) => {
        // A connection that served before had a server to answer.
        if (outgoing.reusedSocket) return drop(error)
        tally.refused++
        resolve({ served: false })
      })
      outgoing.on('response', (response) => {
        readAll(response).then((text) => {
          const { statusCode: status = 0, headers } = response
          tally.answered[status] = (tally.answered[status] ?? 0) + 1
          if (headers.connection === 'close') tally.closing++
          heard?.({ status, headers, text })
          resolve({ served: status < 500 })
        }, drop)
      })
      outgoing.end(body)
    })

  async function work(person: number): Promise<void> {
    while (!stopped) {
      const { served } = await ask(next(person), agents[person] as Agent)
      await (served ? setImmediate() : setTimeout(RETRY))
    }
  }
  const works = agents.map((_, person) => work(person))

  return {
    tally,
    async stop() {
      stopped = true
      await Promise.all(works)
      for (const agent of agents) agent.destroy()
      return tally
    },
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** A request accepted with `100 Continue`, whose body waits for `finish`. */
export async function halfRequest(url: string, path: string, body: string) {
  const { hostname, port } = new URL(url)
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  }
  const outgoing = request({ hostname, port, path, method: 'POST', agent: false, headers })
  const answered = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject).on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      readAll(response).then((text) => resolve({ status, headers, text }), reject)
    })
  })
  answered.catch(() => {})
  await Promise.race([new Promise((taken) => outgoing.once('continue', taken)), answered])
  return {
    finish(): Promise<Answer> {
      outgoing.end(body)
      return answered
    },
  }
}
