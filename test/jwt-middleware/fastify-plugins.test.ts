import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import fastifyCompress from '@fastify/compress'
import fastifyCookie from '@fastify/cookie'
import fastifyCors from '@fastify/cors'
import fastifyHelmet from '@fastify/helmet'
import fastifyJwt from '@fastify/jwt'
import fastifyStatic from '@fastify/static'
import type { AuthOptions } from '@latchkey/jwt-middleware'
import { auth, loginRequired } from '@latchkey/jwt-middleware/fastify'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import { type FastifyInstance, fastify } from 'fastify'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { recordingLogger } from '../support/tokens.ts'

const OWN_URL = 'http://app1.example.com'
const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const FILE = 'fastify-plugins.test.ts'
const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }

let testAuth: TestAuth
let options: AuthOptions
beforeEach(() => {
  testAuth = createTestAuth({ ownUrl: OWN_URL })
  options = { ...testAuth.options, log: recordingLogger() }
})

function create(): FastifyInstance {
  const app = fastify()
  onTestFinished(() => app.close())
  return app
}

/** The cookies of a browser whose access token has expired. */
function expired(): { cookie: string } {
  const { headers } = testAuth.signedIn()
  testAuth.clock.advance(361)
  return headers
}

const namesOf = (setCookies: string | string[] = []): string[] =>
  [setCookies].flat().map((line) => line.split('=', 1)[0] as string)

describe.each(['before', 'after'] as const)(
  'auth() for Fastify, with usual plugins registered %s it',
  (order) => {
    function start(more: Partial<AuthOptions> = {}): FastifyInstance {
      const app = create()
      const web = auth({ ...options, ...more })
      if (order === 'after') app.register(web)
      app.register(fastifyHelmet)
      app.register(fastifyCors, { origin: ['http://app2.example.com'], credentials: true })
      app.register(fastifyCookie)
      app.register(fastifyCompress, { threshold: 0 })
      if (order === 'before') app.register(web)
      app.register(async (below) => {
        below.get('/', async ({ user }, reply) => {
          reply.setCookie('theme', 'dark')
          return { email: user.isAuthenticated && user.email, text: 'a'.repeat(5000) }
        })
        below.get('/cookies', async ({ cookies }) => Object.keys(cookies))
        below.get(
          '/private',
          loginRequired(async ({ user }) => user.email),
        )
      })
      return app
    }

    it('renews in a compressed response with a cookie of the app', async () => {
      const app = start()
      const answer = await app.inject({ url: '/', headers: { ...expired(), 'accept-encoding': 'gzip' } })
      expect(answer.headers).toMatchObject({
        'content-encoding': 'gzip',
        'cache-control': 'private, no-store',
      })
      expect(JSON.parse(String(gunzipSync(answer.rawPayload)))).toMatchObject({ email: 'ada@example.com' })
      expect(namesOf(answer.headers['set-cookie']).sort()).toEqual(['jwt.access', 'jwt.refresh', 'theme'])
      const vary = String(answer.headers.vary).toLowerCase()
      for (const name of ['accept-encoding', 'cookie'])
        expect(vary.match(new RegExp(`\\b${name}\\b`, 'g'))).toEqual([name])
      expect(answer.headers['content-security-policy']).toContain("default-src 'self'")
      // What is renewed, the handler sees as it came.
      const { headers } = testAuth.signedIn()
      expect((await app.inject({ url: '/cookies', headers })).json()).toEqual(['jwt.access', 'jwt.refresh'])
    })

    it('refuses with the headers of the others', async () => {
      const app = start()
      const origin = 'http://app2.example.com'
      const anonymous = await app.inject({ url: '/private', headers: { origin } })
      expect(anonymous.statusCode).toBe(401)
      expect(anonymous.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'x-content-type-options': 'nosniff',
      })
      expect(String(anonymous.headers.vary)).toMatch(/origin/i)
      const page = await app.inject({ url: '/private', headers: PAGE })
      expect([page.statusCode, page.headers.location]).toEqual([
        302,
        `http://auth.latchkey.test/login?next=${encodeURIComponent(`${OWN_URL}/private`)}`,
      ])
      const preflight = await app.inject({
        method: 'OPTIONS',
        url: '/private',
        headers: { origin, 'access-control-request-method': 'GET' },
      })
      expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([204, origin])
    })

    it('refuses a write of another origin, whatever the others allow', async () => {
      const app = start()
      const { headers } = testAuth.signedIn()
      const origin = 'http://app2.example.com'
      const answer = await app.inject({ method: 'POST', url: '/private', headers: { ...headers, origin } })
      expect(answer.statusCode).toBe(403)
      expect(answer.headers['access-control-allow-origin']).toBe(order === 'before' ? origin : undefined)
    })
  },
)

describe('Files behind a guard for Fastify', () => {
  const START: Record<string, (app: FastifyInstance, options: AuthOptions) => void> = {
    'a hook of their context': (app, options) => {
      app.register(auth(options))
      app.register(async (files) => {
        files.addHook('preHandler', loginRequired())
        files.register(fastifyStatic, { root: FOLDER, prefix: '/files/', maxAge: '1h', immutable: true })
      })
    },
    'sendFile() in a handler': (app, options) => {
      app.register(auth(options))
      app.register(fastifyStatic, { root: FOLDER, serve: false, maxAge: '1h', immutable: true })
      app.get<{ Params: { name: string } }>(
        '/files/:name',
        loginRequired<{ Params: { name: string } }>((request, reply) => reply.sendFile(request.params.name)),
      )
    },
    'a guard of auth() without the plugin': (app, options) => {
      const web = auth(options)
      app.register(fastifyStatic, { root: FOLDER, serve: false, maxAge: '1h', immutable: true })
      app.get('/files/*', { preHandler: web.loginRequired() }, (request, reply) =>
        reply.sendFile((request.params as { '*': string })['*']),
      )
    },
    requireLogin: (app, options) => {
      app.register(auth({ ...options, requireLogin: true }))
      app.register(fastifyStatic, { root: FOLDER, prefix: '/files/', maxAge: '1h', immutable: true })
    },
  }

  it.each(Object.keys(START))('are private, whatever @fastify/static sends: by %s', async (name) => {
    const app = create()
    START[name]?.(app, options)
    const url = `/files/${FILE}`
    const { headers } = testAuth.signedIn()
    expect((await app.inject(url)).statusCode).toBe(401)
    for (const method of ['GET', 'HEAD'] as const) {
      const whole = await app.inject({ method, url, headers })
      expect([whole.statusCode, whole.headers['cache-control']]).toEqual([
        200,
        'private, max-age=3600, immutable',
      ])
      expect(whole.headers.vary).toMatch(/\bCookie\b/)
    }
    const part = await app.inject({ url, headers: { ...headers, range: 'bytes=0-9' } })
    expect([part.statusCode, part.body.length, part.headers['cache-control']]).toEqual([
      206,
      10,
      'private, max-age=3600, immutable',
    ])
    const { etag } = (await app.inject({ url, headers })).headers
    const renewed = await app.inject({ url, headers: { ...expired(), 'if-none-match': String(etag) } })
    expect([renewed.statusCode, renewed.headers['cache-control']]).toEqual([304, 'private, no-store'])
    expect(namesOf(renewed.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
  })
})

describe('A context of Fastify', () => {
  it('has users only below the plugin', async () => {
    const app = create()
    app.register(async (pages) => {
      pages.register(auth(options))
      pages.get('/page', async ({ user }) => user.isAuthenticated)
    })
    app.get('/healthz', async (request) => [request.user === undefined, request.auth === undefined])
    app.get('/guarded', { preHandler: loginRequired() }, async () => 'never')
    const { headers } = testAuth.signedIn()
    expect((await app.inject({ url: '/page', headers })).json()).toBe(true)
    const open = await app.inject({ url: '/healthz', headers })
    expect(open.json()).toEqual([true, true])
    expect(open.headers['cache-control']).toBeUndefined()
    expect((await app.inject({ url: '/guarded', headers })).json()).toMatchObject({
      code: 'middleware_missing',
    })
  })

  it('may have the plugin twice: a request is renewed once', async () => {
    const app = create()
    const web = auth(options)
    app.register(web)
    app.register(web)
    app.register(async (below) => {
      below.register(web)
      below.get(
        '/',
        web.loginRequired(async ({ user }) => user.email),
      )
    })
    const answer = await app.inject({ url: '/', headers: expired() })
    expect(answer.body).toBe('ada@example.com')
    expect(namesOf(answer.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
    expect(web.status().requests.renewed).toBe(1)
  })

  it('has the user in hooks of onRequest that come after an awaited plugin', async () => {
    const app = create()
    await app.register(auth(options))
    const seen: boolean[] = []
    app.addHook('onRequest', async ({ user }) => void seen.push(user.isAuthenticated))
    app.get('/', async () => 'ok')
    await app.inject({ url: '/', headers: testAuth.signedIn().headers })
    expect(seen).toEqual([true])
  })
})

describe('Another plugin with a request.user', () => {
  const theirs = (app: FastifyInstance, more: object = {}) =>
    app.register(fastifyJwt, { secret: 'only here', ...more })

  it('before auth() is an error that says what to do', async () => {
    const app = create()
    theirs(app)
    app.register(auth(options))
    await expect(app.ready()).rejects.toMatchObject({
      code: 'name_taken',
      message: expect.stringContaining('decoratorName of @fastify/jwt'),
    })
  })

  it('after auth() is an error of Fastify', async () => {
    const app = create()
    app.register(auth(options))
    // As @fastify/jwt does it, in a way that can be awaited.
    app.register(async (below) => void below.decorateRequest('user', null as never))
    await expect(app.ready()).rejects.toMatchObject({ code: 'FST_ERR_DEC_ALREADY_PRESENT' })
  })

  it('works under another name, and in a context of its own', async () => {
    const app = create()
    theirs(app, { decoratorName: 'payload' })
    app.register(auth(options))
    app.get('/both', async (request) => {
      const payload = await request.jwtVerify()
      return [request.user.isAuthenticated && request.user.email, payload]
    })
    await app.ready()
    const authorization = `Bearer ${app.jwt.sign({ of: 'another' })}`
    const both = await app.inject({
      url: '/both',
      headers: { ...testAuth.signedIn().headers, authorization },
    })
    expect(both.json()).toEqual(['ada@example.com', expect.objectContaining({ of: 'another' })])

    const apart = create()
    apart.register(async (api) => {
      theirs(api)
      api.get('/api', async (request) => request.jwtVerify())
    })
    apart.register(async (pages) => {
      pages.register(auth(options))
      pages.get(
        '/',
        loginRequired(async ({ user }) => user.email),
      )
    })
    expect((await apart.inject({ url: '/', headers: testAuth.signedIn().headers })).body).toBe(
      'ada@example.com',
    )
    expect((await apart.inject({ url: '/api', headers: { authorization } })).json()).toMatchObject({
      of: 'another',
    })
  })
})

it('fastify.inject() signs in, renews, and refuses', async () => {
  const app = create()
  const web = auth(options)
  app.register(web)
  app.get(
    '/',
    loginRequired(async ({ user }) => user.email),
  )
  app.post(
    '/',
    loginRequired(async ({ body }) => body),
  )
  app.post('/sign-out', web.signOut())
  const ada = testAuth.signedIn()
  expect((await app.inject({ url: '/', headers: ada.headers })).body).toBe('ada@example.com')
  const renewed = await app.inject({ url: '/', headers: expired() })
  expect(renewed.cookies.map(({ name }) => name)).toEqual(['jwt.access', 'jwt.refresh'])
  const post = (origin: string) =>
    app.inject({
      method: 'POST',
      url: '/',
      headers: { ...testAuth.signedIn().headers, origin },
      payload: { a: 1 },
    })
  expect((await post(OWN_URL)).json()).toEqual({ a: 1 })
  expect((await post('http://evil.test')).statusCode).toBe(403)
  const { headers } = testAuth.signedIn()
  const left = await app.inject({
    method: 'POST',
    url: '/sign-out',
    headers: { ...headers, origin: OWN_URL },
  })
  expect(left.statusCode).toBe(204)
  expect((await app.inject({ url: '/', headers })).statusCode).toBe(401)
})
