import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { installLine, lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'
import type { TypedTerminal } from '../support/typed-terminal.ts'
import { createPerson, patiently, surroundings } from '../support/typing-person.ts'
import type { Step } from './steps.ts'

/** An app as it is before the page begins. */
export interface AppBefore {
  /** Its folder beside this file. */
  readonly name: string
  /** What its .env has. */
  readonly env?: string
}

/** In place of the ports of the page. */
export type Ports = Readonly<Record<'3000' | '3001' | '4000', number>>

/** Installs the dependencies of an app, each in the version that this repository locks. */
export async function installBefore({ name, env }: AppBefore, folder: string): Promise<void> {
  cpSync(join(import.meta.dirname, name), folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const dependencies = Object.fromEntries(
    Object.keys(manifest.dependencies).map((one) => [one, lockedVersion(one)]),
  )
  writeLockedManifest(folder, { ...manifest, dependencies })
  if (env !== undefined) writeFileSync(join(folder, '.env'), env)
  await promisify(execFile)('npm', ['install'], { cwd: folder, env: surroundings(process.execPath) })
  // npm keeps what it needed; with all locked versions, it finds in its cache what comes on top.
  writeLockedManifest(folder, { ...manifest, dependencies })
}

/** A copy of an installed app, in which someone takes the steps of the page with this Node. */
export function openWalk(
  before: string,
  folder: string,
  node: string,
  ports: Ports,
  tarballs: readonly string[],
) {
  mkdirSync(dirname(folder), { recursive: true })
  execFileSync('cp', ['-a', before, folder])
  const withPorts = (text: string) =>
    text.replaceAll(/\b(3000|3001|4000)\b/g, (port) => String(ports[port as keyof Ports]))
  for (const file of ['app.ts', 'app.js'].map((name) => join(folder, name)).filter(existsSync)) {
    writeFileSync(file, withPorts(readFileSync(file, 'utf8')))
  }

  const person = createPerson(surroundings(node))
  const commands: string[] = []

  /** As typed, but with other ports, and with the tarballs in place of packages that are not published. */
  function literally(command: string): string {
    if (/^npm install @latchkey\/jwt-middleware latchkey$/.test(command)) return installLine(tarballs)
    return withPorts(command) + (command.startsWith('npx latchkey dev ') ? ` --port ${ports[4000]}` : '')
  }

  /** How often the app has started. */
  const listenings = () => person.terminals().flatMap((one) => one.output().match(/Listening/g) ?? []).length

  /** With --watch, the app starts again after a change. */
  async function restarted(starts: number): Promise<void> {
    const app = person.terminals().find((one) => /Listening/.test(one.output()))
    if (!app) return
    expect(
      await patiently(
        app,
        app.untilAny(() => listenings() > starts),
      ),
      app.output(),
    ).toBe(true)
  }

  return {
    folder,
    async take(steps: readonly Step[]): Promise<void> {
      for (const step of steps) {
        if (step.kind === 'command') {
          commands.push(step.text)
          await person.type(literally(step.text), folder)
          continue
        }
        const starts = listenings()
        execFileSync('git', ['apply', '-'], { cwd: folder, input: withPorts(step.text), stdio: 'pipe' })
        await restarted(starts)
      }
      expect(person.waiting()).toEqual([])
    },
    /** The terminal of a command. */
    terminal(command: RegExp): TypedTerminal {
      const found = person.terminals()[commands.findIndex((one) => command.test(one))]
      if (!found) throw new Error(`No one typed ${command}`)
      return found
    },
    has: (file: string): boolean => existsSync(join(folder, file)),
    read: (file: string): string => readFileSync(join(folder, file), 'utf8'),
  }
}

export type Walk = ReturnType<typeof openWalk>
