import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median, tell } from './figures.ts'

const ROUNDS = 15
/** How long a process idles before its memory is read, in ms. */
const IDLE = 2000
/** The limit for the ratio of start-up times, and the target for that of memory. */
const [MOST_TIME, MOST_MEMORY] = [2.5, 1.5]

interface Start {
  /** Until it listens, in ms. */
  readonly wall: number
  /** CPU time of the process until then, in ms. */
  readonly cpu: number
  /** Resident at idle, in MiB. */
  readonly memory: number
}

/**
 * Start-up and idle memory of the built auth service, compared to bare Hono with SQLite; and once more after a request of
 * OpenID Connect, which costs nothing before.
 */
export async function measureStart(): Promise<void> {
  console.log(`\nStart-up and idle memory, medians of ${ROUNDS} interleaved rounds:`)
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  try {
    const starts: Record<'bare' | 'ours' | 'oidc', Start[]> = { bare: [], ours: [], oidc: [] }
    // The first round creates the database file and compiles the code, and does not count.
    for (let round = 0; round <= ROUNDS; round++) {
      const [bare, ours, oidc] = [await startBare(folder), await startOurs(folder), await startOidc(folder)]
      if (round === 0) continue
      starts.bare.push(bare)
      starts.ours.push(ours)
      starts.oidc.push(oidc)
    }
    report(starts.bare, starts.ours, starts.oidc)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function report(bare: readonly Start[], ours: readonly Start[], oidc: readonly Start[]): void {
  const of = (starts: readonly Start[], figure: keyof Start) => median(starts.map((start) => start[figure]))
  const row = (starts: readonly Start[]) => ({
    'start (ms)': Math.round(of(starts, 'wall')),
    'CPU time of the start (ms)': Math.round(of(starts, 'cpu')),
    'idle (MiB)': Math.round(of(starts, 'memory')),
  })
  console.table({
    'bare Hono and better-sqlite3': row(bare),
    'auth service': row(ours),
    'with OIDC=on, and its first request': row(oidc),
  })
  const ratio = (figure: keyof Start) => of(ours, figure) / of(bare, figure)
  judgeMost('of the bare start-up time', ratio('wall'), MOST_TIME)
  console.log(`${ratio('cpu').toFixed(2)} of the bare CPU time`)
  judgeMost('of the bare memory at idle', ratio('memory'), MOST_MEMORY)
  for (const figure of ['wall', 'cpu', 'memory'] as const) {
    tell(
      `of the auth service's own, with OpenID Connect in use: ${NAMES[figure]}`,
      of(oidc, figure) / of(ours, figure),
    )
  }
}

const NAMES = { wall: 'start-up time', cpu: 'CPU time', memory: 'memory at idle' }

function judgeMost(what: string, measured: number, most: number): void {
  const verdict = measured <= most ? 'met' : 'NOT met in this run'
  console.log(`${measured.toFixed(2)} ${what} (at most ${most.toFixed(2)}: ${verdict})`)
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const startBare = (folder: string) =>
  start([path('bare-server.js'), join(folder, 'bare.sqlite')], {}, /listening on \d/)

/** With only the settings that a service needs, and others. */
const startOurs = (folder: string, more: NodeJS.ProcessEnv = {}, until?: string) =>
  start(
    [path('../auth-service/dist/main.js')],
    {
      AUTH_URL: 'http://auth.bench.localhost:4000',
      COOKIE_DOMAIN: 'bench.localhost',
      DATABASE_URL: `file:${join(folder, 'auth.sqlite')}`,
      SECRET_KEY: 'a secret of the benchmark and of nobody else',
      HOST: '127.0.0.1',
      PORT: '0',
      ...more,
    },
    /listening on \S+ port (\d+)/,
    until,
  )

/** Until it has answered what loads oidc-provider. */
const startOidc = (folder: string) => startOurs(folder, { OIDC: 'on' }, '/.well-known/openid-configuration')

async function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  line: RegExp,
  until?: string,
): Promise<Start> {
  const begin = performance.now()
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [, port] = await said(child, line)
    if (until !== undefined) await (await fetch(`http://127.0.0.1:${port}${until}`)).text()
    const wall = performance.now() - begin
    const cpu = cpuTime(child)
    await setTimeout(IDLE)
    return { wall, cpu, memory: residentMemory(child) }
  } finally {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  }
}

async function said(child: ChildProcess, line: RegExp): Promise<RegExpExecArray> {
  for await (const text of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const found = line.exec(text)
    if (found) return found
  }
  throw new Error(`${child.spawnargs[1]} ended before it listened`)
}

// Linux: clock ticks are 10 ms, and the kernel counts pages.
function cpuTime({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}

function residentMemory({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
