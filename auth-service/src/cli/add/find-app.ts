import type { Node, Statement } from '@babel/types'
import type { Framework } from './frameworks.ts'
import { mountedIn } from './mounted-apps.ts'
import { blocksOf, type Chain, chainOf, declaratorsOf, type SourceFile } from './syntax.ts'

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

/** The apps that each file makes, without those that another one mounts. */
export function findApps(files: readonly SourceFile[], frameworks: readonly Framework[]): FoundApp[][] {
  const mounted = mountedIn(files)
  const isMounted = (app: FoundApp) => {
    const names = [app.name, makerOf(app)]
    return mounted.some(({ path, name }) => path === app.file.path && names.includes(name))
  }
  return files
    .map((file) => appsIn(file, frameworks).filter((app) => !isMounted(app)))
    .filter((apps) => apps.length > 0)
}

const appsIn = (file: SourceFile, frameworks: readonly Framework[]): FoundApp[] =>
  blocksOf(file.program).flatMap((block) =>
    block.flatMap((statement) =>
      candidatesIn(statement).flatMap(({ name, expression }): FoundApp[] => {
        const chain = chainOf(expression)
        const framework = frameworks.find(({ makesApp }) => makesApp(chain.root, file.bindings))
        return framework ? [{ file, framework, name, chain, statement, block }] : []
      }),
    ),
  )

/** The function of the file that makes the app, or the app's own name. */
function makerOf({ file, name, statement }: FoundApp): string | null {
  const at = statement.start ?? 0
  const outer = file.program.body.find(({ start, end }) => (start ?? 0) <= at && at < (end ?? 0))
  if (!outer || outer === statement) return name
  const declaration = outer.type.startsWith('Export') && 'declaration' in outer ? outer.declaration : outer
  if (declaration && typeof declaration === 'object' && declaration.type === 'FunctionDeclaration')
    return declaration.id?.name ?? null
  const [maker] = declaratorsOf(outer).filter(({ start, end }) => (start ?? 0) <= at && at < (end ?? 0))
  return maker?.id.type === 'Identifier' ? maker.id.name : name
}

function candidatesIn(statement: Statement): { name: string | null; expression: Node }[] {
  // `new Elysia().get(…).listen(3000)`
  if (statement.type === 'ExpressionStatement') return [{ name: null, expression: statement.expression }]
  if (statement.type === 'ExportDefaultDeclaration')
    return [{ name: null, expression: statement.declaration }]
  return declaratorsOf(statement).flatMap(({ id, init }) =>
    id.type === 'Identifier' && init ? [{ name: id.name, expression: init }] : [],
  )
}
