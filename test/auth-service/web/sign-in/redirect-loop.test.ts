import { type AccessClaims, writeRefusalNote } from '@latchkey/jwt-middleware'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../../auth-service/src/platform/logging/logger.ts'
import { createRedirectLoops } from '../../../../auth-service/src/web/sign-in/redirect-loop.ts'
import { createReturnUrls } from '../../../../auth-service/src/web/sign-in/return-url.ts'
import { APP, accessPayload, COOKIE_DOMAIN, ISSUER, NOW } from '../../../support/tokens.ts'
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
  const app = new Hono()
    .get('/spot', async (c) => c.json(await loops.spot(c, nexts.fromQuery(c))))
    .get('/send', (c) => {
      loops.send(c, nexts.fromQuery(c))
      return c.json(loops.hasLostCookies(c, nexts.fromQuery(c)))
    })

  /** Asks with these cookies, and hands back the answer and the cookie that counts. */
  async function ask(path: string, query: Record<string, string>, cookie: string, more = {}) {
    const headers = { cookie, ...more }
    const response = await app.request(`${path}?${new URLSearchParams(query)}`, { headers })
    const [set = ''] = response.headers.getSetCookie()
    return { answer: await response.json(), bounces: set.split(';', 1)[0] ?? '' }
  }

  /** Comes back for a third time with this note, or for a sixth time without one that can be believed. */
  async function third(
    refused?: string,
    cookie = COOKIE,
    { next = PAGE, believed = refused !== undefined, headers = {} } = {},
  ) {
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
  writeRefusalNote({ reason, host, now }, [token])

describe('a browser that comes back', () => {
  it('for the third time goes round in circles, and every figure is told', async () => {
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
  ])('with the word %s %j: %s', async (reason, said, cause) => {
    expect(await open().third(note(reason, said))).toMatchObject({ cause, reason })
  })

  it('without a word, while the browser has the token: the app does not see it', async () => {
    expect(await open().third()).toMatchObject({ cause: 'unseen', reason: null, appTime: null })
  })

  describe('of a service whose AUTH_URL is http, behind a proxy that speaks TLS,', () => {
    const third = (refused: string | undefined, headers: Record<string, string>, cookie = COOKIE) =>
      open('http://auth.example.com').third(refused, cookie, { next: 'https://app1.example.com/', headers })
    const HTTPS = [{ 'x-forwarded-proto': 'https' }, { 'sec-fetch-site': 'cross-site' }]

    it.each(HTTPS)('hears of AUTH_URL, as %j shows', async (headers) => {
      expect(await third(undefined, headers)).toMatchObject({ cause: 'scheme' })
      expect(await third(undefined, headers, '')).toMatchObject({ cause: 'scheme' })
      const issuer = note('wrong_issuer', { host: 'app1.example.com' })
      expect(await third(issuer, headers)).toMatchObject({ cause: 'scheme', reason: 'wrong_issuer' })
    })

    it('hears of a clock all the same where that is wrong', async () => {
      const clock = note('expired', { host: 'app1.example.com', now: NOW + 400 })
      expect(await third(clock, { 'x-forwarded-proto': 'https' })).toMatchObject({ cause: 'clock' })
    })

    it('and without TLS hears nothing of it', async () => {
      expect(await third(undefined, { 'x-forwarded-proto': 'http' })).toMatchObject({ cause: 'unseen' })
      expect(
        await open().third(undefined, COOKIE, { headers: { 'sec-fetch-site': 'cross-site' } }),
      ).toMatchObject({
        cause: 'unseen',
      })
    })
  })

  it.each(['', 'jwt.access=', 'jwt.access=rubbish'])(
    'without a word, and the browser has no good token (%j): it keeps none',
    async (cookie) => {
      expect(await open().third(undefined, cookie)).toMatchObject({ cause: 'not_kept', token: null })
    },
  )

  it.each([
    ['of another token', note('conflicting', { token: 'another' })],
    ['of another app', note('conflicting', { host: 'app2.demo.localhost' })],
    ['made up', 'rubbish'],
  ])('with a note %s: nothing in it is believed', async (_, refused) => {
    expect(await open().third(refused, COOKIE, { believed: false })).toMatchObject({
      cause: 'unclear',
      reason: null,
      app: HOST,
    })
  })

  it('is mentioned in the log, once, with the figures and without the token', async () => {
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

  it('from an address that is none of ours hears why at once: there is no way back to it', async () => {
    const { ask } = open()
    const query = { next: 'http://app1.elsewhere.example/notes' }
    const refused = note('wrong_audience', { host: 'app1.elsewhere.example' })
    const spotted = await ask('/spot', { ...query, refused }, COOKIE)
    expect(spotted.answer).toMatchObject({ app: 'app1.elsewhere.example', cause: 'audience' })
    expect((await ask('/spot', query, COOKIE)).answer).toBeNull()
    expect((await ask('/spot', { ...query, refused: 'made.up' }, COOKIE)).answer).toBeNull()
  })

  it('to our own pages, or to none, is nobody’s bounce', async () => {
    const { ask } = open()
    for (const next of ['http://auth.demo.localhost:4000/account', '']) {
      expect(await ask('/spot', { next }, COOKIE)).toEqual({ answer: null, bounces: '' })
      expect((await ask('/send', { next }, COOKIE)).bounces).toBe('')
    }
  })
})

describe('who has just signed in', () => {
  it('and is back without a cookie of that has lost it', async () => {
    const { ask } = open()
    const { bounces, answer } = await ask('/send', { next: PAGE }, '')
    expect(answer).toBe(false)
    expect((await ask('/send', { next: PAGE }, bounces)).answer).toBe(true)
    expect((await ask('/send', { next: `${PAGE}?other` }, bounces)).answer).toBe(false)
    expect((await ask('/send', { next: PAGE }, `${bounces}; jwt.refresh=x`)).answer).toBe(false)
  })
})
