import { PassThrough } from 'node:stream'
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
} from '@latchkey/jwt-middleware/koa'
import Koa, { type Middleware } from 'koa'
import compose from 'koa-compose'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { send } from '../support/http.ts'
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'
import { listening } from './support/listening.ts'

/** A route: middleware for one path. */
const at =
  (path: string, ...middleware: Middleware[]): Middleware =>
  (ctx, next) =>
    ctx.path === path ? compose(middleware)(ctx, next) : next()

const show: Middleware = (ctx) => {
  ctx.body = ctx.state.user
}
const showPublic =
  (cacheControl: string): Middleware =>
  (ctx) => {
    ctx.set('cache-control', cacheControl)
    ctx.vary('Accept')
    ctx.body = ctx.state.user
  }
const FOREVER = 'public, max-age=60, s-maxage=600, immutable'

async function serve(app: Koa) {
  // Koa prints errors by default.
  app.on('error', () => {})
  return listening(app.callback())
}

const startBehindMiddleware: StartApp = async (options, isAda) => {
  const app = new Koa()
  const web = auth(options)
  app.use(web)
  app.use(at('/open', show))
  app.use(at('/private', loginRequired(), show))
  app.use(at('/fresh', requireFresh(), show))
  app.use(
    at(
      '/staff',
      staffRequired((ctx) => {
        expectTypeOf(ctx.state.user).toEqualTypeOf<AuthenticatedUser>()
        ctx.body = ctx.state.user
      }),
    ),
  )
  app.use(at('/superuser', superuserRequired(), show))
  app.use(at('/ada', userPassesTest(isAda), show))
  app.use(
    at(
      '/cards',
      tokenRequired({ scopes: ['cards.read'] }, (ctx) => {
        expectTypeOf(ctx.state.caller).toEqualTypeOf<TokenUser>()
        ctx.body = ctx.state.caller
      }),
    ),
  )
  app.use(at('/card', tokenRequired({ scopes: ['cards.read', 'cards.write'] }), show))
  app.use(at('/guarded/public', loginRequired(), showPublic(FOREVER)))
  app.use(at('/public', showPublic('public, max-age=60')))
  return { ...(await serve(app)), forget: web.forget, status: web.status }
}

/** The same without middleware before the routes: each has a guard from auth()'s result. */
const startWithGuards: StartApp = async (options, isAda) => {
  const app = new Koa()
  const web = auth(options)
  if (options.requireLogin) app.use(web)
  app.use(at('/open', web, show))
  app.use(at('/private', web.loginRequired(show)))
  app.use(at('/fresh', web.requireFresh(show)))
  app.use(at('/staff', web.staffRequired(), show))
  app.use(at('/superuser', web.superuserRequired(show)))
  app.use(at('/ada', web.userPassesTest(isAda, show)))
  app.use(
    at(
      '/cards',
      web.tokenRequired({ scopes: ['cards.read'] }, (ctx) => {
        ctx.body = ctx.state.caller
      }),
    ),
  )
  app.use(at('/card', web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }), show))
  app.use(at('/guarded/public', web.loginRequired(showPublic(FOREVER))))
  app.use(at('/public', web, showPublic('public, max-age=60')))
  return { ...(await serve(app)), forget: web.forget, status: web.status }
}

adapterSuite('Koa', startBehindMiddleware)
adapterSuite('Koa, by the guards that auth() returns', startWithGuards, { isAgain: true })
apiTokenSuite('Koa', startBehindMiddleware)
apiTokenSuite('Koa, by the guards that auth() returns', startWithGuards)

const startLinked: StartLinkedApp = async (options) => {
  const app = new Koa()
  const web = auth(options)
  app.use(web)
  app.use(at('/sign-out', web.signOut()))
  app.use(at('/bye', web.signOut({ next: '/goodbye?a=1' })))
  app.use(
    at('/private', loginRequired(), (ctx) => {
      ctx.body = 'private'
    }),
  )
  app.use(
    at('/links', (ctx) => {
      const next = ctx.query.next as string | undefined
      ctx.body = {
        signIn: web.signInUrl(ctx, next),
        signUp: web.signUpUrl(ctx, next),
        signOut: web.signOutUrl(ctx, next),
        account: web.accountUrl(),
      }
    }),
  )
  return { ...(await serve(app)), signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const app = new Koa()
  const other: Middleware = (ctx, next) => {
    ctx.set('access-control-allow-origin', ctx.get('origin'))
    ctx.set('access-control-allow-credentials', 'true')
    ctx.vary('Origin')
    return next()
  }
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch {
      ctx.status = 500
      ctx.body = 'broken'
    }
  })
  if (beside === 'before') app.use(other)
  app.use(auth(options))
  if (beside === 'after') app.use(other)
  app.use(
    at('/private', loginRequired(), (ctx) => {
      ctx.body = 'private'
    }),
  )
  app.use(
    at('/broken', () => {
      throw new Error('broken on purpose')
    }),
  )
  return serve(app)
}

signOutSuite('Koa', startLinked)
corsSuite('Koa', startCors)

describe('auth() for Koa', () => {
  it.each([loginRequired, requireFresh])('explains a guard that runs before it: %o', async (guard) => {
    const app = new Koa().use(guard())
    const errors: Error[] = []
    app.on('error', (error) => errors.push(error))
    const { url, close } = await listening(app.callback())
    await send(`${url}/notes`)
    await close()
    expect(errors).toMatchObject([
      { code: 'middleware_missing', message: expect.stringContaining('app.use(auth())') },
    ])
  })
})

const startCases: StartCasesApp = async (options) => {
  const app = new Koa()
  const web = auth(options)
  app.use(web)
  app.use(at('/open', show))
  app.use(at('/private', loginRequired(), show))
  app.use(at('/staff', staffRequired(), show))
  app.use(at('/team', permissionRequired('cards.read'), show))
  app.use(
    at(
      '/cards',
      tokenRequired({ scopes: ['cards.read'] }, (ctx) => {
        ctx.body = ctx.state.caller
      }),
    ),
  )
  app.use(
    at(
      '/echo',
      loginRequired(async (ctx) => {
        ctx.body = (await ctx.req.toArray()).join('')
      }),
    ),
  )
  app.use(at('/live', loginRequired(), show))
  app.use(at('/public', showPublic('public, max-age=60')))
  app.use(at('/guarded/public', loginRequired(), showPublic('public, max-age=60')))
  app.use(
    at('/own', (ctx) => {
      ctx.cookies.set('own', '1')
      ctx.body = 'own'
    }),
  )
  app.use(
    at('/stream', (ctx) => {
      const stream = new PassThrough()
      stream.write('one')
      ctx.body = stream
    }),
  )
  app.use(
    at('/unchanged', (ctx) => {
      ctx.status = 304
    }),
  )
  app.use(at('/moved', (ctx) => ctx.redirect('/open')))
  app.use(
    at('/broken', () => {
      throw new Error('broken on purpose')
    }),
  )
  app.use(at('/missing', (ctx) => ctx.throw(404)))
  app.use(at('/denied', (ctx) => ctx.throw(403, 'Not yours', { headers: { 'x-own': '1' } })))
  app.use(at('/hang', () => new Promise(() => {})))
  app.use(at('/sign-out', web.signOut()))
  return serve(app)
}

// Koa's own page for errors, which removes all headers.
adapterCasesSuite('Koa', startCases)
