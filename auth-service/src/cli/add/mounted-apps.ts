import type { Node, Statement } from '@babel/types'
import { resolveImport } from './project.ts'
import {
  type Binding,
  declaratorsOf,
  mentions,
  nodesOf,
  requiredModule,
  type SourceFile,
  unwrap,
} from './syntax.ts'

/** What a file declares; `null` for what it exports by default without a name. */
export interface Declared {
  readonly path: string
  readonly name: string | null
}

/** Re-exports lead through at most this many files. */
const HOPS = 10

/** What the files mount in an app: `app.route('/notes', notes)`, also with what they import. */
export function mountedIn(files: readonly SourceFile[]): readonly Declared[] {
  return files.flatMap((file) =>
    nodesOf(file.program, 'CallExpression').flatMap(({ callee, arguments: args }) => {
      // Koa's is a function: `app.use(mount('/notes', notes))`.
      const isMount = callee.type === 'Identifier' && file.bindings.get(callee.name)?.source === 'koa-mount'
      const isMethod =
        callee.type === 'MemberExpression' &&
        callee.property.type === 'Identifier' &&
        ['route', 'use', 'mount'].includes(callee.property.name)
      if (!isMount && !isMethod) return []
      return args
        .filter((argument) => argument.type !== 'Identifier' || !mentions(callee, argument.name))
        .flatMap((argument) => declarationOf(unwrap(argument), file, files) ?? [])
    }),
  )
}

/** What an argument stands for: a name, a member of one, what a function returns, or `require('./notes')`. */
function declarationOf(node: Node, file: SourceFile, files: readonly SourceFile[]): Declared | null {
  const required = requiredModule(node)
  if (required !== null) return imported({ source: required, imported: '*' }, file, files)
  switch (node.type) {
    case 'Identifier': {
      const binding = file.bindings.get(node.name)
      return binding ? imported(binding, file, files) : { path: file.path, name: node.name }
    }
    case 'MemberExpression': {
      const { object, property } = node
      if (object.type !== 'Identifier' || property.type !== 'Identifier') return null
      const binding = file.bindings.get(object.name)
      // A member of a whole module is what that exports; one of an app is its `fetch`.
      return binding?.imported === '*'
        ? imported({ ...binding, imported: property.name }, file, files)
        : declarationOf(object, file, files)
    }
    case 'CallExpression':
      return declarationOf(unwrap(node.callee), file, files)
    default:
      return null
  }
}

function imported(
  binding: Binding,
  from: SourceFile,
  files: readonly SourceFile[],
  hops = 0,
): Declared | null {
  const path = resolveImport(from.path, binding.source)
  const file = path === null ? undefined : files.find((one) => one.path === path)
  if (!file || hops === HOPS) return null
  for (const statement of file.program.body) {
    const exported = exportedBy(statement, binding.imported)
    if (exported === undefined) continue
    if (exported === null) return { path: file.path, name: null }
    if (typeof exported !== 'string') {
      const found = imported(exported, file, files, hops + 1)
      if (found) return found
      continue
    }
    const again = file.bindings.get(exported)
    return again ? imported(again, file, files, hops + 1) : { path: file.path, name: exported }
  }
  return null
}

/**
 * What a statement exports as this name: a local name, `null` for an expression without one, something from another
 * module, or `undefined` for nothing.
 */
function exportedBy(statement: Statement, name: string): string | null | Binding | undefined {
  switch (statement.type) {
    case 'ExportAllDeclaration':
      return { source: statement.source.value, imported: name }
    case 'ExportDefaultDeclaration':
      if (name !== 'default') return undefined
      return nameIn(statement.declaration)
    case 'ExportNamedDeclaration': {
      for (const specifier of statement.specifiers) {
        if (specifier.type !== 'ExportSpecifier') continue
        const { exported, local } = specifier
        if ((exported.type === 'Identifier' ? exported.name : exported.value) !== name) continue
        return statement.source ? { source: statement.source.value, imported: local.name } : local.name
      }
      const { declaration } = statement
      const isFunction = declaration?.type === 'FunctionDeclaration' && declaration.id?.name === name
      const isVariable = declaratorsOf(statement).some(
        ({ id }) => id.type === 'Identifier' && id.name === name,
      )
      return isFunction || isVariable ? name : undefined
    }
    case 'ExpressionStatement':
      return assignedTo(statement.expression, name)
    default:
      return undefined
  }
}

/** In CommonJS: `module.exports = app`, `module.exports = { app }`, `exports.app = app`. */
function assignedTo(expression: Node, name: string): string | null | undefined {
  if (expression.type !== 'AssignmentExpression' || expression.left.type !== 'MemberExpression')
    return undefined
  const { left, right } = expression
  if (left.property.type !== 'Identifier') return undefined
  if (left.property.name !== 'exports') {
    return mentions(left.object, 'exports') && left.property.name === name ? nameIn(right) : undefined
  }
  if (name === '*' || name === 'default') return nameIn(right)
  if (right.type !== 'ObjectExpression') return undefined
  const property = right.properties.find(
    (one) => one.type === 'ObjectProperty' && one.key.type === 'Identifier' && one.key.name === name,
  )
  return property?.type === 'ObjectProperty' ? nameIn(property.value) : undefined
}

const nameIn = (node: Node): string | null => {
  const value = unwrap(node)
  if (value.type === 'FunctionDeclaration') return value.id?.name ?? null
  return value.type === 'Identifier' ? value.name : null
}
