import { extname } from 'node:path'
import { type ParserPlugin, parse } from '@babel/parser'
import type { Node, Program, Statement } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'

/** A parsed file. */
export interface SourceFile {
  readonly path: string
  readonly code: string
  readonly program: Program
  /** What its imports and its calls of `require` are called here. */
  readonly bindings: Bindings
}

/** A local name for something from another module. */
export interface Binding {
  readonly source: string
  /** `default` and `*` for the whole module. */
  readonly imported: string
}

export type Bindings = ReadonlyMap<string, Binding>

const PLUGINS: Readonly<Record<string, readonly ParserPlugin[]>> = {
  '.ts': ['typescript', 'decorators'],
  '.mts': ['typescript', 'decorators'],
  '.cts': ['typescript', 'decorators'],
  '.tsx': ['typescript', 'jsx', 'decorators'],
}

/** Parses JavaScript or TypeScript, by the file's extension. */
export function parseSource(path: string, code: string): Result<SourceFile, string> {
  try {
    const plugins = [...(PLUGINS[extname(path)] ?? (['jsx'] as const))]
    const { program } = parse(code, { sourceType: 'unambiguous', allowReturnOutsideFunction: true, plugins })
    return success({ path, code, program, bindings: bindingsOf(program) })
  } catch (error) {
    return failure(`${path} can't be parsed: ${(error as Error).message}`)
  }
}

/** Parts of a node that are not code. */
const NOT_CODE = new Set([
  'leadingComments',
  'trailingComments',
  'innerComments',
  'extra',
  'loc',
  'comments',
  'tokens',
  'errors',
])

/** Visits a node and everything in it, depth first. */
function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const [key, value] of Object.entries(node)) {
    if (NOT_CODE.has(key)) continue
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') walk(child as Node, visit)
    }
  }
}

/** All nodes of a kind. */
export function nodesOf<Type extends Node['type']>(root: Node, type: Type): Extract<Node, { type: Type }>[] {
  const found: Extract<Node, { type: Type }>[] = []
  walk(root, (node) => {
    if (node.type === type) found.push(node as Extract<Node, { type: Type }>)
  })
  return found
}

/** Whether a name occurs in a node. */
export const mentions = (node: Node, name: string): boolean =>
  nodesOf(node, 'Identifier').some((identifier) => identifier.name === name)

/** A list of statements that run one after the other: the file's, or a function's. */
export const blocksOf = (program: Program): (readonly Statement[])[] => [
  program.body,
  ...nodesOf(program, 'BlockStatement').map(({ body }) => body),
]

/** The variables that a statement declares, exported or not. */
export function declaratorsOf(statement: Statement) {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
  return declaration?.type === 'VariableDeclaration' ? declaration.declarations : []
}

/** Without the marks of TypeScript, and `await`. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'ParenthesizedExpression':
      return unwrap(node.expression)
    case 'AwaitExpression':
      return unwrap(node.argument)
    default:
      return node
  }
}

/** The module in `require('…')`; `null` for everything else. */
export function requiredModule(node: Node | null | undefined): string | null {
  if (node?.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require')
    return null
  const [argument] = node.arguments
  return argument?.type === 'StringLiteral' ? argument.value : null
}

/** The module in `require('…')` or in a dynamic import; `null` for everything else. */
export function loadedModule(node: Node): string | null {
  const isImport = node.type === 'CallExpression' && node.callee.type === 'Import'
  const source = node.type === 'ImportExpression' ? node.source : isImport ? node.arguments[0] : undefined
  return source?.type === 'StringLiteral' ? source.value : requiredModule(node)
}

/** Modules that a file imports, in order. */
export function importedModules({ program }: Pick<SourceFile, 'program'>): string[] {
  const found: string[] = []
  walk(program, (node) => {
    if ('source' in node && node.source?.type === 'StringLiteral') found.push(node.source.value)
    const loaded = node.type === 'ImportExpression' ? null : loadedModule(node)
    if (loaded !== null) found.push(loaded)
  })
  return found
}

function bindingsOf(program: Program): Bindings {
  const bindings = new Map<string, Binding>()
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      for (const specifier of statement.specifiers) {
        bindings.set(specifier.local.name, {
          source: statement.source.value,
          imported: importedName(specifier),
        })
      }
    }
    if (
      statement.type === 'TSImportEqualsDeclaration' &&
      statement.moduleReference.type === 'TSExternalModuleReference'
    ) {
      bindings.set(statement.id.name, { source: statement.moduleReference.expression.value, imported: '*' })
    }
    for (const { id, init } of declaratorsOf(statement)) {
      const source = requiredModule(init)
      if (source === null) continue
      if (id.type === 'Identifier') bindings.set(id.name, { source, imported: '*' })
      if (id.type !== 'ObjectPattern') continue
      for (const property of id.properties) {
        if (property.type !== 'ObjectProperty' || property.value.type !== 'Identifier') continue
        if (property.key.type === 'Identifier') {
          bindings.set(property.value.name, { source, imported: property.key.name })
        }
      }
    }
  }
  return bindings
}

function importedName(
  specifier: Extract<Statement, { type: 'ImportDeclaration' }>['specifiers'][number],
): string {
  if (specifier.type === 'ImportDefaultSpecifier') return 'default'
  if (specifier.type === 'ImportNamespaceSpecifier') return '*'
  return specifier.imported.type === 'Identifier' ? specifier.imported.name : specifier.imported.value
}

/** One call in a chain: `.use(…)` in `app.use(…)`. */
export interface ChainCall {
  readonly method: string
  readonly args: readonly Node[]
  /** Where the part of the chain before this call ends. */
  readonly start: number
}

/** A chain of calls, with what it begins with. */
export interface Chain {
  readonly root: Node
  readonly calls: readonly ChainCall[]
  readonly end: number
}

/** Takes `root.one().two()` apart. */
export function chainOf(expression: Node): Chain {
  const node = unwrap(expression)
  const end = node.end ?? 0
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression')
    return { root: node, calls: [], end }
  const { object, property } = node.callee
  if (property.type !== 'Identifier') return { root: node, calls: [], end }
  const before = chainOf(object)
  const call = { method: property.name, args: node.arguments, start: before.end }
  return { root: before.root, calls: [...before.calls, call], end }
}
