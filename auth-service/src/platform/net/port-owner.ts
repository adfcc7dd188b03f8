import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

/** A process that listens on a port. */
export interface PortOwner {
  readonly pid: number
  /** The name of its program, such as `node`. */
  readonly name: string
}

/** The state of a listening socket in `/proc/net/tcp`. */
const LISTENING = '0A'

/**
 * The process that listens on this TCP port of this machine; `null` if the system does not tell, such as for another
 * user's process.
 */
export async function portOwner(port: number): Promise<PortOwner | null> {
  try {
    if (process.platform === 'linux') return await ownerInProc(port)
    if (process.platform === 'darwin') return await ownerByLsof(port)
  } catch {
    // No permission, or no such program.
  }
  return null
}

async function ownerInProc(port: number): Promise<PortOwner | null> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  )
  const sockets = new Set(
    tables.flatMap((table) =>
      table
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(
          ([, local, , state]) =>
            state === LISTENING && Number.parseInt(local?.split(':')[1] ?? '', 16) === port,
        )
        .map((fields) => `socket:[${fields[9]}]`),
    ),
  )
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (sockets.has(target))
        return { pid: Number(pid), name: nameOf(await readFile(`/proc/${pid}/comm`, 'utf8')) }
    }
  }
  return null
}

/** Node calls its own process by its first thread. */
const nameOf = (comm: string): string => comm.trim().replace(/^MainThread$/, 'node')

async function ownerByLsof(port: number): Promise<PortOwner | null> {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']
  const { stdout } = await promisify(execFile)('lsof', args, { timeout: 2_000 })
  const [, pid] = /^p(\d+)$/m.exec(stdout) ?? []
  const [, name] = /^c(.+)$/m.exec(stdout) ?? []
  return pid && name ? { pid: Number(pid), name } : null
}
