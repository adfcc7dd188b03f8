import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type AuthenticatedUser,
  auth,
  type NodeAuth,
  type TokenUser,
  type User,
} from '@latchkey/jwt-middleware/node'
import { expectTypeOf } from 'vitest'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
import { renewedAnswerSuite, type StartAnsweringApp } from './renewed-answer-suite.ts'
import { type StartLinkedApp, signOutSuite } from './sign-out-suite.ts'
import { listening } from './support/listening.ts'

type Handle = (req: IncomingMessage, res: ServerResponse) => unknown

const show = (res: ServerResponse, who: unknown): void => {
  res.setHeader('content-type', 'application/json')
  res.end(JSON.stringify(who))
}
const PUBLIC = { 'content-type': 'application/json', 'cache-control': 'public, max-age=60', vary: 'Accept' }

/** An app without a framework: a route for each path. */
const serve = (web: NodeAuth, routes: Readonly<Record<string, Handle>>) =>
  listening(async (req, res) => {
    const route = routes[new URL(req.url ?? '/', 'http://app').pathname]
    try {
      if (route) await route(req, res)
      else if ((await web(req, res)) !== null) res.writeHead(404).end()
    } catch (error) {
      res.writeHead(500).end(String(error))
    }
  })

const ownOf = ({ forget, status }: NodeAuth) => ({ forget, status })

/** Each route asks for its user, and sends the response in one of node's ways. */
const startAsking: StartApp = async (options, isAda) => {
  const web = auth(options)
  const behind =
    <Who>(
      gate: (req: IncomingMessage, res: ServerResponse) => Promise<Who | null>,
      answer: (res: ServerResponse, who: Who) => void = show,
    ): Handle =>
    async (req, res) => {
      const who = await gate(req, res)
      if (who !== null) answer(res, who)
    }
  const app = await serve(web, {
    '/open': behind<User>(web),
    '/private': behind(web.loginRequired()),
    '/staff': behind(web.staffRequired()),
    '/superuser': behind(web.superuserRequired()),
    '/ada': behind(web.userPassesTest(isAda)),
    '/fresh': behind(web.requireFresh()),
    '/cards': behind(web.tokenRequired({ scopes: ['cards.read'] })),
    '/card': behind(web.tokenRequired({ scopes: ['cards.read', 'cards.write'] })),
    '/public': behind<User>(web, (res, user) => res.writeHead(200, PUBLIC).end(JSON.stringify(user))),
    '/guarded/public': behind(web.loginRequired(), (res, user) => {
      const cacheControl = 'public, max-age=60, s-maxage=600, immutable'
      res.writeHead(200, { ...PUBLIC, 'cache-control': cacheControl }).end(JSON.stringify(user))
    }),
  })
  return { ...app, ...ownOf(web) }
}

/** Each route is a guard around a handler, behind a call that authenticated before. */
const startWrapped: StartApp = async (options, isAda) => {
  const web = auth(options)
  const { loginRequired, staffRequired, superuserRequired, userPassesTest, requireFresh, tokenRequired } = web
  const after =
    (listener: Handle): Handle =>
    async (req, res) => {
      if ((await web(req, res)) !== null) await listener(req, res)
    }
  const app = await serve(web, {
    '/open': async (req, res) => {
      const user = await web(req, res)
      if (user !== null) show(res, user)
    },
    '/private': after(
      loginRequired((_req, res, user) => {
        expectTypeOf(user).toEqualTypeOf<AuthenticatedUser>()
        show(res, user)
      }),
    ),
    '/staff': after(staffRequired((_req, res, user) => show(res, user))),
    '/superuser': superuserRequired((_req, res, user) => show(res, user)),
    '/ada': after(userPassesTest(isAda, (_req, res, user) => show(res, user))),
    '/fresh': requireFresh((_req, res, user) => show(res, user)),
    '/cards': tokenRequired({ scopes: ['cards.read'] }, (_req, res, user) => {
      expectTypeOf(user).toEqualTypeOf<TokenUser>()
      show(res, user)
    }),
    '/card': after(
      tokenRequired({ scopes: ['cards.read', 'cards.write'] }, (_req, res, user) => show(res, user)),
    ),
    '/public': async (req, res) => {
      const user = await web(req, res)
      if (user === null) return
      for (const [name, value] of Object.entries(PUBLIC)) res.setHeader(name, value)
      res.write(JSON.stringify(user))
      res.end()
    },
    '/guarded/public': loginRequired((_req, res, user) => {
      for (const [name, value] of Object.entries(PUBLIC)) res.setHeader(name, value)
      res.setHeader('cache-control', 'public, max-age=60, s-maxage=600, immutable')
      show(res, user)
    }),
  })
  return { ...app, ...ownOf(web) }
}

adapterSuite('node:http', startAsking)
adapterSuite('node:http, by guards around handlers', startWrapped)
apiTokenSuite('node:http', startAsking)
apiTokenSuite('node:http, by guards around handlers', startWrapped)

const startLinked: StartLinkedApp = async (options) => {
  const web = auth(options)
  const app = await serve(web, {
    '/sign-out': web.signOut(),
    '/bye': web.signOut({ next: '/goodbye?a=1' }),
    '/private': web.loginRequired((_req, res) => void res.end('private')),
    '/links': (req, res) => {
      const next = new URL(req.url ?? '/', 'http://app').searchParams.get('next') ?? undefined
      show(res, {
        signIn: web.signInUrl(req, next),
        signUp: web.signUpUrl(req, next),
        signOut: web.signOutUrl(req, next),
        account: web.accountUrl(),
      })
    },
  })
  return { ...app, signOutTo: (next) => void web.signOut({ next }) }
}

const startCors: StartCorsApp = async (options, beside) => {
  const web = auth(options)
  const others = (req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('access-control-allow-origin', req.headers.origin ?? '*')
    res.setHeader('access-control-allow-credentials', 'true')
    res.setHeader('vary', 'Origin')
  }
  const withOthers =
    (handle: Handle): Handle =>
    async (req, res) => {
      if (beside === 'before') others(req, res)
      if ((await web(req, res)) === null) return
      if (beside === 'after') others(req, res)
      await handle(req, res)
    }
  return serve(web, {
    '/private': withOthers(web.loginRequired((_req, res) => void res.end('private'))),
    '/broken': withOthers(() => {
      throw new Error('broken on purpose')
    }),
  })
}

signOutSuite('node:http', startLinked)
corsSuite('node:http', startCors)

const startAnswering: StartAnsweringApp = async (options) => {
  const web = auth(options)
  const behind =
    (handle: Handle): Handle =>
    async (req, res) => {
      if ((await web(req, res)) !== null) await handle(req, res)
    }
  return serve(web, {
    '/broken': behind(() => {
      throw new Error('broken on purpose')
    }),
    '/aborted': behind(() => {}),
    '/streamed': behind((_req, res) => {
      res.write('one')
      setImmediate(() => res.end('two'))
    }),
    '/unchanged': behind((_req, res) => void res.writeHead(304).end()),
    '/moved': behind((_req, res) => void res.writeHead(302, ['Location', '/next']).end()),
    '/own': behind((_req, res) => void res.writeHead(200, { 'Set-Cookie': 'own=1' }).end('own')),
  })
}

renewedAnswerSuite('node:http', startAnswering)
