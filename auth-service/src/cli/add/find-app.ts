import type { Node, Statement } from '@babel/types'
import type { Framework } from './frameworks.ts'
import { blocksOf, type Chain, chainOf, declaratorsOf, mentions, nodesOf, type SourceFile } from './syntax.ts'

/** An app in a file. */
export interface FoundApp {
  readonly file: SourceFile
  readonly framework: Framework
  /** Its variable; `null` if the file exports the app without one. */
  readonly name: string | null
  /** How it is made, with the calls in the same expression. */
  readonly chain: Chain
  /** The statement that makes it, and the list that this is in. */
  readonly statement: Statement
  readonly block: readonly Statement[]
}

/** The apps that a file makes, without those that it mounts in another one. */
export function appsIn(file: SourceFile, frameworks: readonly Framework[]): FoundApp[] {
  const found = blocksOf(file.program).flatMap((block) =>
    block.flatMap((statement) =>
      candidatesIn(statement).flatMap(({ name, expression }): FoundApp[] => {
        const chain = chainOf(expression)
        const framework = frameworks.find(({ makesApp }) => makesApp(chain.root, file.bindings))
        return framework ? [{ file, framework, name, chain, statement, block }] : []
      }),
    ),
  )
  return found.filter(({ name }) => name === null || !isMounted(file, name))
}

function candidatesIn(statement: Statement): { name: string | null; expression: Node }[] {
  if (statement.type === 'ExportDefaultDeclaration')
    return [{ name: null, expression: statement.declaration }]
  return declaratorsOf(statement).flatMap(({ id, init }) =>
    id.type === 'Identifier' && init ? [{ name: id.name, expression: init }] : [],
  )
}

/** Whether the app is a part of another one: `main.route('/notes', app)`. */
const isMounted = ({ program }: SourceFile, name: string): boolean =>
  nodesOf(program, 'CallExpression').some(
    ({ callee, arguments: args }) =>
      callee.type === 'MemberExpression' &&
      callee.property.type === 'Identifier' &&
      ['route', 'use', 'mount'].includes(callee.property.name) &&
      !mentions(callee.object, name) &&
      args.some((argument) => argument.type === 'Identifier' && argument.name === name),
  )
