import type { Node, Statement } from '@babel/types'
import type { FoundApp } from './find-app.ts'
import { type ChainCall, chainOf, loadedModule, mentions, unwrap } from './syntax.ts'

/** Where the middleware goes: as a statement after an offset, or as a call in the chain that makes the app. */
export interface Placement {
  readonly kind: 'statement' | 'chain'
  readonly at: number
}

/** Functions that only prepare requests or serve public files, also where they are mounted at a path. */
const PREPARING =
  /^(cors|json|urlencoded|raw|text|logger|morgan|compress|compression|helmet|secureHeaders|favicon|static|serveStatic|rateLimit)$/i

/** Functions whose middleware answers requests. */
const ANSWERING = /rout|handler|graphql|apollo|trpc|proxy|mount/i

/** Packages that register the app's own routes. */
const WITH_ROUTES = /^@fastify\/autoload$/

/** Paths that stand for every request. */
const EVERYWHERE = ['*', '/*', '/']

/**
 * After what only prepares requests, such as parsers of bodies and static files, and before the first route. `least` is
 * an offset that must come before, such as that of the database. `null` if a route comes before it.
 */
export function placeMiddleware(app: FoundApp, least = 0): Placement | null {
  const { chain, statement, block, name } = app
  const route = chain.calls.find((call) => !prepares(call, app))
  if (route) return least <= (statement.start ?? 0) ? { kind: 'chain', at: route.start } : null
  if (name === null) return { kind: 'chain', at: chain.end }
  let at = endOf(statement)
  let stop = Number.POSITIVE_INFINITY
  for (const next of block.slice(block.indexOf(statement) + 1)) {
    if (!concerns(next, name)) continue
    if (!onlyPrepares(next, name, app)) {
      stop = next.start ?? 0
      break
    }
    at = endOf(next)
  }
  if (least <= at) return { kind: 'statement', at }
  return least <= stop ? { kind: 'statement', at: least } : null
}

const endOf = ({ end }: Node): number => end ?? 0

/** Whether a statement does something with the app when it runs: a function that is declared only runs later. */
const concerns = (statement: Statement, name: string): boolean =>
  statement.type !== 'FunctionDeclaration' && mentions(statement, name)

function onlyPrepares(statement: Statement, name: string, app: FoundApp): boolean {
  if (statement.type !== 'ExpressionStatement') return false
  const { expression } = statement
  // `app.locals.title = …`
  if (expression.type === 'AssignmentExpression') return expression.left.type === 'MemberExpression'
  const { root, calls } = chainOf(expression)
  const isApp = root.type === 'Identifier' && root.name === name
  return isApp && calls.length > 0 && calls.every((call) => prepares(call, app))
}

/** Whether a call on the app answers no request by itself. */
function prepares({ method, args }: ChainCall, app: FoundApp): boolean {
  const { configuring, mount } = app.framework
  if (configuring.includes(method)) return true
  if (method !== mount) return false
  const [first] = args
  if (mount === 'register') return first !== undefined && isPlugin(unwrap(first), app)
  const path = first?.type === 'StringLiteral' ? first.value : null
  const isEverywhere = path === null || EVERYWHERE.includes(path)
  const handlers = path === null ? args : args.slice(1)
  return handlers.length > 0 && handlers.every((handler) => isPreparing(unwrap(handler), isEverywhere, app))
}

/** Whether a plugin is a package's: an imported name, or a call that loads it at this place. */
function isPlugin(plugin: Node, { file }: FoundApp): boolean {
  const source = plugin.type === 'Identifier' ? file.bindings.get(plugin.name)?.source : loadedModule(plugin)
  return typeof source === 'string' && !source.startsWith('.') && !WITH_ROUTES.test(source)
}

function isPreparing(handler: Node, isEverywhere: boolean, { framework, file }: FoundApp): boolean {
  switch (handler.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return isEverywhere && handler.params.length === framework.parameters
    case 'CallExpression': {
      const callee = file.code.slice(handler.callee.start ?? 0, handler.callee.end ?? 0)
      return isEverywhere ? !ANSWERING.test(callee) : PREPARING.test(callee.split('.').at(-1) ?? '')
    }
    case 'Identifier': {
      // A router comes from the app's own files, and a package's middleware is ready to use.
      const source = file.bindings.get(handler.name)?.source
      return isEverywhere && source !== undefined && !source.startsWith('.')
    }
    default:
      return false
  }
}
