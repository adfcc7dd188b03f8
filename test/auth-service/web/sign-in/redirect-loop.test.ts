import { type AccessClaims, writeRejectionNote } from '@latchkey/jwt-middleware'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { createRedirectLoops } from '../../../../auth-service/src/web/sign-in/redirect-loop.ts'
import { createReturnUrls } from '../../../../auth-service/src/web/sign-in/return-url.ts'
import { APP, accessPayload, COOKIE_DOMAIN, ISSUER, NOW } from '../../../support/tokens.ts'
import { pageApp } from '../../support/page-app.ts'
import { testConfig } from '../../support/services.ts'

const PAGE = `${APP}/notes`
const TOKEN = 'the.access.token'
const COOKIE = `jwt.access=${TOKEN}`
const HOST = 'app1.demo.localhost'

function open(authUrl = ISSUER) {
  const config = testConfig({ authUrl, cookieDomain: authUrl === ISSUER ? COOKIE_DOMAIN : 'example.com' })
  const logged: Record<string, unknown>[] = []
  const log = createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) })
  const introspect = async (token: string) =>
    token === TOKEN ? (accessPayload() as unknown as AccessClaims) : null
  const loops = createRedirectLoops({ config, log, now: () => NOW * 1000, introspect })
  const nexts = createReturnUrls({ config, apps: { at: () => null, origins: () => [] }, warn() {} })
  const app = pageApp()
    .get('/spot', async (c) => c.json(await loops.spot(c, nexts.fromQuery(c))))
    .get('/send', (c) => {
      loops.send(c, nexts.fromQuery(c))
      return c.json(loops.hasLostCookies(c, nexts.fromQuery(c)))
    })

  /** Sends these cookies, and returns the response and the counter cookie. */
  async function ask(path: string, query: Record<string, string>, cookie: string, more = {}) {
    const headers = { cookie, ...more }
    const response = await app.request(`${path}?${new URLSearchParams(query)}`, { headers })
    const [set = ''] = response.headers.getSetCookie()
    return { answer: await response.json(), bounces: set.split(';', 1)[0] ?? '' }
  }

  /** Returns for a third time with this note, or for a sixth time without a trusted one. */
  async function third(
    note?: string | Promise<string>,
    cookie = COOKIE,
    { next = PAGE, believed = note !== undefined, headers = {} } = {},
  ) {
    const refused = await note
    let bounces = ''
    for (let i = 0; i < (believed ? 2 : 5); i++) {
      const query = { next, ...(refused !== undefined && { refused }) }
      const before = await ask('/spot', query, `${cookie}; ${bounces}`)
      expect(before.answer).toBeNull()
      bounces = before.bounces
    }
    const { answer, bounces: left } = await ask(
      '/spot',
      { next, ...(refused !== undefined && { refused }) },
      `${cookie}; ${bounces}`,
      headers,
    )
    expect(left).toBe('bounces=')
    return answer
  }
  return { ask, third, logged }
}

const note = (reason: string, { host = HOST, now = NOW, token = TOKEN } = {}) =>
  writeRejectionNote({ reason, host, now }, [token])

describe('A browser that returns', () => {
  it('for the third time is in a loop, and all details are shown', async () => {
    expect(await open().third(note('expired', { now: NOW + 400 }))).toEqual({
      app: HOST,
      cause: 'clock',
      reason: 'expired',
      ownTime: NOW,
      appTime: NOW + 400,
      token: { aud: 'demo.localhost', iat: NOW, exp: NOW + 300 },
    })
  })

  it.each([
    ['not_yet_valid', { now: NOW - 300 }, 'clock'],
    ['expired', { now: NOW + 2 }, 'unclear'],
    ['wrong_issuer', {}, 'issuer'],
    ['wrong_audience', {}, 'audience'],
    ['unknown_key', {}, 'keys'],
    ['bad_signature', {}, 'keys'],
    ['malformed', {}, 'altered'],
    ['bad_claims', {}, 'altered'],
    ['conflicting', {}, 'conflicting'],
    ['session_over', {}, 'session'],
    ['stale', {}, 'unclear'],
    ['a_word_of_tomorrow', {}, 'unclear'],
    ['constructor', {}, 'unclear'],
  ])('with the reason %s %j: %s', async (reason, said, cause) => {
    expect(await open().third(note(reason, said))).toMatchObject({ cause, reason })
  })

  it('without a reason but with the token has an app that does not see the token', async () => {
    expect(await open().third()).toMatchObject({ cause: 'unseen', reason: null, appTime: null })
  })

  describe('to a service with an http AUTH_URL behind a TLS proxy', () => {
    const third = (refused: Promise<string> | undefined, headers: Record<string, string>, cookie = COOKIE) =>
      open('http://auth.example.com').third(refused, cookie, { next: 'https://app1.example.com/', headers })
    const HTTPS = [{ 'x-forwarded-proto': 'https' }, { 'sec-fetch-site': 'cross-site' }]

    it.each(HTTPS)('is told about AUTH_URL, as %j shows', async (headers) => {
      expect(await third(undefined, headers)).toMatchObject({ cause: 'scheme' })
      expect(await third(undefined, headers, '')).toMatchObject({ cause: 'scheme' })
      const issuer = note('wrong_issuer', { host: 'app1.example.com' })
      expect(await third(issuer, headers)).toMatchObject({ cause: 'scheme', reason: 'wrong_issuer' })
    })

    it('is told about a wrong clock all the same', async () => {
      const clock = note('expired', { host: 'app1.example.com', now: NOW + 400 })
      expect(await third(clock, { 'x-forwarded-proto': 'https' })).toMatchObject({ cause: 'clock' })
    })

    it('is not told about it without TLS', async () => {
      expect(await third(undefined, { 'x-forwarded-proto': 'http' })).toMatchObject({ cause: 'unseen' })
      expect(
        await open().third(undefined, COOKIE, { headers: { 'sec-fetch-site': 'cross-site' } }),
      ).toMatchObject({
        cause: 'unseen',
      })
    })
  })

  it.each(['', 'jwt.access=', 'jwt.access=rubbish'])(
    'without a reason and a valid token (%j) stores no cookies',
    async (cookie) => {
      expect(await open().third(undefined, cookie)).toMatchObject({ cause: 'not_kept', token: null })
    },
  )

  it.each([
    ['of another token', note('conflicting', { token: 'another' })],
    ['of another app', note('conflicting', { host: 'app2.demo.localhost' })],
    ['made up', 'rubbish'],
  ])('with an untrusted note, %s, is told nothing from it', async (_, refused) => {
    expect(await open().third(refused, COOKIE, { believed: false })).toMatchObject({
      cause: 'unclear',
      reason: null,
      app: HOST,
    })
  })

  it('is logged once, with the details and without the token', async () => {
    const { third, logged } = open()
    await third(note('expired', { now: NOW + 400 }))
    expect(logged).toEqual([
      expect.objectContaining({
        level: 40,
        event: 'login_loop',
        app: HOST,
        cause: 'clock',
        appTime: NOW + 400,
      }),
    ])
    expect(JSON.stringify(logged)).not.toContain(TOKEN)
  })

  it('from a foreign URL is told why at once, since no redirect leads back there', async () => {
    const { ask } = open()
    const query = { next: 'http://app1.elsewhere.example/notes' }
    const refused = await note('wrong_audience', { host: 'app1.elsewhere.example' })
    const spotted = await ask('/spot', { ...query, refused }, COOKIE)
    expect(spotted.answer).toMatchObject({ app: 'app1.elsewhere.example', cause: 'audience' })
    expect((await ask('/spot', query, COOKIE)).answer).toBeNull()
    expect((await ask('/spot', { ...query, refused: 'made.up' }, COOKIE)).answer).toBeNull()
  })

  it('to our own pages, or to none, is not counted', async () => {
    const { ask } = open()
    for (const next of ['http://auth.demo.localhost:4000/account', '']) {
      expect(await ask('/spot', { next }, COOKIE)).toEqual({ answer: null, bounces: '' })
      expect((await ask('/send', { next }, COOKIE)).bounces).toBe('')
    }
  })
})

describe('A user who has just signed in', () => {
  it('and returns without the cookie has lost it', async () => {
    const { ask } = open()
    const { bounces, answer } = await ask('/send', { next: PAGE }, '')
    expect(answer).toBe(false)
    expect((await ask('/send', { next: PAGE }, bounces)).answer).toBe(true)
    expect((await ask('/send', { next: `${PAGE}?other` }, bounces)).answer).toBe(false)
    expect((await ask('/send', { next: PAGE }, `${bounces}; jwt.refresh=x`)).answer).toBe(false)
  })
})
