import { LatchkeyError } from '@latchkey/jwt-middleware'
import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuth, type TestAuthOptions } from '@latchkey/jwt-middleware/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type Sent, send } from '../support/http.ts'
import { APP, COOKIE_DOMAIN, ISSUER, NOW, recordingLogger } from '../support/tokens.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { cardPermissions } from './support/card-permissions.ts'

/**
 * An app with these routes: `POST /sign-out` (also for other methods), `/bye` likewise with `next: '/goodbye?a=1'`,
 * `/private` behind `loginRequired`, and `/links`, which returns the URLs as JSON, with `next` of the query.
 */
export interface LinkedApp {
  readonly url: string
  /** Throws if `signOut()` rejects this `next`. */
  signOutTo(next: string): void
  close(): Promise<void>
}

export type StartLinkedApp = (options: AuthOptions) => Promise<LinkedApp>

const LOGIN = `${ISSUER}/login?brand=1`
const at = (path: string, next: string) => `${ISSUER}${path}?brand=1&next=${encodeURIComponent(next)}`
const SAME_ORIGIN = { ...NAVIGATION, 'sec-fetch-site': 'same-origin', origin: APP, referer: `${APP}/private` }
const SIBLING = { ...NAVIGATION, 'sec-fetch-site': 'same-site', origin: 'http://app2.demo.localhost:4002' }
const SCRIPT = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', accept: '*/*' }

/** What the links and the sign-out of every adapter do. */
export function signOutSuite(name: string, start: StartLinkedApp): void {
  const log = recordingLogger()
  let testAuth: TestAuth
  let app: LinkedApp

  async function open(options: TestAuthOptions = {}): Promise<void> {
    await app?.close()
    testAuth = createTestAuth({
      ownUrl: APP,
      loginUrl: LOGIN,
      cookieDomain: COOKIE_DOMAIN,
      now: () => NOW * 1000,
      ...options,
    })
    app = await start({ ...testAuth.options, permissions: cardPermissions, log })
  }

  beforeEach(async () => {
    log.warnings.length = 0
    await open()
  })
  afterEach(() => app.close())

  const signOut = (headers: NonNullable<Sent['headers']>, path = '/sign-out', method = 'POST') =>
    send(app.url + path, { method, headers })
  const statusOf = async (headers: Sent['headers']) =>
    (await send(`${app.url}/private`, { headers: { ...SCRIPT, ...headers } })).status
  /** What the browser does with its cookies: the last line of a name counts (RFC 6265, section 5.3). */
  const cookieNamesIn = ({ headers }: Answer) => {
    const lines = new Map((headers['set-cookie'] ?? []).map((line) => [line.split('=', 1)[0], line]))
    return [...lines.values()].map((line) => line.replace(/=;.*Max-Age=0;.*/, ' deleted'))
  }
  const DELETED = ['jwt.access deleted', 'jwt.refresh deleted']

  describe(`The sign-out of the ${name} adapter`, () => {
    it('ends the session there and then, deletes the cookies, and leads to the start page', async () => {
      const ada = testAuth.signedIn()
      expect(await statusOf(ada.headers)).toBe(200)
      const answer = await signOut({ ...SAME_ORIGIN, ...ada.headers })
      expect([answer.status, answer.headers.location]).toEqual([303, `${APP}/`])
      expect(cookieNamesIn(answer)).toEqual(DELETED)
      expect(answer.headers['cache-control']).toBe('private, no-store')
      expect(await statusOf(ada.headers)).toBe(401)
      expect(await statusOf(ada.bearer)).toBe(401)
    })

    it('leads to the page that the app chose', async () => {
      const { headers } = testAuth.signedIn()
      const answer = await signOut({ ...SAME_ORIGIN, ...headers }, '/bye')
      expect([answer.status, answer.headers.location]).toEqual([303, `${APP}/goodbye?a=1`])
    })

    it('answers scripts with 204, and tells htmx where to go', async () => {
      const [one, two] = [testAuth.signedIn(), testAuth.signedIn()]
      const script = await signOut({ ...SCRIPT, ...one.headers })
      expect([script.status, script.text, script.headers.location]).toEqual([204, '', undefined])
      expect(cookieNamesIn(script)).toEqual(DELETED)
      const htmx = await signOut({ ...SCRIPT, 'hx-request': 'true', ...two.headers })
      expect([htmx.status, htmx.headers['hx-redirect']]).toEqual([204, `${APP}/`])
    })

    it('leaves the other sessions of the user alone', async () => {
      const [laptop, phone] = [testAuth.signedIn(), testAuth.signedIn()]
      await signOut({ ...SAME_ORIGIN, ...laptop.headers })
      expect(await statusOf(phone.headers)).toBe(200)
    })

    it('works a second time, in another tab, and twice at once', async () => {
      const ada = testAuth.signedIn()
      const answers = await Promise.all([1, 2].map(() => signOut({ ...SAME_ORIGIN, ...ada.headers })))
      answers.push(await signOut({ ...SAME_ORIGIN, ...ada.headers }), await signOut(SAME_ORIGIN))
      expect(answers.map(({ status }) => status)).toEqual([303, 303, 303, 303])
      expect(log.warnings).toEqual([])
    })

    it('works after the access token has ended, and renewed cookies do not come back', async () => {
      const ada = testAuth.signedIn()
      testAuth.clock.advance(3600)
      const answer = await signOut({ ...SAME_ORIGIN, ...ada.headers })
      expect(answer.status).toBe(303)
      expect(cookieNamesIn(answer)).toEqual(DELETED)
      expect(await statusOf(ada.headers)).toBe(401)
    })

    it('ends the session of the user who is signed in now, if they have changed since the page was opened', async () => {
      const bob = testAuth.signedIn({ email: 'bob@example.com' })
      const answer = await signOut({ ...SAME_ORIGIN, ...bob.headers })
      expect(answer.status).toBe(303)
      expect(await statusOf(bob.headers)).toBe(401)
    })

    it('ends the sessions of all users whose cookies came', async () => {
      const [ada, bob] = [testAuth.signedIn(), testAuth.signedIn({ email: 'bob@example.com' })]
      const answer = await signOut({ ...SAME_ORIGIN, cookie: `${ada.cookie}; ${bob.cookie}` })
      expect(answer.status).toBe(303)
      expect([await statusOf(ada.headers), await statusOf(bob.headers)]).toEqual([401, 401])
    })

    it('works for a program with its token', async () => {
      const ada = testAuth.signedIn()
      expect((await signOut(ada.bearer)).status).toBe(204)
      expect(await statusOf(ada.bearer)).toBe(401)
    })

    it.each(['GET', 'HEAD'])('asks first for %s', async (method) => {
      const ada = testAuth.signedIn()
      const answer = await signOut({ ...NAVIGATION, ...ada.headers }, '/sign-out', method)
      expect([answer.status, answer.headers.location]).toEqual([302, at('/logout', `${APP}/`)])
      expect(await statusOf(ada.headers)).toBe(200)
    })

    it.each(['fresh', 'expired', 'anonymous'])('refuses a page of a sibling host, %s', async (kind) => {
      const ada = testAuth.signedIn()
      if (kind === 'expired') testAuth.clock.advance(3600)
      const answer = await signOut({ ...SIBLING, ...(kind !== 'anonymous' && ada.headers) })
      expect(answer.status).toBe(403)
      expect(answer.headers['set-cookie']).toBeUndefined()
      expect(await statusOf(ada.headers)).toBe(200)
      expect(log.warnings.join()).toContain('trustedOrigins')
    })

    it('is honest while the auth service is down: the user stays signed in, with their cookies', async () => {
      const ada = testAuth.signedIn()
      testAuth.authService.stop()
      const page = await signOut({ ...SAME_ORIGIN, ...ada.headers })
      expect([page.status, page.headers['retry-after']]).toEqual([503, '5'])
      expect(page.text).toContain('<h1>You are still signed in</h1>')
      expect(page.headers['set-cookie']).toBeUndefined()
      const script = await signOut({ ...SCRIPT, ...ada.headers })
      expect([script.status, JSON.parse(script.text).title]).toEqual([503, 'You are still signed in'])
      expect(await statusOf(ada.headers)).toBe(200)
      expect(log.warnings.join()).toContain('could not end a session at the auth service')
      expect(log.warnings.join()).toContain('AUTH_INTERNAL_URL')
      testAuth.authService.start()
      expect((await signOut({ ...SAME_ORIGIN, ...ada.headers })).status).toBe(303)
    })

    describe('where only the auth service sees the refresh cookie', () => {
      beforeEach(() => open({ refreshCookie: 'auth' }))

      it('ends the session of the access token', async () => {
        const ada = testAuth.signedIn()
        expect(ada.cookie).not.toContain('refresh')
        const answer = await signOut({ ...SAME_ORIGIN, ...ada.headers })
        expect([answer.status, answer.headers.location]).toEqual([303, `${APP}/`])
        expect(await statusOf(ada.headers)).toBe(401)
      })

      it.each(['ended', 'missing'])('leads to the auth service if that token is %s', async (kind) => {
        const ada = testAuth.signedIn()
        testAuth.clock.advance(3600)
        const headers = kind === 'ended' ? ada.headers : {}
        const page = await signOut({ ...SAME_ORIGIN, ...headers })
        expect(page.status).toBe(401)
        const url = at('/logout', `${APP}/`).replaceAll('&', '&amp;')
        expect(page.text).toContain(`<meta http-equiv="refresh" content="0; url=${url}">`)
        const script = await signOut({ ...SCRIPT, ...headers })
        expect(script.status).toBe(401)
        expect(JSON.parse(script.text)).toMatchObject({
          login_url: at('/login', `${APP}/`),
          sign_out_url: at('/logout', `${APP}/`),
        })
      })
    })

    it.each(['goodbye', 'https://evil.example/', '//evil.example', '/\\evil.example'])(
      'takes only a path of the app, and not %s',
      (next) => {
        expect(() => app.signOutTo(next)).toThrow(LatchkeyError)
        expect(() => app.signOutTo(next)).toThrow('Set it to a path of this app')
      },
    )
  })

  describe(`The links of the ${name} adapter`, () => {
    const links = async (path: string, headers: NonNullable<Sent['headers']> = NAVIGATION, method = 'GET') =>
      JSON.parse((await send(app.url + path, { headers, method })).text)

    it('lead to the pages of the auth service, and back to the current page', async () => {
      const here = `${APP}/links?page=2&q=a%2Fb`
      expect(await links('/links?page=2&q=a%2Fb')).toEqual({
        signIn: at('/login', here),
        signUp: at('/register', here),
        signOut: at('/logout', here),
        account: `${ISSUER}/account`,
      })
    })

    it('lead back to the page that sent a form, or a fragment', async () => {
      const { signIn } = await links('/links', { ...SAME_ORIGIN, referer: `${APP}/form` }, 'POST')
      expect(signIn).toBe(at('/login', `${APP}/form`))
      const htmx = { ...SCRIPT, 'hx-request': 'true', 'hx-current-url': `${APP}/page#part` }
      expect((await links('/links', htmx)).signIn).toBe(at('/login', `${APP}/page#part`))
    })

    it.each([
      ['/welcome?a=1', `${APP}/welcome?a=1`],
      [`${APP}/welcome`, `${APP}/welcome`],
      ['https://evil.example/', `${APP}/`],
      ['//evil.example/', `${APP}//evil.example/`],
      ['/\\evil.example', `${APP}//evil.example`],
      ['javascript:alert(1)', `${APP}/`],
      ['', `${APP}/`],
    ])('lead to another page of the app, and to no other host: %s', async (next, expected) => {
      const { signIn, signOut } = await links(`/links?next=${encodeURIComponent(next)}`)
      expect([signIn, signOut]).toEqual([at('/login', expected), at('/logout', expected)])
    })

    it('ignore Host and forwarding headers', async () => {
      const forged = { ...NAVIGATION, host: 'evil.example', 'x-forwarded-host': 'evil.example' }
      expect((await links('/links', forged)).signIn).toBe(at('/login', `${APP}/links`))
    })
  })
}
