import { type AuthenticatedUser, auth, type NextAuth, type TokenUser } from '@latchkey/jwt-middleware/next'
import { afterAll, beforeAll, expectTypeOf, vi } from 'vitest'
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'
import { type Behaviour, startSuiteSite } from './support/next-suite-site.ts'

// Next does so when its server starts, which is later than these imports.
vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks')
  Object.assign(globalThis, { AsyncLocalStorage })
})

let site: Awaited<ReturnType<typeof startSuiteSite>>
beforeAll(async () => {
  site = await startSuiteSite()
}, 300_000)
afterAll(() => site?.close())

type Options = Parameters<typeof auth>[0]
let apps = 0
/** Apps of one process with the same options are one app; those of tests are apart. */
const authOf = (options: Options) => auth({ cacheSize: 20_000 + ++apps, ...options })

const PUBLIC = { 'cache-control': 'public, max-age=60', vary: 'Accept' }
const show = (who: unknown, headers: Record<string, string> = {}) => Response.json(who, { headers })
const broken = () => {
  throw new Error('broken on purpose')
}

/** An app that does this, behind the proxy. */
async function serve(web: NextAuth, behaviour: Omit<Behaviour, 'proxy'>) {
  const { url, close } = await site.serve({ proxy: web.proxy, ...behaviour })
  return {
    url,
    async close() {
      await close()
      web.close()
    },
  }
}

const startRoutes: StartApp = async (options, isAda) => {
  const web = authOf(options)
  const guards = web
  const routes = {
    '/open': web.handle((_request, user) => show(user)),
    '/private': guards.loginRequired((_request, user) => {
      expectTypeOf(user).toEqualTypeOf<AuthenticatedUser>()
      return show(user)
    }),
    '/staff': guards.staffRequired((_request, user) => show(user)),
    '/superuser': guards.superuserRequired((_request, user) => show(user)),
    '/ada': guards.userPassesTest(isAda, (_request, user) => show(user)),
    '/fresh': guards.requireFresh((_request, user) => show(user)),
    '/cards': guards.tokenRequired({ scopes: ['cards.read'] }, (_request, caller) => {
      expectTypeOf(caller).toEqualTypeOf<TokenUser>()
      return show(caller)
    }),
    '/card': guards.tokenRequired({ scopes: ['cards.read', 'cards.write'] }, (_request, caller) =>
      show(caller),
    ),
    '/public': web.handle((_request, user) => show(user, PUBLIC)),
    '/guarded/public': guards.loginRequired((_request, user) =>
      show(user, { ...PUBLIC, 'cache-control': 'public, max-age=60, s-maxage=600, immutable' }),
    ),
  }
  const { forget, status } = web
  return { ...(await serve(web, { routes })), forget, status }
}

adapterSuite('Next', startRoutes, { passes: 2 })
apiTokenSuite('Next', startRoutes, { hasConnection: false, passes: 2 })

const startLinked: StartLinkedApp = async (options) => {
  const web = authOf(options)
  const routes = {
    '/sign-out': web.signOut(),
    '/bye': web.signOut({ next: '/goodbye?a=1' }),
    '/private': web.loginRequired(() => new Response('private')),
    '/links': web.handle(async (request) => {
      const next = new URL(request.url).searchParams.get('next') ?? undefined
      return show({
        signIn: await web.signInUrl(next),
        signUp: await web.signUpUrl(next),
        signOut: await web.signOutUrl(next),
        account: await web.accountUrl(),
      })
    }),
  }
  return { ...(await serve(web, { routes })), signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const web = authOf(options)
  const others = (request: Request): Record<string, string> =>
    beside === null
      ? {}
      : {
          'access-control-allow-origin': request.headers.get('origin') ?? '*',
          'access-control-allow-credentials': 'true',
          vary: 'Origin',
        }
  const routes = {
    '/private': web.loginRequired((request) => new Response('private', { headers: others(request) })),
    '/broken': broken,
  }
  return serve(web, { routes })
}

const startCases: StartCasesApp = async (options) => {
  // Next's builds have it in the code.
  vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', 'true')
  // Not before Next has started.
  const { forbidden, notFound, redirect } = await import('next/navigation.js')
  const web = authOf(options)
  const stream = () => {
    const start = (to: ReadableStreamDefaultController) => to.enqueue(new TextEncoder().encode('one'))
    return new Response(new ReadableStream({ start }))
  }
  const routes = {
    '/open': web.handle((_request, user) => show(user)),
    '/private': web.loginRequired((_request, user) => show(user)),
    '/staff': web.staffRequired((_request, user) => show(user)),
    '/team': web.permissionRequired('cards.read', (_request, user) => show(user)),
    '/cards': web.tokenRequired({ scopes: ['cards.read'] }, (_request, caller) => show(caller)),
    '/echo': web.loginRequired(async (request) => new Response(await request.text())),
    '/live': web.loginRequired((_request, user) => show(user)),
    '/public': web.handle((_request, user) => show(user, PUBLIC)),
    '/guarded/public': web.loginRequired((_request, user) => show(user, PUBLIC)),
    '/own': web.handle(() => new Response('own', { headers: { 'set-cookie': 'own=1' } })),
    '/stream': web.handle(stream),
    '/unchanged': web.handle(() => new Response(null, { status: 304 })),
    '/moved': web.handle(() => redirect('/open')),
    '/broken': web.handle(broken),
    '/missing': web.handle(() => notFound()),
    '/denied': web.handle(() => forbidden()),
    '/hang': web.handle(() => new Promise(() => {})),
    '/sign-out': web.signOut(),
  }
  return serve(web, { routes })
}

adapterCasesSuite('Next', startCases, { except: ['prefetches', 'websockets'] })
signOutSuite('Next', startLinked)
corsSuite('Next', startCors)
