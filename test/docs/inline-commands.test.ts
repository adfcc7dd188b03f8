import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../auth-service/src/cli/run.ts'
import { pages, proseOf, readPage } from './pages.ts'

/** Commands in the middle of a sentence: shell-blocks.test.ts types blocks, and this looks up what these name. */

const root = resolve(import.meta.dirname, '../..')

const ENV = /^(?:[A-Z][A-Z0-9_]*=\S+ )+/
const COMMAND = /^(?:[A-Z][A-Z0-9_]*=\S+ )*(npm run|npm test|npm exec|npx latchkey)\b/

interface Mention {
  readonly page: string
  readonly text: string
}

const mentions: readonly Mention[] = pages.flatMap((page) =>
  [...proseOf(readPage(page)).matchAll(/(?<!`)`([^`]+)`(?!`)/g)]
    .map(([, text = '']) => ({ page, text: text.replaceAll(/\s+/g, ' ') }))
    .filter(({ text }) => COMMAND.test(text)),
)

const scriptsOf = (manifest: string): Readonly<Record<string, string>> =>
  JSON.parse(readFileSync(manifest, 'utf8')).scripts ?? {}
const own = scriptsOf(join(root, 'package.json'))
/** The scripts of the apps that the tutorial begins with. */
const ofApps = globSync('test/first-hour/*/package.json', { cwd: root }).map((path) =>
  scriptsOf(join(root, path)),
)

/** What the benchmarks are called, as they say themselves. */
const benchmarks = (() => {
  const { stderr } = spawnSync(process.execPath, ['bench/run.ts', 'none'], { cwd: root, encoding: 'utf8' })
  return /Choose from: (.+)/.exec(stderr)?.[1]?.split(', ') ?? []
})()

/** What is wrong with the arguments of `latchkey`; `null` if nothing is. */
function wrongCommand(args: readonly string[]): string | null {
  const [first = '', second = '', third = ''] = args
  if (args.length === 0 || ['…', 'help', '--help', '--version'].includes(first)) return null
  const name = [`${first} ${second} ${third}`, `${first} ${second}`, first].find((one) => COMMANDS.has(one))
  const command = COMMANDS.get(name ?? '')
  if (name === undefined || !command) return `there is no command "${first} ${second}"`
  const rest = args.slice(name.split(' ').length).filter((arg) => arg !== '…')
  // The name alone stands for the command as such.
  if (rest.length === 0) return null
  try {
    const { positionals } = parseArgs({
      args: [...rest],
      options: command.options ?? {},
      allowPositionals: true,
      allowNegative: true,
    })
    const [least, most] =
      typeof command.operands === 'number' ? [command.operands, command.operands] : command.operands
    const fits = positionals.length >= least && positionals.length <= most
    return fits ? null : `${name} takes ${least} to ${most} operands`
  } catch (error) {
    return (error as Error).message
  }
}

/** What is wrong with what follows `npm run`. */
function wrongScript(page: string, [name = '', ...rest]: readonly string[]): string | null {
  const isAppOnly = page === 'docs/tutorial.md' && ofApps.every((scripts) => name in scripts)
  if (isAppOnly) return null
  const script = own[name]
  if (script === undefined) return `there is no script "${name}"`
  const args = rest[0] === '--' ? rest.slice(1) : rest
  if (name === 'latchkey') return wrongCommand(args)
  if (name === 'bench') {
    const unknown = args.filter((one) => !benchmarks.includes(one))
    return unknown.length > 0 ? `there is no benchmark ${unknown.join(' ')}` : null
  }
  const source = /\S+\.ts\b/.exec(script)?.[0]
  const options = args.flatMap((arg) => /^--([\w-]+)/.exec(arg)?.[1] ?? [])
  const code = source ? readFileSync(join(root, source), 'utf8') : ''
  const unknown = options.filter((option) => !code.includes(option))
  return unknown.length > 0 ? `${source} knows no --${unknown.join(', --')}` : null
}

/** What is wrong with what follows `npm exec`: a program, and files that exist. */
function wrongProgram([dashes, program, ...rest]: readonly string[]): string | null {
  if (dashes === undefined) return null
  if (dashes !== '--' || !program) return 'the program comes after "--"'
  if (program !== '…' && !existsSync(join(root, 'node_modules/.bin', program)))
    return `no ${program} is installed`
  const missing = rest.filter((arg) => arg.includes('/') && !existsSync(join(root, arg)))
  return missing.length > 0 ? `there is no ${missing.join(', ')}` : null
}

const sources = globSync(['{examples/*,auth-service,jwt-middleware}/src/**/*.ts', 'vitest.config.ts'], {
  cwd: root,
}).map((path) => readFileSync(join(root, path), 'utf8'))

function wrongWith({ page, text }: Mention): string | null {
  const settings = [...(ENV.exec(text)?.[0] ?? '').matchAll(/([A-Z0-9_]+)=/g)].map(([, name = '']) => name)
  const unread = settings.filter((name) => !sources.some((source) => source.includes(name)))
  if (unread.length > 0) return `nothing reads ${unread.join(', ')}`
  const [, verb = '', ...args] = text.replace(ENV, '').replace(/ >.*$/, '').split(' ')
  if (text.replace(ENV, '').startsWith('npx ')) return wrongCommand(args)
  if (verb === 'test') return wrongScript(page, ['test', ...args])
  return verb === 'run' ? wrongScript(page, args) : wrongProgram(args)
}

describe('Commands in the middle of a sentence', () => {
  it('name scripts, commands, options, benchmarks, settings and files that exist', () => {
    expect(benchmarks).toContain('check')
    expect(mentions.length).toBeGreaterThan(50)
    const wrong = mentions.flatMap((mention) => {
      const why = wrongWith(mention)
      return why === null ? [] : [`${mention.page}: ${mention.text}: ${why}`]
    })
    expect(wrong).toEqual([])
  })

  it.each([
    ['npm run nothing', 'there is no script "nothing"'],
    ['npm run bench -- chess', 'there is no benchmark chess'],
    ['npm run pack -- --colour red', 'scripts/pack.ts knows no --colour'],
    ['npm run latchkey -- users lost', 'there is no command "users lost"'],
    ['npx latchkey users delete EMAIL --never', "Unknown option '--never'"],
    ['npx latchkey keys remove ONE TWO', 'takes 1 to 1 operands'],
    ['npm exec -- vitest run test/nowhere.test.ts', 'there is no test/nowhere.test.ts'],
    ['npm exec -- nothing', 'no nothing is installed'],
    ['NOBODY_READS=1 npm run demo', 'nothing reads NOBODY_READS'],
  ])('are refused here if not: %s', (text, why) => {
    expect(wrongWith({ page: 'README.md', text })).toContain(why)
  })
})
