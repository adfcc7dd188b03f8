import type { CallExpression, Expression, ExpressionStatement, Node } from '@babel/types'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import MagicString from 'magic-string'
import { importLine, MEMORY, STORES, styleOf } from './code-style.ts'
import type { FoundApp } from './find-app.ts'
import type { FoundStore } from './find-store.ts'
import { mentions, nodesOf, type SourceFile, unwrap } from './syntax.ts'
import { freeName } from './web-constant.ts'

/** How an app starts its server: `app.listen(3000)`, or at the end of the chain that makes it. */
interface Listening {
  /** The call's own statement; `null` at the end of the chain. */
  readonly statement: ExpressionStatement | null
  /** Where the part before the call ends, and where the call does. */
  readonly from: number
  readonly to: number
  /** The properties of the server's options, each as it is written. */
  readonly options: readonly string[]
  /** The statements that run once the server listens. */
  readonly then: readonly Node[]
}

/** What a server of Elysia has, and one of Bun around it has not: WebSockets, and hooks for its start and end. */
const OF_SERVER = ['ws', 'onStart', 'onStop', 'stop']

/**
 * The code of a file with an app on Elysia: its context has the user, and `web.handle()` stands around the whole of it,
 * in a server of Bun, so that answers to errors carry the cookies of a renewal, too.
 */
export function editElysia(
  app: FoundApp,
  found: FoundStore | null,
  files: readonly SourceFile[],
): Result<{ code: string; store: FoundStore | null }, string> {
  const { file, chain, statement, block } = app
  const { code, program } = file
  const start = statement.start ?? 0
  if (block !== program.body) return failure('it makes the app inside a function')
  const { root } = chain
  if (root.type !== 'NewExpression' || mentions(root, 'adapter'))
    return failure('its app has an adapter of its own')
  if (app.name === null && statement.type !== 'ExpressionStatement')
    return failure('it exports the app without a name')
  const obstacle = obstacleIn(files, app.name)
  if (obstacle !== null) return failure(obstacle)
  const listening = listeningOf(app)
  if (!listening.ok) return listening

  const style = styleOf(app)
  const { end, newline } = style
  if (style.importsEnd === null) return failure('its import of elysia was not found')
  const store = found && (found.end === null || found.end <= start) ? found : null
  const [auth, web] = [freeName(program, 'auth', 'latchkeyAuth'), freeName(program, 'web', 'latchkeyWeb')]
  const latchkey = freeName(program, 'latchkey', 'latchkeyPlugin')
  const name = app.name ?? freeName(program, 'app', 'elysia')
  // The only other use of this name is `app.server`, which becomes this one.
  const server = 'server'
  const edited = new MagicString(code)
  // First, since some may move with the callback of `app.listen()`.
  for (const member of nodesOf(program, 'MemberExpression')) {
    if (isServerOf(member, app.name)) edited.overwrite(member.start ?? 0, member.end ?? 0, server)
  }
  const then = listening.value.then.map((one) => edited.slice(one.start ?? 0, one.end ?? 0))
  const Elysia = code.slice(root.callee.start ?? 0, root.callee.end ?? 0)
  const lines = (all: readonly string[]) => all.map((line) => line + newline).join('')

  const imports = [
    importLine(style, auth === 'auth' ? ['auth'] : ['auth', auth], app.framework.entry),
    ...(store ? [importLine(style, [store.store], STORES[store.store])] : []),
  ]
  edited.appendLeft(style.importsEnd, imports.map((line) => newline + line).join(''))
  const { quote } = style
  edited.appendLeft(
    start,
    lines([
      ...(store ? [] : [MEMORY]),
      `const ${web} = ${auth}(${store ? `{ users: ${store.store}(${store.db}) }` : ''})${end}`,
      '',
      `const ${latchkey} = new ${Elysia}({ name: ${quote}latchkey${quote} })`,
      `  .derive({ as: ${quote}global${quote} }, async ({ request }) => ({ user: (await ${web}(request)).user }))`,
      '  .macro({',
      '    loginRequired: {',
      `      beforeHandle: async ({ request }) => (await ${web}.loginRequired()(await ${web}(request))) ?? undefined,`,
      '    },',
      `  })${end}`,
      '',
    ]),
  )
  if (app.name === null) edited.appendLeft(start, `const ${name} = `)
  const rootEnd = root.end ?? 0
  const gap = /^\s*\n\s*(?=\.)/.exec(code.slice(rootEnd))?.[0] ?? ''
  edited.appendLeft(rootEnd, `${gap}.use(${latchkey})`)

  const { options, from, to } = listening.value
  const serving = [
    '// Around all of Elysia, so that its answers to errors carry the cookies of a renewal, too.',
    `const ${server} = Bun.serve({`,
    // As Elysia has it; Bun's own is 10 s.
    ...(options.some((one) => /^idleTimeout\b/.test(one)) ? [] : ['  idleTimeout: 30,']),
    ...options.map((one) => `  ${one},`),
    `  fetch: ${web}.handle((request) => ${name}.handle(request)),`,
    `})${end}`,
    ...then,
  ].join(newline)
  if (listening.value.statement) {
    edited.overwrite(listening.value.statement.start ?? 0, listening.value.statement.end ?? 0, serving)
  } else {
    edited.remove(from, to)
    edited.appendLeft(statement.end ?? 0, newline + newline + serving)
  }
  return success({ code: edited.toString(), store })
}

const isServerOf = (node: Node, app: string | null): boolean =>
  (node.type === 'MemberExpression' || node.type === 'OptionalMemberExpression') &&
  node.object.type === 'Identifier' &&
  node.object.name === app &&
  node.property.type === 'Identifier' &&
  node.property.name === 'server'

/** What needs the server of Elysia itself, in any file of the app; `null` if nothing does. */
function obstacleIn(files: readonly SourceFile[], app: string | null): string | null {
  for (const file of files) {
    if (![...file.bindings.values()].some(({ source }) => /^@?elysia(js)?(\/|$)/.test(source))) continue
    const calls = nodesOf(file.program, 'CallExpression')
    if (calls.some((call) => OF_SERVER.includes(methodOf(call)))) return 'it uses the server of Elysia'
    if (calls.some(({ callee }) => callee.type === 'Import'))
      return 'it loads some of the app later, which Elysia waits for in app.listen()'
    const all = nodesOf(file.program, 'Identifier').filter(({ name }) => name === 'server').length
    const own = nodesOf(file.program, 'MemberExpression').filter((node) => isServerOf(node, app)).length
    if (all > own) return 'it uses the server of Elysia'
  }
  return null
}

const methodOf = ({ callee }: CallExpression): string =>
  callee.type === 'MemberExpression' && callee.property.type === 'Identifier' ? callee.property.name : ''

const BY_LISTEN = 'it does not start the app by one app.listen() in this file'

function listeningOf({ file, chain, block, name, statement }: FoundApp): Result<Listening, string> {
  const calls = nodesOf(file.program, 'CallExpression').filter((call) => methodOf(call) === 'listen')
  const [call] = calls
  if (!call || calls.length > 1) return failure(BY_LISTEN)
  const last = chain.calls.at(-1)
  const isInChain = last?.method === 'listen' && chain.end === call.end
  const own = block.find(
    (one): one is ExpressionStatement =>
      one.type === 'ExpressionStatement' && unwrap(one.expression) === call && one !== statement,
  )
  const isOfApp =
    call.callee.type === 'MemberExpression' &&
    call.callee.object.type === 'Identifier' &&
    call.callee.object.name === name
  if (!isInChain && !(own && isOfApp)) return failure(BY_LISTEN)
  const [where, callback, more] = call.arguments
  const options = where && more === undefined ? optionsOf(where as Expression, file) : null
  if (options === null) return failure('it passes more to app.listen() than a port')
  const then = callback === undefined ? [] : statementsOf(callback)
  if (then === null) return failure('it passes a callback to app.listen()')
  return success({
    statement: isInChain ? null : (own ?? null),
    from: last?.start ?? 0,
    to: chain.end,
    options,
    then,
  })
}

/** What `Bun.serve()` gets; `null` if it can't be told, or is of the server of Elysia alone. */
function optionsOf(where: Expression, { code }: SourceFile): readonly string[] | null {
  const given = unwrap(where)
  const text = (node: Node) => code.slice(node.start ?? 0, node.end ?? 0)
  if (given.type !== 'ObjectExpression') return [`port: ${text(where)}`]
  const members = given.properties.map((one) =>
    one.type === 'ObjectProperty' && one.key.type === 'Identifier' && !one.computed ? one : null,
  )
  const plain = ['port', 'hostname', 'idleTimeout', 'development', 'reusePort', 'maxRequestBodySize', 'tls']
  if (members.some((one) => one === null || !plain.includes((one.key as { name: string }).name))) return null
  return given.properties.map(text)
}

/** The statements of a callback without parameters; `null` if it is another. */
function statementsOf(callback: Node): readonly Node[] | null {
  const made = unwrap(callback)
  if (made.type !== 'ArrowFunctionExpression' || made.params.length > 0 || made.async) return null
  if (made.body.type !== 'BlockStatement') return [made.body]
  return made.body.body.every(({ type }) => type === 'ExpressionStatement') ? made.body.body : null
}
