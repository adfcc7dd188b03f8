import type { Node, Statement } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { FoundStore } from './find-store.ts'
import { type AnyFunction, functionIn } from './named-function.ts'
import { nodesOf, type SourceFile, unwrap } from './syntax.ts'
import { addConstant, freeName } from './web-constant.ts'

const ENTRY = '@latchkey/jwt-middleware/node'

/** A server of node:http or node:https in a file. */
export interface NodeServer {
  readonly file: SourceFile
  /** The statement of the file that makes it. */
  readonly statement: Statement
  /** Its function for requests; `null` if that is not plainly there. */
  readonly listener: AnyFunction | null
}

/** The servers that a file makes. */
export const findNodeServers = (file: SourceFile): NodeServer[] =>
  nodesOf(file.program, 'CallExpression')
    .filter(({ callee }) => isCreateServer(callee, file))
    .flatMap((call) => {
      const statement = file.program.body.find((one) => contains(one, call))
      const last = call.arguments.at(-1)
      return statement ? [{ file, statement, listener: last ? functionIn(unwrap(last), file) : null }] : []
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

/** Why a listener is not edited; `null` if it can be. */
function obstacleIn(listener: AnyFunction | null): string | null {
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
  const { edited, web, store, style } = addConstant(file, statement, files, ENTRY)
  const user = freeName(file.program, 'user', 'visitor')
  const [req, res] = listener.params.map((one) => (one.type === 'Identifier' ? one.name : ''))
  if (!listener.async) edited.appendLeft(listener.start ?? 0, 'async ')
  const open = (listener.body.start ?? 0) + 1
  const gap = /^\s*/.exec(file.code.slice(open))?.[0] ?? ''
  const separator = gap.includes('\n') ? gap : ' '
  const end = gap.includes('\n') ? style.end : ';'
  edited.appendLeft(
    open,
    `${separator}const ${user} = await ${web}(${req}, ${res})${end}${separator}if (${user} === null) return${end}`,
  )
  return success({ code: edited.toString(), store })
}
