import { spawn, spawnSync } from 'node:child_process'
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
const pinned = spawnSync('taskset', ['-c', '1', 'true']).status === 0

/** @throws Error that says how to install wrk where it is missing */
export function requireWrk(): void {
  const { error } = spawnSync('wrk', ['--version'])
  if (error)
    throw new Error('The load comes from wrk. Install it first: apt-get install wrk, or brew install wrk.')
}

/**
 * Loads a page for some seconds; the cookies of a file take turns. wrk runs on a core of its own where the system
 * can say so.
 */
export async function load(
  url: string,
  cookieFile: string,
  seconds: number,
  connections: number,
): Promise<Load> {
  const wrk = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '-s',
    script,
    url,
    '--',
    cookieFile,
  ]
  const [command, ...args] = (pinned ? ['taskset', '-c', '1', ...wrk] : wrk) as [string, ...string[]]
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
