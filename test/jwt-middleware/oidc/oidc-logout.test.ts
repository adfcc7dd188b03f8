import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { memoryUsers, type UserSync } from '@latchkey/jwt-middleware'
import { postgresUsers } from '@latchkey/jwt-middleware/postgres'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import type { Hono } from 'hono'
import { generateKeyPair, SignJWT } from 'jose'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { ADA } from '../../auth-service/support/site.ts'
import { freshPostgres } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import {
  openPartner,
  PARTNER,
  type PartnerOptions,
  type PartnerProcess,
  sessionCookie,
  untilTold,
  visit,
} from '../support/oidc-partner.ts'

afterEach(() => vi.useRealTimers())

const LOGOUT = `${PARTNER}/auth/back-channel-logout`

/** Ada, signed in at the partner, whose provider tells of sign-outs at a real socket. */
async function openSignedIn(given: PartnerOptions = {}) {
  const handler = { fetch: (_: Request): Response | Promise<Response> => new Response(null, { status: 503 }) }
  const server = serve({ fetch: (request) => handler.fetch(request), port: 0, hostname: '127.0.0.1' })
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const opened = await openPartner({
    ...given,
    input: { back_channel_logout_uri: `http://127.0.0.1:${port}/auth/back-channel-logout`, ...given.input },
  })
  const { site, partner, balancer } = opened
  const bodies: string[] = []
  handler.fetch = async (request) => {
    const body = await request.text()
    bodies.push(body)
    return balancer.at.app.request(LOGOUT, { method: 'POST', headers: FORM, body })
  }
  site.service.oidc.start()
  const ada = await opened.signedIn()
  await visit(ada, '/private')
  const user = await site.service.users.findByEmail(ADA.email)
  if (!user) throw new Error('no user')
  const statusAt = async ({ app }: PartnerProcess, cookie: string) =>
    (
      await app.request(`${PARTNER}/private`, {
        headers: { cookie: `__Host-latchkey.session=${cookie}`, accept: 'application/json' },
      })
    ).status
  return { ...opened, partner, ada, user, bodies, statusAt }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const send = ({ app }: PartnerProcess, token: string) =>
  app.request(LOGOUT, {
    method: 'POST',
    headers: FORM,
    body: new URLSearchParams({ logout_token: token }).toString(),
  })

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }

/** Signs like the auth service. */
async function signer({ site, client }: Awaited<ReturnType<typeof openPartner>>) {
  const { key, kid, alg } = site.service.keys.current() as never as {
    key: Parameters<SignJWT['sign']>[0]
    kid: string
    alg: string
  }
  return (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}, by: unknown = key) => {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: site.origin,
      aud: client.clientId,
      iat: now,
      exp: now + 120,
      jti: crypto.randomUUID(),
      events: EVENTS,
      ...changes,
    }
    return new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setProtectedHeader({ alg, kid, typ: 'logout+jwt', ...header })
      .sign(by as typeof key)
  }
}

describe('A sign-out in the family', () => {
  it('ends the session of the app at once, with its open connections, by a logout token', async () => {
    let reason: unknown = null
    const routes = (app: Hono) =>
      void app.get('/watch', (c) => {
        const { user } = c.var
        if (user.isAuthenticated) {
          user.signal.addEventListener('abort', () => {
            reason = user.signal.reason
          })
        }
        return c.text('')
      })
    const { site, ada, user, bodies } = await openSignedIn({ routes })
    await ada.get(`${PARTNER}/watch`)
    await site.service.sessions.endAll(user.id)
    await untilTold(site, () => expect(bodies).not.toEqual([]))
    await untilTold(site, () => expect(reason).toMatchObject({ code: 'session_ended' }))
    const answer = await ada.request(`${PARTNER}/private`, { headers: { accept: 'application/json' } })
    expect(answer.status).toBe(401)
    expect(await sessionCookie(ada)).toBe('')
  })

  it('does not end a later sign-in, whose session the provider calls by the same name', async () => {
    const { site, ada, bodies, statusAt, partner, user } = await openSignedIn()
    const earlier = await sessionCookie(ada)
    const app = site.service.apps.list().find(({ name }) => name === 'Partner')
    await site.service.oidc.consents.withdraw(user as never, String(app?.id), OPERATOR)
    await untilTold(site, async () => {
      expect(bodies).not.toEqual([])
      expect(await statusAt(partner, earlier)).toBe(401)
    })
    site.wait(1)
    await visit(ada, '/private')
    expect(await statusAt(partner, await sessionCookie(ada))).toBe(200)
    expect(await statusAt(partner, earlier)).toBe(401)
  })
})

/** Stores that processes of an app share; each call is another process. */
const SHARED: [string, () => Promise<() => UserSync>][] = [
  [
    'SQLite',
    async () => {
      const db = new Database(':memory:')
      return () => sqliteUsers(db)
    },
  ],
  [
    'Postgres',
    async () => {
      const pool = new pg.Pool({ connectionString: await freshPostgres() })
      onTestFinished(() => pool.end())
      return () => postgresUsers(pool)
    },
  ],
]

describe.each(SHARED)('Two processes of an app on one %s', (_, open) => {
  it('both learn of a sign-out that one of them was told, and so does one that starts later', async () => {
    const userStore = await open()
    const signedIn = await openSignedIn({ options: { users: userStore() } })
    const { site, start, partner, ada, user, asked, statusAt } = signedIn
    const other = start(userStore(), {})
    const cookie = await sessionCookie(ada)
    expect([await statusAt(partner, cookie), await statusAt(other, cookie)]).toEqual([200, 200])
    // The first one is told. Both have the session in their cache, and the clock stands still.
    await site.service.sessions.endAll(user.id)
    await untilTold(site, async () =>
      expect([await statusAt(partner, cookie), await statusAt(other, cookie)]).toEqual([401, 401]),
    )
    const sent = asked.length
    expect(await statusAt(start(userStore()), cookie)).toBe(401)
    expect(asked.slice(sent), 'no question to the provider').not.toContain('/oidc/userinfo')
  })

  it('lose no sign-out that both were told at once', async () => {
    const userStore = await open()
    const signedIn = await openSignedIn({ options: { users: userStore() } })
    const { start, partner, ada, statusAt } = signedIn
    const other = start(userStore())
    const sign = await signer(signedIn)
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, at) => sign({ sid: `s${at}`, sub: signedIn.user.uuid })),
    )
    const cookie = await sessionCookie(ada)
    await Promise.all([statusAt(partner, cookie), statusAt(other, cookie)])
    const answers = await Promise.all(tokens.map((token, at) => send(at % 2 ? partner : other, token)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    const store = userStore()
    await eventually(async () => {
      await Promise.all([statusAt(partner, cookie), statusAt(other, cookie)])
      const ends = JSON.parse((await store.readState?.('oidc-ended')) as string) as [string][]
      expect(ends.map(([key]) => key).sort()).toEqual(tokens.map((_, at) => `sid:s${at}`).sort())
    })
  })
})

describe('A logout token', () => {
  it('ends the sessions of its user if it names no session', async () => {
    const signedIn = await openSignedIn()
    const { partner, ada, user, statusAt, site } = signedIn
    const sign = await signer(signedIn)
    const cookie = await sessionCookie(ada)
    expect((await send(partner, await sign({ sub: crypto.randomUUID() }))).status).toBe(200)
    expect(await statusAt(partner, cookie)).toBe(200)
    const answer = await send(partner, await sign({ sub: user.uuid }))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await statusAt(partner, cookie)).toBe(401)
    site.wait(1)
    await visit(ada, '/private')
    expect(await statusAt(partner, await sessionCookie(ada))).toBe(200)
  })

  it('counts once', async () => {
    const signedIn = await openSignedIn()
    const { partner, user } = signedIn
    const token = await (await signer(signedIn))({ sub: user.uuid })
    expect((await send(partner, token)).status).toBe(200)
    const again = await send(partner, token)
    expect([again.status, await again.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'replayed' },
    ])
  })

  it('is refused if it is not what OpenID Connect Back-Channel Logout 1.0, section 2.6, asks for', async () => {
    const signedIn = await openSignedIn()
    const { partner, ada, user, statusAt, site } = signedIn
    const sign = await signer(signedIn)
    const stranger = (await generateKeyPair('ES256')).privateKey
    const sub = user.uuid
    const now = Math.floor(Date.now() / 1000)
    const cases: Record<string, Promise<string> | string> = {
      malformed: 'not.a.token',
      'of another type': sign({ sub }, { typ: 'JWT' }),
      'of no type': sign({ sub }, { typ: undefined }),
      'of another key': sign({ sub }, {}, stranger),
      'of an unknown key': sign({ sub }, { kid: 'unknown' }),
      'of another issuer': sign({ sub, iss: 'https://evil.example' }),
      'for another app': sign({ sub, aud: 'another-client-id-22char' }),
      'for no app': sign({ sub, aud: undefined }),
      'without a user or session': sign(),
      'without events': sign({ sub, events: undefined }),
      'with another event': sign({ sub, events: { 'http://schemas.openid.net/event/other': {} } }),
      'with an event that is no object': sign({ sub, events: { [Object.keys(EVENTS)[0] as string]: true } }),
      'with a nonce': sign({ sub, nonce: 'x' }),
      'without jti': sign({ sub, jti: undefined }),
      'without iat': sign({ sub, iat: undefined }),
      'without exp': sign({ sub, exp: undefined }),
      expired: sign({ sub, iat: now - 300, exp: now - 31 }),
      'from the future': sign({ sub, iat: now + 31 }),
      'with a session that is no text': sign({ sid: 7 }),
      'with alg none': `${b64({ alg: 'none', kid: 'x', typ: 'logout+jwt' })}.${b64({ sub })}.`,
    }
    for (const [what, token] of Object.entries(cases)) {
      const answer = await send(partner, await token)
      expect([answer.status, answer.headers.get('cache-control')], what).toEqual([400, 'no-store'])
    }
    expect(await statusAt(partner, await sessionCookie(ada))).toBe(200)
    site.wait(60)
    expect(partner.logged.filter(({ event }) => event === 'logout_token_refused').length).toBeGreaterThan(5)
  })

  it('is none of the other tokens that the same keys sign, and none of those is a logout token', async () => {
    const signedIn = await openSignedIn()
    const { partner, ada, site, user, statusAt } = signedIn
    const family = await ada.jar.getCookies(site.origin)
    const sign = await signer(signedIn)
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const { exportJWK } = await import('jose')
    const proof = await new SignJWT({ htm: 'POST', htu: LOGOUT, jti: 'x', sub: user.uuid, events: EVENTS })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey)
    const idToken = await sign({ sub: user.uuid, nonce: 'x', events: undefined }, { typ: undefined })
    const others = [
      ...family.map(({ value }) => value),
      idToken,
      await sign({ sub: user.uuid }, { typ: 'at+jwt' }),
      await sign({ sub: user.uuid }, { typ: 'rt+jwt' }),
      proof,
      await sessionCookie(ada),
      // An access token for a client is opaque.
      'Q2xpZW50QWNjZXNzVG9rZW5JbkJhc2U2NHVybA',
    ]
    for (const token of others) expect((await send(partner, token)).status).toBe(400)
    expect(await statusAt(partner, await sessionCookie(ada))).toBe(200)

    const logoutToken = await sign({ sub: user.uuid, sid: 'x' })
    for (const token of [logoutToken, ...others.slice(0, -2)]) {
      expect(await statusAt(partner, token), 'as the session cookie').toBe(401)
    }
    for (const token of [logoutToken, idToken, proof]) {
      const stranger = site.browser()
      await stranger.jar.setCookie(`jwt.access=${token}; Path=/`, site.origin)
      const { html } = await stranger.request('/introspect', {
        method: 'POST',
        headers: FORM,
        body: new URLSearchParams({ token }).toString(),
      })
      expect(JSON.parse(html)).toEqual({ active: false })
    }
  })

  it('must be a form with one logout_token, of a sensible size, by POST', async () => {
    const signedIn = await openSignedIn()
    const { partner, user } = signedIn
    const token = await (await signer(signedIn))({ sub: user.uuid })
    const post = (body: string, headers: Record<string, string> = FORM) =>
      partner.app.request(LOGOUT, { method: 'POST', headers, body })
    expect((await post('')).status).toBe(400)
    expect((await post(`logout_token=${token}&logout_token=${token}`)).status).toBe(400)
    expect((await post(`padding=${'x'.repeat(20_000)}&logout_token=${token}`)).status).toBe(400)
    expect((await partner.app.request(`${LOGOUT}?logout_token=${token}`)).status).toBe(405)
    expect((await partner.app.request(`${PARTNER}/auth/callback`, { method: 'POST' })).status).toBe(405)
    expect((await send(partner, token)).status).toBe(200)
  })

  it('gets 503, so that it is sent again, while there are no keys to check it with', async () => {
    const signedIn = await openSignedIn()
    const { start, network, user } = signedIn
    const token = await (await signer(signedIn))({ sub: user.uuid })
    const fresh = start(memoryUsers())
    network.isDown = true
    expect((await send(fresh, token)).status).toBe(503)
  })
})

describe('A sign-out in the app', () => {
  it('ends its session here and its tokens, and leads to the question whether to sign out everywhere', async () => {
    const { site, ada, partner, statusAt } = await openSignedIn()
    const cookie = await sessionCookie(ada)
    const page = await ada.request(`${PARTNER}/sign-out`, {
      method: 'POST',
      headers: { origin: PARTNER, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate' },
    })
    expect([page.status, page.title]).toEqual([200, 'Signed out of this app'])
    expect(page.refresh).toContain(`${site.origin}/oidc/logout?`)
    expect(await sessionCookie(ada)).toBe('')
    expect(await statusAt(partner, cookie), 'a copy of the cookie is of no use').toBe(401)
    site.wait(600)
    expect(await statusAt(partner, cookie), 'nor later').toBe(401)

    const question = await ada.get(page.refresh as string)
    expect(question.html).toContain('You signed out of Partner.')
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.html)?.[1] as string
    const confirmed = await ada.request(`${site.origin}/oidc/logout/confirm`, {
      method: 'POST',
      headers: {
        ...FORM,
        origin: site.origin,
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
      },
      body: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
    })
    expect(confirmed.location).toContain(`${PARTNER}/auth/signed-out?state=`)
    expect((await ada.get(confirmed.location as string)).location).toBe(`${PARTNER}/bye`)
    expect((await ada.get(`${site.origin}/account`)).location).toContain('/login')
  })

  it('by a link asks first, and ends nothing until there is an answer', async () => {
    const { site, ada, partner, statusAt } = await openSignedIn()
    const cookie = await sessionCookie(ada)
    const { location } = await ada.get(`${PARTNER}/auth/sign-out?next=/bye`)
    expect(location).toContain(`${site.origin}/oidc/logout?`)
    expect(await statusAt(partner, cookie)).toBe(200)
    const question = await ada.get(location as string)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(question.html)?.[1] as string
    // Out of this app alone.
    const answered = await ada.request(`${site.origin}/oidc/logout/confirm`, {
      method: 'POST',
      headers: {
        ...FORM,
        origin: site.origin,
        'sec-fetch-site': 'same-origin',
        'sec-fetch-mode': 'navigate',
      },
      body: new URLSearchParams({ xsrf }).toString(),
    })
    expect((await ada.get(answered.location as string)).location).toBe(`${PARTNER}/bye`)
    expect(await sessionCookie(ada)).toBe('')
    expect(await statusAt(partner, cookie)).toBe(401)
    expect((await ada.get(`${site.origin}/account`)).status, 'the family’s session goes on').toBe(200)
  })

  it('does not follow from the link of a stranger to the end of one', async () => {
    const { ada, signedIn, partner, statusAt } = await openSignedIn()
    const mallory = await signedIn({ email: 'mallory@example.com' })
    await visit(mallory, '/private')
    const { location } = await mallory.get(`${PARTNER}/auth/sign-out`)
    const state = new URL(location as string).searchParams.get('state')
    for (const end of [`state=${state}`, 'state=invented', '']) {
      const answer = await ada.get(`${PARTNER}/auth/signed-out?${end}`)
      expect(answer.location).toBe(`${PARTNER}/`)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(await statusAt(partner, await sessionCookie(ada))).toBe(200)
  })

  it('by a script ends the session here', async () => {
    const { ada } = await openSignedIn()
    const answer = await ada.request(`${PARTNER}/sign-out`, {
      method: 'POST',
      headers: { origin: PARTNER, accept: 'application/json' },
    })
    expect(answer.status).toBe(204)
    expect(await sessionCookie(ada)).toBe('')
  })

  it('leaves the user signed in while the provider is unavailable', async () => {
    const { ada, network } = await openSignedIn()
    network.isDown = true
    const answer = await ada.request(`${PARTNER}/sign-out`, { method: 'POST', headers: { origin: PARTNER } })
    expect(answer.status).toBe(503)
    expect(await sessionCookie(ada)).not.toBe('')
  })

  it('is not for pages of other origins', async () => {
    const { ada } = await openSignedIn()
    const answer = await ada.request(`${PARTNER}/sign-out`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
    })
    expect(answer.status).toBe(403)
    expect(await sessionCookie(ada)).not.toBe('')
  })
})

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
