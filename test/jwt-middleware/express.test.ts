import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import {
  type AuthenticatedRequest,
  auth,
  loginRequired,
  permissionRequired,
  requireFresh,
  staffRequired,
  superuserRequired,
  type TokenUser,
  tokenRequired,
  userPassesTest,
} from '@latchkey/jwt-middleware/express'
import cors from 'cors'
import express5, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express'
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
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'

async function listen(app: Express) {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** The same interface, without types of its own. */
const express4: typeof express5 = createRequire(import.meta.url)('express-4')

const show: RequestHandler = (req, res) => void res.json(req.user)

const startOn =
  (express: typeof express5): StartApp =>
  async (options, isAda) => {
    const app = express()
    const middleware = auth(options)
    app.use(middleware)
    app.all('/open', show)
    app.all('/private', loginRequired(), show)
    app.get('/fresh', requireFresh(), show)
    app.get(
      '/staff',
      staffRequired((req, res) => {
        expectTypeOf(req.user.email).toEqualTypeOf<string>()
        res.json(req.user)
      }),
    )
    app.get('/superuser', superuserRequired(), show)
    app.get('/ada', userPassesTest(isAda), show)
    app.get(
      '/cards',
      tokenRequired({ scopes: ['cards.read'] }, (req, res) => {
        res.json(req.caller)
      }),
    )
    app.get('/card', tokenRequired({ scopes: ['cards.read', 'cards.write'] }), show)
    app.get('/guarded/public', loginRequired(), (req, res) => {
      res.setHeader('cache-control', 'public, max-age=60, s-maxage=600, immutable')
      res.vary('Accept')
      res.json(req.user)
    })
    app.get('/public', (req, res) => {
      res.setHeader('cache-control', 'public, max-age=60')
      res.vary('Accept')
      res.json(req.user)
    })
    return { ...(await listen(app)), forget: middleware.forget, status: middleware.status }
  }

/** The same without middleware before the routes: each has a guard from auth()'s result. */
const startWithGuards: StartApp = async (options, isAda) => {
  const app = express5()
  const web = auth(options)
  if (options.requireLogin) app.use(web)
  app.all('/open', web, show)
  app.all('/private', web.loginRequired(show))
  app.get('/fresh', web.requireFresh(show))
  app.get('/staff', web.staffRequired(), show)
  app.get('/superuser', web.superuserRequired(show))
  app.get('/ada', web.userPassesTest(isAda, show))
  app.get(
    '/cards',
    web.tokenRequired({ scopes: ['cards.read'] }, (req, res) => {
      expectTypeOf(req.caller).toEqualTypeOf<TokenUser>()
      res.json(req.caller)
    }),
  )
  app.get('/card', web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }), show)
  app.get(
    '/guarded/public',
    web.loginRequired((req, res) => {
      res.setHeader('cache-control', 'public, max-age=60, s-maxage=600, immutable')
      res.vary('Accept')
      res.json(req.user)
    }),
  )
  app.get('/public', web, (req, res) => {
    res.setHeader('cache-control', 'public, max-age=60')
    res.vary('Accept')
    res.json(req.user)
  })
  return { ...(await listen(app)), forget: web.forget, status: web.status }
}

adapterSuite('Express 5', startOn(express5))
adapterSuite('Express 4', startOn(express4), { isAgain: true })
adapterSuite('Express, by the guards that auth() returns', startWithGuards, { isAgain: true })
apiTokenSuite('Express 5', startOn(express5))
apiTokenSuite('Express 4', startOn(express4))
apiTokenSuite('Express, by the guards that auth() returns', startWithGuards)

const startLinked: StartLinkedApp = async (options) => {
  const app = express5()
  const web = auth(options)
  app.use(web)
  app.all('/sign-out', web.signOut())
  app.all('/bye', web.signOut({ next: '/goodbye?a=1' }))
  app.get('/private', loginRequired(), (_req, res) => void res.send('private'))
  app.all('/links', (req, res) => {
    const next = req.query.next as string | undefined
    res.json({
      signIn: web.signInUrl(req, next),
      signUp: web.signUpUrl(req, next),
      signOut: web.signOutUrl(req, next),
      account: web.accountUrl(),
    })
  })
  return { ...(await listen(app)), signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const app = express5()
  const other = cors({ origin: true, credentials: true })
  if (beside === 'before') app.use(other)
  app.use(auth(options))
  if (beside === 'after') app.use(other)
  app.all('/private', loginRequired(), (_req, res) => void res.send('private'))
  app.get('/broken', () => {
    throw new Error('broken on purpose')
  })
  const onError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).send('broken')
  return listen(app.use(onError))
}

corsSuite('Express', startCors)
signOutSuite('Express', startLinked)

describe('Guards for Express leave types alone', () => {
  const app = express5()

  it('so that a route knows its parameters', () => {
    app.get('/notes/:id', loginRequired(), staffRequired(), requireFresh(), (req, res) => {
      expectTypeOf(req.params.id).toEqualTypeOf<string>()
      res.json(req.params.id)
    })
    app.get('/notes/:id/:part', userPassesTest(), (req, res) => {
      expectTypeOf(req.params).toEqualTypeOf<{ id: string } & { part: string }>()
      res.json(req.params)
    })
    app.route('/notes/:id').get(superuserRequired(), (req, res) => {
      expectTypeOf(req.params.id).toEqualTypeOf<string>()
      res.json(req.params.id)
    })
    express5.Router().use(loginRequired(), express5.static('.'))
  })

  it('so that handlers with declared types are accepted behind them and in them', () => {
    const typed: RequestHandler<{ id: string }, { ok: boolean }, { text: string }> = (req, res) => {
      res.json({ ok: req.params.id === req.body.text })
    }
    app.post('/notes/:id', loginRequired(), typed)
    app.post('/notes/:id', loginRequired(typed))
    app.post('/notes/:id', userPassesTest(undefined, typed))
    const known = (req: AuthenticatedRequest<{ id: string }, unknown, { text: string }>, res: Response) => {
      expectTypeOf(req.params.id).toEqualTypeOf<string>()
      expectTypeOf(req.body).toEqualTypeOf<{ text: string }>()
      expectTypeOf(req.user.email).toEqualTypeOf<string>()
      res.end()
    }
    app.put('/notes/:id', loginRequired(known))
    app.put(
      '/notes/:id',
      loginRequired<{ id: string }>((req, res) => {
        expectTypeOf(req.params.id).toEqualTypeOf<string>()
        expectTypeOf(req.user.email).toEqualTypeOf<string>()
        res.end()
      }),
    )
    const handlers: RequestHandler[] = [loginRequired(), loginRequired((req, res) => void res.json(req.user))]
    app.all('/all', ...handlers)
  })
})

describe('Guards returned by auth() for Express', () => {
  const options = { loginUrl: `${ISSUER}/login`, ownUrl: APP, now: () => NOW * 1000 }

  it('type their handlers, and leave the route’s types to the ones behind them', () => {
    const web = auth(options)
    const app = express5()
    app.get(
      '/notes/:id',
      web.loginRequired<{ id: string }>((req, res) => {
        expectTypeOf(req.params.id).toEqualTypeOf<string>()
        expectTypeOf(req.user.email).toEqualTypeOf<string>()
        res.end()
      }),
    )
    app.get('/notes/:id', web.staffRequired(), (req, res) => {
      expectTypeOf(req.params.id).toEqualTypeOf<string>()
      res.end()
    })
  })

  it('authenticate once behind the middleware', async () => {
    const key = await testKey('key-1')
    let renewals = 0
    const web = auth({
      ...options,
      revocations: revocationSource(),
      fetch: async (input) => {
        if (!String(input).endsWith('/refresh')) return jwksResponse(key)
        renewals++
        return new Response('{}', { headers: { 'set-cookie': `jwt.access=${key.sign(accessPayload())}` } })
      },
    })
    const { url, close } = await listen(express5().use(web).get('/notes', web.loginRequired(show)))
    const cookie = `jwt.refresh=${key.sign(refreshPayload(), refreshHeader(key))}`
    const answer = await send(`${url}/notes`, { headers: { cookie } })
    await close()
    expect([answer.status, renewals, answer.headers['set-cookie']?.length]).toEqual([200, 1, 1])
  })

  it.each([
    ['4', express4],
    ['5', express5],
  ])('pass a handler’s errors to Express %s, thrown at once or later, cold or warm', async (_, express) => {
    const key = await testKey('key-1')
    const web = auth({ ...options, fetch: async () => jwksResponse(key), revocations: revocationSource() })
    const onError: ErrorRequestHandler = (error, _req, res, _next) => res.status(500).end(error.message)
    const app = express()
      .get(
        '/at-once',
        web.loginRequired(() => {
          throw new Error('thrown')
        }),
      )
      .get(
        '/later',
        web.loginRequired(async () => {
          throw new Error('rejected')
        }),
      )
      .use(onError)
    const { url, close } = await listen(app)
    const headers = { cookie: `jwt.access=${key.sign(accessPayload())}` }
    const texts: string[] = []
    for (const path of ['/at-once', '/later', '/at-once', '/later']) {
      texts.push((await send(url + path, { headers })).text)
    }
    await close()
    expect(texts).toEqual(['thrown', 'rejected', 'thrown', 'rejected'])
  })
})

describe('Files behind a guard for Express', () => {
  it.each(['/sent', '/static/express.test.ts', '/whole'])(
    'are private, even if %s sends other headers',
    async (path) => {
      const key = await testKey('key-1')
      const app = express5()
      const shared = {
        now: () => NOW * 1000,
        fetch: async () => jwksResponse(key),
        revocations: revocationSource(),
      }
      app.use(auth({ loginUrl: `${ISSUER}/login`, ownUrl: APP, requireLogin: path === '/whole', ...shared }))
      app.get('/sent', loginRequired(), (_req, res) => res.sendFile(import.meta.filename))
      app.use('/static', loginRequired(), express5.static(import.meta.dirname, { maxAge: 60_000 }))
      app.get('/whole', (_req, res) => {
        res.setHeader('Cache-Control', 'public, max-age=60, s-maxage=600')
        res.setHeader('Vary', 'Accept')
        res.end('ok')
      })
      const server = await listen(app)
      const cookie = `jwt.access=${key.sign(accessPayload())}`
      try {
        for (const what of ['cold', 'warm']) {
          const { status, headers } = await send(server.url + path, { headers: { cookie } })
          expect(status, what).toBe(200)
          expect(headers['cache-control'], what).toMatch(/^private, (no-store|max-age=60)$/)
          expect(headers.vary, what).toMatch(/\bCookie\b/)
        }
      } finally {
        await server.close()
      }
    },
  )
})

describe('auth() for Express', () => {
  it.each([loginRequired, requireFresh])('explains a guard that runs before it: %o', async (guard) => {
    let thrown: unknown
    const onError: ErrorRequestHandler = (error, _req, res, _next) => {
      thrown = error
      res.status(500).end()
    }
    const server = await listen(express5().get('/notes', guard(), show).use(onError))
    await send(`${server.url}/notes`)
    await server.close()
    expect(thrown).toMatchObject({
      code: 'middleware_missing',
      message: expect.stringContaining('app.use(auth())'),
    })
  })
})

const startCases =
  (express: typeof express5): StartCasesApp =>
  async (options) => {
    const app = express()
    const web = auth(options)
    const showPublic: RequestHandler = (req, res) => {
      res.setHeader('cache-control', 'public, max-age=60')
      res.vary('Accept')
      res.json(req.user)
    }
    app.use(web)
    app.all('/open', show)
    app.all('/private', loginRequired(), show)
    app.get('/staff', staffRequired(), show)
    app.get('/team', permissionRequired('cards.read'), show)
    app.get(
      '/cards',
      tokenRequired({ scopes: ['cards.read'] }, (req, res) => void res.json(req.caller)),
    )
    app.post('/echo', loginRequired(), express.text({ type: '*/*' }), (req, res) => void res.send(req.body))
    app.get('/live', loginRequired(), show)
    app.get('/public', showPublic)
    app.get('/guarded/public', loginRequired(), showPublic)
    app.get('/own', (_req, res) => void res.cookie('own', '1').send('own'))
    app.get('/stream', (_req, res) => void res.write('one'))
    app.get('/unchanged', (_req, res) => void res.status(304).end())
    app.get('/moved', (_req, res) => res.redirect('/open'))
    app.get('/broken', () => {
      throw new Error('broken on purpose')
    })
    const withStatus = (status: number) => Object.assign(new Error('of a handler'), { status })
    app.get('/missing', (_req, _res, next) => next(withStatus(404)))
    app.get('/denied', () => {
      throw withStatus(403)
    })
    app.get('/hang', () => {})
    app.post('/sign-out', web.signOut())
    // Express has a page of its own for the others.
    const onError: ErrorRequestHandler = (error, _req, res, next) =>
      error.status ? next(error) : void res.status(500).send('broken')
    return listen(app.use(onError))
  }

adapterCasesSuite('Express 5', startCases(express5))
adapterCasesSuite('Express 4', startCases(express4))
