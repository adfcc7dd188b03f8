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

/** Records which files a request enters, in order, and nothing of what runs beside it. */
export interface Trace {
  /** Runs the request; `entered` gets the files. */
  during<Value>(entered: string[], run: () => Promise<Value>): Promise<Value>
  enter(file: string): void
}

const OURS = /\/(auth-service|jwt-middleware)\/dist\/(.+)\.js$/
const request = new AsyncLocalStorage<string[]>()
const trace: Trace = {
  during: (entered, run) => request.run(entered, run),
  enter: (file) => void request.getStore()?.push(file),
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
  const note = `globalThis.latchkeyTrace.enter(${JSON.stringify(file)})`
  const { program } = parse(code, { sourceType: 'module', createParenthesizedExpressions: true })
  visit(program, (node) => {
    if (!FUNCTIONS.test(node.type)) return
    const { body } = node as unknown as { body: Node }
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
