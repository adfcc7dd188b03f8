import { request } from 'node:http'
import type { AuthOptions } from '@latchkey/jwt-middleware/hono'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { send } from '../support/http.ts'
import { APP, COOKIE_DOMAIN, ISSUER, NOW, recordingLogger } from '../support/tokens.ts'
import { cardPermissions } from './support/card-permissions.ts'

/**
 * An app with `auth()` in front of these routes: `/broken` throws an error, `/aborted` never answers,
 * `/streamed` answers in two pieces, `/unchanged` with 304, `/moved` with a redirect to `/next`,
 * `/own` with a cookie `own=1`, and `/unknown` does not exist.
 */
export type StartAnsweringApp = (
  options: AuthOptions,
) => Promise<{ readonly url: string; close(): Promise<void> }>

/** The cookies of a renewal leave with whatever the app answers. A browser without them would look like a thief. */
export function renewedAnswerSuite(name: string, start: StartAnsweringApp): void {
  let testAuth: TestAuth
  let app: Awaited<ReturnType<StartAnsweringApp>>

  beforeEach(async () => {
    testAuth = createTestAuth({
      ownUrl: APP,
      loginUrl: `${ISSUER}/login`,
      cookieDomain: COOKIE_DOMAIN,
      now: () => NOW * 1000,
    })
    app = await start({ ...testAuth.options, permissions: cardPermissions, log: recordingLogger() })
  })
  afterEach(() => app.close())

  /** The cookies of a browser whose access token has expired. */
  function expired() {
    const visitor = testAuth.signedIn()
    // Their clocks may differ by a minute.
    testAuth.clock.advance(361)
    return visitor.headers
  }

  describe(`A renewal in the ${name} adapter`, () => {
    it.each([
      ['an error that the handler throws', '/broken', 500],
      ['a page that does not exist', '/unknown', 404],
      ['a response in pieces', '/streamed', 200],
      ['an unchanged page', '/unchanged', 304],
      ['a redirect', '/moved', 302],
    ])('leaves with %s', async (_, path, status) => {
      for (const method of ['GET', 'HEAD']) {
        const answer = await send(app.url + path, { method, headers: expired() })
        expect(answer.status, method).toBe(status)
        expect(namesOf(answer.headers['set-cookie']), method).toEqual(['jwt.access', 'jwt.refresh'])
        expect(answer.headers['cache-control'], method).toBe('private, no-store')
        expect(answer.headers.vary, method).toMatch(/\bcookie\b/i)
      }
    })

    it('leaves beside the app’s own cookies', async () => {
      const answer = await send(`${app.url}/own`, { headers: expired() })
      expect(namesOf(answer.headers['set-cookie']).toSorted()).toEqual(['jwt.access', 'jwt.refresh', 'own'])
    })

    it('does not depend on a client that stays: the next request is served', async () => {
      const headers = expired()
      await abort(`${app.url}/aborted`, headers)
      const answer = await send(`${app.url}/own`, { headers })
      expect(answer.status).toBe(200)
      expect(namesOf(answer.headers['set-cookie'])).toContain('jwt.refresh')
    })
  })
}

const namesOf = (setCookies: readonly string[] = []): string[] =>
  setCookies.map((line) => line.split('=', 1)[0] as string)

/** Sends a request, and hangs up before the answer. */
function abort(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const { host } = new URL(url)
  return new Promise((resolve) => {
    const sent = request(url, { headers: { host, ...headers } })
    sent.on('error', () => resolve())
    sent.end(() => setTimeout(() => sent.destroy(), 50))
    sent.on('response', (response) => {
      response.resume()
      resolve()
    })
  })
}
