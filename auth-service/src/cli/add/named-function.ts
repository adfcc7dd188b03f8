import type { ArrowFunctionExpression, FunctionDeclaration, FunctionExpression, Node } from '@babel/types'
import { declaratorsOf, type SourceFile, unwrap } from './syntax.ts'

export type AnyFunction = ArrowFunctionExpression | FunctionExpression | FunctionDeclaration

/** The function itself, or the one of this name at the top of the file; `null` if it is not there. */
export function functionIn(node: Node, { program }: SourceFile): AnyFunction | null {
  if (node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression') return node
  if (node.type !== 'Identifier') return null
  for (const statement of program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type === 'FunctionDeclaration' && declared.id?.name === node.name) return declared
    for (const { id, init } of declaratorsOf(statement)) {
      const made = init && unwrap(init)
      const isOfName = id.type === 'Identifier' && id.name === node.name
      if (isOfName && (made?.type === 'ArrowFunctionExpression' || made?.type === 'FunctionExpression'))
        return made
    }
  }
  return null
}
