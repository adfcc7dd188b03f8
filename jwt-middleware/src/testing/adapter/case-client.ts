import { AssertionError } from 'node:assert'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { TestAuth } from '../test-auth.ts'
import type { TestPerson } from '../test-person.ts'
import type { TestVisitor } from '../test-visitor.ts'

type Headers = Readonly<Record<string, string>>

export interface CaseRequest {
  readonly method?: string
  readonly headers?: Headers
  /** Each is a `Cookie` header of its own. */
  readonly cookies?: string | readonly string[]
  readonly body?: string
}

export interface CaseAnswer {
  /** What was asked, for messages: `GET /private`. */
  readonly asked: string
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly text: string
}

/** An answer that has not ended. */
export interface OpenAnswer {
  readonly head: CaseAnswer
  /** The first piece of the body. */
  readonly first: string
  hangUp(): void
}

/** The cookies of a user whose access token has ended, and whose session lives. */
export interface Ended {
  readonly visitor: TestVisitor
  readonly cookies: string
}

/** Asks the app as browsers and programs do, over a real socket. */
export interface CaseClient {
  readonly testAuth: TestAuth
  readonly ownUrl: string
  /** A navigation of a browser. */
  page(path: string, more?: CaseRequest): Promise<CaseAnswer>
  /** A script of a page of the app. */
  script(path: string, more?: CaseRequest): Promise<CaseAnswer>
  /** A program: just these headers. */
  program(path: string, more?: CaseRequest): Promise<CaseAnswer>
  /** Opens a WebSocket, and closes it: the status is 101 where the app has them. */
  socket(path: string, more?: CaseRequest): Promise<CaseAnswer>
  /** Reads the first piece of an answer. */
  open(path: string, more?: CaseRequest): Promise<OpenAnswer>
  /** Sends a request, and hangs up once `isSeen`. */
  hangUp(path: string, isSeen: () => boolean, more?: CaseRequest): Promise<void>
  /** A user whose access token has ended. */
  ended(person?: TestPerson): Ended
}

/** Milliseconds for one answer, and for what an app learns from the feed. */
const PATIENCE = 10_000

const PAGE = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-dest': 'document',
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
}
const SCRIPT = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', accept: '*/*' }
const SOCKET = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-fetch-mode': 'websocket',
  'sec-fetch-site': 'same-origin',
}

export function createCaseClient(origin: string, testAuth: TestAuth): CaseClient {
  const { ownUrl } = testAuth.options
  const { host } = new URL(ownUrl)

  function start(path: string, { method = 'GET', headers = {}, cookies = [], body }: CaseRequest) {
    const lines: [string, string][] = [
      ...Object.entries({ host, ...headers }),
      ...[cookies].flat().map((cookie): [string, string] => ['cookie', cookie]),
      ...(body === undefined
        ? []
        : [['content-length', String(Buffer.byteLength(body))] as [string, string]]),
    ]
    // Each on a connection of its own, so that none meets one that the app is about to close.
    const outgoing = request(new URL(path, origin), { method, headers: lines.flat(), agent: false })
    const asked = `${method} ${path}`
    outgoing.setTimeout(PATIENCE, () => {
      outgoing.destroy(new AssertionError({ message: `${asked}: no answer within ${PATIENCE / 1000} s.` }))
    })
    outgoing.end(body)
    return { asked, outgoing }
  }

  const send = (path: string, sent: CaseRequest) =>
    new Promise<CaseAnswer>((resolve, reject) => {
      const { asked, outgoing } = start(path, sent)
      outgoing.on('error', (cause) => reject(explain(asked, cause)))
      outgoing.on('upgrade', (incoming, socket) => {
        socket.destroy()
        resolve(answerOf(asked, incoming, ''))
      })
      outgoing.on('response', async (incoming) => {
        // Some servers leave it to a proxy to drop the body of an answer to HEAD.
        if (sent.method === 'HEAD') {
          incoming.resume()
          return resolve(answerOf(asked, incoming, ''))
        }
        try {
          const chunks: Buffer[] = []
          for await (const chunk of incoming) chunks.push(chunk)
          resolve(answerOf(asked, incoming, Buffer.concat(chunks).toString()))
        } catch (cause) {
          reject(explain(asked, cause))
        }
      })
    })

  const as =
    (own: Headers) =>
    (path: string, { headers, ...more }: CaseRequest = {}) =>
      send(path, { ...more, headers: { ...own, ...headers } })

  return {
    testAuth,
    ownUrl,
    page: as(PAGE),
    script: as(SCRIPT),
    program: as({}),
    socket: as({ ...SOCKET, origin: ownUrl }),
    open: (path, { headers, ...more } = {}) =>
      new Promise((resolve, reject) => {
        const { asked, outgoing } = start(path, { ...more, headers: { ...PAGE, ...headers } })
        outgoing.on('error', (cause) => reject(explain(asked, cause)))
        outgoing.on('response', (incoming) => {
          incoming.on('error', () => {})
          incoming.once('data', (data: Buffer) => {
            resolve({
              head: answerOf(asked, incoming, ''),
              first: String(data),
              hangUp: () => void outgoing.destroy(),
            })
          })
          incoming.once('end', () =>
            reject(new AssertionError({ message: `${asked}: the answer is empty.` })),
          )
        })
      }),
    async hangUp(path, isSeen, { headers, ...more } = {}) {
      const { asked, outgoing } = start(path, { ...more, headers: { ...PAGE, ...headers } })
      outgoing.on('error', () => {})
      let isAnswered = false
      outgoing.on('response', () => {
        isAnswered = true
      })
      try {
        await until(() => isAnswered || isSeen(), `${asked}: the app did not ask the auth service.`)
        if (isAnswered) throw new AssertionError({ message: `${asked}: expected no answer.` })
      } finally {
        outgoing.destroy()
      }
    },
    ended(person) {
      const visitor = testAuth.signedIn(person)
      const now = Math.floor(testAuth.clock.now() / 1000)
      const { accessName, refresh } = cookiesOf(visitor)
      const token = visitor.accessToken({ iat: now - 400, exp: now - 100 })
      return { visitor, cookies: `${accessName}=${token}; ${refresh}` }
    },
  }
}

/** The cookies of a visitor, and the names of both. */
export function cookiesOf(visitor: TestVisitor) {
  const [access = '', refresh = ''] = visitor.cookie.split('; ')
  const nameOf = (pair: string) => pair.slice(0, pair.indexOf('='))
  return { access, refresh, accessName: nameOf(access), refreshName: nameOf(refresh) }
}

/** Asks until the check holds: an app hears of a change from the feed. */
export async function until(
  check: () => boolean | Promise<boolean>,
  message: string,
  patience = PATIENCE,
): Promise<void> {
  const deadline = performance.now() + patience
  while (!(await check())) {
    if (performance.now() > deadline) throw new AssertionError({ message })
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const answerOf = (asked: string, incoming: IncomingMessage, text: string): CaseAnswer => ({
  asked,
  status: incoming.statusCode ?? 0,
  headers: incoming.headers,
  setCookies: incoming.headers['set-cookie'] ?? [],
  text,
})

const explain = (asked: string, cause: unknown): Error =>
  cause instanceof AssertionError
    ? cause
    : new AssertionError({ message: `${asked}: the connection broke (${(cause as Error).message}).` })
