import type { FunctionDeclaration, FunctionExpression, Node, Statement } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import MagicString from 'magic-string'
import { importLine, MEMORY, STORES, styleOf } from './code-style.ts'
import { type FoundStore, findStore } from './find-store.ts'
import { declaratorsOf, mentions, nodesOf, type SourceFile, unwrap } from './syntax.ts'

const ENTRY = '@latchkey/jwt-middleware/node'

/** A server of node:http or node:https in a file. */
export interface NodeServer {
  readonly file: SourceFile
  /** The statement of the file that makes it. */
  readonly statement: Statement
  /** Its function for requests; `null` if that is not plainly there. */
  readonly listener: Listener | null
}

type Listener = Extract<Node, { type: 'ArrowFunctionExpression' }> | FunctionExpression | FunctionDeclaration

/** The servers that a file makes. */
export const findNodeServers = (file: SourceFile): NodeServer[] =>
  nodesOf(file.program, 'CallExpression')
    .filter(({ callee }) => isCreateServer(callee, file))
    .flatMap((call) => {
      const statement = file.program.body.find((one) => contains(one, call))
      const last = call.arguments.at(-1)
      return statement ? [{ file, statement, listener: last ? listenerIn(unwrap(last), file) : null }] : []
    })

function isCreateServer(callee: Node, { bindings }: SourceFile): boolean {
  const isMember = callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
  const base = isMember ? callee.object : callee
  const binding = base.type === 'Identifier' ? bindings.get(base.name) : undefined
  if (!/^(node:)?https?$/.test(binding?.source ?? '')) return false
  const name = isMember && callee.property.type === 'Identifier' ? callee.property.name : binding?.imported
  return name === 'createServer'
}

const contains = (outer: Node, inner: Node): boolean =>
  (outer.start ?? 0) <= (inner.start ?? 0) && (inner.end ?? 0) <= (outer.end ?? 0)

/** The function itself, or the one of this name at the top of the file. */
function listenerIn(node: Node, { program }: SourceFile): Listener | null {
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

/** Why a listener is not edited; `null` if it can be. */
function obstacleIn(listener: Listener | null): string | null {
  if (listener === null) return 'its listener is not a function in this file'
  const [req, res] = listener.params
  if (req?.type !== 'Identifier' || res?.type !== 'Identifier')
    return 'its listener does not name both the request and the response'
  if (listener.body.type !== 'BlockStatement') return 'its listener has no braces'
  if (listener.generator) return 'its listener is a generator'
  // An async function returns a promise.
  return !listener.async && listener.returnType ? 'its listener says that it returns something else' : null
}

/** A file whose server asks for the user of each request. */
export interface EditedServer {
  readonly code: string
  readonly store: FoundStore | null
}

/** The file's code, where the listener begins with `await web(req, res)`. */
export function editNodeServer(
  { file, statement, listener }: NodeServer,
  files: readonly SourceFile[],
): Result<EditedServer, string> {
  const obstacle = obstacleIn(listener)
  if (listener === null || obstacle !== null || listener.body.type !== 'BlockStatement')
    return failure(obstacle ?? 'its listener has no braces')
  const { code, program } = file
  const style = styleOf({ file, statement })
  const found = findStore({ file, block: program.body, statement }, files)
  const store = found && (found.end ?? 0) <= (statement.start ?? 0) ? found : null
  const [auth, web, user] = [
    freeName(program, 'auth', 'latchkeyAuth'),
    freeName(program, 'web', 'latchkey'),
    freeName(program, 'user', 'visitor'),
  ]
  const [req, res] = listener.params.map((one) => (one.type === 'Identifier' ? one.name : ''))
  const edited = new MagicString(code)
  const call = `const ${web} = ${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})${style.end}`
  const lines = [...(store ? [] : [MEMORY]), call]
  const imports = [
    importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], ENTRY),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  if (style.importsEnd === null) {
    edited.appendLeft(statement.start ?? 0, [...imports, ...lines, ''].join(style.newline))
  } else {
    edited.appendLeft(style.importsEnd, imports.map((line) => style.newline + line).join(''))
    const at = Math.max(style.importsEnd, store?.end ?? 0, settingsRead(file, statement))
    edited.appendLeft(at, style.newline + lines.map((line) => style.newline + line).join(''))
  }
  if (!listener.async) edited.appendLeft(listener.start ?? 0, 'async ')
  const open = (listener.body.start ?? 0) + 1
  const gap = /^\s*/.exec(code.slice(open))?.[0] ?? ''
  const separator = gap.includes('\n') ? gap : ' '
  const end = gap.includes('\n') ? style.end : ';'
  edited.appendLeft(
    open,
    `${separator}const ${user} = await ${web}(${req}, ${res})${end}${separator}if (${user} === null) return${end}`,
  )
  return success({ code: edited.toString(), store })
}

const freeName = (program: Node, name: string, other: string): string =>
  mentions(program, name) ? other : name

/** Where the last statement before that reads `.env` ends: the middleware needs its settings. */
const settingsRead = ({ code, program }: SourceFile, statement: Statement): number =>
  program.body
    .filter(({ end }) => (end ?? 0) <= (statement.start ?? 0))
    .findLast(({ start, end }) => /dotenv|loadEnvFile/.test(code.slice(start ?? 0, end ?? 0)))?.end ?? 0
