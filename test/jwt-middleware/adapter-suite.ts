import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import type { AuthCore } from '@latchkey/jwt-middleware'
import type { AuthenticatedUser, AuthOptions, User } from '@latchkey/jwt-middleware/hono'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LatchkeyError } from '../../jwt-middleware/src/contract/errors.ts'
import { readRejectionNote } from '../../jwt-middleware/src/contract/read-rejection-note.ts'
import { memoryUsers } from '../../jwt-middleware/src/users/store.ts'
import { type Sent, send } from '../support/http.ts'
import { revocationSource } from '../support/revocation-source.ts'
import {
  ADA,
  APP,
  accessPayload,
  ISSUER,
  jwksResponse,
  NOW,
  recordingLogger,
  refreshHeader,
  refreshPayload,
  type TestKey,
  testKey,
} from '../support/tokens.ts'
import { cardPermissions } from './support/card-permissions.ts'

/**
 * An app with these routes, listening on a free port of 127.0.0.1: `/open`, `/private` (any method), `/staff`,
 * `/superuser`, `/ada`, `/fresh`, `/public` (with `Cache-Control: public` and `Vary: Accept`) and `/guarded/public`
 * (likewise); each returns the user as JSON.
 */
export interface TestApp extends Pick<AuthCore, 'forget' | 'status'> {
  readonly url: string
  close(): Promise<void>
}

export type StartApp = (options: AuthOptions, isAda: (user: AuthenticatedUser) => boolean) => Promise<TestApp>

const BOB = { user_uuid: '11111111-2222-3333-4444-555555555555', user_email: 'bob@example.com' }
const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none', accept: 'text/html,*/*;q=0.8' }
const LOGIN = `${ISSUER}/login?brand=1`

const toLogin = (next: string) => `${LOGIN}&next=${encodeURIComponent(next)}`

/** A login URL, and the note about a rejected token in it. */
function parted(location = '') {
  const url = new URL(location)
  const note = url.searchParams.get('refused')
  url.searchParams.delete('refused')
  return { href: url.href, note, next: url.searchParams.get('next') ?? '' }
}

export interface SuiteOptions {
  /** A second composition of an adapter: what does not depend on its guards is not repeated. */
  readonly isAgain?: boolean
  /** How often a request is authenticated: in Next by the proxy and by what answers. Default: 1. */
  readonly passes?: number
}

/**
 * What every adapter does beyond the exported cases: with a clock that stands still, and every call to the auth service
 * counted.
 */
export function adapterSuite(
  name: string,
  start: StartApp,
  { isAgain = false, passes = 1 }: SuiteOptions = {},
): void {
  let key: TestKey
  let stranger: TestKey
  let app: TestApp
  let seconds: number
  let calls: { jwks: number; refresh: number; introspect: number; synced: number }
  let service: {
    up: boolean
    refresh: (request: Request) => Response | Promise<Response>
    introspect: () => Response
  }
  let feed: ReturnType<typeof revocationSource>
  /** Of each test, since the apps of earlier ones go on looking at their clock. */
  let log: ReturnType<typeof recordingLogger>
  const users = memoryUsers()
  /** The tokens that the auth service was asked about. */
  const asked: string[] = []

  const options = (): AuthOptions => ({
    loginUrl: LOGIN,
    ownUrl: APP,
    permissions: cardPermissions,
    log,
    now: () => seconds * 1000,
    users: {
      sync(identity, provisioning) {
        calls.synced++
        return users.sync(identity, provisioning)
      },
    },
    revocations: feed,
    fetch: async (input, init) => {
      if (!service.up) throw new TypeError('fetch failed')
      const { pathname } = new URL(String(input))
      const name = pathname === '/refresh' || pathname === '/introspect' ? pathname.slice(1) : 'jwks'
      calls[name as keyof typeof calls]++
      if (name === 'introspect') asked.push(new URLSearchParams(String(init?.body)).get('token') ?? '')
      return name === 'jwks'
        ? jwksResponse(key)
        : service[name as 'refresh' | 'introspect'](new Request(String(input), init))
    },
  })

  const access = (changes: Record<string, unknown> = {}) =>
    key.sign(accessPayload({ iat: seconds, exp: seconds + 300, ...changes }))
  const refresh = (changes: Record<string, unknown> = {}) =>
    key.sign(refreshPayload(changes), refreshHeader(key))
  const get = (path: string, cookie = '', more: Sent['headers'] = {}) =>
    send(app.url + path, { headers: { ...NAVIGATION, ...(cookie && { cookie }), ...more } })
  const api = (path: string, cookie = '', more: Sent = {}) =>
    send(app.url + path, { ...more, headers: { ...(cookie && { cookie }), ...more.headers } })
  const renewed = (accessToken: string, refreshToken = 'next') => {
    const headers = new Headers()
    headers.append('set-cookie', `jwt.access=${accessToken}; Domain=demo.localhost; Path=/; Max-Age=300`)
    headers.append('set-cookie', `jwt.refresh=${refreshToken}; Domain=demo.localhost; Path=/; Max-Age=432000`)
    return new Response('{}', { headers })
  }
  const over = () => {
    const headers = new Headers({ 'set-cookie': 'jwt.access=; Domain=demo.localhost; Path=/; Max-Age=0' })
    headers.append('set-cookie', 'jwt.refresh=; Domain=demo.localhost; Path=/; Max-Age=0')
    return new Response('{}', { status: 401, headers })
  }
  const userOf = (text: string) => JSON.parse(text) as User & AuthenticatedUser

  describe(`The ${name} adapter`, () => {
    beforeAll(async () => {
      ;[key, stranger] = await Promise.all([testKey('key-1'), testKey('key-1')])
    })
    beforeEach(async () => {
      seconds = NOW
      calls = { jwks: 0, refresh: 0, introspect: 0, synced: 0 }
      service = { up: true, refresh: over, introspect: () => Response.json({ active: true }) }
      asked.length = 0
      feed = revocationSource()
      log = recordingLogger()
      app = await start(options(), (user) => user.email === ADA.email)
    })
    afterEach(() => app.close())

    describe('The user of a request', () => {
      it('is an anonymous user object without a cookie', async () => {
        const answer = await get('/open')
        expect(answer.status).toBe(200)
        expect(userOf(answer.text)).toEqual({
          isAuthenticated: false,
          emailVerified: false,
          isStaff: false,
          isSuperuser: false,
          reason: 'missing',
        })
        expect(calls.jwks).toBe(0)
      })

      it('is the one in the cookie, with the key of the local row', async () => {
        const answer = await get('/open', `theme=dark; jwt.access=${access({ groups: ['editors'] })}; x=1`)
        expect(userOf(answer.text)).toEqual({
          isAuthenticated: true,
          id: expect.any(Number),
          ...ADA,
          emailVerified: false,
          isStaff: false,
          isSuperuser: false,
          groups: ['editors'],
          sessionId: 'session-1',
        })
      })

      it.each([true, false])('has a confirmed address if the token says so: %s', async (verified) => {
        const answer = await get('/open', `jwt.access=${access({ email_verified: verified })}`)
        expect(userOf(answer.text)).toMatchObject({ isAuthenticated: true, emailVerified: verified })
      })

      it.each(['Bearer', 'bearer', 'BEARER'])('is also the one in the %s token', async (scheme) => {
        const answer = await api('/private', '', { headers: { authorization: `${scheme} ${access()}` } })
        expect(userOf(answer.text).email).toBe(ADA.email)
      })

      it.each<[string, () => string]>([
        ['has ended', () => access({ iat: NOW - 400, exp: NOW - 100 })],
        ['was tampered with', () => `${access().slice(0, -4)}AAAA`],
        ['has another key', () => stranger.sign(accessPayload())],
      ])('is not the one in the cookie if an explicit Bearer token of ours %s', async (_, token) => {
        const answer = await api('/open', `jwt.access=${access()}`, {
          headers: { authorization: `Bearer ${token()}` },
        })
        expect(userOf(answer.text).isAuthenticated).toBe(false)
      })

      it.each<[string, () => string]>([
        ['opaque', () => 'x'],
        ['a JWT of another issuer', () => stranger.sign(accessPayload({ iss: 'https://proxy.example' }))],
        ['an ID token', () => key.sign(accessPayload(), { alg: 'ES256', kid: 'key-1', typ: 'JWT' })],
        ['oversized', () => 'a.'.repeat(3000)],
      ])('is the one in the cookie if a proxy sends a Bearer token of its own: %s', async (_, token) => {
        const headers = { authorization: `Bearer ${token()}` }
        const cookie = `jwt.access=${access()}`
        for (const what of ['cold', 'warm']) {
          const answer = await get('/private', cookie, headers)
          expect([answer.status, userOf(answer.text).email], what).toEqual([200, ADA.email])
        }
        const next = access()
        service.refresh = () => renewed(next)
        expect((await get('/private', `jwt.refresh=${refresh()}`, headers)).status).toBe(200)
        const foreign = {
          ...headers,
          'sec-fetch-site': 'same-site',
          origin: 'http://app2.demo.localhost:4002',
        }
        expect(
          (await api('/private', cookie, { method: 'POST', headers: foreign })).status,
          'of a sibling',
        ).toBe(403)
        expect((await api('/private', '', { headers })).status, 'without a session').toBe(401)
      })

      it('needs no call, signature check or statement for a warm request', async () => {
        const cookie = `jwt.access=${access()}`
        await get('/open', cookie)
        const cold = { ...calls }
        for (let i = 0; i < 20; i++) expect((await get('/private', cookie)).status).toBe(200)
        expect(calls).toEqual(cold)
        expect(cold).toMatchObject({ jwks: 1, synced: 1 })
      })

      it('is verified once for a hundred requests with one new token', async () => {
        const cookie = `jwt.access=${access()}`
        const answers = await Promise.all(Array.from({ length: 100 }, () => get('/private', cookie)))
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        expect(calls).toMatchObject({ jwks: 1, synced: 1 })
      })

      it('lasts no longer than the token, cached or not', async () => {
        const cookie = `jwt.access=${access()}`
        expect((await get('/private', cookie)).status).toBe(200)
        seconds += 329
        expect((await get('/private', cookie)).status, 'within the tolerance').toBe(200)
        seconds += 1
        expect((await get('/private', cookie)).status).toBe(302)
      })

      it('is looked up again after the app forgets them', async () => {
        const cookie = `jwt.access=${access()}`
        await get('/private', cookie)
        users.setActive(ADA.uuid, false)
        expect((await get('/private', cookie)).status).toBe(200)
        app.forget(ADA.uuid)
        const answer = await get('/private', cookie)
        users.setActive(ADA.uuid, true)
        expect(answer.status).toBe(403)
        expect(answer.text).toContain('disabled')
      })
    })

    describe('Responses', () => {
      it.each(['cold', 'warm'])(
        'behind a guard stay out of shared caches for any headers of the handler, %s',
        async (kind) => {
          const cookie = `jwt.access=${access()}`
          if (kind === 'warm') await get('/open', cookie)
          const { headers } = await get('/guarded/public', cookie)
          expect(headers['cache-control']).toBe('private, max-age=60, immutable')
          expect(headers.vary?.split(/, */)).toEqual(expect.arrayContaining(['Accept', 'Cookie']))
        },
      )
    })

    describe('Guards', () => {
      it('keep an encoded backslash in the query', async () => {
        const answer = await get('/private?folder=C:\\Users\\x')
        const next = parted(answer.headers.location).next
        expect(next).not.toContain('\\')
        expect(new URL(next).searchParams.get('folder')).toBe('C:\\Users\\x')
      })

      it('recognise page requests of older browsers by their Accept header', async () => {
        expect((await api('/private', '', { headers: { accept: 'text/html' } })).status).toBe(302)
      })

      it.each([
        ['a client without headers', {}],
        ['an XMLHttpRequest', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
      ])('tell %s where to sign in, with a 401', async (_, headers) => {
        const answer = await api('/private', '', { headers })
        expect(answer.status).toBe(401)
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
        expect(answer.headers['www-authenticate']).toBe(`Bearer realm="${APP}"`)
        expect(JSON.parse(answer.text)).toMatchObject({ status: 401, login_url: toLogin(`${APP}/private`) })
      })

      it('return to the page that sent a form', async () => {
        const post = (headers: Record<string, string>) =>
          api('/private', '', { method: 'POST', headers: { ...NAVIGATION, ...headers } })
        const location = async (headers: Record<string, string>) => {
          const { status, text } = await post(headers)
          expect(status, 'a page, since a CSP may forbid forms to be redirected').toBe(401)
          return text.match(/http-equiv="refresh" content="0; url=([^"]*)"/)?.[1]?.replaceAll('&amp;', '&')
        }
        expect(await location({ referer: `${APP}/form?x=1` })).toBe(toLogin(`${APP}/form?x=1`))
        expect(await location({ referer: 'http://evil.example/form' })).toBe(toLogin(`${APP}/`))
        expect(await location({ referer: 'nonsense' })).toBe(toLogin(`${APP}/`))
        expect(await location({})).toBe(toLogin(`${APP}/`))
      })

      it.each([
        ['/superuser', { user_is_superuser: true }],
        ['/ada', {}],
      ])('of %s allow users who pass the test, and reject others without a redirect', async (path, flags) => {
        expect((await get(path, `jwt.access=${access(flags)}`)).status).toBe(200)
        const refused = await get(path, `jwt.access=${access(BOB)}`)
        expect(refused.status).toBe(403)
        expect(refused.headers.location).toBeUndefined()
        expect(refused.headers['content-type']).toMatch(/^text\/html/)
        const problem = await api(path, `jwt.access=${access(BOB)}`)
        expect(JSON.parse(problem.text)).toMatchObject({ status: 403 })
        expect((await get(path)).status).toBe(302)
      })
    })

    describe('Whole-app mode', () => {
      it('guards every path except the exempt ones', async () => {
        const whole = await start(
          { ...options(), requireLogin: true, exempt: ['/public', '/sta*'] },
          () => true,
        )
        try {
          const status = async (path: string, cookie = '') =>
            (await send(whole.url + path, { headers: { ...NAVIGATION, cookie } })).status
          expect(await status('/open')).toBe(302)
          expect(await status('/nowhere')).toBe(302)
          expect(await status('/public')).toBe(200)
          expect(await status('/public/more')).toBe(302)
          expect(await status('/public?x=1')).toBe(200)
          expect(await status('/open', `jwt.access=${access()}`)).toBe(200)
          expect(await status('/sta%2e%2e/open')).toBe(302)
        } finally {
          await whole.close()
        }
      })
    })

    describe('Renewal in line', () => {
      it('serves the page with the new token and forwards both cookies', async () => {
        const next = access()
        service.refresh = () => renewed(next)
        const answer = await get(
          '/private',
          `jwt.access=${access({ iat: NOW - 400, exp: NOW - 60 })}; jwt.refresh=${refresh()}`,
        )
        expect(answer.status).toBe(200)
        expect(userOf(answer.text).email).toBe(ADA.email)
        expect(answer.headers['set-cookie']).toEqual([
          `jwt.access=${next}; Domain=demo.localhost; Path=/; Max-Age=300`,
          'jwt.refresh=next; Domain=demo.localhost; Path=/; Max-Age=432000',
        ])
        expect(answer.headers['cache-control']).toBe('private, no-store')
      })

      it('calls the auth service once for a hundred requests with one refresh token', async () => {
        const next = access()
        const arrived = Promise.withResolvers<void>()
        let count = 0
        const onRequest = () => {
          if (++count === 100) arrived.resolve()
        }
        subscribe('http.server.request.start', onRequest)
        // An auth service that is slower than the arrival of a hundred requests.
        service.refresh = async () => {
          await arrived.promise
          for (let turn = 0; turn < 10; turn++) await setImmediate()
          return renewed(next)
        }
        const cookie = `jwt.refresh=${refresh()}`
        const answers = await Promise.all(Array.from({ length: 100 }, () => get('/private', cookie)))
        unsubscribe('http.server.request.start', onRequest)
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
        expect(calls.refresh).toBe(1)
      })

      it('is not tried with invalid tokens or for a signed-in user', async () => {
        await get('/private', 'jwt.refresh=rubbish')
        await get('/private', `jwt.access=${access()}; jwt.refresh=${refresh()}`)
        expect(calls.refresh).toBe(0)
      })

      it('is not tried if apps should not see the refresh cookie, since it would be planted', async () => {
        const kept = await start({ ...options(), refreshCookie: 'auth' }, () => true)
        const answer = await send(`${kept.url}/private`, {
          headers: { ...NAVIGATION, cookie: `jwt.refresh=${refresh()}` },
        })
        await kept.close()
        expect([answer.status, calls.refresh]).toEqual([302, 0])
      })
    })

    describe('While the auth service is down', () => {
      it('users stay signed in until their token expires; then guarded pages return 503, and all cookies are kept', async () => {
        const cookie = `jwt.access=${access()}; jwt.refresh=${refresh()}`
        await get('/private', cookie)
        service.up = false
        expect((await get('/private', cookie)).status).toBe(200)
        seconds += 400
        const answer = await get('/private', cookie)
        expect(answer.status).toBe(503)
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
        expect(answer.headers['set-cookie']).toBeUndefined()
        expect((await get('/open', cookie)).status).toBe(200)
        const problem = await api('/private', cookie)
        expect([problem.status, JSON.parse(problem.text).status]).toEqual([503, 503])
      })

      it('a token with an unknown key gets 503 instead of a login page that is also down', async () => {
        service.up = false
        expect((await get('/private', `jwt.access=${access()}`)).status).toBe(503)
        expect((await get('/private')).status).toBe(302)
      })
    })

    describe('A session that the auth service revoked', () => {
      const end = (sid = 'session-1') => feed.announce({ sid, exp: seconds + 360 })

      it('is rejected at the next request, cached or not, without a call', async () => {
        const cookie = `jwt.access=${access()}; jwt.refresh=${refresh()}`
        expect((await get('/private', cookie)).status).toBe(200)
        end()
        const answer = await get('/private', cookie)
        expect(answer.status).toBe(302)
        expect(parted(answer.headers.location).href).toBe(toLogin(`${APP}/private`))
        expect(userOf((await get('/open', cookie)).text)).toMatchObject({ reason: 'session_over' })
        expect((await api('/private', cookie)).status).toBe(401)
        expect((await api('/private', cookie, { method: 'POST' })).status).toBe(401)
        expect(calls.refresh).toBe(0)
      })

      it('is known before the first request of an app is answered', async () => {
        end()
        expect((await get('/private', `jwt.access=${access()}`)).status).toBe(302)
        expect(calls.synced, 'and makes no row').toBe(0)
      })

      it('leaves all other sessions alone, also of the same user', async () => {
        const other = `jwt.access=${access({ sid: 'session-2' })}`
        await get('/private', other)
        end()
        expect((await get('/private', other)).status).toBe(200)
        expect((await get('/private', `jwt.access=${access({ sid: 'session-3' })}`)).status).toBe(200)
      })

      it('still needs no calls, signature checks or statements afterwards', async () => {
        const cookie = `jwt.access=${access()}`
        await get('/private', cookie)
        const cold = { ...calls }
        for (let i = 0; i < 20; i++) {
          end(`somebody-${i}`)
          expect((await get('/private', cookie)).status).toBe(200)
        }
        expect(calls).toEqual(cold)
        expect(app.status().requests).toMatchObject({ hits: 21 * passes - 1, verified: 1 })
      })

      it("is renewed in line if only the user's data changed, which then is current at once", async () => {
        const cookie = `jwt.access=${access()}; jwt.refresh=${refresh()}`
        expect((await get('/staff', cookie)).status).toBe(403)
        const next = access({ user_is_staff: true, iat: seconds + 1 })
        service.refresh = () => renewed(next)
        feed.announce({ sid: 'session-1', before: seconds + 1, exp: seconds + 360 })
        const answer = await get('/staff', cookie)
        expect(answer.status).toBe(200)
        expect(answer.headers['set-cookie']?.[0]).toContain(next)
        expect((await get('/staff', `jwt.access=${next}`)).status).toBe(200)
        expect(calls.refresh).toBe(1)
      })

      it('does not show outdated data if it cannot be renewed', async () => {
        const cookie = `jwt.access=${access({ user_is_staff: true })}; jwt.refresh=${refresh()}`
        await get('/staff', cookie)
        feed.announce({ sid: 'session-1', before: seconds + 1, exp: seconds + 360 })
        service.up = false
        expect((await get('/staff', cookie)).status).toBe(503)
        const alone = cookie.split(';', 1)[0] as string
        expect(parted((await get('/staff', alone)).headers.location).href).toBe(toLogin(`${APP}/staff`))
      })

      it('can belong to a deleted user, who loses all sessions', async () => {
        const cookies = ['a', 'b'].map((sid) => `jwt.access=${access({ sid })}`)
        for (const cookie of cookies) expect((await get('/private', cookie)).status).toBe(200)
        feed.announce({ sub: ADA.uuid, deleted: true, exp: seconds + 2_592_000 })
        for (const cookie of cookies) expect((await get('/private', cookie)).status).toBe(302)
        expect((await get('/private', `jwt.access=${access(BOB)}`)).status).toBe(200)
      })

      it('can have a removed key: its tokens are invalid at once, cached or not', async () => {
        const cookie = `jwt.access=${access()}`
        expect((await get('/private', cookie)).status).toBe(200)
        feed.announce({ kid: 'key-1', removed: true, exp: seconds + 360 })
        expect((await get('/private', cookie)).status).toBe(302)
        expect((await get('/private', `jwt.access=${access(BOB)}`)).status).toBe(302)
        expect(app.status().requests.refused).toEqual({ unknown_key: 2 * passes })
        expect(app.status().keys).toMatchObject({ count: 0 })
      })

      it('is counted in the status of the app, which contains no user data', async () => {
        expect(app.status()).toEqual({
          keys: { count: 0, age: null },
          feed: { state: 'idle', age: null, lastId: 0, entries: 0, pollEvery: null },
          requests: { hits: 0, verified: 0, renewed: 0, refused: {} },
        })
        const cookie = `jwt.access=${access()}`
        await get('/private', cookie)
        await get('/private', cookie)
        await get('/private', 'jwt.access=rubbish')
        end()
        await get('/private', cookie)
        service.refresh = () => renewed(access({ sid: 'session-2' }))
        await get('/private', `jwt.refresh=${refresh()}`)
        seconds += 7
        expect(app.status()).toEqual({
          keys: { count: 1, age: 7 },
          feed: { state: 'live', age: 7, lastId: 1, entries: 1, pollEvery: null },
          requests: {
            // After a renewal, further passes find its token in the cache.
            hits: 3 * passes - 2,
            verified: 2,
            renewed: 1,
            refused: { malformed: passes, session_over: passes },
          },
        })
        expect(JSON.stringify(app.status())).not.toMatch(/ada|session-|eyJ/i)
      })
    })

    describe('A route with requireFresh', () => {
      it('asks the auth service about the current token, each time', async () => {
        const token = access()
        for (let i = 1; i <= 3; i++) {
          expect((await get('/fresh', `jwt.access=${token}`)).status).toBe(200)
          expect(calls.introspect).toBe(i)
        }
        expect(new Set(asked)).toEqual(new Set([token]))
      })

      it('asks about the new token after a renewal in line', async () => {
        const next = access()
        service.refresh = () => renewed(next)
        expect((await get('/fresh', `jwt.refresh=${refresh()}`)).status).toBe(200)
        expect(asked).toEqual([next])
      })

      it('rejects a session that has ended before the feed says so', async () => {
        service.introspect = () => Response.json({ active: false })
        const cookie = `jwt.access=${access()}`
        expect((await get('/private', cookie)).status).toBe(200)
        expect((await get('/fresh', cookie)).status).toBe(302)
        expect((await api('/fresh', cookie)).status).toBe(401)
      })

      it.each<[string, (() => Response) | null]>([
        ['is down', null],
        ['answers 500', () => new Response(null, { status: 500 })],
        ['answers with invalid JSON', () => new Response('<p>hello')],
        ['answers with other JSON', () => Response.json({ active: 'yes' })],
      ])('returns 503 while the auth service %s', async (_, introspect) => {
        const cookie = `jwt.access=${access()}`
        await get('/private', cookie)
        if (introspect) service.introspect = introspect
        else service.up = false
        const answer = await get('/fresh', cookie)
        expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true])
        expect((await get('/private', cookie)).status).toBe(200)
      })

      it('makes no call for users who are not signed in', async () => {
        expect((await get('/fresh')).status).toBe(302)
        expect((await api('/fresh', 'jwt.access=rubbish')).status).toBe(401)
        expect(calls.introspect).toBe(0)
      })
    })

    if (!isAgain)
      describe('Cookies of the same name', () => {
        it('are accepted if only one of them is valid', async () => {
          for (const cookie of [
            `jwt.access=x; jwt.access=${access()}`,
            `jwt.access=${access()}; jwt.access=x`,
          ]) {
            expect(userOf((await get('/open', cookie)).text).email).toBe(ADA.email)
          }
        })

        it('that identify two users are anonymous, with a warning', async () => {
          const cookie = `jwt.access=${access()}; jwt.access=${access(BOB)}`
          expect(userOf((await get('/open', cookie)).text)).toMatchObject({
            isAuthenticated: false,
            reason: 'conflicting',
          })
          await get('/open', `jwt.access=${access()}`)
          expect((await get('/private', cookie)).status).toBe(302)
          expect(log.warnings.join()).toMatch(/sibling host/)
        })

        it('beside the refresh cookie of another user are anonymous, even with a warm token, with a warning', async () => {
          const token = access(BOB)
          const own = refresh({ sub: BOB.user_uuid, sid: 'other' })
          const victims = refresh()
          const ask = async (...cookies: string[]) => userOf((await get('/open', cookies.join('; '))).text)
          for (let visit = 0; visit < 2; visit++) {
            // As an attacker would plant it in their own browser.
            expect((await ask(`jwt.access=${token}`, `jwt.refresh=${own}`)).isAuthenticated).toBe(true)
            expect((await ask(`jwt.access=${token}`)).isAuthenticated).toBe(true)
          }
          for (const cookies of [
            [`jwt.access=${token}`, `jwt.refresh=${victims}`],
            [`jwt.refresh=${victims}`, 'x=1', `jwt.access=${token}`],
            [`jwt.access=${token}`, `jwt.refresh=${own}`, `jwt.refresh=${victims}`],
            [`jwt.refresh=${victims}`, `x=${own}`, `jwt.access=${token}`],
          ]) {
            expect(await ask(...cookies)).toMatchObject({ isAuthenticated: false, reason: 'conflicting' })
          }
          expect((await get('/private', `jwt.access=${token}; jwt.refresh=${victims}`)).status).toBe(302)
          const post = { method: 'POST', headers: { origin: APP } }
          const answer = await api('/private', `jwt.access=${token}; jwt.refresh=${victims}`, post)
          expect(answer.status).toBe(401)
          expect(log.warnings.join()).toMatch(/refresh token of different users/)
          expect(calls.refresh).toBe(0)
        })

        it('beside an invalid refresh cookie are accepted', async () => {
          const junk = stranger.sign(refreshPayload({ sub: BOB.user_uuid }), refreshHeader(stranger))
          const ended = refresh({ sub: BOB.user_uuid, iat: NOW - 500_000, exp: NOW - 100 })
          for (const token of [junk, ended, access(BOB), 'x.y.z', '']) {
            for (let visit = 0; visit < 2; visit++) {
              const { text } = await get('/open', `jwt.access=${access()}; jwt.refresh=${token}`)
              expect(userOf(text)).toMatchObject({ isAuthenticated: true, email: ADA.email })
            }
          }
        })

        it('are accepted up to four', async () => {
          const cookie = Array.from({ length: 5 }, () => `jwt.access=${access()}`).join('; ')
          expect(userOf((await get('/open', cookie)).text)).toMatchObject({ reason: 'conflicting' })
        })

        it('are renewed together, and two users are anonymous and get no cookies', async () => {
          const sent: (string | null)[] = []
          service.refresh = (request) => {
            sent.push(request.headers.get('cookie'))
            return new Response('{}', { status: 409 })
          }
          const tokens = [refresh(), refresh({ sub: BOB.user_uuid, sid: 'other' })]
          const answer = await get('/open', tokens.map((token) => `jwt.refresh=${token}`).join('; '))
          expect(userOf(answer.text)).toMatchObject({ isAuthenticated: false, reason: 'conflicting' })
          expect(answer.headers['set-cookie']).toBeUndefined()
          const both = tokens.map((token) => `jwt.refresh=${token}`).join('; ')
          expect(sent).toEqual(Array.from({ length: passes }, () => both))
        })

        it('with invalid signatures cause no call', async () => {
          const junk = stranger.sign(refreshPayload(), refreshHeader(stranger))
          const ended = refresh({ iat: NOW - 500_000, exp: NOW - 100 })
          for (const token of [junk, ended, access(), 'x.y.z']) {
            expect((await get('/private', `jwt.refresh=${token}`)).status).toBe(302)
          }
          expect(calls.refresh).toBe(0)
        })

        it('with one invalid refresh token renew with the other', async () => {
          const next = access()
          service.refresh = () => renewed(next)
          const answer = await get('/open', `jwt.refresh=x.y.z; jwt.refresh=${refresh()}`)
          expect(userOf(answer.text).email).toBe(ADA.email)
          expect(answer.headers['set-cookie']?.[0]).toContain(next)
        })

        it('cause one warning for any number of requests with too many', async () => {
          const cookie = Array.from({ length: 5 }, () => 'jwt.access=x').join('; ')
          for (let i = 0; i < 10; i++) await get('/open', cookie)
          expect(log.warnings).toEqual([expect.stringContaining('too_many')])
        })
      })

    describe('Unsafe methods', () => {
      it('from trusted origins are accepted', async () => {
        const trusting = await start(
          { ...options(), trustedOrigins: ['http://app2.demo.localhost:4002'] },
          () => true,
        )
        const headers = {
          cookie: `jwt.access=${access()}`,
          'sec-fetch-site': 'same-site',
          origin: 'http://app2.demo.localhost:4002',
        }
        const answer = await send(`${trusting.url}/private`, { method: 'POST', headers })
        await trusting.close()
        expect(answer.status).toBe(200)
      })

      describe('that open a WebSocket after the access token expired', () => {
        const headers = {
          upgrade: 'websocket',
          connection: 'Upgrade',
          origin: APP,
          'sec-fetch-site': 'same-origin',
          'sec-fetch-mode': 'websocket',
        }
        const claims = (changes: Record<string, unknown> = {}) =>
          accessPayload({ iat: seconds, exp: seconds + 300, ...changes })
        const lives = (access_claims: unknown) => () => Response.json({ active: true, access_claims })

        it('succeed if the session is alive, without a renewal', async () => {
          service.introspect = lives(claims({ groups: ['editors'] }))
          const token = refresh()
          for (const cookie of [
            `jwt.refresh=${token}`,
            `jwt.access=${access({ exp: NOW - 60, iat: NOW - 400 })}; jwt.refresh=${token}`,
          ]) {
            const answer = await api('/private', cookie, { headers })
            expect(answer.status).toBe(200)
            expect(userOf(answer.text)).toMatchObject({ ...ADA, groups: ['editors'], sessionId: 'session-1' })
            expect(answer.headers['set-cookie']).toBeUndefined()
          }
          expect(calls.refresh).toBe(0)
          expect(asked).toEqual(Array.from({ length: 2 * passes }, () => token))
          expect((await api('/fresh', `jwt.refresh=${token}`, { headers })).status, 'asked once').toBe(200)
          expect(calls.introspect).toBe(3 * passes)
        })

        it.each<[string, number, () => Response]>([
          ['is over', 401, () => Response.json({ active: false })],
          [
            'belongs to another user',
            401,
            () => Response.json({ active: true, access_claims: claims({ sub: BOB.user_uuid, ...BOB }) }),
          ],
          [
            'is another',
            401,
            () => Response.json({ active: true, access_claims: claims({ sid: 'session-9' }) }),
          ],
          ['is confirmed without claims', 401, () => Response.json({ active: true })],
          ['is unavailable', 503, () => new Response(null, { status: 500 })],
        ])('are rejected if the session %s', async (_, status, introspect) => {
          service.introspect = introspect
          expect((await api('/private', `jwt.refresh=${refresh()}`, { headers })).status).toBe(status)
        })

        it('are rejected for revoked sessions and for other origins', async () => {
          service.introspect = lives(claims())
          const cookie = `jwt.refresh=${refresh()}`
          const sibling = {
            ...headers,
            'sec-fetch-site': 'same-site',
            origin: 'http://app2.demo.localhost:4002',
          }
          expect((await api('/private', cookie, { headers: sibling })).status).toBe(403)
          expect(calls.introspect).toBe(0)
          feed.announce({ sid: 'session-1', exp: seconds + 360 })
          expect((await api('/private', cookie, { headers })).status).toBe(401)
        })

        it('are rejected without a call for cookies of two users and invalid signatures', async () => {
          service.introspect = lives(claims())
          const two = [refresh(), refresh({ sub: BOB.user_uuid, sid: 'other' })]
          const cookies = two.map((token) => `jwt.refresh=${token}`).join('; ')
          expect((await api('/private', cookies, { headers })).status).toBe(401)
          expect((await api('/private', 'jwt.refresh=x.y.z', { headers })).status).toBe(401)
          expect(calls.introspect).toBe(0)
        })
      })
    })

    if (!isAgain)
      describe('Bad tokens', () => {
        const BAD: [string, () => string][] = [
          ['tampered', () => `${access().slice(0, -4)}AAAA`],
          ['of another key', () => stranger.sign(accessPayload())],
          ['not canonical', () => `${access()}=`],
          ['ended', () => access({ iat: NOW - 400, exp: NOW - 100 })],
          ['from the future', () => access({ iat: NOW + 100, exp: NOW + 400 })],
          ['for another family', () => access({ aud: 'evil.example' })],
          ['unsigned', () => key.sign(accessPayload(), { alg: 'none', kid: 'key-1', typ: 'at+jwt' })],
          ['a refresh token', refresh],
          ['of five segments', () => `${access()}.a.b`],
          ['oversized', () => 'a.'.repeat(2200)],
          ['with a number as the email', () => access({ user_email: 7 })],
          ['empty', () => ''],
          ['quoted', () => `"${access()}"`],
          ['percent signs', () => '%00%ff%'],
        ]

        it.each(BAD)(
          '%s: the user is anonymous, and the debug log has the reason without the token',
          async (_, token) => {
            const value = token()
            const answer = await get('/open', `jwt.access=${value}`)
            expect(answer.status).toBe(200)
            expect(userOf(answer.text).isAuthenticated).toBe(false)
            expect(log.debugLines.concat(log.warnings).join()).toMatch(
              /refused .*access token.* {"reason":"[a-z_]+"}/,
            )
            if (value.length > 9)
              expect(log.debugLines.concat(log.warnings).join()).not.toContain(value.slice(-9))
            expect((await get('/private', `jwt.access=${value}`)).status).toBe(302)
          },
        )
      })

    if (!isAgain)
      describe('The redirect to the login page explains why a token was rejected', () => {
        const noteOn = async (cookie: string, path = '/private') =>
          parted((await get(path, cookie)).headers.location)
        const said = (reason: string) => ({ reason, host: 'app1.demo.localhost', now: seconds })

        it.each<[string, () => string]>([
          ['expired', () => access({ iat: NOW - 400, exp: NOW - 100 })],
          ['not_yet_valid', () => access({ iat: NOW + 100, exp: NOW + 400 })],
          ['wrong_audience', () => access({ aud: 'elsewhere.example' })],
          ['wrong_issuer', () => access({ iss: 'http://auth.elsewhere.example' })],
          ['bad_signature', () => stranger.sign(accessPayload())],
          ['malformed', () => 'rubbish'],
        ])('%s: in a note that is encrypted with the token', async (reason, make) => {
          const token = make()
          const { href, note } = await noteOn(`jwt.access=${token}`)
          expect(href).toBe(toLogin(`${APP}/private`))
          expect(readRejectionNote(note ?? '', [token])).toEqual(said(reason))
          expect(readRejectionNote(note ?? '', [access()])).toBeNull()
        })

        it('with an expired token', async () => {
          feed.announce({ sid: 'session-1', exp: seconds + 360 })
          const token = access()
          const { note } = await noteOn(`jwt.access=${token}`)
          expect(readRejectionNote(note ?? '', [token])).toEqual(said('session_over'))
        })

        it('with several conflicting tokens, by a note for each, since the auth service may see only one', async () => {
          const tokens = [access(), access(BOB)]
          const { note } = await noteOn(tokens.map((token) => `jwt.access=${token}`).join('; '))
          for (const token of tokens) {
            expect(readRejectionNote(note ?? '', [token])).toEqual(said('conflicting'))
          }
        })

        it('with a failed renewal, by a note for the new token, too, which the browser may keep', async () => {
          const [old, next] = [
            access({ iat: NOW - 400, exp: NOW - 100 }),
            access({ iat: NOW - 390, exp: NOW - 90 }),
          ]
          service.refresh = () => renewed(next)
          const { note } = await noteOn(`jwt.access=${old}; jwt.refresh=${refresh()}`)
          // A second pass sees the new one alone.
          for (const token of passes === 1 ? [old, next] : [next]) {
            expect(readRejectionNote(note ?? '', [token])).toEqual(said('expired'))
          }
        })

        it('with a token that the auth service no longer accepts, when it is asked', async () => {
          service.introspect = () => Response.json({ active: false })
          const token = access()
          const { note } = await noteOn(`jwt.access=${token}`, '/fresh')
          expect(readRejectionNote(note ?? '', [token])).toEqual(said('session_over'))
        })

        it('to scripts as well, in login_url', async () => {
          const { login_url } = JSON.parse((await api('/private', 'jwt.access=rubbish')).text)
          expect(readRejectionNote(parted(login_url).note ?? '', ['rubbish'])).toEqual(said('malformed'))
        })

        it('and adds nothing without a token', async () => {
          expect((await noteOn('')).note).toBeNull()
          expect((await noteOn(`jwt.refresh=${refresh()}`)).note).toBeNull()
          const bearer = await api('/private', '', {
            headers: { authorization: 'Bearer rubbish', 'sec-fetch-site': 'none' },
          })
          expect(parted(JSON.parse(bearer.text).login_url).note).toBeNull()
        })
      })

    it('warns about a genuine token that it must reject because of a wrong setting or clock', async () => {
      await get('/open', `jwt.access=${access({ aud: 'elsewhere.example' })}`)
      expect(log.warnings).toEqual([
        expect.stringMatching(/valid access token.*wrong_audience.*elsewhere\.example.*COOKIE_DOMAIN/),
      ])
    })

    if (!isAgain)
      describe('The local user', () => {
        it('must be registered if only existing users are allowed: 403, never a redirect', async () => {
          const closed = await start(
            { ...options(), users: memoryUsers(), provisioning: 'existing' },
            () => true,
          )
          const headers = { ...NAVIGATION, cookie: `jwt.access=${access()}; jwt.refresh=${refresh()}` }
          const guarded = await send(`${closed.url}/private`, { headers })
          const open = await send(`${closed.url}/open`, { headers })
          await closed.close()
          expect([guarded.status, guarded.headers.location]).toEqual([403, undefined])
          expect(guarded.text).toContain('does not know your account')
          expect(userOf(open.text)).toMatchObject({ isAuthenticated: false, reason: 'not_registered' })
          expect(calls.refresh).toBe(0)
        })

        it('is not cached when disabled during the lookup', async () => {
          let slow = true
          const asking = Promise.withResolvers<void>()
          const answerable = Promise.withResolvers<void>()
          const racing = await start(
            {
              ...options(),
              users: {
                sync: async () => {
                  if (!slow) return { id: 1, isActive: false }
                  asking.resolve()
                  await answerable.promise
                  return { id: 1, isActive: true }
                },
              },
            },
            () => true,
          )
          const headers = { ...NAVIGATION, cookie: `jwt.access=${access()}` }
          const first = send(`${racing.url}/private`, { headers })
          await asking.promise
          slow = false
          racing.forget(ADA.uuid)
          answerable.resolve()
          // A second pass comes after it.
          expect((await first).status).toBe(passes === 1 ? 200 : 403)
          expect((await send(`${racing.url}/private`, { headers })).status).toBe(403)
          await racing.close()
        })

        it('that cannot be stored is an outage: 503, and a log line', async () => {
          const sync = () => {
            throw new LatchkeyError('store_unavailable', 'database is locked')
          }
          const broken = await start({ ...options(), users: { sync } }, () => true)
          const headers = { ...NAVIGATION, cookie: `jwt.access=${access()}` }
          const guarded = await send(`${broken.url}/private`, { headers })
          const open = await send(`${broken.url}/open`, { headers })
          await broken.close()
          expect([guarded.status, open.status]).toEqual([503, 200])
          expect(log.warnings.join()).toContain('database is locked')
        })
      })
  })
}
