import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Member } from './family.ts'

/** How long to wait for a process to end by itself, and then after a request, in ms. */
const PATIENCE = 500
const LAST_PATIENCE = 5_000

export interface Running {
  /** Resolves as soon as it listens; rejects if it ends before. */
  readonly listening: Promise<void>
  /** Resolves when it has ended, for any reason. */
  readonly ended: Promise<void>
  /** Ends it, with SIGTERM first. */
  stop(): Promise<void>
}

/** Starts one member of the family. Its output is shown under its name. */
export function startMember({ name, main, env }: Member): Running {
  const inherited = { PATH: process.env.PATH, NODE_ENV: process.env.NODE_ENV }
  const child = spawn(process.execPath, [main], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const listening = new Promise<void>((resolve, reject) => {
    eachLine(child.stdout, (line) => {
      if (/\blistening on\b/.test(line)) resolve()
      else console.log(`${name}: ${line}`)
    })
    ended.then(() => reject(new Error(`${name} ended before it listened.`)))
  })
  eachLine(child.stderr, (line) => console.error(`${name}: ${line}`))
  return { listening, ended, stop: () => stop(child, ended) }
}

const eachLine = (stream: NodeJS.ReadableStream, show: (line: string) => void) =>
  createInterface({ input: stream }).on('line', show)

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  // Ctrl-C reaches the whole terminal: a second signal would cut a clean exit short.
  for (const [signal, patience] of [
    [null, PATIENCE],
    ['SIGTERM', LAST_PATIENCE],
    ['SIGKILL', 0],
  ] as const) {
    if (signal) child.kill(signal)
    if (await within(patience, ended)) return
  }
  await ended
}

function within(milliseconds: number, event: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  return Promise.race([event.then(() => true), late]).finally(() => clearTimeout(timer))
}
