import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { createDrain } from '@latchkey/auth-service/drain'
import { quickenImports } from '@latchkey/auth-service/quick-imports'
import { readSqliteUrl } from '@latchkey/auth-service/sqlite-url'
import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import type { Database } from 'better-sqlite3'
import type { Hono } from 'hono'
import type { AppUrls } from './house.tsx'
import type { TourControl } from './tour/tour.ts'

export interface AppSettings extends AppUrls {
  /** The SQLite file in `DATABASE_URL=file:…`. */
  readonly databaseFile: string
  /** Address to listen on. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads an app's settings from the environment.
 * @throws Error that lists every problem with its remedy
 */
export function readSettings(env: Environment): AppSettings {
  const { OWN_URL, LOGIN_URL, DATABASE_URL, HOST = '127.0.0.1', PORT = '3000' } = env
  const database = DATABASE_URL?.startsWith('file:')
    ? readSqliteUrl(DATABASE_URL)
    : { ok: false as const, reason: 'is not a SQLite file. Set it to one, for example file:app.sqlite' }
  const problems = [
    !URL.canParse(OWN_URL ?? '') && "OWN_URL is not set. Set it to this app's public origin.",
    !URL.canParse(LOGIN_URL ?? '') && 'LOGIN_URL is not set. Set it to the login page of the auth service.',
    !database.ok && `DATABASE_URL ${database.reason}.`,
    !/^\d{1,5}$/.test(PORT) && `PORT is "${PORT}". Set it to a number from 0 to 65535.`,
  ].filter((problem) => problem !== false)
  if (problems.length > 0) throw new Error(problems.join('\n  - '))
  return {
    ownUrl: new URL(OWN_URL as string).origin,
    loginUrl: LOGIN_URL as string,
    databaseFile: (database as { value: string }).value,
    host: HOST,
    port: Number(PORT),
  }
}

/** What an app's main module loads, once Node is known to be recent enough. */
interface AppModule {
  createApp(options: AppUrls & AppParts): Hono
}

interface AppParts {
  readonly db: Database
  readonly tour?: TourControl | undefined
  readonly auth?: AuthOptions
  /** Aborts when the process is about to stop: open streams should end, or they keep it waiting. */
  readonly stopping: AbortSignal
}

/** Time-out for current requests at shutdown, in ms. */
const SHUTDOWN_TIMEOUT = 10_000

/**
 * Longest head of a request, in bytes: Node answers more than 16 KiB with a bare 431, and all the family's cookies
 * count.
 */
const MAX_HEADER = 64 * 1024

/** Runs an app as this process's only task, until it is stopped. */
export async function run(product: string, loadApp: () => Promise<AppModule>): Promise<void> {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem) {
    console.error(problem)
    process.exitCode = 1
    return
  }
  try {
    const settings = readSettings(process.env)
    const { ownUrl, loginUrl, databaseFile } = settings
    quickenImports()
    // Not earlier, since the SQLite driver crashes an older Node.
    const [{ createApp }, { openDatabase }, { FOLLOW_FROM_START, readTourControl }] = await Promise.all([
      loadApp(),
      import('./database.ts'),
      import('./tour/tour.ts'),
    ])
    const tour = readTourControl(process.env)
    const stopping = new AbortController()
    const parts: AppParts = {
      db: openDatabase(databaseFile),
      stopping: stopping.signal,
      ...(tour && { tour, auth: FOLLOW_FROM_START }),
    }
    listen(product, createApp({ ownUrl, loginUrl, ...parts }), settings, () => stopping.abort())
  } catch (error) {
    fail(product, error)
  }
}

function listen(
  product: string,
  { fetch }: Hono,
  { host, port, ownUrl }: AppSettings,
  onStop: () => void,
): void {
  const serverOptions = { maxHeaderSize: MAX_HEADER }
  const server = serve({ fetch, hostname: host, port, serverOptions }, (address: AddressInfo) => {
    console.log(`${product} is at ${ownUrl}/ (listening on ${address.address}, port ${address.port}).`)
  })
  server.once('error', (error) => fail(product, error))
  // Longer than proxies keep idle connections: otherwise they would use a closing one, and return 502.
  ;(server as Server).keepAliveTimeout = 75_000
  const drain = createDrain(server as Server, SHUTDOWN_TIMEOUT)
  const stop = () => {
    // A second signal finds no listener, and ends the process at once.
    process.off('SIGTERM', stop).off('SIGINT', stop)
    onStop()
    void drain()
  }
  process.on('SIGTERM', stop).on('SIGINT', stop)
}

function fail(product: string, error: unknown): void {
  console.error(`${product} can't start:\n  - ${(error as Error).message}`)
  process.exitCode = 1
}
