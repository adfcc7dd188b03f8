import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { openParts } from '../../../auth-service/src/service.ts'
import { eventually } from '../../support/eventually.ts'
import { openLogoutReceiver } from '../support/logout-receiver.ts'
import {
  AFTER_LOGOUT,
  type OidcSite,
  openOidcSite,
  registerClient,
  relyingParty,
  walk,
} from '../support/relying-party.ts'
import { DEVICE } from '../support/services.ts'
import { ADA, PASSWORD } from '../support/site.ts'

afterEach(() => vi.useRealTimers())

/** The id of the form on the page of oidc-provider, and its fields, as a browser sends them. */
const logoutForm = (html: string) => ({ xsrf: /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '' })

async function openPartner(site: OidcSite, input: Parameters<typeof registerClient>[1] = {}, name?: string) {
  const partner = await registerClient(site.service, { first_party: true, ...input }, name)
  return { ...(await relyingParty(site, partner)), partner }
}

interface SignedInOptions {
  readonly isStarted?: boolean
  readonly toFake?: Parameters<typeof openOidcSite>[1]
}

/** A site with an app that hears of sign-outs, and Ada signed in there. */
async function openSignedIn({ isStarted = true, toFake = ['Date'] as const }: SignedInOptions = {}) {
  const site = await openOidcSite({}, toFake)
  const receiver = await openLogoutReceiver()
  const rp = await openPartner(site, { back_channel_logout_uri: receiver.uri })
  if (isStarted) site.service.oidc.start()
  const ada = await site.signedIn()
  const tokens = await rp.signIn(ada)
  const user = await site.service.users.findByEmail(ADA.email)
  if (!user) throw new Error('no user')
  const isOver = () =>
    client.refreshTokenGrant(rp.config, tokens.refresh_token as string).then(
      () => false,
      ({ error }) => error === 'invalid_grant',
    )
  /** Wakes what tries again later, by something else that ends. */
  const wake = async () => {
    const { session } = await site.service.sessions.start(user, DEVICE)
    await site.service.sessions.end(session.id)
  }
  return { site, receiver, rp, ada, tokens, user, isOver, wake }
}

describe('An app that signs its user out', () => {
  it('ends the session of the family, after a question, and gets its user back', async () => {
    const { site, rp, ada, tokens, isOver } = await openSignedIn()
    const url = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: AFTER_LOGOUT,
      state: 'from-the-app',
    })
    const page = await ada.get(url.href)
    expect(page.status).toBe(200)
    expect(page.html).toContain('You signed out of Partner.')
    expect(page.html).toContain('You will be signed out of all apps on this device.')
    const answer = await ada.post('/oidc/logout/confirm', { ...logoutForm(page.html), logout: 'yes' })
    expect([answer.status, answer.location]).toEqual([303, `${AFTER_LOGOUT}?state=from-the-app`])
    expect(await ada.cookies()).not.toContain('jwt.refresh')
    expect((await ada.get('/account')).location).toContain('/login')
    expect(await isOver()).toBe(true)
    const { db, sessions, oidcRecords } = site.service.database
    expect(await db.select().from(sessions)).toEqual([])
    expect(await db.select().from(oidcRecords)).toEqual([])
  })

  it('may send its request as a form, which the browser repeats with its cookies', async () => {
    const { site, rp, ada, tokens } = await openSignedIn()
    const { search } = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: AFTER_LOGOUT,
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' }
    const init = { method: 'POST', headers, body: search.slice(1) }
    const sent = await site.app.request('/oidc/logout', init)
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/oidc/logout${search}`])
    const page = await ada.get(sent.headers.get('location') as string)
    expect(page.html).toContain('You signed out of Partner.')
    const answer = await ada.post('/oidc/logout/confirm', { ...logoutForm(page.html), logout: 'yes' })
    expect(answer.location).toBe(AFTER_LOGOUT)
  })

  it('can be signed out of alone', async () => {
    const { rp, ada, tokens, isOver } = await openSignedIn()
    const url = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: AFTER_LOGOUT,
    })
    const page = await ada.get(url.href)
    const answer = await ada.post('/oidc/logout/confirm', logoutForm(page.html))
    expect(answer.location).toBe(AFTER_LOGOUT)
    expect((await ada.get('/account')).status).toBe(200)
    expect(await isOver()).toBe(true)
    await rp.signIn(ada)
  })

  it('needs the token of its page', async () => {
    const { rp, ada, tokens, isOver } = await openSignedIn()
    const url = client.buildEndSessionUrl(rp.config, { id_token_hint: tokens.id_token as string })
    await ada.get(url.href)
    for (const xsrf of ['', 'guessed']) {
      const answer = await ada.post('/oidc/logout/confirm', { xsrf, logout: 'yes' })
      expect(answer.status).toBe(400)
    }
    expect((await ada.get('/account')).status).toBe(200)
    expect(await isOver()).toBe(false)
  })

  it('gets no one back at an address that is not registered', async () => {
    const { rp, ada, tokens } = await openSignedIn()
    const foreign = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: 'https://evil.example/',
    })
    const page = await ada.get(foreign.href)
    expect([page.status, page.location]).toEqual([400, null])
    const unknown = await ada.get('/oidc/logout?post_logout_redirect_uri=https://evil.example/')
    const answer = await ada.post('/oidc/logout/confirm', { ...logoutForm(unknown.html), logout: 'yes' })
    expect(new URL(answer.location as string).pathname).toBe('/oidc/logout/success')
    expect((await ada.get(answer.location as string)).location).toContain('/login?notice=signed_out')
  })

  it('gets users back who are not signed in', async () => {
    const { site, rp, tokens } = await openSignedIn()
    const url = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: AFTER_LOGOUT,
    })
    const stranger = site.browser()
    const page = await stranger.get(url.href)
    const [, hash = ''] =
      /script-src 'self' ('sha256-[^']+')/.exec(page.headers.get('content-security-policy') ?? '') ?? []
    expect(hash, 'its form is sent by a script').not.toBe('')
    const answer = await stranger.post('/oidc/logout/confirm', { ...logoutForm(page.html), logout: 'yes' })
    expect(answer.location).toBe(AFTER_LOGOUT)
  })
})

describe('The end of a session', () => {
  const hears = (receiver: { tokens: string[] }, count = 1) =>
    eventually(() => expect(receiver.tokens).toHaveLength(count))

  it('reaches an app as a logout token, with the session that it knows', async () => {
    const { site, receiver, rp, ada, tokens, user, isOver } = await openSignedIn()
    expect(tokens.claims()?.sid).toMatch(/^[\w-]{22}$/)
    await ada.submit('/logout', '/logout')
    await hears(receiver)
    expect(await receiver.claims(site.service, rp.partner.clientId)).toEqual({
      iss: site.origin,
      aud: rp.partner.clientId,
      sub: user.uuid,
      sid: tokens.claims()?.sid,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.any(String),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    })
    expect(await isOver()).toBe(true)
    const { db, oidcSignIns } = site.service.database
    await eventually(async () => expect(await db.select().from(oidcSignIns)).toEqual([]))
  })

  it.each<[string, (signedIn: Awaited<ReturnType<typeof openSignedIn>>) => Promise<unknown>]>([
    ['signs out everywhere', ({ site, user }) => site.service.sessions.endAll(user.id)],
    [
      'is disabled',
      ({ site, user }) => site.service.administration.change(user.uuid, { isActive: false }, OPERATOR),
    ],
    ['is deleted', ({ site, user }) => site.service.users.remove(user.uuid)],
  ])('reaches all apps when the user %s', async (_, end) => {
    const signedIn = await openSignedIn()
    const { site, receiver, user, isOver } = signedIn
    const other = await openLogoutReceiver()
    const board = await openPartner(site, { back_channel_logout_uri: other.uri }, 'Board')
    const phone = site.browser()
    await phone.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    const sid = (await board.signIn(phone)).claims()?.sid
    await end(signedIn)
    await Promise.all([hears(receiver), hears(other)])
    expect(await other.claims(site.service, board.partner.clientId)).toMatchObject({ sub: user.uuid, sid })
    expect(await isOver()).toBe(true)
  })

  it('on another device does not concern this one', async () => {
    const { site, receiver, user, isOver } = await openSignedIn()
    const [here] = await site.service.sessions.list(user.id)
    for (let device = 0; device < 3; device++) {
      const { session } = await site.service.sessions.start(user, DEVICE)
      if (device < 2) await site.service.sessions.end(session.id)
    }
    expect(await site.service.sessions.endOthers(user.id, here?.id as string)).toBe(1)
    expect(await isOver()).toBe(false)
    const { db, oidcSignIns } = site.service.database
    expect(await db.select().from(oidcSignIns)).toMatchObject([{ sid: here?.id, endedAt: null }])
    expect(receiver.tokens).toEqual([])
  })

  it('reaches an app that did not answer later, until a day has passed', async () => {
    const { site, receiver, ada, wake } = await openSignedIn()
    receiver.answer(503)
    await ada.submit('/logout', '/logout')
    await hears(receiver)
    await eventually(() =>
      expect(site.service.logged).toContainEqual(
        expect.objectContaining({ event: 'oidc_logout_put_off', app: 'Partner', pause: 5 }),
      ),
    )
    site.wait(5)
    receiver.answer(204)
    await wake()
    await hears(receiver, 2)
    expect(receiver.tokens[0]).not.toBe(receiver.tokens[1])
  })

  it('is given up for an app that does not answer for a day', async () => {
    const { site, receiver, ada, wake } = await openSignedIn()
    receiver.answer(500)
    await ada.submit('/logout', '/logout')
    await hears(receiver)
    await eventually(() =>
      expect(site.service.logged.some(({ event }) => event === 'oidc_logout_put_off')).toBe(true),
    )
    site.wait(86_400)
    await wake()
    await eventually(() =>
      expect(site.service.logged).toContainEqual(expect.objectContaining({ event: 'oidc_logout_given_up' })),
    )
    const { db, oidcSignIns } = site.service.database
    expect(await db.select().from(oidcSignIns)).toEqual([])
  })

  it('reaches apps although it happened while no service was running', async () => {
    const { site, receiver, user } = await openSignedIn({ isStarted: false })
    const { config, now, log } = site.service
    const command = await openParts(config, { now, log })
    await command.sessions.endAll(user.id)
    await command.close()
    expect(receiver.tokens).toEqual([])
    // The entries of the feed have expired, too.
    site.wait(3600)
    await site.service.revocations.deleteExpired()
    site.service.oidc.start()
    await hears(receiver)
  })

  it('is told once, by one of several services', async () => {
    const { site, receiver, user } = await openSignedIn()
    const { config, now, log } = site.service
    const other = await openParts(config, { now, log })
    other.oidc.start()
    await site.service.sessions.endAll(user.id)
    await hears(receiver)
    const { db, oidcSignIns } = site.service.database
    await eventually(async () => expect(await db.select().from(oidcSignIns)).toEqual([]))
    await other.close()
    expect(receiver.tokens).toHaveLength(1)
  })

  it('reaches apps when the session has expired, with the other expired data', async () => {
    const { site, receiver } = await openSignedIn({ toFake: ['Date', 'setInterval', 'clearInterval'] })
    site.wait(site.service.config.refreshTtl + 1)
    vi.advanceTimersByTime(3_600_000)
    await hears(receiver)
  })

  it('reaches an app that the user may no longer use', async () => {
    const { site, receiver, user } = await openSignedIn()
    const service = site.service
    const other = await openLogoutReceiver()
    const board = await openPartner(
      site,
      { back_channel_logout_uri: other.uri, first_party: true, groups: 'editors' },
      'Board',
    )
    const group = await service.groups.create('editors', OPERATOR)
    if (!group.ok) throw new Error('no group')
    await service.groups.add(group.value, user, OPERATOR)
    const phone = site.browser()
    await phone.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    const tokens = await board.signIn(phone)
    await service.groups.drop(group.value, user, OPERATOR)
    await hears(other)
    await expect(
      client.refreshTokenGrant(board.config, tokens.refresh_token as string),
    ).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect(receiver.tokens).toEqual([])
    expect((await phone.get('/account')).status).toBe(200)
  })
})

describe('A consent that is withdrawn', () => {
  it('ends the tokens of the app, and is asked for again', async () => {
    const site = await openOidcSite()
    const receiver = await openLogoutReceiver()
    site.service.oidc.start()
    const rp = await openPartner(site, { first_party: false, back_channel_logout_uri: receiver.uri })
    const ada = await site.signedIn()
    const { url, finish } = await rp.begin()
    const asking = await walk(ada, url.href)
    const { location } = await ada.submit(asking, `${new URL(asking).pathname}/allow`)
    const tokens = await finish(await walk(ada, location as string))
    const user = await site.service.users.findByEmail(ADA.email)
    if (!user) throw new Error('no user')
    const by = { uuid: user.uuid, device: OPERATOR.device }
    const { consents } = site.service.oidc
    expect(await consents.list(user)).toEqual([
      {
        key: String(rp.partner.id),
        app: 'Partner',
        scopes: ['email', 'groups', 'openid', 'profile'],
        grantedAt: expect.any(Number),
      },
    ])
    expect(await consents.withdraw(user, String(rp.partner.id), by)).toBe(true)
    expect(await consents.withdraw(user, String(rp.partner.id), by)).toBe(false)
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await eventually(() => expect(receiver.tokens).toHaveLength(1))
    const again = await rp.begin()
    expect(await walk(ada, again.url.href)).toContain('/oidc/interaction/')
    expect((await ada.get('/account')).status).toBe(200)
  })
})
