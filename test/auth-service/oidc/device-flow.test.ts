import { eq } from 'drizzle-orm'
import { afterEach, expect, it, vi } from 'vitest'
import type { OidcClientInput } from '../../../auth-service/src/apps/oidc-client-input.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createApp } from '../../../auth-service/src/web/app.tsx'
import { eventually } from '../../support/eventually.ts'
import { NOW } from '../../support/tokens.ts'
import { openBrowser } from '../support/browser.ts'
import { openLogoutReceiver } from '../support/logout-receiver.ts'
import { mailsOf } from '../support/mails.ts'
import { registerClient } from '../support/relying-party.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'
import { ADA, PASSWORD } from '../support/site.ts'

afterEach(() => vi.useRealTimers())

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const SCOPE = 'openid profile email'

/** An answer with its members. */
// biome-ignore lint/suspicious/noExplicitAny: what an answer has is what the tests are about.
type Answer = Record<string, any> & { readonly status: number }

interface Asked {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
}

/** A service with an app for TVs that keeps no secret, and a browser in which Ada is signed in. */
async function openLivingRoom(service: TestService, input: OidcClientInput = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  const app = createApp(service)
  const origin = service.config.authUrl
  const tv = await registerClient(
    service,
    { redirect_uris: [], post_logout_redirect_uris: [], auth_method: 'none', device_flow: true, ...input },
    'Television',
  )

  async function post(path: string, fields: Record<string, string>): Promise<Answer> {
    const body = new URLSearchParams(fields)
    const headers = { 'user-agent': 'Television/1.0' }
    const response = await app.request(new URL(path, origin).href, { method: 'POST', headers, body })
    const text = await response.text()
    return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
  }

  const client_id = tv.clientId
  const browser = () => openBrowser(app, { origin })
  async function signedIn(person: Partial<typeof ADA> = {}) {
    const visitor = browser()
    const { status } = await visitor.json('/register', { ...ADA, ...person })
    if (status !== 201) throw new Error(`Registration answered ${status}.`)
    const user = await service.users.findByEmail({ ...ADA, ...person }.email)
    if (!user) throw new Error('no user')
    return { visitor, user }
  }
  const { visitor: ada, user } = await signedIn()

  return {
    service,
    tv,
    ada,
    user,
    browser,
    signedIn,
    post,
    wait(seconds: number) {
      service.wait(seconds)
      vi.setSystemTime(Date.now() + seconds * 1000)
    },
    ask: async (fields: Record<string, string> = {}) =>
      (await post('/oidc/device', { client_id, scope: SCOPE, ...fields })) as Answer & Asked,
    poll: ({ device_code }: Asked, fields: Record<string, string> = {}) =>
      post('/oidc/token', { grant_type: GRANT, client_id, device_code, ...fields }),
    refresh: ({ refresh_token }: Answer) =>
      post('/oidc/token', { grant_type: 'refresh_token', client_id, refresh_token }),
    allow: ({ user_code }: Asked, visitor = ada) =>
      visitor.submit(`/device?user_code=${user_code}`, '/device/allow'),
    async deny({ user_code }: Asked, visitor = ada) {
      const { form } = await visitor.get(`/device?user_code=${user_code}`)
      return visitor.post('/device/deny', form('/device/allow'))
    },
    sessions: () => service.sessions.list(user.id),
  }
}

const claimsIn = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())

onBothDatabases('A device of an app', (open) => {
  it('signs in once its user has allowed it, once, in a session of its own', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, user, ask, poll, refresh, wait } = room
    const asked = await ask()
    expect(asked).toMatchObject({ status: 200, expires_in: 600, interval: 5 })
    expect(asked.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    expect(asked.verification_uri).toBe(`${service.config.authUrl}/device`)
    expect(asked.verification_uri_complete).toBe(
      `${service.config.authUrl}/device?user_code=${asked.user_code}`,
    )
    expect(await poll(asked)).toMatchObject({ status: 400, error: 'authorization_pending' })
    const page = await ada.get(asked.verification_uri_complete)
    expect(page.html).toContain('Television')
    expect(page.html).toContain('Your email address')
    expect(page.html).not.toContain('Your groups')
    const allowed = await ada.post('/device/allow', page.form('/device/allow'))
    expect(allowed.location).toBe('/device?done=allowed')
    wait(5)
    const tokens = await poll(asked)
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', scope: SCOPE })
    const claims = claimsIn(tokens.id_token)
    expect(claims).toMatchObject({
      iss: service.config.authUrl,
      aud: room.tv.clientId,
      sub: user.uuid,
      email: ADA.email,
      amr: ['pwd'],
      auth_time: NOW,
    })
    expect(await poll(asked)).toMatchObject({ status: 400, error: 'invalid_grant' })
    const renewed = await refresh(tokens)
    expect(claimsIn(renewed.id_token)).toMatchObject({ sub: user.uuid, auth_time: NOW })
    const [session] = (await room.sessions()).filter(({ deviceAppId }) => deviceAppId === room.tv.id)
    expect(session).toMatchObject({ userAgent: 'Television/1.0' })
    const [mail] = (await mailsOf(service)).filter(({ subject }) => subject.includes('device'))
    expect(mail).toMatchObject({ to: ADA.email, subject: 'A device has signed in with your account' })
    expect(mail?.text).toContain('A device has signed in to Television with your account.')
    expect(mail?.text).not.toContain(asked.user_code)
  })

  it('is named with its app in the lists of sessions and in the data export', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, user } = room
    await room.allow(await room.ask())
    const { visitor: root, user: administrator } = await room.signedIn({ email: 'root@example.com' })
    await service.administration.change(administrator.uuid, { isStaff: true }, OPERATOR)
    const json = async (visitor: typeof ada, path: string) =>
      JSON.parse((await visitor.request(path, { headers: { accept: 'application/json' } })).html)
    const own = { app: 'Television', user_agent: 'Television/1.0' }
    const browser = { app: null, user_agent: 'Test' }
    const both = (...more: object[]) =>
      expect.arrayContaining(more.map((one) => expect.objectContaining(one)))
    expect((await json(ada, '/account')).sessions).toEqual([
      expect.objectContaining({ ...browser, current: true }),
      expect.objectContaining({ ...own, current: false }),
    ])
    expect((await json(ada, '/account/sessions')).sessions).toEqual([expect.objectContaining(own)])
    expect((await json(root, `/admin/people/${user.uuid}`)).sessions).toEqual(both(own, browser))
    const { sessions } = await json(ada, '/account/export')
    expect(sessions).toHaveLength(2)
    expect(sessions).toEqual(both(own, browser))
  })

  it('is told to ask less often, that it was denied, and that its code has expired', async () => {
    const { ada, ask, deny, poll, wait } = await openLivingRoom(await open())
    const asked = await ask()
    expect((await poll(asked)).error).toBe('authorization_pending')
    expect((await poll(asked)).error).toBe('slow_down')
    wait(5)
    expect((await poll(asked)).error).toBe('slow_down')
    wait(15)
    expect((await poll(asked)).error).toBe('authorization_pending')
    expect((await deny(asked)).location).toBe('/device?done=denied')
    expect(await poll(asked)).toMatchObject({ status: 400, error: 'access_denied' })
    expect((await poll(asked)).error, 'once more').toBe('access_denied')
    const late = await ask()
    wait(600)
    expect((await ada.get(late.verification_uri_complete)).status).toBe(404)
    expect(await poll(late)).toMatchObject({ status: 400, error: 'expired_token' })
    expect((await poll({ ...late, device_code: 'x'.repeat(43) })).error).toBe('invalid_grant')
  })

  it('gets tokens from one of several polls, and one of two answers at once counts', async () => {
    const room = await openLivingRoom(await open())
    const { ada, ask, poll, allow, user } = room
    for (let i = 0; i < 5; i++) {
      const asked = await ask()
      // One form that is sent twice gets one answer. These are three tabs, and all show the question before one answers.
      const open = () => ada.get(`/device?user_code=${asked.user_code}`)
      const tabs = [await open(), await open(), await open()]
      const answers = await Promise.all(
        tabs.map(({ form }, at) =>
          ada.post(at === 1 && i % 2 === 0 ? '/device/deny' : '/device/allow', form('/device/allow')),
        ),
      )
      expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 422)).toHaveLength(2)
      const isAllowed = answers.some(({ location }) => location === '/device?done=allowed')
      const polls = await Promise.all([poll(asked), poll(asked), poll(asked)])
      expect(polls.filter(({ status }) => status === 200)).toHaveLength(isAllowed ? 1 : 0)
    }
    const before = (await room.sessions()).length
    await room.service.sessions.endAll(user.id)
    expect(before).toBeLessThanOrEqual(6)
    const { user: grace, visitor } = await room.signedIn({ email: 'grace@example.com' })
    const asked = await ask()
    await allow(asked, visitor)
    expect(await room.service.sessions.count(grace.id)).toBe(2)
  })

  it('belongs to the app that asked', async () => {
    const { service, ada, ask, poll, allow } = await openLivingRoom(await open())
    const other = await registerClient(service, { auth_method: 'none', device_flow: true }, 'Other')
    const asked = await ask()
    expect((await poll(asked, { client_id: other.clientId })).error).toBe('invalid_grant')
    await allow(asked, ada)
    expect((await poll(asked, { client_id: other.clientId })).error).toBe('invalid_grant')
    expect((await poll(asked)).status).toBe(200)
  })

  it('is not signed out with the browser that allowed it, and is with everything else', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, user, ask, poll, refresh, allow, wait } = room
    const signIn = async () => {
      const asked = await ask()
      await allow(asked)
      return poll(asked)
    }
    const isOver = async (tokens: Answer) => (await refresh(tokens)).error === 'invalid_grant'
    const ends: Record<string, () => Promise<unknown>> = {
      'its session': async () => {
        const [own] = (await room.sessions()).filter(({ deviceAppId }) => deviceAppId !== null)
        return service.sessions.endFor(user.id, own?.id ?? '', OPERATOR)
      },
      'its consent': () =>
        service.oidc.consents.withdraw(user, String(room.tv.id), { ...OPERATOR, uuid: user.uuid }),
      'all sessions': () => service.sessions.endAll(user.id),
      'the account': async () => {
        await service.administration.change(user.uuid, { isActive: false }, OPERATOR)
        await service.administration.change(user.uuid, { isActive: true }, OPERATOR)
      },
    }
    for (const [what, end] of Object.entries(ends)) {
      await ada.post('/login', {})
      const login = await ada.get('/login')
      if (login.status === 200) {
        await ada.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
      }
      const tokens = await signIn()
      expect(tokens.status, what).toBe(200)
      const renewed = await refresh(tokens)
      expect(renewed.status, what).toBe(200)
      await end()
      expect(await isOver(renewed), what).toBe(true)
      expect(await room.sessions(), what).not.toContainEqual(
        expect.objectContaining({ deviceAppId: room.tv.id }),
      )
      wait(60)
    }
    await ada.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    const tokens = await signIn()
    await ada.submit('/logout', '/logout')
    expect((await ada.get('/account')).location).toContain('/login')
    expect(await isOver(tokens)).toBe(false)
  })

  it('signs itself out by revoking its token, and no session is left', async () => {
    const room = await openLivingRoom(await open())
    const asked = await room.ask()
    await room.allow(asked)
    const { refresh_token } = await room.poll(asked)
    const { clientId: client_id } = room.tv
    expect((await room.post('/oidc/revoke', { client_id, token: refresh_token })).status).toBe(200)
    expect(await room.sessions()).toHaveLength(1)
    expect((await room.ada.get('/account')).status).toBe(200)
  })

  it('that was allowed gets nothing once its user has ended everything, or its app is gone', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, user, tv, ask, poll, allow } = room
    const { database } = service
    const left = () => database.db.select().from(database.deviceRequests)
    const ended = await ask()
    await allow(ended)
    await service.sessions.endAll(user.id)
    expect((await poll(ended)).error).toBe('invalid_grant')
    await ada.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
    const withdrawn = await ask()
    await allow(withdrawn)
    await service.oidc.consents.withdraw(user, String(tv.id), { ...OPERATOR, uuid: user.uuid })
    expect((await poll(withdrawn)).error).toBe('invalid_grant')

    const forbidden = await ask()
    await service.oidcClients.set(
      tv.id,
      { device_flow: false, redirect_uris: ['https://tv.example/'] },
      OPERATOR,
    )
    expect((await ada.get(forbidden.verification_uri_complete)).status).toBe(404)
    expect(await poll(forbidden)).toMatchObject({ status: 400, error: 'invalid_request' })
    expect((await ask()).error).toBe('invalid_request')
    expect(service.logged).toContainEqual(
      expect.objectContaining({
        event: 'oidc_refused',
        endpoint: 'device_authorization',
        setting: expect.stringContaining('/admin/apps'),
      }),
    )
    await service.oidcClients.set(tv.id, { device_flow: true }, OPERATOR)
    const allowed = await ask()
    await allow(allowed)
    await ask()
    await service.oidcClients.remove(tv.id, OPERATOR)
    expect(await left()).toEqual([])
    expect(await room.sessions()).toHaveLength(1)
  })

  it('stays signed in when its app takes no new ones, until an administrator signs out all of them', async () => {
    const service = await open()
    const receiver = await openLogoutReceiver()
    const room = await openLivingRoom(service, { back_channel_logout_uri: receiver.uri })
    service.oidc.start()
    const { user, tv, ask, poll, allow, refresh, wait } = room
    const { devices } = service.oidc
    const { visitor: grace } = await room.signedIn({ email: 'grace@example.com' })
    const asked = [await ask(), await ask()]
    await allow(asked[0] as Asked)
    await allow(asked[1] as Asked, grace)
    const first = await poll(asked[0] as Asked)
    const second = await poll(asked[1] as Asked)
    const waiting = await ask()
    expect(await devices.count(tv.id)).toBe(2)
    const off = await service.oidcClients.set(tv.id, { device_flow: false }, OPERATOR)
    expect(off).toMatchObject({ ok: true })
    expect((await ask()).error).toBe('invalid_request')
    expect((await poll(waiting)).error).toBe('invalid_request')
    const renewed = await refresh(first)
    expect(renewed.status).toBe(200)
    // One that signs itself out does not count any more, as one that has expired.
    expect(
      (await room.post('/oidc/revoke', { client_id: tv.clientId, token: second.refresh_token })).status,
    ).toBe(200)
    expect(await devices.count(tv.id)).toBe(1)

    const root = { uuid: user.uuid, device: OPERATOR.device }
    expect(await devices.signOutAll({ ...tv, name: 'Television' }, root)).toBe(1)
    expect((await refresh(renewed)).error).toBe('invalid_grant')
    expect(await room.sessions(), 'the browser stays').toHaveLength(1)
    expect(await devices.count(tv.id)).toBe(0)
    await eventually(() => expect(receiver.tokens.length).toBeGreaterThanOrEqual(1))
    const { db, auditLog } = service.database
    const entries = (await db.select().from(auditLog)).map(({ event, subject, details }) => ({
      event,
      subject,
      details: JSON.parse(details),
    }))
    expect(entries).toContainEqual({
      event: 'app_devices_signed_out',
      subject: null,
      details: { app: 'Television', app_id: tv.id, sessions: 1 },
    })
    expect(entries).toContainEqual({
      event: 'session_ended',
      subject: user.uuid,
      details: expect.objectContaining({
        app: 'Television',
        session: expect.objectContaining({ user_agent: 'Television/1.0' }),
      }),
    })
    expect(await devices.signOutAll({ ...tv, name: 'Television' }, root)).toBe(0)
    wait(1)
    expect((await service.oidcClients.set(tv.id, { device_flow: true }, OPERATOR))?.ok).toBe(true)
    expect((await ask()).status).toBe(200)
  })

  it('that was allowed and has no tokens yet is signed out with all devices of its app', async () => {
    const room = await openLivingRoom(await open())
    const asked = await room.ask()
    const undecided = await room.ask()
    await room.allow(asked)
    const both = [1, 2].map(() =>
      room.service.oidc.devices.signOutAll({ ...room.tv, name: 'Television' }, OPERATOR),
    )
    expect((await Promise.all(both)).reduce((sum, one) => sum + one, 0)).toBe(1)
    expect((await room.poll(asked)).error).toBe('invalid_grant')
    await room.allow(undecided)
    expect((await room.poll(undecided)).status).toBe(200)
  })

  it('goes with its app, and the sessions of its devices', async () => {
    const room = await openLivingRoom(await open())
    const asked = await room.ask()
    await room.allow(asked)
    expect(await room.sessions()).toHaveLength(2)
    const { form } = await room.ada.get((await room.ask()).verification_uri_complete)
    expect(await room.service.apps.remove(room.tv.id, OPERATOR)).toBeTruthy()
    expect(await room.sessions()).toHaveLength(1)
    expect((await room.ada.post('/device/allow', form('/device/allow'))).status).toBe(422)
    await registerClient(room.service)
    expect((await room.poll(asked)).status).toBe(401)
  })

  it('of an app for certain groups is for their members alone, also if they leave before it asks', async () => {
    const room = await openLivingRoom(await open(), { groups: ['family'] })
    const { service, ada, user, ask, poll, allow } = room
    const group = await service.groups.create('family', OPERATOR)
    if (!group.ok) throw new Error('no group')
    const refused = await ask()
    const page = await ada.get(refused.verification_uri_complete)
    expect([page.status, page.html.includes('only for certain groups')]).toEqual([403, true])
    expect(page.html).not.toContain('Allow')
    const tried = await ada.post('/device/allow', page.form('/device/deny'))
    expect(tried.status).toBe(403)
    expect((await poll(refused)).error).toBe('authorization_pending')
    expect((await ada.post('/device/deny', page.form('/device/deny'))).location).toBe('/device?done=denied')
    expect((await poll(refused)).error).toBe('access_denied')
    await service.groups.add(group.value, user, OPERATOR)
    const asked = await ask()
    expect((await allow(asked)).location).toBe('/device?done=allowed')
    await service.groups.drop(group.value, user, OPERATOR)
    expect((await poll(asked)).error).toBe('invalid_grant')
  })

  it('has its consent remembered like that of a browser, and is confirmed all the same', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, user, ask, allow } = room
    await allow(await ask({ scope: 'openid' }))
    const scopes = async () => (await service.oidc.consents.list(user)).map((one) => one.scopes)
    expect(await scopes()).toEqual([['openid']])
    await allow(await ask())
    expect(await scopes()).toEqual([['email', 'openid', 'profile']])
    expect((await ada.get((await ask()).verification_uri_complete)).html).toContain('Allow')
    await service.oidcClients.set(room.tv.id, { first_party: true }, OPERATOR)
    expect((await ada.get((await ask()).verification_uri_complete)).html).toContain('Allow')
  })

  it('may ask for a newer proof, or for a certain user', async () => {
    const room = await openLivingRoom(await open())
    const { ada, ask, poll, allow, wait } = room
    const first = await ask()
    await allow(first)
    const { id_token } = await poll(first)
    wait(120)
    const asked = await ask({ max_age: '60' })
    wait(5)
    const confirm = await allow(asked)
    expect([confirm.status, confirm.html.includes('Television')]).toEqual([403, true])
    const fields = confirm.form('/device/allow')
    expect((await ada.post('/device/allow', { ...fields, password: 'wrong' })).status).toBe(422)
    const { location } = await ada.post('/device/allow', { ...fields, password: PASSWORD })
    expect(location).toBe('/device?done=allowed')
    expect(claimsIn((await poll(asked)).id_token).auth_time).toBe(NOW + 125)
    const relaxed = await ask({ max_age: '600' })
    expect((await allow(relaxed)).location).toBe('/device?done=allowed')

    const { visitor: grace } = await room.signedIn({ email: 'grace@example.com' })
    const wanted = await ask({ id_token_hint: id_token })
    const other = await grace.get(wanted.verification_uri_complete)
    expect(other.html).toContain('Television expects another account.')
    expect(other.html).not.toContain('action="/device/allow"')
    const plain = await grace.get((await ask()).verification_uri_complete)
    const forged = { ...plain.form('/device/allow'), user_code: wanted.user_code }
    expect((await grace.post('/device/allow', forged)).location).toBeNull()
    expect((await poll(wanted)).error).toBe('authorization_pending')
    expect((await allow(wanted)).location).toBe('/device?done=allowed')
  })

  it('may ask for a proof of this very moment', async () => {
    const { ada, ask, poll, allow, wait } = await openLivingRoom(await open())
    wait(1)
    const asked = await ask({ max_age: '0' })
    wait(5)
    const confirm = await allow(asked)
    expect([confirm.status, confirm.html.includes('Television')]).toEqual([403, true])
    expect((await poll(asked)).error).toBe('authorization_pending')
    const fields = confirm.form('/device/allow')
    const { location } = await ada.post('/device/allow', { ...fields, password: PASSWORD })
    expect(location).toBe('/device?done=allowed')
    expect(claimsIn((await poll(asked)).id_token).auth_time).toBe(NOW + 6)
  })

  it('has a code that no one finds by guessing, not even with expired forms', async () => {
    const room = await openLivingRoom(await open())
    const { visitor: grace } = await room.signedIn({ email: 'grace@example.com' })
    const form = (await grace.get((await room.ask()).verification_uri_complete)).form('/device/allow')
    room.wait(120)
    const asked = await room.ask({ max_age: '60' })
    const guess = (user_code: string, path: string, token = {}) => grace.post(path, { ...token, user_code })
    let guesses = 1
    while (guesses < 60 && (await guess('BBBB-BBBB', '/device/deny')).status !== 429) guesses++
    expect(guesses).toBe(40)
    for (const path of ['/device/deny', '/device/allow']) {
      for (const token of [{}, { csrf_token: form.csrf_token }]) {
        const page = await guess(asked.user_code, path, token)
        expect([path, page.status, page.html.includes('Television')]).toEqual([path, 429, false])
      }
    }
    expect((await room.poll(asked)).error).toBe('authorization_pending')
  })

  it('has the address of its app told that it was signed out', async () => {
    const service = await open()
    const receiver = await openLogoutReceiver()
    const room = await openLivingRoom(service, { back_channel_logout_uri: receiver.uri })
    service.oidc.start()
    const asked = await room.ask()
    await room.allow(asked)
    const { id_token } = await room.poll(asked)
    await service.sessions.endAll(room.user.id)
    await eventually(() => expect(receiver.tokens).toHaveLength(1))
    expect(claimsIn(receiver.tokens[0] ?? '').sid).toBe(claimsIn(id_token).sid)
  })

  it('has no code that one for an API token has, and the page shows each for what it is', async () => {
    const room = await openLivingRoom(await open())
    const { service, ada, ask, post } = room
    const forToken = await post('/device/code', { device_name: 'Radio' })
    const toSignIn = await ask()
    expect((await ada.get(`/device?user_code=${forToken.user_code}`)).html).toContain('Radio')
    expect((await ada.get(`/device?user_code=${toSignIn.user_code}`)).html).toContain('sign in to')
    // Neither code is good at the other endpoint.
    expect((await post('/device/token', { device_code: toSignIn.device_code })).error).toBe('expired_token')
    expect((await room.poll({ ...toSignIn, device_code: forToken.device_code })).error).toBe('invalid_grant')
    const { db, deviceRequests } = service.database
    const [row] = await db
      .select()
      .from(deviceRequests)
      .where(eq(deviceRequests.userCode, toSignIn.user_code))
    const again = { ...row, hash: 'another', userCode: forToken.user_code } as typeof row
    await expect(db.insert(deviceRequests).values(again as never)).rejects.toThrow()
    expect(JSON.stringify(row)).not.toContain(toSignIn.device_code)
    const wrong = await post('/device/code', { scope: 'openid' })
    expect(wrong).toMatchObject({ status: 400, error: 'invalid_scope' })
    expect(wrong.detail).toContain(`${service.config.authUrl}/oidc/device`)
    expect(await ask({ scope: 'email' })).toMatchObject({ status: 400, error: 'invalid_scope' })
  })

  it('is limited for each network, as for API tokens', async () => {
    const { service, tv } = await openLivingRoom(await open())
    const app = createApp(service)
    const from = (address: string) => ({ incoming: { socket: { remoteAddress: address, remotePort: 1 } } })
    const send = async (path: string, fields: Record<string, string>, address: string) => {
      const init = { method: 'POST', body: new URLSearchParams({ client_id: tv.clientId, ...fields }) }
      return (await app.request(path, init, from(address))).status
    }
    const until429 = async (path: string, fields: Record<string, string>) => {
      for (let i = 0; i < 700; i++) if ((await send(path, fields, '198.51.100.7')) === 429) return i
      return null
    }
    const poll = { grant_type: GRANT, device_code: 'x' }
    expect(await until429('/oidc/device', { scope: SCOPE })).toBe(60)
    expect(await until429('/oidc/token', poll)).toBe(600)
    expect(await send('/oidc/token', poll, '203.0.113.9')).toBe(400)
    expect(await send('/oidc/device', { scope: SCOPE }, '203.0.113.9')).toBe(200)
  })
})
