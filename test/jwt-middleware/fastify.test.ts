import { Readable } from 'node:stream'
import {
  type AuthenticatedUser,
  auth,
  loginRequired,
  permissionRequired,
  requireFresh,
  staffRequired,
  superuserRequired,
  type TokenUser,
  tokenRequired,
  userPassesTest,
} from '@latchkey/jwt-middleware/fastify'
import { type FastifyInstance, fastify, type RouteHandlerMethod } from 'fastify'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { send } from '../support/http.ts'
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'

const show: RouteHandlerMethod = async (request) => request.user
const showPublic =
  (cacheControl: string): RouteHandlerMethod =>
  async (request, reply) => {
    reply.header('cache-control', cacheControl).header('vary', 'Accept')
    return request.user
  }
const FOREVER = 'public, max-age=60, s-maxage=600, immutable'

async function serve(app: FastifyInstance) {
  // Fastify reads no forms by itself.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { url, close: async () => void (await app.close()) }
}

const startWithHooks: StartApp = async (options, isAda) => {
  const app = fastify()
  const web = auth(options)
  app.register(web)
  app.all('/open', show)
  app.all('/private', { preHandler: loginRequired() }, show)
  app.get('/fresh', { preHandler: requireFresh() }, show)
  app.get(
    '/staff',
    staffRequired(async (request) => {
      expectTypeOf(request.user.email).toEqualTypeOf<string>()
      return request.user
    }),
  )
  app.get('/superuser', { preHandler: superuserRequired() }, show)
  app.get('/ada', { preHandler: userPassesTest(isAda) }, show)
  app.get(
    '/cards',
    tokenRequired({ scopes: ['cards.read'] }, async (request) => {
      expectTypeOf(request.caller).toEqualTypeOf<TokenUser>()
      return request.caller
    }),
  )
  app.get('/card', { preHandler: tokenRequired({ scopes: ['cards.read', 'cards.write'] }) }, show)
  app.get('/guarded/public', { preHandler: loginRequired() }, showPublic(FOREVER))
  app.get('/public', showPublic('public, max-age=60'))
  return { ...(await serve(app)), forget: web.forget, status: web.status }
}

/** The same without a plugin: each route has a guard from auth()'s result. */
const startWithGuards: StartApp = async (options, isAda) => {
  const app = fastify()
  const web = auth(options)
  if (options.requireLogin) app.register(web)
  app.all('/private', web.loginRequired(show))
  app.get('/fresh', web.requireFresh(show))
  app.get('/staff', { preHandler: web.staffRequired() }, show)
  app.get('/superuser', web.superuserRequired(show))
  app.get('/ada', web.userPassesTest(isAda, show))
  app.get(
    '/cards',
    web.tokenRequired({ scopes: ['cards.read'] }, (request, reply) => void reply.send(request.caller)),
  )
  app.get('/card', { preHandler: web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }) }, show)
  app.get('/guarded/public', web.loginRequired(showPublic(FOREVER)))
  app.register(async (below) => {
    if (!options.requireLogin) below.register(web)
    below.all('/open', show)
    below.get('/public', showPublic('public, max-age=60'))
  })
  return { ...(await serve(app)), forget: web.forget, status: web.status }
}

adapterSuite('Fastify', startWithHooks)
adapterSuite('Fastify, by the guards that auth() returns', startWithGuards, { isAgain: true })
apiTokenSuite('Fastify', startWithHooks)
apiTokenSuite('Fastify, by the guards that auth() returns', startWithGuards)

const startLinked: StartLinkedApp = async (options) => {
  const app = fastify()
  const web = auth(options)
  app.register(web)
  app.all('/sign-out', web.signOut())
  app.all('/bye', web.signOut({ next: '/goodbye?a=1' }))
  app.get('/private', { preHandler: loginRequired() }, async () => 'private')
  app.all<{ Querystring: { next?: string } }>('/links', async (request) => ({
    signIn: web.signInUrl(request, request.query.next),
    signUp: web.signUpUrl(request, request.query.next),
    signOut: web.signOutUrl(request, request.query.next),
    account: web.accountUrl(),
  }))
  return { ...(await serve(app)), signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const app = fastify()
  const others = () =>
    app.addHook('onRequest', async (request, reply) => {
      reply.header('access-control-allow-origin', request.headers.origin ?? '*')
      reply.header('access-control-allow-credentials', 'true').header('vary', 'Origin')
    })
  if (beside === 'before') others()
  await app.register(auth(options))
  if (beside === 'after') others()
  app.all('/private', { preHandler: loginRequired() }, async () => 'private')
  app.get('/broken', async () => {
    throw new Error('broken on purpose')
  })
  return serve(app)
}

signOutSuite('Fastify', startLinked)
corsSuite('Fastify', startCors)

describe('auth() for Fastify', () => {
  it.each([loginRequired, requireFresh])('explains a guard that runs before it: %o', async (guard) => {
    const app = fastify()
    app.get('/notes', { preHandler: guard() }, show)
    const errors: Error[] = []
    app.setErrorHandler((error: Error, _request, reply) => {
      errors.push(error)
      reply.code(500).send()
    })
    const { url, close } = await serve(app)
    await send(`${url}/notes`)
    await close()
    expect(errors).toMatchObject([
      { code: 'middleware_missing', message: expect.stringContaining('app.register(auth())') },
    ])
  })

  it('types handlers of routes with parameters', () => {
    const app = fastify()
    app.get(
      '/notes/:id',
      loginRequired<{ Params: { id: string } }>(async (request) => {
        expectTypeOf(request.params.id).toEqualTypeOf<string>()
        expectTypeOf(request.user.email).toEqualTypeOf<string>()
        expectTypeOf(request.user).toExtend<AuthenticatedUser>()
      }),
    )
  })
})

const startCases: StartCasesApp = async (options) => {
  const app = fastify()
  const web = auth(options)
  app.register(web)
  app.all('/open', show)
  app.all('/private', { preHandler: loginRequired() }, show)
  app.get('/staff', { preHandler: staffRequired() }, show)
  app.get('/team', { preHandler: permissionRequired('cards.read') }, show)
  app.get(
    '/cards',
    tokenRequired({ scopes: ['cards.read'] }, async (request) => request.caller),
  )
  app.post(
    '/echo',
    loginRequired(async (request) => request.body),
  )
  app.get('/live', { preHandler: loginRequired() }, show)
  app.get('/public', showPublic('public, max-age=60'))
  app.get('/guarded/public', { preHandler: loginRequired() }, showPublic('public, max-age=60'))
  app.get('/own', async (_request, reply) => reply.header('set-cookie', 'own=1').send('own'))
  app.get('/stream', async () => endless())
  app.get('/unchanged', async (_request, reply) => reply.code(304).send())
  app.get('/moved', async (_request, reply) => reply.redirect('/open'))
  app.get('/broken', async () => {
    throw new Error('broken on purpose')
  })
  app.get('/missing', (_request, reply) => reply.callNotFound())
  app.get('/denied', async () => {
    throw Object.assign(new Error('of a handler'), { statusCode: 403 })
  })
  app.get('/hang', () => {})
  app.post('/sign-out', web.signOut())
  return serve(app)
}

/** One piece, and no end. */
const endless = () =>
  Readable.from(
    (async function* () {
      yield 'one'
      await new Promise(() => {})
    })(),
  )

// Fastify's own page for errors.
adapterCasesSuite('Fastify', startCases)
