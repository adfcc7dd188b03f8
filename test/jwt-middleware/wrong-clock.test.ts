import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { revocationSource } from '../support/revocation-source.ts'
import {
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

let key: TestKey
beforeAll(async () => {
  key = await testKey('key-1')
})

/** An app whose clock is wrong by some seconds, and an auth service whose clock is right. */
function openApp(wrongBy = 0) {
  const clock = { right: NOW, wrongBy }
  const source = revocationSource()
  const log = recordingLogger()
  const issue = (changes: Record<string, unknown> = {}) =>
    key.sign(accessPayload({ iat: clock.right, exp: clock.right + 300, ...changes }))
  const middleware = auth({
    loginUrl: `${ISSUER}/login`,
    ownUrl: APP,
    log,
    now: () => (clock.right + clock.wrongBy) * 1000,
    fetch: async (input) =>
      String(input).endsWith('/refresh')
        ? new Response('{}', { headers: { 'set-cookie': `jwt.access=${issue()}` } })
        : jwksResponse(key),
    revocations: source,
  })
  onTestFinished(() => middleware.close())
  const app = new Hono().use(middleware).get('/', loginRequired(), (c) => c.text('hello'))
  const visit = async (cookie: string) => (await app.request('/', { headers: { cookie } })).status
  return {
    clock,
    log,
    issue,
    end: (sid: string) => source.announce({ sid, exp: clock.right + 360 }),
    /** With only an access token. */
    show: (access: string) => visit(`jwt.access=${access}`),
    /** With only a refresh token, so that a new token is issued at this moment. */
    renew: () => visit(`jwt.refresh=${key.sign(refreshPayload({ iat: NOW - 60 }), refreshHeader(key))}`),
  }
}

describe('An app whose clock is ahead', () => {
  it.each([30, 299])('by %s seconds renews, and works', async (seconds) => {
    const { renew, log } = openApp(seconds)
    expect(await renew()).toBe(200)
    expect(log.warnings).toEqual([])
  })

  it('by the life of a token rejects a fresh one, and says why', async () => {
    const { renew, log } = openApp(300)
    expect(await renew()).toBe(401)
    expect(log.warnings).toEqual([
      expect.stringMatching(/fresh access token: the local clock is ahead.*"ahead":300/),
    ])
  })
})

describe('An app whose clock is set back', () => {
  it('still rejects what it rejected before', async () => {
    const { clock, issue, show, log } = openApp()
    const [token, other] = [issue(), issue({ exp: NOW + 3_600 })]
    clock.right += 331
    expect(await show(token)).toBe(401)
    for (const seconds of [-60, -300, -3_600]) {
      clock.wrongBy = seconds
      expect(await show(token)).toBe(401)
      expect(await show(other)).toBe(200)
    }
    expect(log.warnings.filter((line) => line.includes('clock_set_back'))).toHaveLength(1)
  })

  it('follows once a new token confirms the time, and forgets no ended session', async () => {
    const { clock, issue, show, renew, end } = openApp()
    const [ended, living] = [issue({ sid: 'ended' }), issue({ sid: 'living' })]
    expect([await show(ended), await show(living)]).toEqual([200, 200])
    end('ended')
    clock.wrongBy = 600
    expect([await show(ended), await show(living)]).toEqual([401, 401])
    clock.wrongBy = 0
    expect([await show(ended), await show(living)], 'nobody has confirmed it').toEqual([401, 401])
    expect(await renew()).toBe(200)
    expect([await show(ended), await show(living)]).toEqual([401, 200])
  })
})
