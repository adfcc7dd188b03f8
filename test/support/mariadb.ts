import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { findProgram } from './programs.ts'

/** A running server; `root` has no password on this socket. */
export interface MariadbServer {
  readonly socketPath: string
  stop(): Promise<void>
}

/** Starts a new, real MariaDB on a socket of its own, whose data is deleted once it stops. */
export async function startMariadb(): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-mariadb-'))
  const data = join(folder, 'data')
  const socketPath = join(folder, 'socket')
  const common = ['--no-defaults', `--datadir=${data}`, `--user=${userInfo().username}`]
  execFileSync(
    findProgram('mariadb-install-db'),
    [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { stdio: 'pipe' },
  )
  // The data needs to survive nothing.
  const fast = ['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=16M', '--skip-log-bin']
  const server = spawn(
    findProgram('mariadbd'),
    [...common, `--socket=${socketPath}`, '--skip-networking', ...fast],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  await new Promise<void>((ready, fail) => {
    server.stderr.on('data', (chunk) => {
      log += chunk
      if (log.includes('ready for connections')) ready()
    })
    server.on('close', () => fail(new Error(`MariaDB did not start:\n${log}`)))
  })
  return {
    socketPath,
    async stop() {
      server.kill('SIGTERM')
      if (server.exitCode === null) await once(server, 'close')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
