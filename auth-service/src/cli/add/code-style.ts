import type { Node, Statement } from '@babel/types'
import { declaratorsOf, requiredModule, type SourceFile, unwrap } from './syntax.ts'

/** What stands above the middleware without a store. */
export const MEMORY =
  '// Local users are in memory until you pass a store: auth({ users: sqliteUsers(db) }) keeps them in your database.'

/** The entries of the stores. */
export const STORES = {
  sqliteUsers: '@latchkey/jwt-middleware/sqlite',
  postgresUsers: '@latchkey/jwt-middleware/postgres',
} as const

/** How the file is written. */
export interface Style {
  readonly isCommonJs: boolean
  readonly quote: string
  /** A semicolon, or nothing. */
  readonly end: string
  readonly newline: string
  /** Where its imports end, before the app; `null` if the app is made of the first: `require('fastify')()`. */
  readonly importsEnd: number | null
}

/** The style of a file, of which a statement makes the app. */
export function styleOf({
  file: { program, code },
  statement,
}: {
  readonly file: SourceFile
  readonly statement: Statement
}): Style {
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

/** An import in the style of the file; the second name is the local one. */
export function importLine(
  { isCommonJs, quote, end }: Style,
  [imported = '', local]: readonly string[],
  source: string,
): string {
  const from = quote + source + quote
  if (isCommonJs) return `const { ${imported}${local ? `: ${local}` : ''} } = require(${from})${end}`
  return `import { ${imported}${local ? ` as ${local}` : ''} } from ${from}${end}`
}
