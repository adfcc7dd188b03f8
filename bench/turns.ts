import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { shuffled } from './shuffled.ts'
import { joinLoad, load } from './wrk.ts'

export interface Sample {
  /** Requests per second. */
  readonly rate: number
  /** In ms. */
  readonly p99: number
  /** The server's CPU time per request, in µs. */
  readonly cpu: number
}

/** A server in a process of its own, which takes turns with others. */
export interface Turn {
  readonly child: ChildProcess
  readonly url: string
  /** The `Cookie` headers of its visitors, one a line. */
  readonly cookieFile: string
  readonly samples: Sample[]
}

export interface TurnOptions {
  readonly rounds: number
  /** Whole seconds of load before the first round. */
  readonly warmUp: number
  /** Whole seconds of each turn. */
  readonly seconds: number
}

export const CONNECTIONS = 32

/**
 * Starts a program whose first message has the port, and that answers each later message with `process.cpuUsage()`.
 * Resolves to that first message.
 */
export async function startServer<Started extends { readonly port: number }>(
  program: URL,
  args: readonly string[],
): Promise<Started & { readonly child: ChildProcess }> {
  const child = fork(program, args, { env: { ...process.env, NODE_ENV: 'production' } })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${program.pathname} ${args[0]} ended with ${code} before it listened.`)
  })
  const [started] = (await Promise.race([once(child, 'message'), ended])) as [Started]
  ended.catch(() => {})
  joinLoad(child)
  return { ...started, child }
}

/** Measures the servers in turns of some seconds, in another order each round. */
export async function takeTurns(turns: readonly Turn[], options: TurnOptions): Promise<void> {
  const { rounds, warmUp, seconds } = options
  // The first request of each user is slow, and V8 optimises the code for some hundred thousand requests; neither must
  // fall into a measured second.
  for (const { url, cookieFile } of turns) await load(url, cookieFile, warmUp, CONNECTIONS)
  for (let round = 0; round < rounds; round++) {
    for (const turn of shuffled(turns)) turn.samples.push(await measure(turn, seconds))
    process.stdout.write('.')
  }
}

async function measure({ child, url, cookieFile }: Turn, seconds: number): Promise<Sample> {
  const before = await cpuOf(child)
  const { rate, requests, p99 } = await load(url, cookieFile, seconds, CONNECTIONS)
  const after = await cpuOf(child)
  return { rate, p99, cpu: (after.user + after.system - before.user - before.system) / requests }
}

async function cpuOf(child: ChildProcess): Promise<NodeJS.CpuUsage> {
  const answer = once(child, 'message')
  child.send('cpu')
  return (await answer)[0] as NodeJS.CpuUsage
}
