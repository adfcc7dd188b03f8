/** A minimal app, since some tests start hundreds: the middleware's core on node's own server. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type AuthRequest,
  type AuthStatus,
  createAuthCore,
  memoryUsers,
  type UserStore,
} from '@latchkey/jwt-middleware'
import { createClock, givenOptions, serveTasks } from './tasks.ts'

export interface AppProcessOptions {
  readonly loginUrl: string
  readonly authInternalUrl: string
  readonly port: number
  readonly clockOffset: number
  /** SQLite file for local users and persistent state; in memory by default. */
  readonly stateFile?: string
  readonly whenFeedIsStale?: 'accept' | 'refuse'
  readonly clockTolerance?: number
  /** The credentials of a registered app. */
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface AppState extends AuthStatus {
  /** Uuids for which onUserDeleted was called, in order. */
  readonly deleted: readonly string[]
  /** Warnings in the log. */
  readonly warnings: readonly {
    readonly message: string
    readonly fields: Readonly<Record<string, unknown>>
  }[]
  /** Heap in use after garbage collection, in bytes, if the process can collect. */
  readonly heap: number
}

/** Tasks for the parent, without a request. */
export type AppTasks = {
  advance(seconds: number): void
  state(): AppState
}

async function openUsers(file: string | undefined): Promise<UserStore> {
  if (file === undefined) return memoryUsers()
  // Hundreds of apps without a file need not load a database.
  const [{ default: Database }, { sqliteUsers }] = await Promise.all([
    import('better-sqlite3'),
    import('@latchkey/jwt-middleware/sqlite'),
  ])
  return sqliteUsers(new Database(file))
}

const { port, clockOffset, stateFile, ...options } = givenOptions<AppProcessOptions>()
const clock = createClock(clockOffset)
const warnings: AppState['warnings'][number][] = []
const deleted: string[] = []

const server = createServer(listener)
// A client that returns after a few seconds must not meet a closing connection.
server.keepAliveTimeout = 75_000
server.listen(port, '127.0.0.1')
await once(server, 'listening')
const address = server.address() as AddressInfo
const auth = createAuthCore({
  ...options,
  ownUrl: `http://app.demo.localhost:${address.port}`,
  users: await openUsers(stateFile),
  now: clock.now,
  log: { debug: () => {}, warn: (fields, message) => void warnings.push({ message, fields: { ...fields } }) },
  onUserDeleted: (uuid) => void deleted.push(uuid),
})

/** `/` returns the user, behind a guard; `/open` without one; `/fresh` asks the auth service. */
async function listener(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const header = (name: string) => incoming.headers[name]?.toString()
  const request: AuthRequest = { method: incoming.method ?? 'GET', target: incoming.url ?? '/', header }
  const known = auth.recall(request.method, incoming.rawHeaders)
  const { user, setCookies, refusal } = known
    ? { user: known, setCookies: [], refusal: null }
    : await auth.authenticate(request)
  if (setCookies.length > 0) outgoing.setHeader('set-cookie', setCookies)
  const guards: Record<string, () => Response | null | Promise<Response | null>> = {
    '/open': () => null,
    '/fresh': () => auth.guardFresh(request, user),
  }
  const guard = guards[request.target] ?? (() => auth.guard(request, user))
  const refused = refusal ?? (await guard())
  outgoing.statusCode = refused?.status ?? 200
  for (const [name, value] of refused?.headers ?? []) outgoing.setHeader(name, value)
  outgoing.end(refused ? await refused.text() : JSON.stringify({ user }))
}

const tasks: AppTasks = {
  advance: clock.advance,
  state() {
    globalThis.gc?.()
    return { ...auth.status(), deleted, warnings, heap: process.memoryUsage().heapUsed }
  },
}
serveTasks(address, tasks, async () => {
  auth.close()
  server.close()
  server.closeIdleConnections()
  await once(server, 'close')
})
