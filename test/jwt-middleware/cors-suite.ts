import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, type Sent, send } from '../support/http.ts'
import { APP, COOKIE_DOMAIN, ISSUER, NOW, recordingLogger } from '../support/tokens.ts'
import { cardPermissions } from './support/card-permissions.ts'

/** Another library that sets CORS headers, before or after `auth()`. */
export type Beside = 'before' | 'after' | null

/** An app with `/private` behind a guard, for all methods, and `/broken`, which throws. */
export type StartCorsApp = (
  options: AuthOptions,
  beside: Beside,
) => Promise<{ readonly url: string; close(): Promise<void> }>

const SIBLING = 'http://app2.demo.localhost:4002'
const OTHER = 'http://app3.demo.localhost:4003'
const EVIL = 'http://evil.example'
const SCRIPT = { 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-site', accept: '*/*' }

/** What every adapter does for pages of other origins. */
export function corsSuite(name: string, start: StartCorsApp): void {
  const log = recordingLogger()
  let testAuth: TestAuth
  let app: Awaited<ReturnType<StartCorsApp>>

  async function open(options: AuthOptions, beside: Beside = null): Promise<void> {
    await app?.close()
    app = await start({ ...testAuth.options, permissions: cardPermissions, log, ...options }, beside)
  }
  beforeEach(async () => {
    log.warnings.length = 0
    testAuth = createTestAuth({
      ownUrl: APP,
      loginUrl: `${ISSUER}/login`,
      cookieDomain: COOKIE_DOMAIN,
      now: () => NOW * 1000,
    })
    await open({ cors: 'family' })
  })
  afterEach(() => app.close())

  const ask = (origin: string | null, headers: Sent['headers'] = {}, method = 'GET', path = '/private') =>
    send(app.url + path, { method, headers: { ...SCRIPT, ...(origin && { origin }), ...headers } })
  const preflight = (origin: string, method = 'GET', names = 'x-trace') =>
    ask(
      origin,
      { 'access-control-request-method': method, 'access-control-request-headers': names },
      'OPTIONS',
    )
  const corsOf = ({ headers }: Answer) => ({
    origin: headers['access-control-allow-origin'],
    credentials: headers['access-control-allow-credentials'],
  })
  const readable = (origin: string) => ({ origin, credentials: 'true' })
  const UNREADABLE = { origin: undefined, credentials: undefined }
  const varied = ({ headers }: Answer) => (headers.vary ?? '').toLowerCase().split(/, */)

  describe(`cors: 'family' of the ${name} adapter`, () => {
    it('answers the preflight of a page of the family, before any guard', async () => {
      const answer = await preflight(SIBLING)
      expect([answer.status, answer.text]).toEqual([204, ''])
      expect(corsOf(answer)).toEqual(readable(SIBLING))
      expect(answer.headers['access-control-allow-methods']).toBe('GET')
      expect(answer.headers['access-control-allow-headers']).toBe('x-trace')
      expect(varied(answer)).toContain('origin')
    })

    it('makes the response to a signed-in user readable, warm as well', async () => {
      const { headers } = testAuth.signedIn()
      for (const what of ['cold', 'warm']) {
        const answer = await ask(SIBLING, headers)
        expect([answer.status, answer.text], what).toEqual([200, 'private'])
        expect(corsOf(answer)).toEqual(readable(SIBLING))
        expect(varied(answer)).toEqual(expect.arrayContaining(['origin', 'cookie']))
        expect(answer.headers['cache-control']).toBe('private, no-store')
      }
    })

    it('makes the 401 readable, which leads back to the page that asked', async () => {
      const loginFor = (next: string) => `${ISSUER}/login?next=${encodeURIComponent(next)}`
      for (const [referer, next] of [
        [undefined, `${SIBLING}/`],
        [`${SIBLING}/`, `${SIBLING}/`],
        [`${SIBLING}/page?a=1`, `${SIBLING}/page?a=1`],
        [`${EVIL}/page`, `${SIBLING}/`],
        ['rubbish', `${SIBLING}/`],
      ]) {
        const answer = await ask(SIBLING, referer === undefined ? {} : { referer })
        expect(answer.status).toBe(401)
        expect(corsOf(answer)).toEqual(readable(SIBLING))
        expect(JSON.parse(answer.text).login_url).toBe(loginFor(next as string))
        expect(answer.headers['access-control-expose-headers']).toContain('www-authenticate')
        expect(varied(answer)).toEqual(expect.arrayContaining(['origin', 'cookie']))
      }
    })

    it('makes the error of a handler readable', async () => {
      const answer = await ask(SIBLING, testAuth.signedIn().headers, 'GET', '/broken')
      expect([answer.status, corsOf(answer)]).toEqual([500, readable(SIBLING)])
    })

    it('lets such a page read, and not write', async () => {
      const { headers } = testAuth.signedIn()
      const asked = await preflight(SIBLING, 'PUT')
      expect(asked.headers['access-control-allow-methods']).toBe('GET, HEAD')
      // Browsers don't look for POST among the methods, but they do for headers such as content-type.
      const posts = await preflight(SIBLING, 'POST', 'content-type')
      expect(posts.headers).not.toHaveProperty('access-control-allow-headers')
      expect(log.warnings.join()).toContain('add its origin to trustedOrigins')
      const answer = await ask(SIBLING, headers, 'POST')
      expect([answer.status, corsOf(answer)]).toEqual([403, readable(SIBLING)])
      expect(JSON.parse(answer.text).detail).toContain('page of another origin')
    })

    it('lets it write if it is among trustedOrigins', async () => {
      await open({ cors: 'family', trustedOrigins: [SIBLING] })
      const { headers } = testAuth.signedIn()
      expect((await preflight(SIBLING, 'PUT')).headers['access-control-allow-methods']).toBe('PUT')
      expect((await preflight(OTHER, 'PUT')).headers['access-control-allow-methods']).toBe('GET, HEAD')
      const answer = await ask(SIBLING, headers, 'PUT')
      expect([answer.status, corsOf(answer)]).toEqual([200, readable(SIBLING)])
      expect((await ask(OTHER, headers, 'PUT')).status).toBe(403)
    })

    it.each([
      ['a stranger', EVIL],
      ['a name that looks like the family', 'http://evildemo.localhost'],
      ['a name that begins like it', 'http://demo.localhost.evil.example'],
      ['another scheme', 'ftp://app2.demo.localhost'],
      ['an opaque origin', 'null'],
      ['several', `${SIBLING}, ${SIBLING}`],
      ['a path', `${SIBLING}/`],
      ['upper case', SIBLING.toUpperCase()],
      ['a user', 'http://x@app2.demo.localhost:4002'],
    ])('tells nothing to %s', async (_, origin) => {
      const { headers } = testAuth.signedIn()
      for (const answer of [await preflight(origin), await ask(origin, headers), await ask(origin)]) {
        expect(corsOf(answer)).toEqual(UNREADABLE)
        expect(varied(answer)).toContain('origin')
      }
      expect(JSON.parse((await ask(origin)).text).login_url).toContain(encodeURIComponent(`${APP}/private`))
      expect(log.warnings.join()).toContain('"setting":"cors"')
    })

    it('adds nothing for pages of its own, and for programs', async () => {
      for (const answer of [await ask(APP), await ask(null)]) {
        expect(corsOf(answer)).toEqual(UNREADABLE)
        expect(varied(answer)).toContain('origin')
      }
    })
  })

  describe(`cors with a list, of the ${name} adapter`, () => {
    it('is for these origins alone, also beyond the family', async () => {
      await open({ cors: ['https://partner.example', SIBLING] })
      expect(corsOf(await preflight('https://partner.example'))).toEqual(readable('https://partner.example'))
      expect(corsOf(await ask(SIBLING))).toEqual(readable(SIBLING))
      expect(corsOf(await ask(OTHER))).toEqual(UNREADABLE)
    })

    it('is for none by default: preflights meet the guard, and responses do not vary', async () => {
      await open({})
      const answer = await preflight(SIBLING)
      expect([answer.status, corsOf(answer)]).toEqual([401, UNREADABLE])
      const names = varied(await ask(SIBLING))
      expect([names.includes('cookie'), names.includes('origin')]).toEqual([true, false])
    })
  })

  describe.each(['before', 'after'] as const)(`Beside a cors() %s auth(), the ${name} adapter`, (beside) => {
    it('has each header once', async () => {
      await open({ cors: 'family' }, beside)
      const { headers } = testAuth.signedIn()
      for (const answer of [await ask(SIBLING, headers), await ask(SIBLING), await preflight(SIBLING)]) {
        expect(corsOf(answer)).toEqual(readable(SIBLING))
        expect(varied(answer)).toContain('origin')
      }
    })

    it('does not lose its Vary without the option', async () => {
      await open({}, beside)
      const answer = await ask(SIBLING, testAuth.signedIn().headers)
      expect(corsOf(answer)).toEqual(readable(SIBLING))
      expect(varied(answer)).toEqual(expect.arrayContaining(['origin', 'cookie']))
    })
  })
}
