/**
 * Preloaded into a process (`--import`), records each function call in the built packages by file. It inserts one call
 * at the beginning of each function when a file is loaded; the code is otherwise unchanged.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parse } from '@babel/parser'
import MagicString from 'magic-string'

/** A function call: the file, and whether the function is one expression that calls nothing of other files of ours. */
export type Entry = readonly [file: string, isOneLine: boolean]

/** Records which functions a request enters, in order, and nothing of what runs beside it. */
export interface Trace {
  /** Runs the request; `entered` gets the calls. */
  during<Value>(entered: Entry[], run: () => Promise<Value>): Promise<Value>
  enter(...entry: Entry): void
}

const OURS = /\/(auth-service|jwt-middleware)\/dist\/(.+)\.js$/
const request = new AsyncLocalStorage<Entry[]>()
const trace: Trace = {
  during: (entered, run) => request.run(entered, run),
  enter: (...entry) => void request.getStore()?.push(entry),
}
Object.assign(globalThis, { latchkeyTrace: trace })

registerHooks({
  load(url, context, next) {
    const [, owner, path] = OURS.exec(url) ?? []
    if (owner === undefined) return next(url, context)
    const source = instrument(readFileSync(fileURLToPath(url), 'utf8'), `${owner}/${path}`)
    return { format: 'module', source, shortCircuit: true }
  },
})

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}

const FUNCTIONS =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|ClassMethod)$/

/** The same code with a recording call in each function. */
function instrument(code: string, file: string): string {
  const text = new MagicString(code)
  const { program } = parse(code, { sourceType: 'module', createParenthesizedExpressions: true })
  const ours = importedFromOurs(program)
  visit(program, (node) => {
    if (!FUNCTIONS.test(node.type)) return
    const { body } = node as unknown as { body: Node }
    const note = `globalThis.latchkeyTrace.enter(${JSON.stringify(file)}, ${isOneLine(body, ours)})`
    if (body.type === 'BlockStatement') text.appendRight(body.start + 1, `${note};`)
    else text.appendRight(body.start, `(${note},`).appendLeft(body.end, ')')
  })
  return text.toString()
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) for (const one of node) visit(one, see)
  if (typeof node !== 'object' || node === null || typeof (node as Node).type !== 'string') return
  see(node as Node)
  for (const value of Object.values(node)) if (typeof value === 'object') visit(value, see)
}

/** The names that a file imports from others of ours. */
function importedFromOurs(program: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  visit(program, (node) => {
    if (node.type !== 'ImportDeclaration') return
    const { source, specifiers } = node as unknown as ImportDeclaration
    if (!/^(\.|#|@latchkey\/)/.test(source.value)) return
    for (const { local } of specifiers) names.add(local.name)
  })
  return names
}

interface ImportDeclaration {
  readonly source: { readonly value: string }
  readonly specifiers: readonly { readonly local: { readonly name: string } }[]
}

/** Whether a function is one expression without a name from another file of ours: a reader knows it by its name. */
function isOneLine(body: Node, ours: ReadonlySet<string>): boolean {
  const { body: statements } = body as unknown as { body?: readonly Node[] }
  if (
    body.type === 'BlockStatement' &&
    (statements?.length !== 1 || statements[0]?.type !== 'ReturnStatement')
  )
    return false
  let isPlain = true
  visit(body, (node) => {
    if (/^Await|Function/.test(node.type)) isPlain = false
    if (node.type === 'Identifier' && ours.has((node as unknown as { name: string }).name)) isPlain = false
  })
  return isPlain
}
