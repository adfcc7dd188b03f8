import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join, resolve } from 'node:path'
import { childEnv } from '../../support/child-env.ts'

const root = resolve(import.meta.dirname, '../../..')
const BIN = join(root, 'node_modules/.bin')

const environment = (env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...childEnv(),
  PATH: [BIN, process.env.PATH].join(delimiter),
  HOME: process.env.HOME,
  NO_COLOR: '1',
  // Frameworks ask people to take part in statistics, and look for newer versions.
  ASTRO_TELEMETRY_DISABLED: '1',
  CI: '1',
  ...env,
})

type Command = readonly [program: string, ...args: string[]]

function start([program, ...args]: Command, folder: string, env: Readonly<Record<string, string>>) {
  const child = spawn(program, args, {
    cwd: folder,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return { child, output: () => output }
}

/** Runs a program to its end. @throws Error with its output if it fails */
export async function runProgram(command: Command, folder: string): Promise<void> {
  const { child, output } = start(command, folder, {})
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command.join(' ')} in ${folder} ended with ${code}:\n${output()}`)
}

/** A program that serves. */
export interface Served {
  readonly child: ChildProcess
  readonly output: () => string
  /** Ends it with a signal; returns its exit code, or the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** Starts a program, and waits until it prints this. */
export async function serveProgram(
  command: Command,
  folder: string,
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<Served> {
  const { child, output } = start(command, folder, env)
  const ended = once(child, 'close')
  await new Promise<void>((found, fail) => {
    const look = () => ready.test(output()) && found()
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look)
    ended.then(([code]) => fail(new Error(`${command.join(' ')} ended with ${code}:\n${output()}`)))
  })
  return {
    child,
    output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code, by] = await ended
      return code ?? by
    },
  }
}
