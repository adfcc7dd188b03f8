import { once } from 'node:events'
import { get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import {
  type AuthenticatedUser,
  auth,
  type NodeAuth,
  type TokenUser,
  type User,
} from '@latchkey/jwt-middleware/node'
import { createTestAuth, type TestAuthOptions } from '@latchkey/jwt-middleware/testing'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { recordingLogger } from '../support/tokens.ts'
import { adapterCasesSuite, type StartCasesApp } from './adapter-cases-suite.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'
import { apiTokenSuite } from './api-token-suite.ts'
import { corsSuite, type StartCorsApp } from './cors-suite.ts'
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
adapterSuite('node:http, by guards around handlers', startWrapped, { isAgain: true })
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

const startCases: StartCasesApp = async (options) => {
  const web = auth(options)
  const behind =
    (handle: Handle): Handle =>
    async (req, res) => {
      if ((await web(req, res)) !== null) await handle(req, res)
    }
  const answer = (_req: IncomingMessage, res: ServerResponse, user: AuthenticatedUser) => show(res, user)
  const open = async (req: IncomingMessage, res: ServerResponse) => {
    const user = await web(req, res)
    if (user !== null) show(res, user)
  }
  return serve(web, {
    '/open': open,
    '/private': web.loginRequired(answer),
    '/staff': web.staffRequired(answer),
    '/team': web.permissionRequired('cards.read', answer),
    '/cards': web.tokenRequired({ scopes: ['cards.read'] }, (_req, res, caller) => show(res, caller)),
    '/echo': web.loginRequired(async (req, res) => void res.end((await req.toArray()).join(''))),
    '/live': web.loginRequired(answer),
    '/public': async (req, res) => {
      const user = await web(req, res)
      if (user !== null) res.writeHead(200, PUBLIC).end(JSON.stringify(user))
    },
    '/guarded/public': web.loginRequired((_req, res, user) => {
      res.writeHead(200, PUBLIC).end(JSON.stringify(user))
    }),
    '/own': behind((_req, res) => void res.writeHead(200, { 'Set-Cookie': 'own=1' }).end('own')),
    '/stream': behind((_req, res) => void res.write('one')),
    '/unchanged': behind((_req, res) => void res.writeHead(304).end()),
    '/moved': behind((_req, res) => void res.writeHead(302, ['Location', '/open']).end()),
    '/broken': behind(() => {
      throw new Error('broken on purpose')
    }),
    '/missing': behind((_req, res) => void res.writeHead(404).end('No such note')),
    '/denied': behind((_req, res) => void res.writeHead(403, 'Not yours', {}).end()),
    '/hang': behind(() => {}),
    '/sign-out': web.signOut(),
  })
}

adapterCasesSuite('node:http', startCases)

describe('Connections that stay open, on node:http', () => {
  const OWN_URL = 'http://app1.example.com'

  /** An app whose sockets say who opened them, and whose other requests are a stream. */
  async function open(more: { requireLogin?: true } = {}, test: TestAuthOptions = {}) {
    const testAuth = createTestAuth({ ownUrl: OWN_URL, ...test })
    const web = auth({ ...testAuth.options, ...more, log: recordingLogger() })
    const app = await listening(
      web.loginRequired((_req, res, user) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        res.write('data: hello\n\n')
        web.endWithSession(user, res)
      }),
    )
    const sockets = new WebSocketServer({ noServer: true })
    const seen: (User | null)[] = []
    app.server.on('upgrade', async (req, socket, head) => {
      const user = await web.upgrade(req, socket)
      seen.push(user)
      if (user === null) return
      if (!user.isAuthenticated)
        return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
      sockets.handleUpgrade(req, socket, head, (client) => {
        web.endWithSession(user, client)
        client.send(user.email)
      })
    })
    onTestFinished(() => {
      app.server.closeAllConnections()
      return app.close()
    })
    const socket = (headers: Record<string, string>) => {
      const one = new WebSocket(app.url.replace('http', 'ws'), { headers: { origin: OWN_URL, ...headers } })
      one.on('error', () => {})
      onTestFinished(() => one.terminate())
      return one
    }
    return { ...app, testAuth, seen, socket }
  }

  const greeting = async (socket: WebSocket) => String((await once(socket, 'message'))[0])
  const refusal = async (socket: WebSocket) => {
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    response.resume()
    return response.statusCode
  }

  it('are opened by a user, also with an access token that has ended, as long as the session lives', async () => {
    const { testAuth, socket } = await open()
    const visitor = testAuth.signedIn()
    expect(await greeting(socket(visitor.headers))).toBe('ada@example.com')
    testAuth.clock.advance(400)
    const late = socket(visitor.headers)
    expect(await greeting(late)).toBe('ada@example.com')
    visitor.endSession()
    expect((await once(late, 'close'))[0]).toBe(4401)
    expect(await refusal(socket(visitor.headers))).toBe(401)
  })

  it('are refused to pages of other origins, and anonymous for strangers', async () => {
    const { testAuth, socket, seen } = await open()
    const { headers } = testAuth.signedIn()
    expect(await refusal(socket({ ...headers, origin: 'http://app2.example.com' }))).toBe(403)
    expect(await refusal(socket({}))).toBe(401)
    expect(seen).toEqual([null, expect.objectContaining({ isAuthenticated: false })])
  })

  it('are refused to strangers by requireLogin itself', async () => {
    const { testAuth, socket, seen } = await open({ requireLogin: true })
    expect(await refusal(socket({}))).toBe(401)
    expect(seen).toEqual([null])
    expect(await greeting(socket(testAuth.signedIn().headers))).toBe('ada@example.com')
  })

  it('are opened by programs with an API token, until it is revoked', async () => {
    const { testAuth, socket } = await open()
    const token = testAuth.apiToken()
    const one = socket(token.headers)
    expect(await greeting(one)).toBe('ada@example.com')
    token.revoke()
    expect((await once(one, 'close'))[0]).toBe(4401)
  })

  it('do not end the process when a client hangs up while it is asked for', async () => {
    const { testAuth, server, seen, socket } = await open({}, {})
    testAuth.clock.advance(400)
    for (let at = 0; at < 20; at++) {
      const raw = connect((server.address() as AddressInfo).port, '127.0.0.1')
      raw.write(`GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://evil.test\r\nCookie: jwt.access=x\r\n`)
      raw.write('Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      raw.on('error', () => {})
      raw.resetAndDestroy()
    }
    expect(await greeting(socket(testAuth.signedIn().headers))).toBe('ada@example.com')
    expect(seen.at(-1)).not.toBeNull()
  })

  it('end with the session: a stream', async () => {
    const { url, testAuth } = await open()
    const visitor = testAuth.signedIn()
    const [stream] = (await once(get(url, { headers: visitor.headers }), 'response')) as [IncomingMessage]
    expect(String((await once(stream, 'data'))[0])).toBe('data: hello\n\n')
    const closed = new Promise((resolve) => stream.on('error', () => {}).once('close', resolve))
    visitor.endSession()
    await closed
    expect(stream.complete).toBe(false)
  })
})
