import type { Node } from '@babel/types'
import type { Bindings } from './syntax.ts'

/** What `latchkey add` knows of a web framework. */
export interface Framework {
  readonly name: string
  /** Its package. */
  readonly dependency: string
  /** The middleware's entry for it. */
  readonly entry: string
  /** How its apps are made, for messages. */
  readonly maker: string
  /** Whether the expression makes an app. */
  makesApp(expression: Node, bindings: Bindings): boolean
  /** The number of parameters of a middleware function; with fewer, a function answers the request. */
  readonly parameters: number
  /** Methods that only configure an app, wherever they are called. */
  readonly configuring: readonly string[]
}

const isFrom = (bindings: Bindings, node: Node, sources: RegExp, imported: readonly string[]): boolean => {
  const binding = node.type === 'Identifier' ? bindings.get(node.name) : undefined
  return binding !== undefined && sources.test(binding.source) && imported.includes(binding.imported)
}

/** All frameworks; the middleware has an entry for each. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'Hono',
    dependency: 'hono',
    entry: '@latchkey/jwt-middleware/hono',
    maker: 'new Hono()',
    makesApp: (node, bindings) =>
      node.type === 'NewExpression' &&
      isFrom(bindings, node.callee, /^hono(\/(quick|tiny))?$|^@hono\/zod-openapi$/, ['Hono', 'OpenAPIHono']),
    parameters: 2,
    configuring: ['onError', 'notFound'],
  },
  {
    name: 'Express',
    dependency: 'express',
    entry: '@latchkey/jwt-middleware/express',
    maker: 'express()',
    makesApp: (node, bindings) =>
      node.type === 'CallExpression' && isFrom(bindings, node.callee, /^express$/, ['default', '*']),
    parameters: 3,
    configuring: ['set', 'enable', 'disable', 'engine'],
  },
]
