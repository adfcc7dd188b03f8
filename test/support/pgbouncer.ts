import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort } from './postgres.ts'
import { locate } from './programs.ts'

const PLACES = ['/usr/sbin/pgbouncer', '/usr/local/sbin/pgbouncer', '/opt/homebrew/bin/pgbouncer']

/**
 * Path of a PgBouncer: `PGBOUNCER_PATH`, or an installed one.
 * @throws Error that names the remedy if there is none
 */
export function findPgBouncer(): string {
  const found = process.env.PGBOUNCER_PATH ?? locate('pgbouncer') ?? PLACES.find((place) => existsSync(place))
  if (found && existsSync(found)) return found
  throw new Error('These tests need PgBouncer. Run: npm run setup (or set PGBOUNCER_PATH)')
}

export interface Pooler {
  /** The database's address without the pooler. */
  through(databaseUrl: string): string
  stop(): Promise<void>
}

/** A PgBouncer in front of the server at that address, with few connections and further configuration lines. */
export async function startPgBouncer(serverUrl: string, settings: Record<string, string>): Promise<Pooler> {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl)
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-pgbouncer-'))
  const port = await freePort()
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    default_pool_size: '3',
    max_client_conn: '200',
    ...settings,
  }
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`)
  await writeFile(
    config,
    [
      `[databases]\n* = host=${hostname} port=${serverPort}\n[pgbouncer]`,
      ...Object.entries(lines).map(([name, value]) => `${name} = ${value}`),
    ].join('\n'),
  )
  await chmod(folder, 0o755)
  const child = spawn(findPgBouncer(), [config], { stdio: ['ignore', 'pipe', 'pipe'], ...unprivileged() })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => output.push(String(data)))
  const stop = async () => {
    await end(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(output.join(''))
      await answers(port)
    })
  } catch (error) {
    await stop()
    throw new Error(`PgBouncer did not start:\n${output.join('')}`, { cause: error })
  }
  return {
    through(databaseUrl) {
      const url = new URL(databaseUrl)
      url.port = String(port)
      return url.href
    },
    stop,
  }
}

/** It refuses to run as root; a container's only other user is `nobody`. */
const unprivileged = () => (process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {})

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function answers(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    }).once('error', reject)
  })
}
