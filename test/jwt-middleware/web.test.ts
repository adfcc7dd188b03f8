import type { AddressInfo } from 'node:net'
import { type Http2Bindings, type HttpBindings, serve as serveFetch } from '@hono/node-server'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import {
  type AuthenticatedUser,
  auth,
  type Connection,
  type Guard,
  type TokenUser,
  type User,
  type Visit,
  type WebAuth,
} from '@latchkey/jwt-middleware/web'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'
import { webCasesRoutes } from './support/web-cases-routes.ts'

type Handle = (request: Request, from?: Connection) => Response | Promise<Response>

/** A server of the Fetch standard: a route for each path. */
async function serve(web: WebAuth, routes: Readonly<Record<string, Handle>>) {
  const nothing = web.handle(() => new Response(null, { status: 404 }))
  const fetch = async (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    (routes[new URL(request.url).pathname] ?? nothing)(request, incoming.socket)
  const server = await new Promise<ReturnType<typeof serveFetch>>((resolve) => {
    const listening = serveFetch({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}

const show = (_request: Request, who: User | TokenUser) => Response.json(who)
const showPublic = (cacheControl: string) => (_request: Request, who: User | AuthenticatedUser) =>
  Response.json(who, { headers: { 'cache-control': cacheControl, vary: 'Accept' } })
const FOREVER = 'public, max-age=60, s-maxage=600, immutable'

/** Each route is a guard around a handler. */
const startWrapped: StartApp = async (options, isAda) => {
  const web = auth(options)
  const app = await serve(web, {
    '/open': web.handle(show),
    '/private': web.loginRequired((request, user) => {
      expectTypeOf(user).toEqualTypeOf<AuthenticatedUser>()
      return show(request, user)
    }),
    '/staff': web.staffRequired(show),
    '/superuser': web.superuserRequired(show),
    '/ada': web.userPassesTest(isAda, show),
    '/fresh': web.requireFresh(show),
    '/cards': web.tokenRequired({ scopes: ['cards.read'] }, (request, user) => {
      expectTypeOf(user).toEqualTypeOf<TokenUser>()
      return show(request, user)
    }),
    '/card': web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }, show),
    '/public': web.handle(showPublic('public, max-age=60')),
    '/guarded/public': web.loginRequired(showPublic(FOREVER)),
  })
  return { ...app, forget: web.forget, status: web.status }
}

/** Each route does the steps by itself, as an adapter to a framework would. */
const startByHand: StartApp = async (options, isAda) => {
  const web = auth(options)
  const guarded =
    (guard: Guard, answer: (visit: Visit) => Response): Handle =>
    async (request, from) => {
      const visit = await web(request, from)
      return (await guard(visit)) ?? visit.finish(answer(visit))
    }
  const showUser = ({ user }: Visit) => Response.json(user)
  const app = await serve(web, {
    '/open': async (request) => {
      const { user, refusal, finish } = await web(request)
      return refusal ?? finish(finish(Response.json(user)))
    },
    '/private': guarded(web.loginRequired(), showUser),
    '/staff': guarded(web.staffRequired(), showUser),
    '/superuser': guarded(web.superuserRequired(), showUser),
    '/ada': guarded(web.userPassesTest(isAda), showUser),
    '/fresh': guarded(web.requireFresh(), showUser),
    '/cards': web.tokenRequired({ scopes: ['cards.read'] }, show),
    '/card': guarded(web.tokenRequired({ scopes: ['cards.read', 'cards.write'] }), showUser),
    '/public': async (request) => {
      const { user, finish } = await web(request)
      return finish(showPublic('public, max-age=60')(request, user))
    },
    '/guarded/public': async (request) => {
      const visit = await web(request)
      const refusal = await web.loginRequired()(visit)
      return refusal ?? visit.finish(showPublic(FOREVER)(request, visit.user))
    },
  })
  return { ...app, forget: web.forget, status: web.status }
}

adapterSuite('Fetch', startWrapped)
adapterSuite('Fetch, step by step', startByHand, { isAgain: true })
apiTokenSuite('Fetch', startWrapped)
apiTokenSuite('Fetch, step by step', startByHand)

const startLinked: StartLinkedApp = async (options) => {
  const web = auth(options)
  const app = await serve(web, {
    '/sign-out': web.signOut(),
    '/bye': web.signOut({ next: '/goodbye?a=1' }),
    '/private': web.loginRequired(() => new Response('private')),
    '/links': (request) => {
      const next = new URL(request.url).searchParams.get('next') ?? undefined
      return Response.json({
        signIn: web.signInUrl(request, next),
        signUp: web.signUpUrl(request, next),
        signOut: web.signOutUrl(request, next),
        account: web.accountUrl(),
      })
    },
  })
  return { ...app, signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const web = auth(options)
  const withOthers =
    (handle: Handle): Handle =>
    async (request, from) => {
      const response = await handle(request, from)
      if (beside === null) return response
      response.headers.set('access-control-allow-origin', request.headers.get('origin') ?? '*')
      response.headers.set('access-control-allow-credentials', 'true')
      response.headers.append('vary', 'Origin')
      return response
    }
  return serve(web, {
    '/private': withOthers(web.loginRequired(() => new Response('private'))),
    '/broken': withOthers(
      web.handle(() => {
        throw new Error('broken on purpose')
      }),
    ),
  })
}

signOutSuite('Fetch', startLinked)
corsSuite('Fetch', startCors)

const startCases: StartCasesApp = async (options) => {
  const web = auth(options)
  return serve(web, webCasesRoutes(web))
}

adapterCasesSuite('Fetch', startCases)

describe('A visit', () => {
  const renewing = () => {
    const testAuth = createTestAuth({ ownUrl: 'http://app1.example.com' })
    let renewals = 0
    const web = auth({
      ...testAuth.options,
      fetch: (...given) => {
        renewals++
        return testAuth.options.fetch(...given)
      },
    })
    const { headers } = testAuth.signedIn()
    testAuth.clock.advance(361)
    return { web, request: new Request('http://app1.example.com/', { headers }), renewals: () => renewals }
  }

  it('is the same when asked again about the same request, also at once', async () => {
    const { web, request, renewals } = renewing()
    const [one, two] = await Promise.all([web(request), web(request)])
    expect(two).toBe(one)
    expect(await web(request)).toBe(one)
    expect(await (await web.loginRequired((_, user) => new Response(user.email))(request)).text()).toBe(
      'ada@example.com',
    )
    expect(renewals()).toBe(1)
    expect(await web(new Request(request))).not.toBe(one)
  })

  it('tells the cookies of a renewal, which a response is given once', async () => {
    const { web, request } = renewing()
    const { cookies, finish } = await web(request)
    expect(cookies).toMatchObject([
      { name: 'jwt.access', path: '/', domain: 'app1.example.com', maxAge: 300, httpOnly: true },
      { name: 'jwt.refresh', path: '/', sameSite: 'lax', secure: false },
    ])
    const [access] = cookies
    const own = new Response(null, { headers: { 'set-cookie': `jwt.access=${access?.value}; Path=/` } })
    const lines = finish(own).headers.getSetCookie()
    expect(lines.map((line) => line.split('=', 1)[0])).toEqual(['jwt.access', 'jwt.refresh'])
    expect(lines[0]).toBe(`jwt.access=${access?.value}; Path=/`)
    expect((await web(new Request('http://app1.example.com/'))).cookies).toEqual([])

    // A framework adds what it was given, after the handler signed the user out.
    const gone = new Response()
    for (const domain of ['app1.example.com', 'old.example.com']) {
      gone.headers.append('set-cookie', `jwt.refresh=; Domain=${domain}; Path=/; Max-Age=0`)
    }
    for (const name of ['jwt.refresh', 'jwt.access', 'other', 'other'])
      gone.headers.append('set-cookie', `${name}=new; Path=/; Domain=App1.example.com`)
    expect(finish(finish(gone)).headers.getSetCookie()).toEqual([
      'jwt.refresh=; Domain=app1.example.com; Path=/; Max-Age=0',
      'jwt.refresh=; Domain=old.example.com; Path=/; Max-Age=0',
      'jwt.access=new; Path=/; Domain=App1.example.com',
      'other=new; Path=/; Domain=App1.example.com',
      'other=new; Path=/; Domain=App1.example.com',
    ])
  })
})
