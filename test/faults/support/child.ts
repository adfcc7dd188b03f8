import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { bundled } from '../../support/bundled.ts'
import { childEnv } from '../../support/child-env.ts'
import type { Answer, Question, Ready } from './tasks.ts'

/** A child process that runs one script, answers tasks, and ends with us. */
export interface Child<Tasks> {
  readonly pid: number
  readonly port: number
  /** Runs one of its tasks. Rejects if the task fails or the process ends first. */
  ask<Name extends keyof Tasks & string>(
    name: Name,
    ...given: TaskOf<Tasks, Name>['given']
  ): Promise<TaskOf<Tasks, Name>['value']>
  /** Its output so far. */
  output(): string
  readonly exited: Promise<Exit>
  kill(signal?: NodeJS.Signals): Promise<Exit>
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type TaskOf<Tasks, Name extends keyof Tasks> = Tasks[Name] extends (...given: infer Given) => infer Value
  ? { given: Given; value: Awaited<Value> }
  : never

/** Starts the script, bundled with the sources, and waits until it is ready. */
export async function startChild<Tasks>(
  script: string,
  options: object,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Child<Tasks>> {
  const child = fork(await bundled(script), [JSON.stringify(options)], {
    env: { ...childEnv(), ...env },
    // The test runner's options would resolve to the sources.
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  const questions = askChild(child)
  const { port } = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready))
    child.once('close', (code) =>
      reject(new Error(`${script} ended with ${code} before it was ready:\n${output}`)),
    )
  })
  return {
    pid: child.pid as number,
    port,
    ask: (name, ...given) => questions(name, given) as never,
    output: () => output,
    exited,
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      return exited
    },
  }
}

function askChild(child: ChildProcess): (task: string, given: readonly unknown[]) => Promise<unknown> {
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let count = 0
  child.on('message', (message) => {
    const { id, value, error } = message as Answer
    const asked = open.get(id)
    open.delete(id)
    if (error === undefined) asked?.resolve(value)
    else asked?.reject(new Error(error))
  })
  const fail = (error: Error) => {
    for (const { reject } of open.values()) reject(error)
    open.clear()
  }
  child.on('error', fail).on('exit', () => fail(new Error('The process ended before it answered.')))
  return (task, given) =>
    new Promise((resolve, reject) => {
      const id = ++count
      open.set(id, { resolve, reject })
      child.send({ id, task, given } satisfies Question, (error) => {
        if (!error) return
        open.delete(id)
        reject(error)
      })
    })
}
