import type { Node, Statement } from '@babel/types'
import type { FoundApp } from './find-app.ts'
import { resolveImport } from './project.ts'
import { type Bindings, declaratorsOf, type SourceFile, unwrap } from './syntax.ts'

/** The app's database, and the store of local users for it. */
export interface FoundStore {
  /** The variable of the database. */
  readonly db: string
  readonly store: 'sqliteUsers' | 'postgresUsers'
  /** Where the statement that declares it ends, if that is in the app's own list of statements. */
  readonly end: number | null
}

/** What makes a database, best first: drizzle's own is what the app uses. */
const MAKERS: readonly {
  readonly source: string
  readonly imported: readonly string[]
  readonly store: FoundStore['store']
}[] = [
  { source: 'drizzle-orm/better-sqlite3', imported: ['drizzle'], store: 'sqliteUsers' },
  { source: 'drizzle-orm/node-postgres', imported: ['drizzle'], store: 'postgresUsers' },
  { source: 'better-sqlite3', imported: ['default', '*'], store: 'sqliteUsers' },
  { source: 'node:sqlite', imported: ['DatabaseSync'], store: 'sqliteUsers' },
  { source: 'bun:sqlite', imported: ['Database', 'default'], store: 'sqliteUsers' },
  { source: 'pg', imported: ['Pool'], store: 'postgresUsers' },
]

/** The rank of the maker, or -1. */
function makerOf(expression: Node | null | undefined, bindings: Bindings): number {
  const node = expression && unwrap(expression)
  if (node?.type !== 'CallExpression' && node?.type !== 'NewExpression') return -1
  const { callee } = node
  const isMember = callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
  const base = isMember ? callee.object : callee
  const binding = base.type === 'Identifier' ? bindings.get(base.name) : undefined
  if (!binding) return -1
  const imported = isMember && callee.property.type === 'Identifier' ? callee.property.name : binding.imported
  return MAKERS.findIndex((maker) => maker.source === binding.source && maker.imported.includes(imported))
}

/** Databases that these statements declare, with the rank of what makes each. */
const databasesIn = (statements: readonly Statement[], bindings: Bindings) =>
  statements.flatMap((statement) =>
    declaratorsOf(statement).flatMap(({ id, init }) => {
      const rank = makerOf(init, bindings)
      return rank >= 0 && id.type === 'Identifier' ? [{ db: id.name, rank, end: statement.end ?? 0 }] : []
    }),
  )

/** The database that this file creates or imports; `null` if it has none, or several. */
export function findStore(
  { file, block, statement }: Pick<FoundApp, 'file' | 'block' | 'statement'>,
  files: readonly SourceFile[],
): FoundStore | null {
  const top = databasesIn(file.program.body, file.bindings).filter(
    // What a file declares below a function is there when the function runs.
    ({ end }) => block === file.program.body || end < (statement.start ?? 0),
  )
  const inside = block === file.program.body ? [] : databasesIn(block, file.bindings)
  const imported = [...file.bindings].flatMap(([name, binding]) => {
    const path = resolveImport(file.path, binding.source)
    const other = files.find((one) => one.path === path)
    const exported = other ? databasesIn(other.program.body.filter(isExport), other.bindings) : []
    return exported
      .filter(({ db }) => db === binding.imported)
      .map(({ rank }) => ({ db: name, rank, end: null }))
  })
  const all = [...inside, ...top, ...imported]
  const best = Math.min(...all.map(({ rank }) => rank))
  const [found, another] = all.filter(({ rank }) => rank === best)
  const maker = MAKERS[best]
  if (!found || !maker || another) return null
  const isOutside = block !== file.program.body && !inside.includes(found as (typeof inside)[number])
  return { db: found.db, store: maker.store, end: isOutside ? null : found.end }
}

/** The database that a file exports; `null` if it has none, or several. */
export function exportedStore(file: SourceFile): Omit<FoundStore, 'end'> | null {
  const all = databasesIn(file.program.body.filter(isExport), file.bindings)
  const best = Math.min(...all.map(({ rank }) => rank))
  const [found, another] = all.filter(({ rank }) => rank === best)
  const maker = MAKERS[best]
  return found && maker && !another ? { db: found.db, store: maker.store } : null
}

const isExport = ({ type }: { readonly type: string }): boolean => type === 'ExportNamedDeclaration'
