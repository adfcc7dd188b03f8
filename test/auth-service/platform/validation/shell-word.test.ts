import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { shellWord } from '../../../../auth-service/src/platform/validation/shell-word.ts'

it.each(['Board', 'ada@example.com', 'https://board.example.com/a', 'a_b-c.d', 'src/app.ts', 'a=b'])(
  'leaves %s as it is',
  (value) => expect(shellWord(value)).toBe(value),
)

it.each([
  ['My board', "'My board'"],
  ["o'brien@example.com", "'o'\\''brien@example.com'"],
  ['', "''"],
  ['/admin/*', "'/admin/*'"],
  ['=ls', "'=ls'"],
])('quotes %j', (value, quoted) => expect(shellWord(value)).toBe(quoted))

it('gives a shell the value itself, whatever is in it', () => {
  const values = [
    '$(id)',
    '`id`',
    '$HOME',
    'a;b',
    'a&b',
    "'",
    "''",
    '"',
    '\\',
    '!!',
    '~',
    '{a,b}',
    '#',
    'é',
    '\n',
  ]
  for (const value of [...values, values.join(' ')]) {
    const heard = execFileSync('sh', ['-c', `printf %s ${shellWord(value)}`]).toString()
    expect(heard).toBe(value)
  }
})

/** Values of commands that are no words of users: quoted before, or a sentence that follows. */
const OWN = ['apps', 'note', 'verified']

it('is used for every value in a command that the program prints', () => {
  const root = resolve(import.meta.dirname, '../../../../auth-service/src')
  const bare = globSync('**/*.{ts,tsx}', { cwd: root }).flatMap((name) => {
    const code = readFileSync(resolve(root, name), 'utf8')
    const values = [...code.matchAll(/\blatchkey [a-z][\w-]* [^`".\n]*?\$\{(?!shellWord\()([^}]*)\}/g)]
    return values.flatMap(([command, value = '']) => (OWN.includes(value) ? [] : [`${name}: ${command}`]))
  })
  expect(bare).toEqual([])
})
