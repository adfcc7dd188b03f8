import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { childEnv } from './child-env.ts'

const root = resolve(import.meta.dirname, '../..')

/** A process and its output so far. */
export interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves with the match, and rejects if the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with `true` once this holds, looked at whenever there is more output, and with `false` at the end. */
  untilAny(holds: () => boolean): Promise<boolean>
  /** Its exit code, after its whole output has arrived. */
  readonly ended: Promise<number | null>
}

/** A new folder with these files, where the packages of this repository are installed; removed after the test. */
export function tempApp(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-app-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** Starts Node in this folder; the process ends with the test. */
export const startNode = (
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Started => startProgram(process.execPath, folder, args, env)

/** Starts a program in this folder; the process ends with the test. `readable` changes its output. */
export function startProgram(
  program: string,
  folder: string,
  args: readonly string[],
  env: Record<string, string> = {},
  readable?: (output: string) => string,
): Started {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...childEnv(), ...env },
    stdio: [readable ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  let raw = ''
  const output = () => readable?.(raw) ?? raw
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      raw += data
      for (const listener of listeners) listener()
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    output,
    ended,
    untilAny: (holds) =>
      new Promise((resolve) => {
        if (holds()) return resolve(true)
        listeners.add(() => {
          if (holds()) resolve(true)
        })
        ended.then(() => resolve(holds()))
      }),
    until: (pattern) =>
      new Promise((found, fail) => {
        const look = () => {
          const match = pattern.exec(output())
          if (match) found(match)
          return match !== null
        }
        if (look()) return
        listeners.add(look)
        ended.then(() => look() || fail(new Error(`It ended without ${pattern}:\n${output()}`)))
      }),
  }
}

const CLI = join(root, 'auth-service/dist/cli.js')

/** Starts the built `latchkey` in this folder. */
export const startLatchkey = (
  folder: string,
  args: readonly string[],
  env?: Record<string, string>,
): Started => startNode(folder, [CLI, ...args], env)
