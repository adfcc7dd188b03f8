import type { CallExpression, ObjectExpression, ObjectMethod, ObjectProperty, Statement } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Runtime } from './env-file.ts'
import type { FoundStore } from './find-store.ts'
import { functionIn } from './named-function.ts'
import { nodesOf, type SourceFile, unwrap } from './syntax.ts'
import { addConstant } from './web-constant.ts'

const ENTRY = '@latchkey/jwt-middleware/web'

/** A call of `Bun.serve` or `Deno.serve` in a file. */
export interface FetchServer {
  readonly file: SourceFile
  readonly call: CallExpression
  readonly runtime: Runtime
  /** The statement of the file that has it. */
  readonly statement: Statement
}

/** The servers that a file starts on Bun or Deno themselves. */
export const findFetchServers = (file: SourceFile): FetchServer[] =>
  nodesOf(file.program, 'CallExpression').flatMap((call) => {
    const runtime = runtimeOf(call)
    const statement = file.program.body.find(
      ({ start, end }) => (start ?? 0) <= (call.start ?? 0) && (call.end ?? 0) <= (end ?? 0),
    )
    return runtime && statement ? [{ file, call, runtime, statement }] : []
  })

/** What a call of `serve` runs on; `null` for every other call. */
function runtimeOf({ callee }: CallExpression): Runtime | null {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return null
  if (callee.property.type !== 'Identifier' || callee.property.name !== 'serve') return null
  return RUNTIMES.find((name) => callee.object.type === 'Identifier' && callee.object.name === name) ?? null
}

const RUNTIMES: readonly Runtime[] = ['Bun', 'Deno']

/** A file whose server asks for the user of each request. */
export interface EditedFetchServer {
  readonly code: string
  readonly store: FoundStore | null
  /** Whether `routes` of the server are answered before anyone asks for the user. */
  readonly hasRoutes: boolean
}

/** The file's code, where `web.handle()` is around the server's handler. */
export function editFetchServer(
  { file, call, statement }: FetchServer,
  files: readonly SourceFile[],
): Result<EditedFetchServer, string> {
  const last = call.arguments.at(-1)
  const options = last && unwrap(last)
  const members = options?.type === 'ObjectExpression' ? options : null
  const handler = members ? memberOf(members, ['fetch', 'handler']) : last
  if (!handler) return failure('its handler is not in this call')
  const isMethod = handler.type === 'ObjectMethod'
  const value = handler.type === 'ObjectProperty' ? handler.value : handler
  const made = isMethod ? handler : functionIn(unwrap(value), file)
  if (!made) return failure('its handler is not a function in this file')
  if (made.generator) return failure('its handler is a generator')
  // What the server passes as well has another meaning for `web.handle()`.
  if (made.params.length > 1) return failure('its handler takes more than the request')
  const { edited, web, store } = addConstant(file, statement, files, ENTRY)
  const open = `${web}.handle(`
  if (isMethod) {
    const parameters = file.code.indexOf('(', handler.key.end ?? 0)
    const start = `${handler.async ? 'async ' : ''}function`
    edited.overwrite(handler.start ?? 0, parameters, `${nameOf(handler)}: ${open}${start} `)
  } else {
    const isShort = handler.type === 'ObjectProperty' && handler.shorthand
    edited.prependRight(value.start ?? 0, isShort ? `${nameOf(handler)}: ${open}` : open)
  }
  edited.appendLeft((isMethod ? handler.end : value.end) ?? 0, ')')
  const hasRoutes = members !== null && memberOf(members, ['routes', 'static']) !== undefined
  return success({ code: edited.toString(), store, hasRoutes })
}

type Member = ObjectMethod | ObjectProperty

const memberOf = ({ properties }: ObjectExpression, names: readonly string[]): Member | undefined =>
  properties.find((one): one is Member => one.type !== 'SpreadElement' && names.includes(nameOf(one)))

const nameOf = ({ key, computed }: Member): string => (key.type === 'Identifier' && !computed ? key.name : '')
