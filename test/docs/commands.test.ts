import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../auth-service/src/cli/run.ts'
import { pages, readPage } from './pages.ts'

const page = readPage('docs/commands.md')

/** The rows of the table with these headings, each as its cells. */
function rowsUnder(headings: string): string[][] {
  const [, after = ''] = page.split(`\n| ${headings} |\n`)
  const [, table = ''] = /^\|[-|]+\n((?:\|.*\n)+)/.exec(after) ?? []
  return table
    .trim()
    .split('\n')
    .map((row) => row.slice(2, -2).split(' | '))
}

const codesIn = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

/** `users show EMAIL` and `dev --app URL…` without what the reader fills in. */
const nameIn = (code: string): string => code.replace(/ [[A-Z-].*$/, '')

const optionsIn = (text: string): string[] => text.match(/--[a-z][a-z-]*/g) ?? []

const JSON_COMMANDS = codesIn(/^`--json`[^:]*:([\s\S]*?)\n\n/m.exec(page)?.[1])

/** The options of each command, according to the page. */
function documented(): Map<string, string[]> {
  const all = new Map<string, string[]>()
  const add = (name: string, options: string[]) => all.set(name, [...(all.get(name) ?? []), ...options])
  for (const name of JSON_COMMANDS) add(name, ['--json'])
  for (const [commands, options] of rowsUnder('command | option | meaning')) {
    for (const name of codesIn(commands)) add(name, codesIn(options).flatMap(optionsIn))
  }
  return all
}

const real = [...COMMANDS].map(([name, { options = {} }]): [string, string[]] => [
  name,
  Object.keys(options)
    .map((option) => `--${option}`)
    .sort(),
])

describe('docs/commands.md', () => {
  it('has a row for every command, and no other', () => {
    const listed = rowsUnder('command | what it does').flatMap(([cell]) => codesIn(cell).map(nameIn))
    expect(listed.sort()).toEqual([...COMMANDS.keys()].sort())
  })

  it('has every option of every command, and no other', () => {
    const listed = [...documented()].map(([name, options]): [string, string[]] => [name, options.sort()])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(real.filter(([, all]) => all.length > 0)))
  })

  it('names only options that exist', () => {
    const known = real.flatMap(([, all]) => all)
    const negative = known.map((option) => option.replace('--', '--no-'))
    const unknown = optionsIn(page).filter(
      (option) => ![...known, ...negative, '--help', '--version'].includes(option),
    )
    expect(unknown).toEqual([])
  })

  it('shows the operands that a command takes', () => {
    for (const [cell = ''] of rowsUnder('command | what it does')) {
      for (const code of codesIn(cell)) {
        const typed = code.slice(nameIn(code).length).trim()
        const operands = typed.replace(/--.*$/, '').split(' ').filter(Boolean)
        const { operands: takes = 0 } = COMMANDS.get(nameIn(code)) ?? {}
        const [least, most] = typeof takes === 'number' ? [takes, takes] : takes
        // The operands of dev are refused with the command to type.
        const shown = nameIn(code) === 'dev' ? 0 : most > 2 ? 1 : most
        expect(operands.length, code).toBe(shown)
        expect(operands.filter((one) => !one.startsWith('[')).length, code).toBeGreaterThanOrEqual(least)
      }
    }
  })
})

/** Whether a command, or a noun of several, begins what someone types. */
const isOf = (name: string, typed: string) => `${typed} `.startsWith(`${name} `)

describe('The commands', () => {
  it('name their options in their usage, and no other', () => {
    for (const [name, { usage, options = {} }] of COMMANDS) {
      const named = new Set(optionsIn(usage).filter((option) => !option.startsWith('--no-')))
      expect([...named].sort(), name).toEqual(
        Object.keys(options)
          .map((option) => `--${option}`)
          .sort(),
      )
    }
  })

  it('that other pages name exist', () => {
    const names = [...COMMANDS.keys()]
    const unknown = pages.flatMap((one) =>
      [...readPage(one).matchAll(/(?:npx |`)latchkey ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)/g)]
        .map(([, typed = '']) => typed)
        .filter((typed) => typed !== 'help' && !names.some((name) => isOf(name, typed) || isOf(typed, name)))
        .map((typed) => `${one}: ${typed}`),
    )
    expect(unknown).toEqual([])
  })
})
