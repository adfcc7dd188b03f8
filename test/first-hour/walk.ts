import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'
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

/** What has happened in an app before the page begins. */
export interface UsedBefore {
  /** The last one starts the app. */
  readonly commands: readonly string[]
  /** Where its form writes to. */
  readonly page: string
  /** Without it, its table is empty. */
  readonly text: string | undefined
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

/** In place of what npm has once the packages are published. */
export interface Published {
  /** The settings with which npm finds the packages below `@latchkey/`. */
  readonly env: Readonly<Record<string, string>>
  /** The tarball of `latchkey`. */
  readonly latchkey: string
}

/** A copy of an installed app, in which someone takes the steps of the page with this Node. */
export function openWalk(before: string, folder: string, node: string, ports: Ports, published: Published) {
  mkdirSync(dirname(folder), { recursive: true })
  execFileSync('cp', ['-a', before, folder])
  const withPorts = (text: string) =>
    text.replaceAll(/\b(3000|3001|4000)\b/g, (port) => String(ports[port as keyof Ports]))
  for (const file of ['app.ts', 'app.js', '.env'].map((name) => join(folder, name)).filter(existsSync)) {
    writeFileSync(file, withPorts(readFileSync(file, 'utf8')))
  }

  const env = { ...surroundings(node), ...published.env }
  const person = createPerson(env)
  const commands: string[] = []

  /** As typed, but with other ports, and with the tarball in place of a package that is not published. */
  function literally(command: string): string {
    const install = 'npm install @latchkey/jwt-middleware '
    if (command === `${install}latchkey`) return install + published.latchkey
    return withPorts(command) + (command.startsWith('npx latchkey dev ') ? ` --port ${ports[4000]}` : '')
  }

  /** How often the app has started. */
  const listenings = () => person.terminals().flatMap((one) => one.output().match(/Listening/g) ?? []).length

  /** With --watch, the app starts again after a change of its own files; only other tools read the rest. */
  async function restarted(file: string, starts: number): Promise<void> {
    if (!/^(app|schema)\./.test(file)) return
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
    /** The app as it was in use: with its tables, and with what someone has written in it. */
    async useBefore({ commands, page, text }: UsedBefore): Promise<void> {
      const before = createPerson(env)
      for (const command of commands) await before.type(command, folder)
      if (text !== undefined) {
        const body = new URLSearchParams({ text })
        const answer = await fetch(withPorts(page), { method: 'POST', body })
        expect(answer.status, before.terminals().at(-1)?.output()).toBe(200)
        expect(await answer.text()).toContain(text)
      }
      await before.terminals().at(-1)?.interrupt()
    },
    async take(steps: readonly Step[]): Promise<void> {
      for (const step of steps) {
        if (step.kind === 'command') {
          commands.push(step.text)
          await person.type(literally(step.text), folder)
          continue
        }
        const starts = listenings()
        execFileSync('git', ['apply', '-'], { cwd: folder, input: withPorts(step.text), stdio: 'pipe' })
        await restarted(step.file, starts)
      }
      expect(person.waiting()).toEqual([])
    },
    /** The terminal of a command. */
    terminal(command: RegExp | string): TypedTerminal {
      const isIt = (one: string) => (typeof command === 'string' ? one === command : command.test(one))
      const found = person.terminals()[commands.findIndex(isIt)]
      if (!found) throw new Error(`No one typed ${command}`)
      return found
    },
    has: (file: string): boolean => existsSync(join(folder, file)),
    read: (file: string): string => readFileSync(join(folder, file), 'utf8'),
  }
}

export type Walk = ReturnType<typeof openWalk>
