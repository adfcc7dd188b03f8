import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/next'
import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import { NextResponse } from 'next/server.js'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { LatchkeyError } from '../../jwt-middleware/src/contract/errors.ts'
import { freshPostgres } from '../support/database.ts'
import { type Answer, type Sent, send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { cardPermissions } from './support/card-permissions.ts'
import { type Behaviour, startSuiteSite } from './support/next-suite-site.ts'

// Next does so when its server starts, which is later than these imports.
vi.hoisted(async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks')
  Object.assign(globalThis, { AsyncLocalStorage })
})

const OWN_URL = 'http://app1.example.com'
const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }
const BOTH = ['jwt.access', 'jwt.refresh']

let site: Awaited<ReturnType<typeof startSuiteSite>>
beforeAll(async () => {
  site = await startSuiteSite()
}, 300_000)
afterAll(() => site?.close())

type Options = NonNullable<Parameters<typeof auth>[0]>
let apps = 0
let testAuth: TestAuth
let log: ReturnType<typeof recordingLogger>
beforeEach(() => {
  testAuth = createTestAuth({ ownUrl: OWN_URL })
  log = recordingLogger()
})

/** `auth()` apart from that of other tests: in one process, apps with the same options are one app. */
function authOf(options: Options = {}) {
  const web = auth({
    cacheSize: 30_000 + ++apps,
    ...testAuth.options,
    permissions: cardPermissions,
    log,
    ...options,
  })
  onTestFinished(() => web.close())
  return web
}

/** The site with this behaviour. */
async function serve(behaviour: Behaviour) {
  const { url, close } = await site.serve(behaviour)
  onTestFinished(close)
  return (path: string, headers: Sent['headers'] = {}, sent: Sent = {}) =>
    send(url + path, { ...sent, headers: { ...NAVIGATION, ...headers, ...sent.headers } })
}

/** The names of the cookies that an answer sets. */
const setNames = ({ headers }: Answer) =>
  (headers['set-cookie'] ?? []).map((line) => line.split('=', 1)[0] as string).sort()

/** What a page shows as JSON. */
const shown = ({ text }: Answer): unknown => {
  const [, json = 'null'] = /<code>(.*?)<\/code>/.exec(text) ?? []
  return JSON.parse(json.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
}

/** A user whose access token has ended. */
function expired(user = {}) {
  const visitor = testAuth.signedIn(user)
  // Their clocks may differ by a minute.
  testAuth.clock.advance(361)
  return visitor
}

const loginOf = ({ headers }: Answer) => new URL(headers.location ?? '')

describe('Pages', () => {
  it('get the user of the request, verified once for all that ask', async () => {
    const web = authOf()
    const pages = {
      all: async () => {
        const users = await Promise.all([web.getUser(), web.getUser(), web.loginRequired()])
        return [new Set(users).size, users[0].isAuthenticated && users[0].email]
      },
    }
    const ask = await serve({ proxy: web.proxy, pages })
    const { headers } = testAuth.signedIn()
    expect(shown(await ask('/pages/all', headers))).toEqual([1, 'ada@example.com'])
    const { hits, verified } = web.status().requests
    // The proxy, and the page.
    expect([hits, verified]).toEqual([1, 1])
  })

  it('lead strangers to the login page, and back with their query', async () => {
    const web = authOf()
    const ask = await serve({ proxy: web.proxy, pages: { private: () => web.loginRequired() } })
    const answer = await ask('/pages/private?page=2&q=%C3%A4')
    expect(answer.status).toBe(307)
    expect(loginOf(answer).searchParams.get('next')).toBe(`${OWN_URL}/pages/private?page=2&q=%C3%A4`)
    const long = await ask(`/pages/private?q=${'x'.repeat(3000)}`)
    expect([long.status, loginOf(long).searchParams.get('next')]).toEqual([307, `${OWN_URL}/pages/private`])
  })

  it('explain to the login page why a token was refused', async () => {
    const web = authOf()
    const ask = await serve({ proxy: web.proxy, pages: { private: () => web.loginRequired() } })
    const visitor = testAuth.signedIn()
    visitor.endSession()
    const answer = await ask('/pages/private', visitor.headers)
    expect(loginOf(answer).searchParams.get('refused')).not.toBeNull()
  })

  it('refuse users with the site’s page for 403', async () => {
    // Next's builds have it in the code.
    vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', 'true')
    onTestFinished(() => void vi.unstubAllEnvs())
    const web = authOf()
    const pages = {
      staff: () => web.staffRequired(),
      superuser: () => web.superuserRequired(),
      permission: () => web.permissionRequired('cards.read'),
      group: () => web.groupRequired('team', 'crew'),
      test: () => web.userPassesTest(({ email }) => email === 'grace@example.com'),
    }
    const ask = await serve({ proxy: web.proxy, pages })
    const { headers } = testAuth.signedIn()
    const may = testAuth.signedIn({
      email: 'grace@example.com',
      groups: ['team'],
      isStaff: true,
      isSuperuser: true,
    })
    for (const name of Object.keys(pages)) {
      const refused = await ask(`/pages/${name}`, headers)
      expect([name, refused.status, refused.text.includes('The site’s page for 403')]).toEqual([
        name,
        403,
        true,
      ])
      expect((await ask(`/pages/${name}`, may.headers)).status, name).toBe(200)
    }
  })

  it('answer 404 where Next has no page for 403, and the log names the setting', async () => {
    vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    const web = authOf()
    const ask = await serve({ proxy: web.proxy, pages: { staff: () => web.staffRequired() } })
    expect((await ask('/pages/staff', testAuth.signedIn().headers)).status).toBe(404)
    expect(log.warnings.join()).toContain('"setting":"experimental.authInterrupts"')
  })

  it('fail, and do not lead to the login page, while the auth service can’t be asked', async () => {
    const web = authOf()
    const codes: unknown[] = []
    const note = async (guard: () => Promise<unknown>) => {
      try {
        return await guard()
      } catch (error) {
        codes.push((error as LatchkeyError).code)
        throw error
      }
    }
    const pages = {
      private: () => note(() => web.loginRequired()),
      fresh: () => note(() => web.requireFresh()),
    }
    const ask = await serve({ proxy: web.proxy, pages })
    const late = expired()
    testAuth.authService.stop()
    expect((await ask('/pages/private', late.headers)).status).toBe(500)
    testAuth.authService.start()
    const current = testAuth.signedIn()
    expect((await ask('/pages/fresh', current.headers)).status).toBe(200)
    testAuth.authService.stop()
    expect((await ask('/pages/fresh', current.headers)).status).toBe(500)
    expect(codes).toEqual(['auth_unavailable', 'auth_unavailable'])
  })

  it('that the proxy does not cover check the session, and renew nothing', async () => {
    const web = authOf()
    const ask = await serve({ pages: { private: () => web.loginRequired() } })
    const visitor = expired()
    const before = testAuth.authService.requests('/refresh')
    const answer = await ask('/pages/private', visitor.headers)
    expect([answer.status, setNames(answer), testAuth.authService.requests('/refresh')]).toEqual([
      200,
      [],
      before,
    ])
    expect(shown(answer)).toMatchObject({ email: 'ada@example.com' })
    visitor.endSession()
    expect((await ask('/pages/private', visitor.headers)).status).toBe(307)
  })

  it('take API tokens, and no other token in their place', async () => {
    const web = authOf()
    const ask = await serve({ proxy: web.proxy, pages: { private: () => web.loginRequired() } })
    const token = testAuth.apiToken({ scopes: ['cards.read'] })
    expect(shown(await ask('/pages/private', token.headers))).toMatchObject({ sessionId: null })
    expect((await ask('/pages/private', { authorization: 'Bearer lk_nothing' })).status).toBe(401)
  })

  it('keep users in Postgres', async () => {
    const pool = new pg.Pool({ connectionString: await freshPostgres() })
    onTestFinished(() => pool.end())
    let opened = 0
    const web = authOf({
      users: () => {
        opened++
        return postgresUsers(pool)
      },
    })
    expect(opened).toBe(0)
    const ask = await serve({ proxy: web.proxy, pages: { private: () => web.loginRequired() } })
    const { headers } = testAuth.signedIn()
    for (const _ of [1, 2]) expect(shown(await ask('/pages/private', headers))).toMatchObject({ id: 1 })
    expect(shown(await ask('/pages/private', expired().headers))).toMatchObject({ id: 1 })
    const { rows } = await pool.query('SELECT email FROM latchkey_users')
    expect([rows, opened]).toEqual([[{ email: 'ada@example.com' }], 1])
  })
})

/** Sends the form of a page, which runs a server action. */
async function act(
  ask: Awaited<ReturnType<typeof serve>>,
  name: string,
  headers: Sent['headers'],
  more: Sent['headers'] = {},
) {
  const { text } = await ask('/pages/form', headers)
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?/g)]
  const all = [...fields.map(([, key = '', value = '']) => [key, value]), ['action', name]]
  const parts = all.map(
    ([key, value]) => `--edge\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
  )
  return ask('/pages/form', headers, {
    method: 'POST',
    body: `${parts.join('')}--edge--\r\n`,
    headers: {
      host: new URL(OWN_URL).host,
      origin: OWN_URL,
      'sec-fetch-site': 'same-origin',
      'content-type': 'multipart/form-data; boundary=edge',
      ...more,
    },
  })
}

/** What Next's own functions throw, which its builds have in the code. */
async function thrownByNext() {
  vi.stubEnv('__NEXT_EXPERIMENTAL_AUTH_INTERRUPTS', 'true')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { forbidden, notFound, permanentRedirect, redirect, unauthorized } = await import(
    'next/navigation.js'
  )
  return { forbidden, notFound, permanentRedirect, redirect, unauthorized }
}

describe('What pages, server actions and route handlers throw', () => {
  /** By name: what is thrown, the status of the page, and that of the action. */
  const THROWN = async () => {
    const { forbidden, notFound, permanentRedirect, redirect, unauthorized } = await thrownByNext()
    return {
      missing: [() => notFound(), 404, 404],
      // Next shows a form without scripts its page for 404.
      denied: [() => forbidden(), 403, 404],
      anonymous: [() => unauthorized(), 401, 404],
      moved: [() => redirect('/elsewhere'), 307, 303],
      gone: [() => permanentRedirect('/elsewhere'), 308, 303],
      broken: [
        () => {
          throw new Error('broken on purpose')
        },
        500,
        500,
      ],
    } as const
  }

  it('leaves with both cookies of a renewal by the proxy', async () => {
    const web = authOf()
    const thrown = await THROWN()
    const tasks = Object.fromEntries(
      Object.entries(thrown).map(([name, [task]]) => [name, task as () => never]),
    )
    const ask = await serve({
      proxy: web.proxy,
      pages: { form: () => 'form', ...tasks },
      actions: tasks,
      routes: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [`/${name}`, web.handle(task)])),
    })
    for (const [name, [, ofPage, ofAction]] of Object.entries(thrown)) {
      const page = await ask(`/pages/${name}`, expired().headers)
      expect([name, page.status, setNames(page)]).toEqual([name, ofPage, BOTH])
      const script = await ask(`/pages/${name}`, { ...expired().headers, rsc: '1', 'sec-fetch-mode': 'cors' })
      expect([name, setNames(script)]).toEqual([name, BOTH])
      const route = await ask(`/${name}`, expired().headers)
      expect([name, route.status, setNames(route)]).toEqual([name, ofPage, BOTH])
      const action = await act(ask, name, expired().headers)
      expect([name, action.status, setNames(action)]).toEqual([name, ofAction, BOTH])
      for (const answer of [page, script, route, action])
        expect(answer.headers['cache-control'], name).toMatch(/no-store/)
    }
  })
})

describe('Server actions', () => {
  it('have the user, also after a renewal, and refuse strangers', async () => {
    const web = authOf()
    const seen: string[] = []
    const actions = { note: async () => void seen.push((await web.loginRequired()).email) }
    const ask = await serve({ proxy: web.proxy, pages: { form: () => 'form' }, actions })
    const known = await act(ask, 'note', testAuth.signedIn().headers)
    expect([known.status, seen]).toEqual([200, ['ada@example.com']])
    const late = await act(ask, 'note', expired().headers)
    expect([late.status, setNames(late), seen.length]).toEqual([200, BOTH, 2])
    const stranger = await act(ask, 'note', {})
    expect([stranger.status, loginOf(stranger).searchParams.get('next')]).toEqual([
      303,
      `${OWN_URL}/pages/form`,
    ])
    expect(seen.length).toBe(2)
  })

  it('know nobody who comes from a page of another origin, also without the proxy', async () => {
    const web = authOf()
    const seen: boolean[] = []
    const actions = { note: async () => void seen.push((await web.getUser()).isAuthenticated) }
    const sibling = {
      origin: OWN_URL,
      'sec-fetch-site': 'same-site',
      'x-forwarded-host': new URL(OWN_URL).host,
    }
    const { headers } = testAuth.signedIn()
    const proxied = await serve({ proxy: web.proxy, pages: { form: () => 'form' }, actions })
    const foreign = { ...sibling, origin: 'http://app2.example.com', 'x-forwarded-host': 'app2.example.com' }
    expect((await act(proxied, 'note', headers, foreign)).status).toBe(403)
    const bare = await serve({ pages: { form: () => 'form' }, actions })
    await act(bare, 'note', headers, foreign)
    expect(seen).toEqual([false])
  })

  it('sign out, and say if that failed', async () => {
    const web = authOf()
    const actions = { leave: () => web.endSession({ next: '/goodbye' }) }
    const ask = await serve({ proxy: web.proxy, pages: { form: () => web.getUser() }, actions })
    const visitor = testAuth.signedIn()
    testAuth.authService.stop()
    const failed = await act(ask, 'leave', visitor.headers)
    expect([failed.status, setNames(failed)]).toEqual([500, []])
    expect(shown(await ask('/pages/form', visitor.headers))).toMatchObject({ isAuthenticated: true })
    testAuth.authService.start()
    const left = await act(ask, 'leave', visitor.headers)
    expect([left.status, left.headers.location, setNames(left)]).toEqual([303, `${OWN_URL}/goodbye`, BOTH])
    expect(shown(await ask('/pages/form', visitor.headers))).toMatchObject({ isAuthenticated: false })
  })
})

describe('Route handlers without the proxy', () => {
  it('renew by themselves, also where they throw', async () => {
    const web = authOf()
    const thrown = await thrownByNext()
    const routes = {
      '/private': web.loginRequired((_request, user) => Response.json(user)),
      '/moved': web.handle(() => thrown.redirect('/elsewhere')),
      '/moved/for/good': web.handle(() => thrown.permanentRedirect('/elsewhere')),
      '/missing': web.handle(() => thrown.notFound()),
      '/denied': web.loginRequired(() => thrown.forbidden()),
      '/unauthorized': web.handle(() => thrown.unauthorized()),
    }
    const ask = await serve({ routes })
    for (const [path, status] of Object.entries({
      '/private': 200,
      '/moved': 307,
      '/moved/for/good': 308,
      '/missing': 404,
      '/denied': 403,
      '/unauthorized': 401,
    })) {
      const answer = await ask(path, expired().headers)
      expect([path, answer.status, setNames(answer)]).toEqual([path, status, BOTH])
      expect(answer.headers['cache-control'], path).toMatch(/no-store/)
      // What is thrown is the same without a renewal.
      const known = await ask(path, testAuth.signedIn().headers)
      expect([path, known.status, setNames(known)]).toEqual([path, status, []])
    }
    expect(log.warnings).toEqual([])
    const broken = await serve({
      routes: {
        '/broken': web.handle(() => {
          throw new Error('broken on purpose')
        }),
      },
    })
    const answer = await broken('/broken', expired().headers)
    expect([answer.status, setNames(answer)]).toEqual([500, BOTH])
    expect(log.warnings.join()).toContain('handler_failed')
  })

  it('renew nothing for what is only fetched ahead', async () => {
    const web = authOf()
    const ask = await serve({
      routes: { '/private': web.loginRequired((_request, user) => Response.json(user)) },
    })
    for (const ahead of [
      { 'next-router-prefetch': '1' },
      { 'sec-purpose': 'prefetch' },
      { purpose: 'prefetch' },
    ]) {
      const answer = await ask('/private', { ...expired().headers, ...ahead })
      expect([answer.status, setNames(answer)]).toEqual([200, []])
    }
  })

  it('end a stream with its session', async () => {
    const web = authOf()
    const stream = web.loginRequired((_request, user) => {
      const over = new AbortController()
      web.endWithSession(user, over)
      const body = new ReadableStream({
        start(to) {
          to.enqueue(new TextEncoder().encode('data: hello\n\n'))
          over.signal.addEventListener('abort', () => to.error(over.signal.reason))
        },
      })
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    })
    const { url, close } = await site.serve({ proxy: web.proxy, routes: { '/live': stream } })
    onTestFinished(close)
    const visitor = testAuth.signedIn()
    const [response] = (await once(get(`${url}/live`, { headers: visitor.headers }), 'response')) as [
      IncomingMessage,
    ]
    expect(String((await once(response, 'data'))[0])).toBe('data: hello\n\n')
    const closed = new Promise((resolve) => response.on('error', () => {}).once('close', resolve))
    visitor.endSession()
    await closed
    expect(response.complete).toBe(false)
  })
})

describe('The proxy', () => {
  it('leaves a static page to caches, unless it renews or requires sign-in', async () => {
    const web = authOf()
    const ask = await serve({ proxy: web.proxy })
    const [open, known, late] = [
      await ask('/'),
      await ask('/', testAuth.signedIn().headers),
      await ask('/', expired().headers),
    ]
    for (const answer of [open, known, late]) expect(answer.text).toContain('A static page')
    expect([open, known].map(({ headers }) => headers['cache-control'])).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('s-maxage')),
    )
    expect([setNames(late), late.headers['cache-control']]).toEqual([BOTH, 'private, no-store'])

    const guarded = authOf({ requireLogin: true, exempt: ['/open'] })
    const inside = await serve({ proxy: guarded.proxy, routes: { '/open': () => new Response('open') } })
    expect((await inside('/')).status).toBe(302)
    expect((await inside('/open')).text).toBe('open')
    const page = await inside('/', testAuth.signedIn().headers)
    expect([page.text.includes('A static page'), page.headers['cache-control']]).toEqual([
      true,
      'private, no-store',
    ])
    // What the page about Next says: the header of prefetches gets around it, unless the path has an entry of its own.
    expect((await inside('/', { 'next-router-prefetch': '1' })).text).toContain('A static page')
    for (const ahead of [{ 'next-router-prefetch': '1' }, { 'next-router-prefetch': '1', rsc: '1' }]) {
      const handbook = await inside('/handbook', ahead)
      expect([[302, 401].includes(handbook.status), handbook.text.includes('A static page')]).toEqual([
        true,
        false,
      ])
    }
    expect((await inside('/handbook', testAuth.signedIn().headers)).text).toContain('an entry of its own')
    // The router of a page that was open before loads the whole page instead.
    const script = await inside('/', { rsc: '1', accept: '*/*', 'sec-fetch-mode': 'cors' })
    expect(script.status).toBe(401)
  })

  it('goes on with a handler, whose request has the new cookies', async () => {
    const web = authOf()
    const seen: unknown[] = []
    const proxy = web.proxy((request, user) => {
      seen.push([
        user.isAuthenticated,
        request.cookies.has('jwt.access'),
        request.cookies.get('theme')?.value,
      ])
      const to = (path: string) => new URL(path, request.url)
      switch (request.nextUrl.pathname) {
        case '/rewritten':
          return NextResponse.rewrite(to('/pages/private'))
        case '/changed': {
          const headers = new Headers(request.headers)
          headers.set('x-own', 'yes')
          return NextResponse.rewrite(to('/pages/private'), { request: { headers } })
        }
        case '/moved':
          return NextResponse.redirect(to('/elsewhere'))
        case '/json':
          return NextResponse.json({ own: true })
        default:
          return undefined
      }
    })
    const pages = { private: () => web.loginRequired() }
    const ask = await serve({ proxy: proxy as typeof web.proxy, pages })
    for (const [path, status] of Object.entries({
      '/rewritten': 200,
      '/changed': 200,
      '/pages/private': 200,
      '/moved': 307,
      '/json': 200,
    })) {
      const { cookie } = expired()
      const answer = await ask(path, { cookie: `theme=%C3%A4; ${cookie}` })
      expect([path, answer.status, setNames(answer)]).toEqual([path, status, BOTH])
      expect(answer.headers['cache-control']).toBe('private, no-store')
      if (path !== '/moved' && path !== '/json')
        expect(shown(answer)).toMatchObject({ email: 'ada@example.com' })
    }
    expect(seen).toEqual(Array.from({ length: 5 }, () => [true, true, 'ä']))
    // The page behind a rewrite leads back to what the visitor opened.
    expect(loginOf(await ask('/rewritten?a=1')).searchParams.get('next')).toBe(`${OWN_URL}/rewritten?a=1`)
  })

  it('removes from the request what the browser is to delete', async () => {
    const web = authOf()
    const routes = { '/cookies': (request: Request) => new Response(request.headers.get('cookie')) }
    const ask = await serve({ proxy: web.proxy, routes })
    const visitor = expired()
    visitor.endSession()
    const answer = await ask('/cookies', { cookie: `a=1; ${visitor.cookie}; b=%20` })
    expect([answer.text, answer.status]).toEqual(['a=1; b=%20', 200])
  })
})

describe('Copies of auth() in one process', () => {
  it('share one feed, one cache and one store, which is opened at the first request', async () => {
    let opened = 0
    const options = (): Options => ({
      ...testAuth.options,
      cacheSize: 31_000,
      log,
      users: () => {
        opened++
        return { sync: () => ({ id: opened, isActive: true }) }
      },
    })
    const one = auth(options())
    // Next loads another copy of the app's code later.
    await null
    const other = auth(options())
    onTestFinished(() => one.close())
    expect([opened, log.warnings]).toEqual([0, []])
    const ask = await serve({ proxy: one.proxy, pages: { private: () => other.loginRequired() } })
    expect(shown(await ask('/pages/private', testAuth.signedIn().headers))).toMatchObject({ id: 1 })
    expect([opened, one.status().requests]).toEqual([1, other.status().requests])
    expect(one.status().requests).toMatchObject({ hits: 1, verified: 1 })
    // Other options are another app.
    const third = auth({ ...options(), cacheSize: 31_001 })
    onTestFinished(() => third.close())
    expect(third.status().requests.verified).toBe(0)
  })

  it('are told apart from two calls in one of them, about which the log warns', async () => {
    const options = { ...testAuth.options, cacheSize: 31_003, log }
    const call = () => auth({ ...options, users: () => ({ sync: () => ({ id: 1, isActive: true }) }) })
    for (const _ of [1, 2]) onTestFinished(call().close)
    expect(log.warnings).toEqual([expect.stringMatching(/auth_shared.*"option":"users"/)])
    // Equal in everything, they are the same thing twice.
    for (const _ of [1, 2]) onTestFinished(auth({ ...options, cacheSize: 31_004 }).close)
    expect(log.warnings.length).toBe(1)
  })

  it('ask the newest grants, as after a change in development', async () => {
    const options = { ...testAuth.options, cacheSize: 31_002, permissions: cardPermissions, log }
    const web = auth({ ...options, grants: () => [] })
    onTestFinished(() => web.close())
    const ask = await serve({
      proxy: web.proxy,
      pages: { may: async () => (await web.getUser()).can('cards.read') },
    })
    expect(shown(await ask('/pages/may', testAuth.signedIn().headers))).toBe(false)
    auth({ ...options, grants: () => ['cards.read'] })
    expect(shown(await ask('/pages/may', testAuth.signedIn({ email: 'bob@example.com' }).headers))).toBe(true)
  })

  it('are closed in development when other options take their place, and opened again if they are used', async () => {
    const web = authOf()
    const ask = await serve({ proxy: web.proxy, pages: { private: () => web.loginRequired() } })
    await ask('/pages/private', testAuth.signedIn().headers)
    expect(web.status().requests.verified).toBe(1)
    vi.stubEnv('NODE_ENV', 'development')
    onTestFinished(() => void vi.unstubAllEnvs())
    authOf()
    expect(web.status().requests.verified).toBe(0)
    expect((await ask('/pages/private', testAuth.signedIn().headers)).status).toBe(200)
  })
})

describe('auth() of Next', () => {
  const problemOf = (task: () => unknown): string => {
    try {
      task()
      return 'none'
    } catch (error) {
      return `${(error as LatchkeyError).code}: ${(error as Error).message}`
    }
  }

  it('refuses misspelled options and names of permissions at once, so that the build fails', () => {
    expect(problemOf(() => auth({ user: [] } as never))).toMatch(/^invalid_options: .*"user"/)
    expect(problemOf(() => authOf().permissionRequired('cards.raed' as never, () => new Response()))).toMatch(
      /^unknown_permission/,
    )
    expect(
      problemOf(() => authOf().tokenRequired({ scopes: ['no.such'] as never }, () => new Response())),
    ).toMatch(/^unknown_permission/)
    expect(problemOf(() => authOf().signOut({ next: 'https://evil.example' }))).toMatch(/^invalid_options/)
  })

  it('needs no settings until the first request, and then says which are missing', async () => {
    const web = auth({ cacheSize: 32_000 })
    const seen: string[] = []
    const pages = { open: () => web.getUser().catch((error) => void seen.push(error.message)) }
    const ask = await serve({ pages })
    await ask('/pages/open')
    expect(seen.join()).toMatch(/LOGIN_URL is missing[\s\S]*OWN_URL is not set/)
    // Next's own complaint, that there is no request.
    const asked = [web.getUser(), web.loginRequired(), web.signInUrl(), web.accountUrl(), web.endSession()]
    for (const one of asked) await expect(one).rejects.toThrow(/`headers` was called outside a request scope/)
  })
})
