import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { installLine, lockedVersion, writeLockedManifest } from '../../scripts/packing.ts'
import { openTerminal, type TypedTerminal } from '../support/typed-terminal.ts'
import type { Step } from './steps.ts'

/** An app as it is before the page begins. */
export interface AppBefore {
  /** Its folder beside this file. */
  readonly name: string
  readonly packages: readonly string[]
  /** What its .env has. */
  readonly env?: string
}

/** In place of the ports of the page. */
export type Ports = Readonly<Record<'3000' | '3001' | '4000', number>>

/** A question, or what a command prints that goes on running. */
const STAYS = /\(y\/N\)|Press Ctrl-C|Listening|Waiting for it/

/** The longest that a command may take, in ms. */
const PATIENCE = 180_000

/** Installs what an app has before. */
export async function installBefore({ name, packages, env }: AppBefore, folder: string): Promise<void> {
  cpSync(join(import.meta.dirname, name), folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const dependencies = Object.fromEntries(packages.map((one) => [one, lockedVersion(one)]))
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

  const env = surroundings(node)
  const running = new Map<string, TypedTerminal>()
  /** Commands that wait for what the next one starts. */
  const waiting: TypedTerminal[] = []
  let apps = 0

  /** As typed, but with other ports, and with the tarballs in place of packages that are not published. */
  function literally(command: string): string {
    if (/^npm install @latchkey\/jwt-middleware latchkey$/.test(command)) return installLine(tarballs)
    return withPorts(command) + (command.startsWith('npx latchkey dev ') ? ` --port ${ports[4000]}` : '')
  }

  async function run(command: string): Promise<void> {
    const terminal = openTerminal(literally(command), folder, env)
    if (!(await prints(STAYS, terminal))) return await succeeds(command, terminal)
    if (/\(y\/N\)/.test(terminal.output())) {
      terminal.type('y\r')
      if (!(await prints(/Waiting for it/, terminal))) return await succeeds(command, terminal)
      waiting.push(terminal)
    }
    running.set(command, terminal)
    if (/Listening/.test(terminal.output())) apps++
    for (const one of waiting.filter((one) => one !== terminal)) {
      await succeeds('What waited for the app', one)
      expect(one.output()).toMatch(/The doctor on the running app:\n/)
      expect(one.output()).not.toContain('FAIL')
      waiting.splice(waiting.indexOf(one), 1)
    }
  }

  return {
    folder,
    async take(steps: readonly Step[]): Promise<void> {
      for (const step of steps) {
        if (step.kind === 'command') {
          await run(step.text)
          continue
        }
        execFileSync('git', ['apply', '-'], { cwd: folder, input: withPorts(step.text), stdio: 'pipe' })
        // With --watch, the app starts again.
        const app = [...running.values()].find((one) => /Listening/.test(one.output()))
        if (app) expect(await prints(new RegExp(`(Listening[^]*){${++apps}}`), app), app.output()).toBe(true)
      }
      expect(waiting).toEqual([])
    },
    /** The terminal of a command that goes on running. */
    terminal(command: RegExp): TypedTerminal {
      const found = [...running].find(([one]) => command.test(one))?.[1]
      if (!found) throw new Error(`No terminal runs ${command}`)
      return found
    },
    has: (file: string): boolean => existsSync(join(folder, file)),
    read: (file: string): string => readFileSync(join(folder, file), 'utf8'),
  }
}

export type Walk = ReturnType<typeof openWalk>

/** Whether it prints this before it ends. */
function prints(pattern: RegExp, terminal: TypedTerminal): Promise<boolean> {
  const printed = terminal.until(pattern).then(
    () => true,
    () => false,
  )
  const late = setTimeout(PATIENCE, null, { ref: false }).then(() => {
    throw new Error(`Nothing happened for ${PATIENCE} ms after:\n${terminal.output()}`)
  })
  return Promise.race([printed, late])
}

async function succeeds(command: string, terminal: TypedTerminal): Promise<void> {
  expect(await terminal.ended, `${command}\n${terminal.output()}`).toBe(0)
  // drizzle-kit's push prints a failure and exits with 0.
  expect(terminal.output()).not.toMatch(/^\w*Error: /m)
}

/** The environment of someone with this Node: without this repository's npm, tests and settings. */
const surroundings = (node: string): Record<string, string> => ({
  ...(Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_|^VITEST|^NODE_(ENV|OPTIONS|PATH)$|^(CI|LOGIN_URL|OWN_URL|PORT|HOST|DATABASE_URL|SECRET_KEY|INIT_CWD)$|^(AUTH|COOKIE)_/i.test(
          name,
        ),
    ),
  ) as Record<string, string>),
  PATH: [dirname(node), process.env.PATH].join(delimiter),
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
})
