import type { Node } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import MagicString from 'magic-string'
import type { FoundApp } from './find-app.ts'
import type { FoundStore } from './find-store.ts'
import { placeMiddleware } from './placement.ts'
import { declaratorsOf, mentions, requiredModule, unwrap } from './syntax.ts'

const MEMORY =
  '// Local users are in memory until you pass a store: auth({ users: sqliteUsers(db) }) keeps them in your database.'

/** The file's code with the middleware in its place. */
export function addMiddleware(
  app: FoundApp,
  found: FoundStore | null,
): Result<{ code: string; store: FoundStore | null }, string> {
  // Where the database is made too late, the middleware does without it.
  const placed = placeMiddleware(app, found?.end ?? 0)
  const store = placed ? found : null
  const place = placed ?? placeMiddleware(app)
  if (!place) return failure('no place before its first route was found')
  const { file, framework, name } = app
  const style = styleOf(app)
  const auth = mentions(file.program, 'auth') ? 'latchkey' : 'auth'
  const call = `${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})`
  const edited = new MagicString(file.code)
  const start = app.statement.start ?? 0
  const indent = /[ \t]*$/.exec(file.code.slice(0, start))?.[0] ?? ''
  const comment = store ? [] : [MEMORY]
  /** Before the statement that makes the app. */
  const above: string[] = []

  if (place.kind === 'chain') {
    const isBroken = /^\s*\n/.test(file.code.slice(place.at))
    const gap = isBroken ? (/^\s*/.exec(file.code.slice(place.at))?.[0] ?? '') : ''
    // A comment ends with its line, so a chain on one line has it above.
    if (!isBroken) above.push(...comment)
    const lines = [...(isBroken ? comment : []), `.${framework.mount}(${call})`]
    edited.appendLeft(place.at, lines.map((line) => gap + line).join(''))
  } else {
    const lines = [...comment, `${name}.${framework.mount}(${call})${style.end}`]
    edited.appendLeft(place.at, lines.map((line) => style.newline + indent + line).join(''))
  }

  const imports = [
    importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], framework.entry),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  if (style.importsEnd === null) above.unshift(...imports)
  else edited.appendLeft(style.importsEnd, imports.map((line) => style.newline + line).join(''))
  edited.appendLeft(start, above.map((line) => line + style.newline + indent).join(''))
  return success({ code: edited.toString(), store })
}

const STORES = {
  sqliteUsers: '@latchkey/jwt-middleware/sqlite',
  postgresUsers: '@latchkey/jwt-middleware/postgres',
} as const

/** How the file is written. */
interface Style {
  readonly isCommonJs: boolean
  readonly quote: string
  /** A semicolon, or nothing. */
  readonly end: string
  readonly newline: string
  /** Where its imports end, before the app; `null` if the app is made of the first: `require('fastify')()`. */
  readonly importsEnd: number | null
}

function styleOf({ file: { program, code }, statement }: FoundApp): Style {
  const imports = program.body.filter(
    ({ type }) => type === 'ImportDeclaration' || type === 'TSImportEqualsDeclaration',
  )
  const requires = program.body.filter((statement) =>
    declaratorsOf(statement).some(({ init }) => init && requiresInside(init)),
  )
  const isCommonJs = imports.length === 0 && requires.length > 0
  const all = isCommonJs ? requires : imports
  // Unlike an import, a call of require works from its line on.
  const last = all.findLast(({ end }) => !isCommonJs || (end ?? 0) <= (statement.start ?? 0))
  const text = all.map(({ start, end }) => code.slice(start ?? 0, end ?? 0)).join('\n')
  return {
    isCommonJs,
    quote: text.includes('"') && !text.includes("'") ? '"' : "'",
    end: text === '' || /;$/m.test(text) ? ';' : '',
    newline: code.includes('\r\n') ? '\r\n' : '\n',
    importsEnd: last?.end ?? null,
  }
}

/** Whether it is, or is made of, what `require` returns: `require('fastify')({ logger: true })`. */
const requiresInside = (node: Node): boolean =>
  requiredModule(node) !== null ||
  ((node.type === 'CallExpression' || node.type === 'NewExpression') && requiresInside(unwrap(node.callee)))

function importLine(
  { isCommonJs, quote, end }: Style,
  [imported = '', local]: readonly string[],
  source: string,
): string {
  const from = quote + source + quote
  if (isCommonJs) return `const { ${imported}${local ? `: ${local}` : ''} } = require(${from})${end}`
  return `import { ${imported}${local ? ` as ${local}` : ''} } from ${from}${end}`
}
