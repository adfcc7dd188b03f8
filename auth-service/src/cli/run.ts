import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError, type Environment, readConfig } from '../platform/config/config.ts'
import { databaseTrouble } from '../platform/database/explain-db-error.ts'
import { isPostgresUrl } from '../platform/database/open.ts'
import { sqlitePath } from '../platform/database/sqlite-url.ts'
import { createLog, describeError } from '../platform/logging/logger.ts'
import { packageVersion } from '../platform/process/package-version.ts'
import { createService } from '../service.ts'
import type { Command, Given, Outcome, ServiceCommand } from './command.ts'
import { add } from './commands/add.ts'
import { appRulesCommands } from './commands/app-rules-command.ts'
import { appsCommands } from './commands/apps-command.ts'
import { backup } from './commands/backup.ts'
import { createsuperuser } from './commands/createsuperuser.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { exportDjango } from './commands/export-django.ts'
import { exportUser } from './commands/export-user.ts'
import { grantReader } from './commands/grant-reader-command.ts'
import { importDjango, importUsers } from './commands/import-django.ts'
import { invite } from './commands/invite.ts'
import { keysCommands } from './commands/keys-command.ts'
import { migrate } from './commands/migrate.ts'
import { samlKeysCommands } from './commands/saml-keys-command.ts'
import { sessionsCommands } from './commands/sessions-end.ts'
import { tokensCommands } from './commands/tokens-command.ts'
import { usersCommands } from './commands/users-list.ts'
import { DEV_FOLDER, devAuthUrl, devEnvironment, readDevSettings } from './dev/dev-folder.ts'
import { nearestName } from './nearest-name.ts'
import { Cancelled, createTerminal, type Terminal } from './terminal.ts'

/** All commands by name: a verb, or one or two nouns and a verb. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['dev', dev],
  ['add', add],
  ['createsuperuser', createsuperuser],
  ...ofNoun('users', usersCommands),
  ['invite', invite],
  ...ofNoun('apps', appsCommands),
  ...ofNoun('apps rules', appRulesCommands),
  ...ofNoun('tokens', tokensCommands),
  ...ofNoun('keys', keysCommands),
  ...ofNoun('saml-keys', samlKeysCommands),
  ...ofNoun('sessions', sessionsCommands),
  ['migrate', migrate],
  ['grant-reader', grantReader],
  ['export', exportUser],
  ['backup', backup],
  ['import', importUsers],
  ['import-django', importDjango],
  ['export-django', exportDjango],
  ['doctor', doctor],
])

/** Done; failed with a printed reason; not understood. */
const [DONE, FAILED, MISUSED] = [0, 1, 2] as const

const HELP = ['--help', '-h', 'help']
const VERSION = ['--version', '-v', 'version']

/** Runs one command of `latchkey` with the settings of the auth service, and returns the exit code. */
export async function run(
  args: readonly string[],
  env: Environment,
  terminal: Terminal = createTerminal(process.stdin, process.stderr, env),
): Promise<number> {
  const [first = '', second = '', third = ''] = args
  if (HELP.includes(first)) return say(help(), DONE)
  if (VERSION.includes(first)) return say(`latchkey ${packageVersion()}`, DONE)
  const noun = [`${first} ${second}`, first].find(isNoun)
  const name = [`${first} ${second} ${third}`, `${first} ${second}`, first].find((typed) =>
    COMMANDS.has(typed),
  )
  const command = name === undefined ? undefined : COMMANDS.get(name)
  if (name === undefined || !command) {
    const asked = noun === undefined ? undefined : args[noun.split(' ').length]
    if (HELP.includes(asked ?? '')) return say(help(noun), DONE)
    return complain([first === '' ? help() : unknownCommand(args, noun)], MISUSED)
  }
  const rest = args.slice(name.split(' ').length)
  if (rest.some((arg) => arg.includes('\uFFFD'))) return complain([NO_UTF8], MISUSED)
  if (rest.some((arg) => HELP.slice(0, 2).includes(arg))) return say(explainCommand(name, command), DONE)
  const given = read(command, rest)
  return typeof given === 'string'
    ? complain([given, usage(name, command)], MISUSED)
    : perform(command, given, command.needsNoSettings ? env : settingsHere(env, terminal), terminal)
}

/** In a folder of `latchkey dev`, commands use its auth service, unless the environment has another. */
function settingsHere(env: Environment, terminal: Terminal): Environment {
  const settings = env.AUTH_URL || env.NODE_ENV === 'production' ? null : readDevSettings()
  if (!settings) return env
  terminal.say(`Using the auth service in ${DEV_FOLDER}/, at ${devAuthUrl(settings)}`)
  return devEnvironment(env, settings)
}

const NO_UTF8 =
  'An argument contains characters that are not UTF-8. Set LANG to C.UTF-8, or to another UTF-8 locale.'

function ofNoun(noun: string, commands: Readonly<Record<string, Command>>): [string, Command][] {
  return Object.entries(commands).map(([verb, command]) => [`${noun} ${verb}`, command])
}

/** One line: a list of all commands would push it out of sight. */
function unknownCommand(args: readonly string[], noun = ''): string {
  const words = noun === '' ? [] : noun.split(' ')
  const [verb = '', next = ''] = args.slice(words.length)
  const names = [...COMMANDS.keys()].filter((name) => noun === '' || name.startsWith(`${noun} `))
  const isTyped = (word: string) => word !== '' && !word.startsWith('-')
  // Without a noun, the word after it may be an operand.
  const follows = noun === '' && isTyped(next) && verb.length > 1
  const typed = [...words, ...(isTyped(verb) ? [verb] : []), ...(follows ? [next] : [])].join(' ')
  const near = nearestName(typed, names) ?? nearestName(verb, names)
  const what =
    noun !== '' && !isTyped(verb)
      ? `"${noun}" needs a verb.`
      : `There is no command "${noun ? typed : verb}".`
  const guess = near === null ? '' : ` Did you mean "${near}"?`
  return `${what}${guess} For all of them: latchkey ${`${noun} --help`.trim()}`
}

const isNoun = (word: string): boolean => [...COMMANDS.keys()].some((name) => name.startsWith(`${word} `))

/** The operands and options, or what is wrong with them. */
function read(command: Command, args: string[]): Given | string {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: command.options ?? {},
      allowPositionals: true,
      allowNegative: true,
    })
    const { operands } = command
    const [least, most] = typeof operands === 'number' ? [operands, operands] : operands
    if (positionals.length >= least && positionals.length <= most) {
      return { operands: positionals, options: values }
    }
    const expected = least === most ? least || 'no' : `${least} to ${most}`
    const is = positionals.length === 1 ? 'is' : 'are'
    return `It takes ${expected} operand${least === 1 && most === 1 ? '' : 's'}, but there ${is} ${positionals.length}.`
  } catch (error) {
    return (error as Error).message
  }
}

async function perform(
  command: Command,
  given: Given,
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  try {
    return tell(
      'runBare' in command
        ? await command.runBare(env, given, terminal)
        : await withService(command, given, env, terminal),
    )
  } catch (error) {
    terminal.endProgress()
    return complain([error instanceof Cancelled ? error.message : explain(error)], FAILED)
  } finally {
    terminal.endProgress()
  }
}

async function withService(
  command: ServiceCommand,
  given: Given,
  env: Environment,
  terminal: Terminal,
): Promise<Outcome> {
  const config = readConfig(env)
  if (!isThere(config.databaseUrl)) {
    const lost = `There is no database at ${config.databaseUrl} (relative to this folder).`
    const reason = `${lost} Set DATABASE_URL to the same value as for the auth service, or start the auth service first.`
    return { ok: false, reason }
  }
  // Only the requested output goes to stdout.
  const service = await createService(config, { log: createLog('error', process.stderr) })
  try {
    return await command.run(service, given, terminal)
  } finally {
    await service.close()
  }
}

function tell(outcome: Outcome): number {
  if (outcome.ok) return say(outcome.value, DONE)
  if ('report' in outcome) say(outcome.report, FAILED)
  return complain([outcome.reason], FAILED)
}

/** A command that is started in the wrong folder should not create an empty database. */
const isThere = (databaseUrl: string): boolean =>
  isPostgresUrl(databaseUrl) || existsSync(sqlitePath(databaseUrl))

/** Prints what to check; prints a stack only for internal errors. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['latchkey needs the settings of the auth service in its environment:', ...error.problems].join(
      '\n  - ',
    )
  }
  const trouble = isOfFiles(error) ? null : databaseTrouble(error)
  return trouble
    ? `The database can't be used: ${trouble.what}. ${trouble.remedy}`
    : String(describeError(error).stack)
}

/** Whether the system rejected access to a file or a pipe: databases use other codes. */
const isOfFiles = (error: unknown): boolean =>
  ['open', 'write', 'rename', 'unlink', 'mkdir', 'stat', 'access'].includes(
    String((error as { syscall?: unknown } | null)?.syscall),
  )

const usage = (name: string, { usage }: Command): string => `Usage: latchkey ${name} ${usage}`.trimEnd()

const explainCommand = (name: string, command: Command): string =>
  [usage(name, command), `  ${command.summary}`, ...(command.needsNoSettings ? [] : [SETTINGS])].join('\n')

const SETTINGS = 'It reads the same settings as the auth service. The service may be running.'

/** Help for all commands, or for those of a noun. */
function help(noun = ''): string {
  const lines = [...COMMANDS]
    .filter(([name]) => !isNoun(noun) || name.startsWith(`${noun} `))
    .map(([name, { usage, summary }]) => `  latchkey ${`${name} ${usage}`.trimEnd()}\n      ${summary}`)
  return ['Usage:', ...lines, SETTINGS].join('\n')
}

function say(text: string, code: number): number {
  console.log(text)
  return code
}

function complain(lines: readonly string[], code: number): number {
  const text = lines.filter(Boolean).join('\n')
  if (text) console.error(text)
  return code
}
