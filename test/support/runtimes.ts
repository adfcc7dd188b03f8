import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { childEnv } from './child-env.ts'

const root = resolve(import.meta.dirname, '../..')
const programs = resolve(import.meta.dirname, '../jwt-middleware/runtimes')

export type RuntimeName = 'node' | 'bun' | 'deno' | 'workerd'

/** An app in a process of its own. */
export interface RuntimeApp {
  readonly origin: string
  readonly output: () => string
  close(): Promise<void>
}

const COMMANDS = {
  node: [process.execPath],
  bun: [join(root, 'node_modules/.bin/bun')],
  deno: [join(root, 'node_modules/.bin/deno'), 'run', '--allow-all', '--node-modules-dir=manual'],
}

/** Starts `<name>-main.ts` of `test/jwt-middleware/runtimes` on a free port, with these options of `createAuth()`. */
export async function startRuntime(name: RuntimeName, options: object): Promise<RuntimeApp> {
  if (name === 'workerd') return startWorkerProgram('workerd-main', options)
  const OPTIONS = JSON.stringify(options)
  const [command = '', ...args] = COMMANDS[name]
  const child = spawn(command, [...args, join(programs, `${name}-main.ts`)], {
    cwd: root,
    env: { ...childEnv(), HOME: process.env.HOME, OPTIONS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return running(child, (output) => /listening on (\d+)/.exec(output)?.[1])
}

/** Starts a program for workerd of that folder likewise. */
export async function startWorkerProgram(name: string, options: object): Promise<RuntimeApp> {
  return startWorker(await bundleForWorkers(join(programs, `${name}.ts`)), {
    OPTIONS: JSON.stringify(options),
  })
}

/** The entry with all that it imports, as Wrangler bundles it. */
export async function bundleForWorkers(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    logLevel: 'error',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

export interface WorkerSettings {
  /** Default: the oldest one. */
  readonly compatibilityDate?: string
  /** Compatibility flags. Default: none. */
  readonly flags?: readonly string[]
}

/** The oldest compatibility date that the documentation names. */
export const OLDEST_COMPATIBILITY_DATE = '2023-03-01'

/** Starts workerd with this module and these bindings, on a free port. */
export async function startWorker(
  code: string,
  bindings: Readonly<Record<string, string>>,
  { compatibilityDate = OLDEST_COMPATIBILITY_DATE, flags = [] }: WorkerSettings = {},
): Promise<RuntimeApp> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-worker-'))
  writeFileSync(join(folder, 'worker.js'), code)
  const texts = Object.entries(bindings).map(
    ([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`,
  )
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .app), (name = "internet", network = (allow = ["public", "private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const app :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = ${JSON.stringify(flags)},
  bindings = [${texts.join(', ')}],
);
`,
  )
  const { default: program } = createRequire(import.meta.url)('workerd') as { default: string }
  const args = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const app = await running(child, (output) => /"event":"listen".*"port":(\d+)/.exec(output)?.[1])
  return {
    ...app,
    async close() {
      await app.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Waits until it tells its port. */
async function running(child: ChildProcess, portIn: (output: string) => string | undefined) {
  let output = ''
  const closed = once(child, 'close')
  const port = await new Promise<string>((found, fail) => {
    for (const stream of child.stdio.slice(1)) {
      stream?.on('data', (data) => {
        output += data
        const port = portIn(output)
        if (port) found(port)
      })
    }
    closed.then(() => fail(new Error(`It ended before it listened:\n${output}`)))
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    output: () => output,
    async close() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
