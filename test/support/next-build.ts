import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { childEnv } from './child-env.ts'

const root = resolve(import.meta.dirname, '../..')

/** The program of Next that a folder, or this repository, has installed. */
export function nextIn(folder: string): string {
  const own = join(folder, 'node_modules/next/dist/bin/next')
  return existsSync(own) ? own : join(root, 'node_modules/next/dist/bin/next')
}

/** Starts `next` in a folder. */
const spawnNext = (folder: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, [nextIn(folder), ...args], {
    cwd: folder,
    env: { ...childEnv(), NEXT_TELEMETRY_DISABLED: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** A running site. */
export interface NextSite {
  readonly output: () => string
  stop(): Promise<void>
}

/** Serves a built folder, or one in development. */
export async function serveNext(
  folder: string,
  command: 'start' | 'dev',
  env: Readonly<Record<string, string>> & { readonly PORT: string },
): Promise<NextSite> {
  const child = spawnNext(folder, [command, '-H', '127.0.0.1'], env)
  let output = ''
  const ended = once(child, 'close')
  await new Promise<void>((ready, fail) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
        if (/Ready in/.test(output)) ready()
      })
    }
    ended.then(([code]) => fail(new Error(`next ${command} ended with ${code}:\n${output}`)))
  })
  return {
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** The files of the example, by their names. */
export function exampleFiles(): Record<string, string> {
  const folder = join(root, 'examples/next-site')
  const names = globSync('**/*.{ts,tsx,json}', {
    cwd: folder,
    exclude: (name) => ['.next', 'node_modules', 'next-env.d.ts', 'tsconfig.check.json'].includes(name),
  })
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/**
 * A folder with these files, built by `next build`. It stays for the next run, as long as nothing changes that goes into
 * it: the files, and the middleware's own build. It is under the repository, where its packages are found.
 */
export async function buildNext(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = folderOf(name)
  const release = await lock(`${folder}.lock`)
  try {
    const key = keyOf(files)
    if (isBuilt(folder, key)) return folder
    writeSite(name, files)
    const child = spawnNext(folder, ['build'])
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`next build failed:\n${output}`)
    writeFileSync(join(folder, 'built'), key)
    return folder
  } finally {
    release()
  }
}

const folderOf = (name: string): string => join(root, 'artefacts/next', name)

/** A new folder with these files, not built. */
export function writeSite(name: string, files: Readonly<Record<string, string>>): string {
  const folder = folderOf(name)
  rmSync(folder, { recursive: true, force: true })
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  return folder
}

const isBuilt = (folder: string, key: string): boolean =>
  existsSync(join(folder, 'built')) && readFileSync(join(folder, 'built'), 'utf8') === key

function keyOf(files: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(JSON.stringify(files))
  for (const name of ['node_modules/next/package.json', ...builtFiles()]) {
    hash.update(name).update(readFileSync(join(root, name)))
  }
  return hash.digest('hex')
}

const builtFiles = () => globSync('jwt-middleware/dist/**/*.js', { cwd: root }).sort()

/** How long another process may build, in ms; a lock that is older was left behind. */
const PATIENCE = 300_000

/** Other test files may want the same build at the same time. */
async function lock(path: string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true })
  for (;;) {
    try {
      mkdirSync(path)
      return () => rmSync(path, { recursive: true, force: true })
    } catch {
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
      if (Date.now() - since > PATIENCE) rmSync(path, { recursive: true, force: true })
      await setTimeout(200)
    }
  }
}
