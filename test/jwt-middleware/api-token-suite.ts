import { randomBytes } from 'node:crypto'
import { definePermissions } from '@latchkey/jwt-middleware'
import type { AuthenticatedUser, AuthOptions } from '@latchkey/jwt-middleware/hono'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { opaqueToken } from '../../jwt-middleware/src/contract/opaque-token.ts'
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
import type { StartApp, SuiteOptions, TestApp } from './adapter-suite.ts'
import { cardPermissions } from './support/card-permissions.ts'

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none', accept: 'text/html,*/*;q=0.8' }
export const CLIENT = {
  clientId: 'A'.repeat(22),
  clientSecret: opaqueToken('app_secret', new Uint8Array(32)),
}
const BASIC = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString('base64')}`

const newToken = () => opaqueToken('api_token', randomBytes(32))

const TOKEN_CLAIMS = {
  token_type: 'api_token',
  iss: ISSUER,
  iat: NOW - 86_400,
  scope: 'cards.read cards.write',
  token_name: 'nightly export',
}

/** What the auth service says about a token of Ada's. */
const claimsOf = (id: string, changes: Record<string, unknown> = {}) => ({
  ...TOKEN_CLAIMS,
  sub: ADA.uuid,
  jti: id,
  user_uuid: ADA.uuid,
  user_version: 1,
  user_email: ADA.email,
  email_verified: true,
  user_first_name: ADA.firstName,
  user_last_name: ADA.lastName,
  user_is_staff: false,
  user_is_superuser: false,
  groups: ['team'],
  ...changes,
})

const appClaims = (id: string, changes: Record<string, unknown> = {}) => ({
  ...TOKEN_CLAIMS,
  sub: 'app:reports',
  jti: id,
  app: 'reports',
  ...changes,
})

export interface ApiTokenSuiteOptions extends Pick<SuiteOptions, 'passes'> {
  /** Whether the framework shows its handlers the connection, and a header that came twice. Default: `true`. */
  readonly hasConnection?: boolean
}

/** What every adapter does with API tokens. The app has the routes of the adapter suite, `/cards` and `/card`. */
export function apiTokenSuite(
  name: string,
  start: StartApp,
  { hasConnection = true, passes = 1 }: ApiTokenSuiteOptions = {},
): void {
  let key: TestKey
  let app: TestApp
  let seconds: number
  let asked: {
    readonly token: string
    readonly authorization: string | null
    readonly body: URLSearchParams
  }[]
  let answer: (token: string) => Response | Promise<Response>
  let publish: () => Response
  let feed: ReturnType<typeof revocationSource>
  let synced: number
  let users: ReturnType<typeof memoryUsers>
  const known = new Map<string, Record<string, unknown>>()
  const log = recordingLogger()

  /** Apps of earlier tests share the clock, and notice when the next test sets it back. */
  const warnings = () => log.warnings.filter((line) => !line.includes('clock_set_back'))

  const options = (): AuthOptions => ({
    loginUrl: `${ISSUER}/login`,
    ownUrl: APP,
    permissions: cardPermissions,
    ...CLIENT,
    log,
    now: () => seconds * 1000,
    users: {
      sync(identity, provisioning) {
        synced++
        return users.sync(identity, provisioning)
      },
    },
    revocations: feed,
    fetch: async (input, init) => {
      const { pathname } = new URL(String(input))
      if (pathname === '/permissions') return publish()
      if (pathname !== '/introspect') return jwksResponse(key)
      const body = new URLSearchParams(String(init?.body))
      const token = body.get('token') ?? ''
      asked.push({ token, authorization: new Headers(init?.headers).get('authorization'), body })
      return answer(token)
    },
  })

  async function restart(changes: Partial<AuthOptions> = {}): Promise<void> {
    await app?.close()
    app = await start({ ...options(), ...changes }, (user) => user.email === ADA.email)
  }

  /** A token that the auth service knows, with the id that the feed calls it. */
  function issue(id: string, claims: Record<string, unknown> = claimsOf(id)): string {
    const token = newToken()
    known.set(token, claims)
    return token
  }

  const access = () => key.sign(accessPayload({ iat: seconds, exp: seconds + 300 }))
  const refresh = () => key.sign(refreshPayload(), refreshHeader(key))
  const api = (path: string, token: string, more: Sent = {}) =>
    send(app.url + path, { ...more, headers: { authorization: `Bearer ${token}`, ...more.headers } })
  const userOf = (text: string) => JSON.parse(text) as AuthenticatedUser
  const statusOf = async (path: string, token: string) => (await api(path, token)).status

  describe(`The ${name} adapter and API tokens`, () => {
    beforeAll(async () => {
      key = await testKey('key-1')
    })
    beforeEach(async () => {
      seconds = NOW
      asked = []
      synced = 0
      known.clear()
      users = memoryUsers()
      answer = (token) =>
        Response.json(known.has(token) ? { active: true, ...known.get(token) } : { active: false })
      publish = () => new Response(null, { status: 204 })
      feed = revocationSource()
      log.warnings.length = 0
      app = await start(options(), (user) => user.email === ADA.email)
    })
    afterEach(() => app.close())

    describe('A valid token', () => {
      it('has the same user as a cookie, with the token instead of a session', async () => {
        const token = issue('token-1')
        const answer = await api('/private', token)
        expect([answer.status, answer.headers['set-cookie']]).toEqual([200, undefined])
        expect(userOf(answer.text)).toEqual({
          isAuthenticated: true,
          id: expect.any(Number),
          ...ADA,
          emailVerified: true,
          isStaff: false,
          isSuperuser: false,
          groups: ['team'],
          sessionId: null,
          token: { id: 'token-1', name: 'nightly export', scopes: ['cards.read', 'cards.write'] },
        })
        const { text } = await send(`${app.url}/private`, {
          headers: { cookie: `jwt.access=${access()}; jwt.refresh=${refresh()}` },
        })
        expect(userOf(text).id, 'the same local row').toBe(userOf(answer.text).id)
        expect(warnings()).toEqual([])
      })

      it('is asked about once, with the credentials of the app and the address of its user', async () => {
        const token = issue('token-1')
        for (let i = 0; i < 5; i++) {
          const headers = { 'x-forwarded-for': '192.0.2.7' }
          expect((await api('/private', token, { headers })).status).toBe(200)
        }
        expect(asked).toHaveLength(1)
        expect(asked[0]?.authorization).toBe(BASIC)
        expect(Object.fromEntries(asked[0]?.body ?? [])).toEqual({
          token,
          ...(hasConnection && { remote_address: expect.stringContaining('127.0.0.1') }),
          forwarded_for: '192.0.2.7',
        })
        expect(synced).toBe(1)
        expect(app.status().requests).toMatchObject({ hits: 5 * passes - 1, verified: 1 })
      })

      it('is asked about once by requests that arrive together', async () => {
        const token = issue('token-1')
        const answered = await Promise.all(Array.from({ length: 20 }, () => statusOf('/private', token)))
        expect(new Set(answered)).toEqual(new Set([200]))
        expect(asked).toHaveLength(1)
      })

      it.each(['bearer', 'BEARER', 'bEaReR', 'Bearer  '])('is read after the scheme "%s"', async (scheme) => {
        const token = issue('token-1')
        const headers = { authorization: `${scheme} ${token}` }
        for (const _ of ['cold', 'warm']) {
          expect((await send(`${app.url}/private`, { headers })).status).toBe(200)
        }
        expect(asked).toHaveLength(1)
      })

      it('counts alone: no cookie is read, renewed or set', async () => {
        const token = issue('token-1', claimsOf('token-1', { user_email: 'grace@example.com' }))
        for (const cookie of [`jwt.access=${access()}`, `jwt.refresh=${refresh()}`, 'jwt.access=rubbish']) {
          const answer = await api('/private', token, { headers: { cookie } })
          expect(userOf(answer.text).email).toBe('grace@example.com')
          expect(answer.headers['set-cookie']).toBeUndefined()
        }
        const refused = await api('/private', newToken(), { headers: { cookie: `jwt.access=${access()}` } })
        expect(refused.status).toBe(401)
      })

      it('needs no page of the same origin for an unsafe request', async () => {
        const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
        for (const _ of ['cold', 'warm']) {
          const answer = await api('/private', issue('token-1'), { method: 'POST', headers })
          expect(answer.status).toBe(200)
        }
      })

      it('counts for ten minutes, and not beyond its own end', async () => {
        const [endless, short] = [issue('token-1'), issue('token-2', claimsOf('token-2', { exp: NOW + 60 }))]
        for (const token of [endless, short]) await api('/private', token)
        // The feed in this process is live without heartbeats.
        seconds = NOW + 59
        for (const token of [endless, short]) expect(await statusOf('/private', token)).toBe(200)
        expect(asked).toHaveLength(2)
        seconds = NOW + 60
        known.delete(short)
        expect(await statusOf('/private', short)).toBe(401)
        seconds = NOW + 599
        await api('/private', endless)
        expect(asked).toHaveLength(3)
        seconds = NOW + 600
        await api('/private', endless)
        expect(asked).toHaveLength(4)
      })

      it('is asked about again for a route with requireFresh', async () => {
        const token = issue('token-1')
        for (let i = 0; i < 3; i++) expect(await statusOf('/fresh', token)).toBe(200)
        expect(asked).toHaveLength(4)
        known.delete(token)
        expect(await statusOf('/fresh', token)).toBe(401)
        answer = () => new Response(null, { status: 500 })
        const other = issue('token-2')
        expect(await statusOf('/fresh', other)).toBe(503)
      })

      it('is refused the same way as a cookie if the app has disabled its user', async () => {
        const token = issue('token-1')
        await api('/private', token)
        users.setActive(ADA.uuid, false)
        app.forget(ADA.uuid)
        const refused = await api('/private', token)
        expect(refused.status).toBe(403)
        expect(JSON.parse(refused.text).detail).toMatch(/disabled in this app/)
        expect(log.warnings.join()).toContain('"cause":"inactive"')
        users.setActive(ADA.uuid, true)
        app.forget(ADA.uuid)
        expect(await statusOf('/private', token)).toBe(200)
      })
    })

    describe('A revocation', () => {
      it('of a token is effective at the next request, and leaves others alone', async () => {
        const [one, other] = [issue('token-1'), issue('token-2')]
        for (const token of [one, other]) await api('/private', token)
        known.delete(one)
        feed.announce({ token: 'token-1', exp: seconds + 900 })
        expect(await statusOf('/private', one)).toBe(401)
        expect(await statusOf('/private', other)).toBe(200)
        expect(asked).toHaveLength(3)
      })

      it.each([{ tokens: 'changed' as const }, { deleted: true as const }])(
        'of a user makes the app ask again about all their tokens: %o',
        async (entry) => {
          const [one, other] = [issue('token-1'), issue('token-2')]
          for (const token of [one, other]) await api('/private', token)
          known.set(other, claimsOf('token-2', { user_is_staff: true, user_version: 2 }))
          known.delete(one)
          feed.announce({ sub: ADA.uuid, exp: seconds + 900, ...entry })
          expect(await statusOf('/private', one)).toBe(401)
          expect(userOf((await api('/private', other)).text).isStaff).toBe(true)
        },
      )

      it('of sessions does not end tokens', async () => {
        const token = issue('token-1')
        await api('/private', token)
        feed.announce({ sub: ADA.uuid, before: seconds + 1, version: 9, exp: seconds + 900 })
        expect(await statusOf('/private', token)).toBe(200)
        expect(asked).toHaveLength(1)
      })

      it.each([
        { token: 'token-1', exp: NOW + 900 },
        { sub: ADA.uuid, tokens: 'changed' as const, exp: NOW + 900 },
        { sub: ADA.uuid, deleted: true as const, exp: NOW + 900 },
      ])('that arrives before the answer it concerns makes the app ask again: %o', async (entry) => {
        const token = issue('token-1')
        answer = () => {
          // The database was read before, and the answer is still on its way.
          const outdated = Response.json({ active: true, ...claimsOf('token-1') })
          feed.announce(entry)
          answer = () => Response.json({ active: false })
          return outdated
        }
        expect(await statusOf('/private', token)).toBe(401)
        expect(asked).toHaveLength(2)
      })

      it('shortens the cache to 30 s while the feed is not live', async () => {
        feed = { ...revocationSource(), since: () => Promise.reject(new Error('no database')) }
        await restart()
        const token = issue('token-1')
        await api('/private', token)
        seconds = NOW + 29
        expect(await statusOf('/private', token)).toBe(200)
        expect(asked).toHaveLength(1)
        seconds = NOW + 30
        known.delete(token)
        expect(await statusOf('/private', token)).toBe(401)
      })
    })

    describe('While the auth service does not answer', () => {
      it.each<[string, () => Response | Promise<Response>]>([
        ['is down', () => Promise.reject(new TypeError('fetch failed'))],
        ['answers 500', () => new Response(null, { status: 500 })],
        ['answers with something else', () => Response.json({ active: 'yes' })],
        ['answers with half of the claims', () => Response.json({ active: true, jti: 'token-1' })],
        [
          'is another one',
          () => Response.json({ active: true, ...claimsOf('x', { iss: 'https://other.example' }) }),
        ],
        ['refuses the credentials', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
      ])('because it %s, new tokens get 503 and cached ones go on', async (_, broken) => {
        const [cached, fresh] = [issue('token-1'), issue('token-2')]
        await api('/private', cached)
        answer = broken
        expect(await statusOf('/private', cached)).toBe(200)
        for (const path of ['/private', '/open', '/cards']) {
          const refused = await api(path, fresh, { headers: NAVIGATION })
          expect([path, refused.status, Number(refused.headers['retry-after']) > 0]).toEqual([
            path,
            503,
            true,
          ])
          expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/)
        }
        expect(log.warnings.join()).toMatch(/"event":"(introspection_failed|client_rejected)"/)
        answer = () => Response.json({ active: true, ...claimsOf('token-2') })
        expect(await statusOf('/private', fresh), 'at once when it is back').toBe(200)
      })

      it('one line names the credentials and the remedy if they are wrong, and cookies go on', async () => {
        answer = () => Response.json({ error: 'invalid_client' }, { status: 401 })
        publish = () => Response.json({ error: 'invalid_client' }, { status: 401 })
        await restart()
        for (let i = 0; i < 3; i++) expect(await statusOf('/private', newToken())).toBe(503)
        const lines = warnings()
        expect(lines, 'from requests, the feed and the publication').toHaveLength(1)
        expect(lines[0]).toContain('"event":"client_rejected"')
        expect(lines[0]).toContain('AUTH_CLIENT_ID, AUTH_CLIENT_SECRET')
        expect(lines[0]).toContain('latchkey apps rotate-secret')
        expect(log.warnings.join()).not.toMatch(/lks?_[0-9A-Za-z]{10}|AAAA/)
        const cookie = `jwt.access=${access()}`
        expect((await send(`${app.url}/private`, { headers: { cookie } })).status).toBe(200)
      })
    })

    describe('A token that does not count', () => {
      const invalid = (challenge = '') => /^Bearer realm="[^"]+", error="invalid_token"/.test(challenge)

      it('is 401 with the error of RFC 6750, also for a page, and on every route', async () => {
        for (const path of ['/private', '/open', '/cards', '/fresh']) {
          const refused = await api(path, newToken(), { headers: NAVIGATION })
          expect([path, refused.status]).toEqual([path, 401])
          expect(refused.headers.location).toBeUndefined()
          expect(invalid(refused.headers['www-authenticate'])).toBe(true)
          expect(JSON.parse(refused.text)).toMatchObject({ status: 401, error: 'invalid_token' })
          expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/)
        }
        expect(warnings()).toEqual([])
      })

      it('is asked about once in ten seconds', async () => {
        const token = newToken()
        for (let i = 0; i < 3; i++) await api('/private', token)
        expect(asked).toHaveLength(1)
        seconds = NOW + 10
        known.set(token, claimsOf('token-1'))
        expect(await statusOf('/private', token)).toBe(200)
      })

      const good = newToken()
      it.each<[string, string | readonly string[]]>([
        ['is truncated', `Bearer ${good.slice(0, -1)}`],
        ['has a wrong checksum', `Bearer ${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`],
        ['has only a prefix', 'Bearer lk_'],
        ['has more characters', `Bearer ${good}0`],
        ['is long', `Bearer ${good.repeat(200)}`],
        ['has other characters', `Bearer lk_${'é'.repeat(49)}`],
        ['has a slash', `Bearer ${good.replace(/..$/, '/=')}`],
      ])('and %s, is 401 with invalid_token, without a look-up or a warning', async (_, authorization) => {
        for (const path of ['/private', '/open']) {
          const cookie = `jwt.access=${access()}`
          const refused = await send(app.url + path, { headers: { authorization, cookie } })
          expect(refused.status).toBe(401)
          expect(invalid(refused.headers['www-authenticate'])).toBe(true)
        }
        expect([asked.length, synced, warnings()]).toEqual([0, 0, []])
      })

      const IN_TWO_HEADERS: [string, readonly string[]][] = [
        ['is in two headers', [`Bearer ${good}`, `Bearer ${good}`]],
        ['is beside a header of a proxy', ['Bearer of-the-proxy', `Bearer ${good}`]],
      ]
      it.each<[string, string | readonly string[]]>([
        ...(hasConnection ? IN_TWO_HEADERS : []),
        ['is joined with another one', `Bearer ${good}, Bearer ${newToken()}`],
        ['is joined without spaces', `Bearer ${good},${newToken()}`],
        ['has the scheme twice', `Bearer Bearer ${good}`],
        ['has a tab', `Bearer\t${good}`],
        ['has a second word', `Bearer ${good} ${good}`],
      ])('and %s, is 401 with invalid_request, without a look-up or a warning', async (_, authorization) => {
        for (const path of ['/private', '/open']) {
          const cookie = `jwt.access=${access()}`
          const refused = await send(app.url + path, { headers: { authorization, cookie } })
          expect(refused.status).toBe(401)
          expect(refused.headers['www-authenticate']).toMatch(
            /^Bearer realm="[^"]+", error="invalid_request"/,
          )
        }
        expect([asked.length, synced, warnings()]).toEqual([0, 0, []])
      })

      it('and is of another kind, is ignored where a session is, and 401 where there is none', async () => {
        for (const foreign of [CLIENT.clientSecret, 'ghp_abcdefghijklmnopqrstuvwxyz', 'LK_abc']) {
          const cookie = `jwt.access=${access()}`
          expect((await api('/private', foreign, { headers: { cookie } })).status).toBe(200)
          for (const path of ['/private', '/open', '/cards']) {
            const refused = await api(path, foreign)
            expect([path, refused.status]).toEqual([path, 401])
            expect(invalid(refused.headers['www-authenticate'])).toBe(true)
            expect(JSON.parse(refused.text)).toMatchObject({ status: 401, error: 'invalid_token' })
          }
        }
        expect(asked).toHaveLength(0)
        expect(log.debugLines.join()).toMatch(/foreign_bearer.*auth\(\)/)
      })

      it('and is of another kind, makes an anonymous visitor of a browser, whose proxy may have added it', async () => {
        for (const browser of [{ 'sec-fetch-site': 'none' }, { origin: APP }]) {
          const open = await api('/open', 'of-the-proxy', { headers: browser })
          expect(open.status).toBe(200)
          expect(JSON.parse(open.text).isAuthenticated).toBe(false)
          expect((await api('/private', 'of-the-proxy', { headers: browser })).status).toBe(401)
        }
        const page = await api('/private', 'of-the-proxy', { headers: NAVIGATION })
        expect([page.status, page.headers.location]).toEqual([302, expect.stringContaining('/login')])
      })
    })

    describe('An app without credentials', () => {
      it('refuses API tokens with one line that names the setting', async () => {
        await restart({ clientId: undefined as never, clientSecret: undefined as never })
        for (let i = 0; i < 3; i++) expect(await statusOf('/open', issue('token-1'))).toBe(401)
        expect(asked).toHaveLength(0)
        expect(warnings()).toHaveLength(1)
        expect(warnings()[0]).toContain('AUTH_CLIENT_ID')
        const cookie = `jwt.access=${access()}`
        expect((await send(`${app.url}/private`, { headers: { cookie } })).status).toBe(200)
      })
    })

    describe('The option accept', () => {
      it('cookies: refuses API tokens', async () => {
        await restart({ accept: 'cookies' })
        const refused = await api('/open', issue('token-1'))
        expect(refused.status).toBe(401)
        expect(JSON.parse(refused.text)).toMatchObject({
          error: 'invalid_token',
          detail: 'This app takes no API tokens.',
        })
        const cookie = `jwt.access=${access()}`
        expect((await send(`${app.url}/private`, { headers: { cookie } })).status).toBe(200)
        expect(asked).toHaveLength(0)
      })

      it('tokens: does not look at cookies, and redirects nobody', async () => {
        await restart({ accept: 'tokens' })
        for (const _ of ['cold', 'warm']) {
          const headers = { ...NAVIGATION, cookie: `jwt.access=${access()}; jwt.refresh=${refresh()}` }
          const refused = await send(`${app.url}/private`, { headers })
          expect([refused.status, refused.headers.location]).toEqual([401, undefined])
          expect(refused.headers['www-authenticate']).toBe(`Bearer realm="${APP}"`)
        }
        expect(await statusOf('/private', access())).toBe(401)
        expect(await statusOf('/open', 'of-another-kind')).toBe(401)
        expect(await statusOf('/private', issue('token-1'))).toBe(200)
      })
    })

    describe('A guard that asks for no permission', () => {
      const everything = { user_is_staff: true, user_is_superuser: true, groups: ['team'] }

      it('of staff or superusers refuses tokens, whose scopes can not say that, and names the remedy', async () => {
        for (const scope of ['', 'cards.read cards.write']) {
          const token = issue(`token-${scope}`, claimsOf(`token-${scope}`, { ...everything, scope }))
          log.debugLines.length = 0
          for (const [path, guard] of [
            ['/staff', 'staffRequired()'],
            ['/superuser', 'superuserRequired()'],
          ] as const) {
            for (const _ of ['cold', 'warm']) {
              const refused = await api(path, token, { headers: NAVIGATION })
              expect([path, refused.status, refused.headers.location]).toEqual([path, 403, undefined])
              expect(refused.headers['www-authenticate']).toMatch(
                /^Bearer realm="[^"]+", error="insufficient_scope", error_description="[^"]+"$/,
              )
              const problem = JSON.parse(refused.text)
              expect(problem).toMatchObject({ status: 403, error: 'insufficient_scope' })
              expect(problem.detail).toContain(guard)
              expect(problem.detail).toContain('permissionRequired(), or with tokenRequired({ scopes })')
            }
            const line = log.debugLines.find((one) => one.includes(guard))
            expect(line).toMatch(/user_refused.*no_scope.*tokenRequired\(\{ scopes \}\)/)
          }
          expect(await statusOf('/private', token), 'who it is, any valid token says').toBe(200)
          expect(await statusOf('/ada', token), 'a test of the app decides by itself').toBe(200)
        }
        const signed = accessPayload({ iat: seconds, exp: seconds + 300, ...everything })
        const cookie = `jwt.access=${key.sign(signed)}; jwt.refresh=${refresh()}`
        for (const path of ['/staff', '/superuser']) {
          expect((await send(app.url + path, { headers: { cookie } })).status).toBe(200)
        }
        expect(warnings()).toEqual([])
      })
    })

    describe('tokenRequired', () => {
      it('lets tokens with all its scopes pass', async () => {
        for (const path of ['/cards', '/card']) {
          expect(await statusOf(path, issue(path))).toBe(200)
        }
      })

      it('names the scope that is missing', async () => {
        const token = issue('token-1', claimsOf('token-1', { scope: 'cards.read other' }))
        expect(await statusOf('/cards', token)).toBe(200)
        const refused = await api('/card', token, { headers: NAVIGATION })
        expect(refused.status).toBe(403)
        expect(refused.headers['www-authenticate']).toMatch(
          /^Bearer realm="[^"]+", error="insufficient_scope", .*scope="cards.write"$/,
        )
        expect(JSON.parse(refused.text)).toMatchObject({ error: 'insufficient_scope', scope: 'cards.write' })
        expect(warnings()).toEqual([])
      })

      it('asks sessions and strangers for a token, and redirects nobody', async () => {
        for (const cookie of ['', `jwt.access=${access()}`]) {
          const headers = { ...NAVIGATION, ...(cookie && { cookie }) }
          const refused = await send(`${app.url}/cards`, { headers })
          expect([refused.status, refused.headers.location]).toEqual([401, undefined])
          expect(refused.headers['www-authenticate']).toBe(`Bearer realm="${APP}", scope="cards.read"`)
        }
        expect(await statusOf('/cards', access())).toBe(401)
      })
    })

    describe('The scopes of tokenRequired', () => {
      it('give nothing that the user of the token may not do', async () => {
        const token = issue('token-1', claimsOf('token-1', { groups: [] }))
        const refused = await api('/cards', token)
        expect(refused.status).toBe(403)
        expect(JSON.parse(refused.text)).toMatchObject({
          code: 'insufficient_permission',
          permissions: ['cards.read'],
        })
      })

      it('are names that the app defines: others throw as the guard is made, or at each request', async () => {
        const permissions = definePermissions({ 'cards.write': ['team'] })
        const hasStarted = await restart({ permissions }).then(
          () => true,
          (error) => {
            expect(error).toMatchObject({ code: 'unknown_permission' })
            return false
          },
        )
        if (!hasStarted) return restart()
        for (const token of [issue('token-1'), issue('token-2', appClaims('token-2'))]) {
          expect(await statusOf('/cards', token)).toBe(500)
        }
      })
    })

    describe("Another app's own token", () => {
      it('has a user without a local row, behind tokenRequired', async () => {
        const token = issue('token-1', appClaims('token-1'))
        for (const _ of ['cold', 'warm']) {
          const answer = await api('/cards', token)
          expect(JSON.parse(answer.text)).toEqual({
            isAuthenticated: true,
            isService: true,
            app: 'reports',
            isStaff: false,
            isSuperuser: false,
            groups: [],
            sessionId: null,
            token: { id: 'token-1', name: 'nightly export', scopes: ['cards.read', 'cards.write'] },
          })
        }
        expect([asked.length, synced]).toEqual([1, 0])
      })

      it('is no person: 403 where people are expected, and anonymous where anybody is', async () => {
        const token = issue('token-1', appClaims('token-1'))
        for (const path of ['/private', '/staff', '/ada', '/fresh']) {
          const refused = await api(path, token, { headers: NAVIGATION })
          expect([path, refused.status]).toEqual([path, 403])
          expect(JSON.parse(refused.text).detail).toContain('for people')
        }
        const open = await api('/open', token)
        expect(JSON.parse(open.text)).toMatchObject({ isAuthenticated: false, reason: 'service' })
      })

      it('needs scopes like every token, and ends when the feed says so', async () => {
        const token = issue('token-1', appClaims('token-1', { scope: 'cards.read' }))
        expect(await statusOf('/card', token)).toBe(403)
        expect(await statusOf('/cards', token)).toBe(200)
        known.delete(token)
        feed.announce({ token: 'token-1', exp: seconds + 900 })
        expect(await statusOf('/cards', token)).toBe(401)
      })
    })
  })
}
