import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from '@babel/parser'
import { type Documented, documented } from '../auth-service/src/platform/config/setting.ts'
import { settingsFor } from '../auth-service/src/platform/config/settings.ts'

const root = resolve(import.meta.dirname, '..')

/** An option of `auth()`, from its docstring. Markdown. */
export interface Option {
  readonly name: string
  /** The environment variable that is read by default; `''` for none. */
  readonly environment: string
  readonly default: string
  readonly text: string
}

/** The settings of the auth service, with the required ones first. */
export function serviceSettings(): Documented[] {
  const all = Object.values(settingsFor({})).map(documented)
  const isRequired = (setting: Documented) => setting.default === 'required'
  return [...all.filter(isRequired), ...all.filter((setting) => !isRequired(setting))]
}

/** The options of `auth()`: the members of `AuthOptions`, whose docstrings end in `Default: ….` */
export function middlewareOptions(): Option[] {
  const source = readFileSync(resolve(root, 'jwt-middleware/src/options.ts'), 'utf8')
  const { program } = parse(source, { sourceType: 'module', plugins: ['typescript'] })
  const declarations = program.body.map((node) =>
    node.type === 'ExportNamedDeclaration' ? node.declaration : null,
  )
  const options = declarations.find(
    (node) => node?.type === 'TSInterfaceDeclaration' && node.id.name === 'AuthOptions',
  )
  if (options?.type !== 'TSInterfaceDeclaration') throw new Error('The interface AuthOptions is missing')
  return options.body.body.map((member) => {
    const name = member.type === 'TSPropertySignature' && member.key.type === 'Identifier' && member.key.name
    if (!name) throw new Error('A member of AuthOptions is not a property')
    return optionFrom(name, member.leadingComments?.at(-1)?.value ?? '')
  })
}

/** The docstring's `Default: …` names an environment variable, a value, or a variable and then a value. */
function optionFrom(name: string, comment: string): Option {
  const docstring = comment
    .replaceAll(/(^|\n\s*)\*[ \t]*/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const [, text = '', told = ''] = /^(.+?)\.? Default: (.+)\.$/.exec(docstring) ?? []
  if (!text) throw new Error(`The docstring of ${name} must say its purpose, and end with its default`)
  const [, environment = '', otherwise = 'required'] =
    /^`([A-Z_]+)` of the environment(?:, else (.+))?$/.exec(told) ?? []
  return { name, environment, default: environment ? otherwise : told, text: lowerCaseFirst(text) }
}

const lowerCaseFirst = (text: string): string =>
  text.replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())

const code = (name: string): string => (name === '' ? '' : `\`${name}\``)

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(line)].join('\n')
}

const TABLES: Readonly<Record<string, () => string>> = {
  'auth-service': () =>
    table(
      ['setting', 'default', 'may be', 'meaning'],
      serviceSettings().map(({ name, default: fallback, values, text }) => [
        code(name),
        fallback,
        values,
        text,
      ]),
    ),
  'jwt-middleware': () =>
    table(
      ['environment', 'option of `auth()`', 'default', 'meaning'],
      middlewareOptions().map(({ name, environment, default: fallback, text }) => [
        code(environment),
        code(name),
        fallback,
        text,
      ]),
    ),
}

/** docs/settings.md with its tables from the code: each follows a comment that names its package. */
export function withSettingsTables(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, make]) => {
    const place = new RegExp(`(<!-- Made from ${name} by npm run docs -->\n\n)(?:\\|.*\n)*`)
    if (!place.test(text)) throw new Error(`docs/settings.md has no place for the table of ${name}`)
    return text.replace(place, (_, comment) => `${comment}${make()}\n`)
  }, page)
}
