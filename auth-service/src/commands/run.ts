import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError, type Environment, readConfig } from '../config.ts'
import { isOutage } from '../database/failures.ts'
import { isPostgresUrl } from '../database/index.ts'
import { sqlitePath } from '../database/open-sqlite.ts'
import { createLog, describeError } from '../log.ts'
import { createService } from '../service.ts'
import type { Command, Given } from './command.ts'
import { keysCommands } from './keys.ts'
import { sessionsCommands } from './sessions.ts'

/** Every command there is, by noun and verb. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  keys: keysCommands,
  sessions: sessionsCommands,
}

/** Done; not done, for the reason that was printed; not understood. */
const [DONE, FAILED, MISUSED] = [0, 1, 2] as const

/** Runs one command of `latchkey` with the settings of the auth service, and returns the process's exit code. */
export async function run(args: readonly string[], env: Environment): Promise<number> {
  const [noun = '', verb = '', ...rest] = args
  if (['--help', '-h', 'help'].includes(noun)) return say(help(), DONE)
  const command =
    Object.hasOwn(COMMANDS, noun) && Object.hasOwn(COMMANDS[noun] ?? {}, verb) && COMMANDS[noun]?.[verb]
  if (!command)
    return complain([noun && `There is no command "${[noun, verb].join(' ').trim()}".`, help(noun)], MISUSED)
  const given = read(command, rest)
  return typeof given === 'string'
    ? complain([given, usage(noun, verb, command)], MISUSED)
    : perform(command, given, env)
}

/** The operands and options, or what is wrong with them. */
function read(command: Command, args: string[]): Given | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: command.options ?? {},
      allowPositionals: true,
    })
    if (positionals.length === command.operands) return { operands: positionals, options: values }
    return `It takes ${command.operands || 'no'} operand${command.operands === 1 ? '' : 's'}, and there ${positionals.length === 1 ? 'is' : 'are'} ${positionals.length}.`
  } catch (error) {
    return (error as Error).message
  }
}

async function perform(command: Command, given: Given, env: Environment): Promise<number> {
  try {
    const config = readConfig(env)
    if (!isThere(config.databaseUrl)) {
      const lost = `There is no database at ${config.databaseUrl}, seen from this folder.`
      return complain([`${lost} Set DATABASE_URL as the auth service has it, or start that first.`], FAILED)
    }
    // What it is asked for goes to stdout, and nothing else.
    const service = await createService(config, { log: createLog('error', process.stderr) })
    try {
      const result = await command.run(service, given)
      return result.ok ? say(result.value, DONE) : complain([result.reason], FAILED)
    } finally {
      await service.close()
    }
  } catch (error) {
    return complain([explain(error)], FAILED)
  }
}

/** Nobody wants a new, empty one from a command that was started in the wrong folder. */
const isThere = (databaseUrl: string): boolean =>
  isPostgresUrl(databaseUrl) || existsSync(sqlitePath(databaseUrl))

/** What to look at; a stack only where the mistake is our own. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['latchkey needs the settings of the auth service in its environment:', ...error.problems].join(
      '\n  - ',
    )
  }
  const { code, message, stack } = describeError(error)
  return isOutage(error)
    ? `DATABASE_URL can't be used: ${message} (${code}). Is the database up?`
    : String(stack)
}

const usage = (noun: string, verb: string, command: Command): string =>
  `Usage: latchkey ${noun} ${verb} ${command.usage}`.trimEnd()

/** All commands, or those of a noun where there is such a one. */
function help(noun = ''): string {
  const nouns = Object.hasOwn(COMMANDS, noun) ? [noun] : Object.keys(COMMANDS)
  const lines = nouns.flatMap((name) =>
    Object.entries(COMMANDS[name] ?? {}).map(
      ([verb, { usage, summary }]) => `  latchkey ${`${name} ${verb} ${usage}`.trimEnd()}\n      ${summary}`,
    ),
  )
  return ['Usage:', ...lines, 'It reads the same settings as the auth service, which may be running.'].join(
    '\n',
  )
}

function say(text: string, code: number): number {
  console.log(text)
  return code
}

function complain(lines: readonly string[], code: number): number {
  console.error(lines.filter(Boolean).join('\n'))
  return code
}
