import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import {
  type AuthMiddleware,
  type AuthOptions,
  auth,
  loginRequired,
  requireFresh,
  staffRequired,
  superuserRequired,
  type TokenUser,
  tokenRequired,
  userPassesTest,
} from '@latchkey/jwt-middleware/hono'
import { type Context, type Env, Hono } from 'hono'
import { cors } from 'hono/cors'
import { methodOverride } from 'hono/method-override'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { send } from '../support/http.ts'
import { revocationSource } from '../support/revocation-source.ts'
import {
  APP,
  accessPayload,
  ISSUER,
  jwksResponse,
  NOW,
  refreshHeader,
  refreshPayload,
  testKey,
} from '../support/tokens.ts'
import { adapterCasesSuite } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { type Beside, corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'
import { honoCasesApp } from './support/hono-cases-app.ts'

const start: StartApp = async (options, isAda) => {
  const app = new Hono()
  const middleware = auth(options)
  app.use(middleware)
  app.all('/open', (c) => c.json(c.var.user))
  app.all('/private', loginRequired(), (c) => c.json(c.var.user))
  app.get('/fresh', requireFresh(), (c) => c.json(c.var.user))
  app.get('/staff', staffRequired(), (c) => c.json(c.var.user))
  app.get('/superuser', superuserRequired(), (c) => c.json(c.var.user))
  app.get('/ada', userPassesTest(isAda), (c) => c.json(c.var.user))
  app.get('/cards', tokenRequired({ scopes: ['cards.read'] }), (c) => c.json(c.var.caller))
  app.get('/card', tokenRequired({ scopes: ['cards.read', 'cards.write'] }), (c) => c.json(c.var.caller))
  app.get('/guarded/public', loginRequired(), (c) => {
    c.header('cache-control', 'public, max-age=60, s-maxage=600, immutable')
    c.header('vary', 'Accept')
    return c.json(c.var.user)
  })
  app.get('/public', (c) => {
    c.header('cache-control', 'public, max-age=60')
    c.header('vary', 'Accept')
    return c.json(c.var.user)
  })
  return { ...(await listen(app)), forget: middleware.forget, status: middleware.status }
}

/** Serves the app on a free port. */
async function listen(app: Hono) {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** The same without middleware before the routes: each has a guard from auth()'s result. */
const startWithGuards: StartApp = async (options, isAda) => {
  const app = new Hono()
  const web = auth(options)
  if (options.requireLogin) app.use(web)
  const show = (c: Context) => c.json(c.var.user)
  const saysPublic = (c: Context) => {
    c.header('cache-control', 'public, max-age=60, s-maxage=600, immutable')
    c.header('vary', 'Accept')
    return c.json(c.var.user)
  }
  app.all('/open', web, show)
  app.all('/private', web.loginRequired(show))
  app.get('/fresh', web.requireFresh(show))
  app.get('/staff', web.staffRequired(), show)
  app.get('/superuser', web.superuserRequired(show))
  app.get('/ada', web.userPassesTest(isAda, show))
  app.get(
    '/cards',
    web.tokenRequired({ scopes: ['cards.read'] }, (c) => {
      expectTypeOf(c.var.caller).toEqualTypeOf<TokenUser>()
      return c.json(c.var.caller)
    }),
  )
  app.get('/card', web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }), show)
  app.get('/guarded/public', web.loginRequired(saysPublic))
  app.get('/public', web, (c) => {
    c.header('cache-control', 'public, max-age=60')
    c.header('vary', 'Accept')
    return c.json(c.var.user)
  })
  return { ...(await listen(app)), forget: web.forget, status: web.status }
}

adapterSuite('Hono', start)
adapterSuite('Hono, by the guards that auth() returns', startWithGuards, { isAgain: true })
apiTokenSuite('Hono', start)
apiTokenSuite('Hono, by the guards that auth() returns', startWithGuards)

/** An app with links and a sign-out. */
function linkedApp(web: AuthMiddleware): Hono {
  const app = new Hono().use(web)
  app.all('/sign-out', web.signOut())
  app.all('/bye', web.signOut({ next: '/goodbye?a=1' }))
  app.get('/private', loginRequired(), (c) => c.text('private'))
  return app.all('/links', (c) => {
    const next = c.req.query('next')
    return c.json({
      signIn: web.signInUrl(c, next),
      signUp: web.signUpUrl(c, next),
      signOut: web.signOutUrl(c, next),
      account: web.accountUrl(),
    })
  })
}

const startLinked: StartLinkedApp = async (options) => {
  const web = auth(options)
  return { ...(await listen(linkedApp(web))), signOutTo: (next) => void web.signOut({ next }) }
}

/** The same where Hono does not know node's request and response, as on other servers. */
const startElsewhere: StartLinkedApp = async (options) => {
  const web = auth(options)
  const app = linkedApp(web)
  const served = new Hono().all('*', (c) => app.fetch(c.req.raw))
  return { ...(await listen(served)), signOutTo: (next) => void web.signOut({ next }) }
}

/** The same without middleware before the route. */
const startAlone: StartLinkedApp = async (options) => {
  const web = auth(options)
  const app = new Hono().all('/sign-out', web.signOut()).all('/bye', web.signOut({ next: '/goodbye?a=1' }))
  app.route('/', linkedApp(web))
  return { ...(await listen(app)), signOutTo: (next) => void web.signOut({ next }) }
}

function corsApp(options: AuthOptions, beside: Beside): Hono {
  const app = new Hono()
  const other = cors({ origin: (origin) => origin, credentials: true })
  if (beside === 'before') app.use(other)
  app.use(auth(options))
  if (beside === 'after') app.use(other)
  app.all('/private', loginRequired(), (c) => c.text('private'))
  app.get('/broken', () => {
    throw new Error('broken on purpose')
  })
  return app.onError((_, c) => c.text('broken', 500))
}

const startCors: StartCorsApp = (options, beside) => listen(corsApp(options, beside))

/** The same by a guard that auth() returns. */
const startCorsByGuard: StartCorsApp = async (options, beside) => {
  const app = new Hono()
  const web = auth(options)
  const other = cors({ origin: (origin) => origin, credentials: true })
  if (beside === 'before') app.use(other)
  if (beside === 'after') app.all('/private', web.loginRequired(), other)
  app.all(
    '/private',
    web.loginRequired((c) => c.text('private')),
  )
  app.get('/broken', web, () => {
    throw new Error('broken on purpose')
  })
  app.onError((_, c) => c.text('broken', 500))
  return listen(app)
}

/** The same where Hono does not know node's request and response, as on other servers. */
const startCorsElsewhere: StartCorsApp = (options, beside) => {
  const app = corsApp(options, beside)
  return listen(new Hono().all('*', (c) => app.fetch(c.req.raw)))
}

corsSuite('Hono', startCors)
corsSuite('Hono (by its guards)', startCorsByGuard)
corsSuite("Hono (other servers than Node's)", startCorsElsewhere)

signOutSuite('Hono', startLinked)
signOutSuite("Hono (other servers than Node's)", startElsewhere)
signOutSuite('Hono (by the route alone)', startAlone)

describe('auth() for Hono', () => {
  const options = { loginUrl: `${ISSUER}/login`, ownUrl: APP }

  it('works without a node request, as under app.request()', async () => {
    const app = new Hono().use(auth(options)).get('/notes', loginRequired(), (c) => c.text('ok'))
    const response = await app.request('/notes?page=2', { headers: { accept: 'text/html' } })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(
      `${ISSUER}/login?next=${encodeURIComponent(`${APP}/notes?page=2`)}`,
    )
  })

  it("keeps guarded responses out of shared caches on servers other than Node's as well", async () => {
    const key = await testKey('key-1')
    const shared = {
      now: () => NOW * 1000,
      fetch: async () => jwksResponse(key),
      revocations: revocationSource(),
    }
    const says = (c: Context) => c.text('ok', 200, { 'cache-control': 'max-age=60, public', vary: 'Accept' })
    const app = new Hono().use(auth({ ...options, ...shared }))
    app.get('/notes', loginRequired(), says).get('/open', says)
    const headers = { cookie: `jwt.access=${key.sign(accessPayload())}` }
    const cacheControl = async (path: string) =>
      (await app.request(path, { headers })).headers.get('cache-control')
    expect(await cacheControl('/notes')).toBe('private, max-age=60')
    expect(await cacheControl('/open')).toBe('max-age=60, public')
  })

  it('checks the origin of a request whose method an app overrides, even with a warm token', async () => {
    const key = await testKey('key-1')
    const app = new Hono()
    app.use(methodOverride({ app, query: '_method' }))
    app.use(
      auth({
        ...options,
        now: () => NOW * 1000,
        fetch: async () => jwksResponse(key),
        revocations: revocationSource(),
      }),
    )
    app.get('/note', loginRequired(), (c) => c.text('read'))
    app.delete('/note', loginRequired(), (c) => c.text('deleted'))
    const { url, close } = await listen(app)
    try {
      const cookie = `jwt.access=${key.sign(accessPayload())}`
      const fromSibling = { cookie, 'sec-fetch-site': 'same-site', origin: 'http://evil.demo.localhost' }
      for (const what of ['cold', 'warm']) {
        const sent = { method: 'HEAD', headers: fromSibling }
        expect((await send(`${url}/note?_method=DELETE`, sent)).status, what).toBe(403)
        expect((await send(`${url}/note`, { headers: { cookie } })).status).toBe(200)
      }
    } finally {
      await close()
    }
  })

  it('narrows the user behind a guard, and only there', () => {
    new Hono()
      .use(auth(options))
      .get('/open', (c) => {
        expectTypeOf(c.var.user.isAuthenticated).toEqualTypeOf<boolean>()
        // @ts-expect-error: an anonymous user has no e-mail
        return c.text(c.var.user.email ?? '')
      })
      .get('/private', loginRequired(), (c) => {
        expectTypeOf(c.var.user.isAuthenticated).toEqualTypeOf<true>()
        expectTypeOf(c.var.user.email).toEqualTypeOf<string>()
        return c.text(c.var.user.email)
      })
      .get('/fresh', requireFresh(), (c) => c.text(c.var.user.email))
  })

  it('returns guards that need no middleware before them and type their handlers', async () => {
    const key = await testKey('key-1')
    const web = auth({ ...options, now: () => NOW * 1000, fetch: async () => jwksResponse(key) })
    const app = new Hono()
      .get(
        '/notes/:id',
        web.loginRequired<Env, '/notes/:id'>((c) => {
          expectTypeOf(c.var.user.isAuthenticated).toEqualTypeOf<true>()
          expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
          return c.text(`${c.req.param('id')} of ${c.var.user.email}`)
        }),
      )
      .get('/staff', web.staffRequired(), (c) => {
        expectTypeOf(c.var.user.email).toEqualTypeOf<string>()
        return c.text(c.var.user.email)
      })
      .get(
        '/ada',
        web.userPassesTest(
          ({ email }) => email.startsWith('ada'),
          (c) => c.text(c.var.user.email),
        ),
      )
    const headers = { cookie: `jwt.access=${key.sign(accessPayload())}` }
    const answer = await app.request('/notes/7', { headers })
    expect(await answer.text()).toBe('7 of ada@example.com')
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    expect((await app.request('/staff', { headers })).status).toBe(403)
    expect((await app.request('/ada', { headers })).status).toBe(200)
    expect((await app.request('/ada')).status).toBe(401)
  })

  it('authenticates once if its middleware precedes one of its guards', async () => {
    const key = await testKey('key-1')
    let renewals = 0
    const web = auth({
      ...options,
      now: () => NOW * 1000,
      revocations: revocationSource(),
      fetch: async (input) => {
        if (!String(input).endsWith('/refresh')) return jwksResponse(key)
        renewals++
        return new Response('{}', { headers: { 'set-cookie': `jwt.access=${key.sign(accessPayload())}` } })
      },
    })
    const app = new Hono().use(web).get(
      '/notes',
      web.loginRequired((c) => c.text(c.var.user.email)),
    )
    const cookie = `jwt.refresh=${key.sign(refreshPayload(), refreshHeader(key))}`
    const { url, close } = await listen(app)
    try {
      const answer = await send(`${url}/notes`, { headers: { cookie } })
      expect([answer.status, renewals, answer.headers['set-cookie']?.length]).toEqual([200, 1, 1])
    } finally {
      await close()
    }
  })

  it.each([
    ['guarded alone', (app: Hono) => app],
    ['with an error response of its own', (app: Hono) => app.onError((_, c) => c.text('sorry', 500))],
    [
      'under the middleware, with a response from elsewhere',
      (app: Hono, web: AuthMiddleware) => app.use(web).onError(() => new Response('sorry', { status: 500 })),
    ],
  ])('keeps the renewed cookie of a request whose handler fails, without Node: %s', async (_, prepare) => {
    const key = await testKey('key-1')
    const web = auth({
      ...options,
      now: () => NOW * 1000,
      revocations: revocationSource(),
      fetch: async (input) =>
        String(input).endsWith('/refresh')
          ? new Response('{}', { headers: { 'set-cookie': `jwt.access=${key.sign(accessPayload())}` } })
          : jwksResponse(key),
    })
    const app = prepare(new Hono(), web).get(
      '/notes',
      web.loginRequired(() => {
        throw new Error('broken on purpose')
      }),
    )
    const cookie = `jwt.refresh=${key.sign(refreshPayload(), refreshHeader(key))}`
    const response = await app.request(`${APP}/notes`, { headers: { cookie } })
    expect([response.status, response.headers.getSetCookie().length]).toEqual([500, 1])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('vary')).toBe('Cookie')
    web.close()
  })

  it.each([loginRequired, requireFresh])('explains a guard that runs before it: %o', async (guard) => {
    const app = new Hono().get('/notes', guard(), (c) => c.text('ok'))
    let thrown: unknown
    app.onError((error, c) => {
      thrown = error
      return c.text('', 500)
    })
    await app.request('/notes')
    expect(thrown).toMatchObject({
      code: 'middleware_missing',
      message: expect.stringContaining('app.use(auth())'),
    })
  })
})

adapterCasesSuite('Hono', (options) => listen(honoCasesApp(options)))
