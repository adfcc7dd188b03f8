import { fileURLToPath } from 'node:url'
import cors from '@koa/cors'
import { Router } from '@koa/router'
import type { AuthOptions } from '@latchkey/jwt-middleware'
import { auth, loginRequired } from '@latchkey/jwt-middleware/koa'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import Koa, { type Middleware } from 'koa'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import sendFile from 'koa-send'
import serve from 'koa-static'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type Sent, send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { listening } from './support/listening.ts'

const OWN_URL = 'http://app1.example.com'
const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const FILE = '/koa-middleware.test.ts'

let testAuth: TestAuth
let options: AuthOptions
beforeEach(() => {
  testAuth = createTestAuth({ ownUrl: OWN_URL })
  options = { ...testAuth.options, log: recordingLogger() }
})

async function start(app: Koa) {
  const { url, server, close } = await listening(app.callback())
  onTestFinished(() => {
    // The client's own last for seconds.
    server.closeAllConnections()
    return close()
  })
  return { url, ask: (path: string, sent: Sent = {}) => send(url + path, sent) }
}

/** The cookies of a browser whose access token has expired. */
function expired(): { cookie: string } {
  const { headers } = testAuth.signedIn()
  testAuth.clock.advance(361)
  return headers
}

const namesOf = (setCookies: readonly string[] = []): string[] =>
  setCookies.map((line) => line.split('=', 1)[0] as string)

describe.each(['before', 'after'] as const)(
  'auth() for Koa, with usual middleware mounted %s it',
  (order) => {
    const open = (more: Partial<AuthOptions> = {}) => {
      const app = new Koa()
      const router = new Router()
      const web = auth({ ...options, ...more })
      const own = (ctx: Koa.Context) =>
        ctx.get('origin') === 'http://app2.example.com' ? ctx.get('origin') : ''
      const others = [helmet(), cors({ origin: own, credentials: true }), compress({ threshold: 0 })]
      const chain = order === 'before' ? [...others, web] : [web, ...others]
      for (const middleware of chain) app.use(middleware as Middleware)
      router.get('/', (ctx) => {
        ctx.cookies.set('theme', 'dark')
        ctx.body = { email: ctx.state.user.isAuthenticated && ctx.state.user.email, text: 'a'.repeat(5000) }
      })
      router.get(
        '/private',
        loginRequired((ctx) => {
          ctx.body = ctx.state.user.email
        }),
      )
      app.use(router.routes())
      return start(app)
    }

    it('renews in a compressed response with a cookie of the app', async () => {
      const { url } = await open()
      // Decompresses.
      const answer = await fetch(url, { headers: { ...expired(), 'accept-encoding': 'gzip' } })
      expect(answer.headers.get('content-encoding')).toBe('gzip')
      expect(await answer.json()).toMatchObject({ email: 'ada@example.com' })
      expect(namesOf(answer.headers.getSetCookie()).sort()).toEqual(['jwt.access', 'jwt.refresh', 'theme'])
      expect(answer.headers.get('cache-control')).toBe('private, no-store')
      const vary = answer.headers.get('vary')?.toLowerCase() ?? ''
      for (const name of ['accept-encoding', 'cookie', 'origin']) {
        expect(vary.match(new RegExp(`\\b${name}\\b`, 'g')), vary).toEqual([name])
      }
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    })

    it('refuses with the headers of the others', async () => {
      const { ask } = await open()
      const origin = 'http://app2.example.com'
      const anonymous = await ask('/private', { headers: { origin } })
      expect(anonymous.status).toBe(401)
      expect(anonymous.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'x-content-type-options': 'nosniff',
      })
      expect(anonymous.headers.vary).toMatch(/origin/i)
      const page = await ask('/private', { headers: { accept: 'text/html', 'sec-fetch-mode': 'navigate' } })
      expect([page.status, page.headers.location]).toEqual([
        302,
        `http://auth.latchkey.test/login?next=${encodeURIComponent(`${OWN_URL}/private`)}`,
      ])
      const preflight = await ask('/private', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET' },
      })
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, origin])
    })

    it('refuses a write of another origin, whatever the others allow', async () => {
      const { ask } = await open()
      const origin = 'http://app2.example.com'
      const answer = await ask('/private', {
        method: 'POST',
        headers: { ...testAuth.signedIn().headers, origin },
      })
      expect(answer.status).toBe(403)
      expect(answer.headers['access-control-allow-origin']).toBe(order === 'before' ? origin : undefined)
    })

    it('renews with the page of an error, from which Koa and CORS remove headers', async () => {
      const app = new Koa()
      const web = auth(options)
      const other = cors({ credentials: true, keepHeadersOnError: true })
      for (const one of order === 'before' ? [other, web] : [web, other]) app.use(one)
      app.use(() => {
        throw new Error('broken on purpose')
      })
      app.on('error', () => {})
      const { ask } = await start(app)
      const answer = await ask('/', { headers: { ...expired(), origin: OWN_URL } })
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([500, OWN_URL])
      expect(namesOf(answer.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
      expect(answer.headers['cache-control']).toBe('private, no-store')
    })
  },
)

describe('Files behind a guard for Koa', () => {
  const HOUR = { maxage: 3_600_000, immutable: true }
  const FILES: Record<string, (app: Koa, options: AuthOptions) => void> = {
    'koa-static behind a guard': (app, options) =>
      app.use(auth(options)).use(loginRequired()).use(serve(FOLDER, HOUR)),
    'koa-static behind a guard of auth() alone': (app, options) =>
      app.use(auth(options).loginRequired()).use(serve(FOLDER, HOUR)),
    'koa-send in a handler': (app, options) =>
      app.use(auth(options)).use(
        loginRequired(async (ctx) => {
          await sendFile(ctx, ctx.path, { root: FOLDER, ...HOUR })
        }),
      ),
    'koa-static behind requireLogin': (app, options) =>
      app.use(auth({ ...options, requireLogin: true })).use(serve(FOLDER, HOUR)),
    'a handler that says public': (app, options) =>
      app.use(auth(options)).use(
        loginRequired((ctx) => {
          ctx.set('cache-control', 'public, max-age=3600, s-maxage=9000')
          ctx.body = 'text'
        }),
      ),
  }

  it.each(Object.keys(FILES))('are private: %s', async (name) => {
    const app = new Koa()
    FILES[name]?.(app, options)
    const { ask } = await start(app)
    expect((await ask(FILE)).status).toBe(401)
    const { headers } = testAuth.signedIn()
    for (const method of ['GET', 'HEAD']) {
      for (const what of ['cold', 'warm']) {
        const answer = await ask(FILE, { method, headers })
        expect(answer.status, what).toBe(200)
        expect(answer.headers['cache-control'], what).toMatch(/^private, (no-store|max-age=3600)$/)
        expect(answer.headers.vary, what).toMatch(/\bCookie\b/)
      }
    }
    const renewed = await ask(FILE, { headers: expired() })
    expect(renewed.headers['cache-control']).toBe('private, no-store')
    expect(namesOf(renewed.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
  })

  it('in front of auth() are public, and have no user', async () => {
    const app = new Koa().use(serve(FOLDER, HOUR)).use(auth(options))
    const { headers } = await (await start(app)).ask(FILE, { headers: expired() })
    expect([headers['cache-control'], headers['set-cookie'], headers.vary]).toEqual([
      'max-age=3600,immutable',
      undefined,
      undefined,
    ])
  })
})

it('auth() for Koa may be mounted twice: a request is renewed once', async () => {
  const web = auth(options)
  const router = new Router()
  router.use(web)
  router.get(
    '/',
    web.loginRequired((ctx) => {
      ctx.body = ctx.state.user.email
    }),
  )
  const app = new Koa()
  app.use(web).use(router.routes())
  const { ask } = await start(app)
  const answer = await ask('/', { headers: expired() })
  expect(answer.text).toBe('ada@example.com')
  expect(namesOf(answer.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
  expect(web.status().requests.renewed).toBe(1)
})
