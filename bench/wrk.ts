import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Load {
  /** Requests per second. */
  readonly rate: number
  readonly requests: number
  /** In ms. */
  readonly p99: number
}

const script = fileURLToPath(new URL('cookies.lua', import.meta.url))
/**
 * wrk and the servers take turns on one core, and wrk never interrupts a server. On another core, each response would
 * wake wrk with an interrupt between cores, which virtual machines charge to the server with a fifth of its page,
 * differently every second. Empty if the system cannot pin processes.
 */
const TURNS = ['taskset', '-c', '0', 'chrt', '--batch', '0']
const inTurns = spawnSync('taskset', [...TURNS.slice(1), 'true']).status === 0 ? TURNS : []

/** @throws Error that says how to install wrk if it is missing */
export function requireWrk(): void {
  const { error } = spawnSync('wrk', ['--version'])
  if (error) throw new Error('wrk is missing. Install it: apt-get install wrk, or brew install wrk.')
}

/** Pins a server with all its threads to the core of the load generator. */
export const joinLoad = ({ pid }: ChildProcess): void => void spawnSync('taskset', ['-acp', '0', String(pid)])

/** Loads a page for some seconds, alternating between the cookies in a file. */
export async function load(
  url: string,
  cookieFile: string,
  seconds: number,
  connections: number,
): Promise<Load> {
  const [command, ...args] = [
    ...inTurns,
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '30s',
    '--latency',
    '-s',
    script,
    url,
    '--',
    cookieFile,
  ]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  await once(child, 'close')
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`Requests failed:\n${output}`)
  const [, p99 = '', unit = ''] = output.match(/99%\s+([\d.]+)(us|ms|s)\b/) ?? []
  return {
    rate: Number(output.match(/Requests\/sec:\s+([\d.]+)/)?.[1]),
    requests: Number(output.match(/(\d+) requests in/)?.[1]),
    p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'],
  }
}
