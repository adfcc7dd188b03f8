import { randomUUID } from 'node:crypto'
import { delimiter, dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import { openTerminal, type TypedTerminal } from './typed-terminal.ts'

/** What a command prints that goes on running. */
const STAYS = /Press Ctrl-C|Listening|Port \d+\n|The auth service is at|Waiting for it/

/** What is typed when a command asks for a password. */
export const PASSWORD = 'a long password of the tests'

/** What commands ask, at the end of their output, and what is typed then. */
const answers = (): readonly (readonly [question: RegExp, answer: string])[] => [
  [/\(y\/N\) $/, 'y'],
  [/Email: $/, `root-${randomUUID()}@example.com`],
  [/name \(optional\): $/, ''],
  [/Password(?: \(again\))?: $/, PASSWORD],
]

/** The longest that a command may take, in ms. */
const PATIENCE = 180_000

/** Someone who types commands into terminals, one after the other, and answers what they ask. */
export interface TypingPerson {
  /** Types a command; resolves once it has succeeded, or goes on running. */
  type(command: string, folder: string, env?: Readonly<Record<string, string>>): Promise<TypedTerminal>
  /** All terminals so far. */
  terminals(): readonly TypedTerminal[]
  /** Those that still wait for an app to start. */
  waiting(): readonly TypedTerminal[]
}

/** `env` is the person's environment; see {@link surroundings}. */
export function createPerson(env: Readonly<Record<string, string>>): TypingPerson {
  const terminals: TypedTerminal[] = []
  let waiting: TypedTerminal[] = []
  return {
    async type(command, folder, settings = {}) {
      const terminal = openTerminal(command, folder, { ...env, ...settings })
      terminals.push(terminal)
      const stays = await answering(terminal)
      if (!stays) await succeeds(command, terminal)
      const isApp = /Listening|Port \d+\n/.test(terminal.output())
      if (isApp) {
        for (const one of waiting) await succeeds('What waited for the app', one)
        waiting = []
      }
      if (stays && /Waiting for it/.test(terminal.output())) waiting.push(terminal)
      return terminal
    },
    terminals: () => terminals,
    waiting: () => waiting,
  }
}

/** Answers questions until the command ends (`false`), or goes on running (`true`). */
async function answering(terminal: TypedTerminal): Promise<boolean> {
  const ready = answers()
  let answered = 0
  for (;;) {
    const rest = () => terminal.output().slice(answered)
    const next = await patiently(
      terminal,
      terminal.untilAny(() => STAYS.test(rest()) || ready.some(([question]) => question.test(rest()))),
    )
    if (!next) return false
    if (STAYS.test(rest())) return true
    const answer = ready.find(([question]) => question.test(rest()))?.[1] ?? ''
    answered = terminal.output().length
    terminal.type(`${answer}\r`)
  }
}

/** Rejects with the output if nothing comes of it in time. */
export function patiently<T>(terminal: TypedTerminal, outcome: Promise<T>): Promise<T> {
  const late = setTimeout(PATIENCE, null, { ref: false }).then(() => {
    throw new Error(`Nothing happened for ${PATIENCE} ms after:\n${terminal.output()}`)
  })
  return Promise.race([outcome, late])
}

async function succeeds(command: string, terminal: TypedTerminal): Promise<void> {
  expect(await patiently(terminal, terminal.ended), `${command}\n${terminal.output()}`).toBe(0)
  // drizzle-kit's push prints a failure and exits with 0.
  expect(terminal.output()).not.toMatch(/^\w*Error: /m)
}

const NOT_THEIRS =
  /^npm_|^VITEST|^NODE_(ENV|OPTIONS|PATH)$|^(CI|LOGIN_URL|OWN_URL|PORT|HOST|DATABASE_URL|SECRET_KEY|INIT_CWD)$|^(AUTH|COOKIE)_/i

/** The environment of someone with this Node: without this repository's npm, tests and settings. */
export const surroundings = (node: string, ...programs: readonly string[]): Record<string, string> => ({
  ...(Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_THEIRS.test(name))) as Record<
    string,
    string
  >),
  PATH: [...programs, dirname(node), process.env.PATH].join(delimiter),
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
})
