import type { Node } from '@babel/types'
import { type Bindings, requiredModule, unwrap } from './syntax.ts'

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
  /** The method of an app that takes middleware. */
  readonly mount: 'use' | 'register'
  /** The number of parameters of a middleware function; with fewer, a function answers the request. */
  readonly parameters: number
  /** Methods that only configure an app, wherever they are called. */
  readonly configuring: readonly string[]
  /** A guarded route, for messages, with `…` in place of the rest: the handler's types know the user. */
  readonly guarded: string
}

/** Whether a name comes from these modules; `require('fastify')` itself does so, too. */
const isFrom = (bindings: Bindings, node: Node, sources: RegExp, imported: readonly string[]): boolean => {
  const required = requiredModule(unwrap(node))
  if (required !== null) return sources.test(required) && imported.includes('*')
  const binding = node.type === 'Identifier' ? bindings.get(node.name) : undefined
  return binding !== undefined && sources.test(binding.source) && imported.includes(binding.imported)
}

const WEB = '@latchkey/jwt-middleware/web'

/** Frameworks of the Fetch standard, which have no entry of their own; `RECIPES` has a page for each. */
export const H3: Framework = {
  name: 'H3',
  dependency: 'h3',
  entry: WEB,
  maker: 'new H3()',
  makesApp: (node, bindings) =>
    node.type === 'NewExpression' && isFrom(bindings, node.callee, /^h3$/, ['H3']),
  mount: 'use',
  parameters: 2,
  configuring: [],
  guarded:
    "app.use('/notes/**', async (event, next) => (await web.loginRequired()(await web(event.req))) ?? next())",
}

export const ELYSIA: Framework = {
  name: 'Elysia',
  dependency: 'elysia',
  entry: WEB,
  maker: 'new Elysia()',
  makesApp: (node, bindings) =>
    node.type === 'NewExpression' && isFrom(bindings, node.callee, /^elysia$/, ['Elysia', 'default']),
  mount: 'use',
  parameters: 1,
  configuring: [],
  guarded: "app.get('/notes', ({ user }) => …, { loginRequired: true })",
}

/** All frameworks that the middleware has an entry for. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'Hono',
    dependency: 'hono',
    entry: '@latchkey/jwt-middleware/hono',
    maker: 'new Hono()',
    makesApp: (node, bindings) =>
      node.type === 'NewExpression' &&
      isFrom(bindings, node.callee, /^hono(\/(quick|tiny))?$|^@hono\/zod-openapi$/, ['Hono', 'OpenAPIHono']),
    mount: 'use',
    parameters: 2,
    configuring: ['onError', 'notFound'],
    guarded: "app.get('/notes', loginRequired(), (c) => …)",
  },
  {
    name: 'Express',
    dependency: 'express',
    entry: '@latchkey/jwt-middleware/express',
    maker: 'express()',
    makesApp: (node, bindings) =>
      node.type === 'CallExpression' && isFrom(bindings, node.callee, /^express$/, ['default', '*']),
    mount: 'use',
    parameters: 3,
    configuring: ['set', 'enable', 'disable', 'engine'],
    guarded: "app.get('/notes', loginRequired((req, res) => …))",
  },
  {
    name: 'Fastify',
    dependency: 'fastify',
    entry: '@latchkey/jwt-middleware/fastify',
    maker: 'fastify()',
    makesApp: (node, bindings) =>
      node.type === 'CallExpression' &&
      isFrom(bindings, node.callee, /^fastify$/, ['default', '*', 'fastify']),
    mount: 'register',
    // A function is a part of the app, with routes of its own.
    parameters: Number.POSITIVE_INFINITY,
    configuring: [
      'addConstraintStrategy',
      'addContentTypeParser',
      'addHook',
      'addSchema',
      'decorate',
      'decorateReply',
      'decorateRequest',
      'removeAllContentTypeParsers',
      'removeContentTypeParser',
      'setErrorHandler',
      'setNotFoundHandler',
      'setReplySerializer',
      'setSchemaErrorFormatter',
      'setSerializerCompiler',
      'setValidatorCompiler',
      'withTypeProvider',
    ],
    guarded: "app.get('/notes', loginRequired(async (request) => …))",
  },
  {
    name: 'Koa',
    dependency: 'koa',
    entry: '@latchkey/jwt-middleware/koa',
    maker: 'new Koa()',
    makesApp: (node, bindings) =>
      node.type === 'NewExpression' && isFrom(bindings, node.callee, /^koa$/, ['default', '*']),
    mount: 'use',
    parameters: 2,
    configuring: ['on', 'once'],
    guarded: "router.get('/notes', loginRequired((ctx) => …))",
  },
]
