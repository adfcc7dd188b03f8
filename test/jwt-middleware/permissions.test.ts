import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, serve } from '@hono/node-server'
import { Router } from '@koa/router'
import {
  type AuthOptions,
  createAuthCore,
  definePermissions,
  memoryUsers,
  type NamesOf,
} from '@latchkey/jwt-middleware'
import * as forExpress from '@latchkey/jwt-middleware/express'
import * as forFastify from '@latchkey/jwt-middleware/fastify'
import * as forHono from '@latchkey/jwt-middleware/hono'
import * as forKoa from '@latchkey/jwt-middleware/koa'
import * as forNode from '@latchkey/jwt-middleware/node'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import * as forWeb from '@latchkey/jwt-middleware/web'
import express from 'express'
import { type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { Hono } from 'hono'
import Koa, { type Middleware } from 'koa'
import { describe, expect, expectTypeOf, it, onTestFinished, vi } from 'vitest'
import { send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { listening } from './support/listening.ts'

const permissions = definePermissions({
  'suite.read': ['readers', 'editors'],
  'suite.publish': { groups: ['editors'], description: 'Publish what others wrote' },
  'suite.erase': [],
})

declare module '@latchkey/jwt-middleware' {
  interface KnownPermissions extends NamesOf<typeof permissions> {}
}

const OWN_URL = 'http://app1.example.com'
const READER = { email: 'reader@example.com', groups: ['readers'] }
const EDITOR = { email: 'editor@example.com', groups: ['editors'] }
const ROOT = { email: 'root@example.com', isSuperuser: true }

/** Each guard as middleware and around a handler, of the package and of what `auth()` returns. */
const PATHS = ['/publish', '/web/publish', '/publish/in-one', '/web/publish/in-one']

type Start = (options: AuthOptions) => Promise<{ url: string; forget: (uuid?: string) => void }>

const startHono: Start = async (options) => {
  const app = new Hono()
  const web = forHono.auth(options)
  const { permissionRequired, groupRequired } = forHono
  app.get('/web/publish', web.permissionRequired('suite.publish'), (c) => c.text(c.var.user.email))
  app.get(
    '/web/publish/in-one',
    web.permissionRequired('suite.publish', (c) => c.text(c.var.user.email)),
  )
  app.use(web)
  app.get('/publish', permissionRequired('suite.publish'), (c) => c.text(c.var.user.email))
  app.get(
    '/publish/in-one',
    permissionRequired('suite.read', 'suite.publish', (c) => {
      expectTypeOf(c.var.user).toEqualTypeOf<forHono.AuthenticatedUser>()
      return c.text(c.var.user.email)
    }),
  )
  app.get(
    '/groups',
    groupRequired('owners', 'editors', (c) => c.text(c.var.user.email)),
  )
  app.get('/web/groups', web.groupRequired('editors'), (c) => c.text(c.var.user.email))
  app.get('/erase', permissionRequired('suite.erase'), (c) => c.text('erased'))
  app.get('/open', (c) => c.json([c.var.user.can('suite.read'), c.var.user.can('suite.publish')]))
  app.get('/misspelt', (c) => c.json(c.var.user.can('suite.pubish' as 'suite.publish')))
  app.get('/misspelt-guard', permissionRequired('suite.pubish' as 'suite.publish'), (c) => c.text(''))
  app.onError((error, c) => c.json(error, 500))
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, forget: web.forget }
}

const startExpress: Start = async (options) => {
  const app = express()
  const web = forExpress.auth(options)
  const { permissionRequired, groupRequired } = forExpress
  app.get('/web/publish', web.permissionRequired('suite.publish'), (req, res) => {
    res.send(req.user.isAuthenticated && req.user.email)
  })
  app.get(
    '/web/publish/in-one',
    web.permissionRequired('suite.publish', (req, res) => res.send(req.user.email)),
  )
  app.use(web)
  app.get('/publish', permissionRequired('suite.publish'), (req, res) => {
    res.send(req.user.isAuthenticated && req.user.email)
  })
  app.get(
    '/publish/in-one',
    permissionRequired('suite.read', 'suite.publish', (req, res) => {
      expectTypeOf(req.user).toExtend<forExpress.AuthenticatedUser>()
      res.send(req.user.email)
    }),
  )
  app.get(
    '/groups',
    groupRequired('owners', 'editors', (req, res) => res.send(req.user.email)),
  )
  app.get('/web/groups', web.groupRequired('editors'), (_req, res) => {
    res.send('in')
  })
  app.get('/erase', permissionRequired('suite.erase'), (_req, res) => {
    res.send('erased')
  })
  app.get('/open', (req, res) => {
    res.json([req.user.can('suite.read'), req.user.can('suite.publish')])
  })
  app.get('/misspelt', (req, res) => {
    res.json(req.user.can('suite.pubish' as 'suite.publish'))
  })
  app.get('/misspelt-guard', permissionRequired('suite.pubish' as 'suite.publish'), (_req, res) => {
    res.send('')
  })
  const onError: express.ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(500).json(error)
  }
  app.use(onError)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, forget: web.forget }
}

const MISSPELT = 'suite.pubish' as 'suite.publish'

const startFastify: Start = async (options) => {
  const app = fastify()
  const web = forFastify.auth(options)
  const { permissionRequired, groupRequired } = forFastify
  const show = async ({ user }: FastifyRequest) => user.isAuthenticated && user.email
  app.get('/web/publish', { preHandler: web.permissionRequired('suite.publish') }, show)
  app.get('/web/publish/in-one', web.permissionRequired('suite.publish', show))
  app.get('/web/groups', { preHandler: web.groupRequired('editors') }, show)
  app.register(async (below) => {
    below.register(web)
    below.get('/publish', { preHandler: permissionRequired('suite.publish') }, show)
    below.get(
      '/publish/in-one',
      permissionRequired('suite.read', 'suite.publish', async ({ user }) => {
        expectTypeOf(user).toExtend<forFastify.AuthenticatedUser>()
        return user.email
      }),
    )
    below.get('/groups', groupRequired('owners', 'editors', show))
    below.get('/erase', { preHandler: permissionRequired('suite.erase') }, async () => 'erased')
    below.get('/open', async ({ user }) => [user.can('suite.read'), user.can('suite.publish')])
    below.get('/misspelt', async ({ user }) => user.can(MISSPELT))
    below.get('/misspelt-guard', { preHandler: permissionRequired(MISSPELT) }, show)
  })
  app.setErrorHandler((error, _request, reply: FastifyReply) => reply.code(500).send(JSON.stringify(error)))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  return { url, forget: web.forget }
}

const startKoa: Start = async (options) => {
  const app = new Koa()
  const router = new Router()
  const web = forKoa.auth(options)
  const { permissionRequired, groupRequired } = forKoa
  const show: Middleware = (ctx) => {
    ctx.body = ctx.state.user.isAuthenticated && ctx.state.user.email
  }
  const open = new Router()
  open.get('/web/publish', web.permissionRequired('suite.publish'), show)
  open.get('/web/publish/in-one', web.permissionRequired('suite.publish', show))
  open.get('/web/groups', web.groupRequired('editors'), show)
  router.get('/publish', permissionRequired('suite.publish'), show)
  router.get(
    '/publish/in-one',
    permissionRequired('suite.read', 'suite.publish', (ctx) => {
      expectTypeOf(ctx.state.user).toEqualTypeOf<forKoa.AuthenticatedUser>()
      ctx.body = ctx.state.user.email
    }),
  )
  router.get('/groups', groupRequired('owners', 'editors', show))
  router.get('/erase', permissionRequired('suite.erase'), (ctx) => {
    ctx.body = 'erased'
  })
  router.get('/open', (ctx) => {
    ctx.body = [ctx.state.user.can('suite.read'), ctx.state.user.can('suite.publish')]
  })
  router.get('/misspelt', (ctx) => {
    ctx.body = ctx.state.user.can(MISSPELT)
  })
  router.get('/misspelt-guard', permissionRequired(MISSPELT), show)
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      ctx.status = 500
      ctx.body = error
    }
  })
  app.use(open.routes()).use(web).use(router.routes())
  const { url, close } = await listening(app.callback())
  onTestFinished(close)
  return { url, forget: web.forget }
}

/** Without a framework: all guards are those that `auth()` returns. */
const startNode: Start = async (options) => {
  const web = forNode.auth(options)
  const show = (_req: unknown, res: ServerResponse, user: forNode.AuthenticatedUser) => res.end(user.email)
  const behind =
    (gate: forNode.Gate<forNode.AuthenticatedUser>): forNode.Listener =>
    async (req, res) => {
      const user = await gate(req, res)
      if (user !== null) show(req, res, user)
    }
  const publish = behind(web.permissionRequired('suite.publish'))
  const routes: Readonly<Record<string, forNode.Listener>> = {
    '/publish': publish,
    '/web/publish': publish,
    '/publish/in-one': web.permissionRequired('suite.read', 'suite.publish', show),
    '/web/publish/in-one': web.permissionRequired('suite.publish', show),
    '/groups': web.groupRequired('owners', 'editors', show),
    '/web/groups': behind(web.groupRequired('editors')),
    '/erase': web.permissionRequired('suite.erase', (_req, res) => res.end('erased')),
    '/open': async (req, res) => {
      const user = await web(req, res)
      res.end(JSON.stringify([user?.can('suite.read'), user?.can('suite.publish')]))
    },
    '/misspelt': async (req, res) => void (await web(req, res))?.can(MISSPELT),
    '/misspelt-guard': async (req, res) => web.permissionRequired(MISSPELT, show)(req, res),
  }
  const { url, close } = await listening(async (req, res) => {
    try {
      await routes[req.url ?? '']?.(req, res)
    } catch (error) {
      res.writeHead(500).end(JSON.stringify(error))
    }
  })
  onTestFinished(close)
  return { url, forget: web.forget }
}

const startWeb: Start = async (options) => {
  const web = forWeb.auth(options)
  const show = (_request: Request, user: forWeb.AuthenticatedUser) => new Response(user.email)
  const behind =
    (guard: forWeb.Guard): forWeb.FetchHandler =>
    async (request) => {
      const visit = await web(request)
      return (await guard(visit)) ?? visit.finish(show(request, visit.user as forWeb.AuthenticatedUser))
    }
  const publish = behind(web.permissionRequired('suite.publish'))
  const routes: Readonly<Record<string, forWeb.FetchHandler>> = {
    '/publish': publish,
    '/web/publish': publish,
    '/publish/in-one': web.permissionRequired('suite.read', 'suite.publish', show),
    '/web/publish/in-one': web.permissionRequired('suite.publish', show),
    '/groups': web.groupRequired('owners', 'editors', show),
    '/web/groups': behind(web.groupRequired('editors')),
    '/erase': web.permissionRequired('suite.erase', () => new Response('erased')),
    '/open': web.handle((_request, user) =>
      Response.json([user.can('suite.read'), user.can('suite.publish')]),
    ),
    '/misspelt': async (request) => Response.json((await web(request)).user.can(MISSPELT)),
    '/misspelt-guard': async (request) => web.permissionRequired(MISSPELT, show)(request),
  }
  const answer = async (request: Request) => {
    try {
      return (await routes[new URL(request.url).pathname]?.(request)) ?? new Response(null, { status: 404 })
    } catch (error) {
      return Response.json(error, { status: 500 })
    }
  }
  const { url, close } = await listening(getRequestListener(answer))
  onTestFinished(close)
  return { url, forget: web.forget }
}

describe.each([
  ['Hono', startHono],
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Koa', startKoa],
  ['node:http', startNode],
  ['Fetch', startWeb],
])('Permissions in %s', (_, start) => {
  async function open(options: Partial<AuthOptions> = {}) {
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const log = recordingLogger()
    const app = await start({ ...testAuth.options, permissions, log, users: memoryUsers(), ...options })
    const get = (path: string, headers: Record<string, string> = {}) => send(app.url + path, { headers })
    const as = (person: Parameters<typeof testAuth.signedIn>[0]) => testAuth.signedIn(person)
    return { ...app, testAuth, log, get, as }
  }

  it('let those pass who have them', async () => {
    const { get, as } = await open()
    for (const path of [...PATHS, '/groups', '/web/groups']) {
      expect((await get(path, as(EDITOR).headers)).status, path).toBe(200)
      expect((await get(path, as(ROOT).headers)).status, path).toBe(200)
      expect((await get(path, as(READER).headers)).status, path).toBe(403)
      expect((await get(path)).status, path).toBe(401)
    }
    expect((await get('/erase', as(EDITOR).headers)).status).toBe(403)
    expect((await get('/erase', as(ROOT).headers)).text).toBe('erased')
  })

  it('redirect a page of an anonymous visitor, and none of a signed-in one', async () => {
    const { get, as } = await open()
    const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }
    const answer = await get('/publish', page)
    expect([answer.status, answer.headers.location]).toEqual([
      302,
      `http://auth.latchkey.test/login?next=${encodeURIComponent(`${OWN_URL}/publish`)}`,
    ])
    const refused = await get('/publish', { ...page, ...as(READER).headers })
    expect([refused.status, refused.headers['content-type']]).toEqual([403, 'text/html; charset=utf-8'])
  })

  it('are named in the answer to a program, and in the log with their groups', async () => {
    const { get, as, log } = await open()
    const { headers } = as({ email: 'nobody@example.com' })
    const answer = await get('/publish/in-one', headers)
    expect(JSON.parse(answer.text)).toEqual({
      type: 'about:blank',
      status: 403,
      title: 'Not allowed',
      detail: 'You are signed in, but you don’t have permission to open this page.',
      code: 'insufficient_permission',
      permissions: ['suite.read', 'suite.publish'],
    })
    await get('/groups', headers)
    await get('/erase', headers)
    const lines = log.debugLines.filter((line) => line.includes('user_refused'))
    expect(lines).toEqual([
      expect.stringMatching(/suite\.read, suite\.publish.*readers or editors, editors/),
      expect.stringMatching(/no_group.*owners or editors/),
      expect.stringMatching(/suite\.erase.*superusers/),
    ])
    expect(log.warnings).toEqual([])
  })

  it('are asked of every visitor, without awaiting anything', async () => {
    const { get, as } = await open()
    const answers = async (headers?: { cookie: string }) => JSON.parse((await get('/open', headers)).text)
    expect(await answers()).toEqual([false, false])
    expect(await answers(as(READER).headers)).toEqual([true, false])
    expect(await answers(as(EDITOR).headers)).toEqual([true, true])
    expect(await answers(as(ROOT).headers)).toEqual([true, true])
  })

  it('follow the groups of the user', async () => {
    const { get, testAuth } = await open()
    const visitor = testAuth.signedIn(EDITOR)
    expect((await get('/publish', visitor.headers)).status).toBe(200)
    visitor.change({ groups: ['readers'] })
    expect((await get('/publish', visitor.headers)).status).toBe(403)
  })

  it('throw for a misspelt name, for every visitor', async () => {
    const { get, as } = await open()
    for (const path of ['/misspelt', '/misspelt-guard']) {
      for (const headers of [undefined, as(EDITOR).headers, as(ROOT).headers]) {
        const answer = await get(path, headers)
        expect([answer.status, JSON.parse(answer.text).code], path).toEqual([500, 'unknown_permission'])
      }
    }
  })

  it('can be granted by the app, which is asked once', async () => {
    const grants = vi.fn(async ({ email }: { email: string }) =>
      email === READER.email ? (['suite.publish'] as const) : [],
    )
    const { get, as, testAuth } = await open({ grants })
    const [reader, editor] = [as(READER), as({ ...EDITOR, groups: [] })]
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/publish', reader.headers)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect((await get('/publish', editor.headers)).status).toBe(403)
    testAuth.clock.advance(400)
    expect((await get('/publish', reader.headers)).status).toBe(200)
    expect((await get('/publish', as(READER).headers)).status).toBe(200)
    expect(grants).toHaveBeenCalledTimes(2)
  })

  it('are asked for again after forget(), for one user or for all', async () => {
    let granted: 'suite.publish'[] = []
    const { get, as, forget } = await open({ grants: () => granted })
    const [reader, other] = [as(READER), as({ email: 'other@example.com' })]
    const statuses = () =>
      Promise.all([reader, other].map(async ({ headers }) => (await get('/publish', headers)).status))
    expect(await statuses()).toEqual([403, 403])
    granted = ['suite.publish']
    expect(await statuses()).toEqual([403, 403])
    forget(reader.uuid)
    expect(await statuses()).toEqual([200, 403])
    forget()
    expect(await statuses()).toEqual([200, 200])
  })

  it('cannot be known while the grants fail: 503, and a line in the log', async () => {
    let isDown = true
    const grants = vi.fn(() => {
      if (isDown) throw new Error('the database is locked')
      return ['suite.publish'] as const
    })
    const { get, as, log } = await open({ grants })
    const { headers } = as(READER)
    const answer = await get('/publish', headers)
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5'])
    expect((await get('/open', headers)).text).toBe('[false,false]')
    expect(log.warnings).toEqual([expect.stringMatching(/grants_failed.*the database is locked/)])
    isDown = false
    expect((await get('/publish', headers)).status).toBe(200)
  })

  it('are ignored in a grant if they are not defined, with a line in the log', async () => {
    const grants = () => ['suite.old', 'suite.publish'] as 'suite.publish'[]
    const { get, as, log } = await open({ grants })
    expect((await get('/publish', as(READER).headers)).status).toBe(200)
    expect(log.warnings).toEqual([expect.stringMatching(/grant_ignored.*suite\.old/)])
  })
})

describe('Guards by name', () => {
  const web = () => forHono.auth({ ...createTestAuth().options, permissions })

  it('know their names when they are created', () => {
    expect(() => web().permissionRequired('suite.pubish' as 'suite.publish')).toThrow(
      expect.objectContaining({
        code: 'unknown_permission',
        message: 'There is no permission "suite.pubish". Did you mean "suite.publish"?',
      }),
    )
  })

  it('need a name', () => {
    const none = [] as unknown as ['suite.read']
    const { options } = createTestAuth()
    const adapters = [
      web(),
      forHono,
      forExpress,
      forFastify,
      forKoa,
      forNode.auth(options),
      forWeb.auth(options),
    ]
    for (const { permissionRequired, groupRequired } of adapters) {
      expect(() => permissionRequired(...none)).toThrow('needs at least one name')
      expect(() => groupRequired(...none)).toThrow('needs at least one name')
    }
  })

  it('do not compile with a misspelt name, or without one', () => {
    const { permissionRequired, groupRequired, can } = {} as forHono.Guards & forHono.AuthenticatedUser
    const never = () => {
      // @ts-expect-error: a misspelt name
      permissionRequired('suite.pubish')
      // @ts-expect-error: a misspelt name before a handler
      permissionRequired('suite.read', 'suite.pubish', (c) => c.text(''))
      // @ts-expect-error: no name
      permissionRequired()
      // @ts-expect-error: no name
      groupRequired()
      // @ts-expect-error: a misspelt name
      can('suite.pubish')
    }
    expect(never).toBeTypeOf('function')
  })
})

it('auth() lists its permissions, and takes nothing else for them', () => {
  const { options } = createTestAuth()
  expect(createAuthCore({ ...options, permissions }).permissions).toEqual(permissions.list)
  expect(createAuthCore(options).permissions).toEqual([])
  for (const wrong of [{ 'suite.read': [] }, null, []]) {
    expect(() => createAuthCore({ ...options, permissions: wrong as never })).toThrow(
      'permissions must come from definePermissions()',
    )
  }
  expect(() => createAuthCore({ ...options, permissions, grants: [] as never })).toThrow(
    'grants is not a function',
  )
})
