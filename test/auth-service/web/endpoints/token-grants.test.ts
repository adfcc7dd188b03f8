import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { MAX_APP_TOKENS } from '../../../../auth-service/src/tokens/api-tokens/own-tokens.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { eventually } from '../../../support/eventually.ts'
import { mailsOf } from '../../support/mails.ts'
import { registerApp } from '../../support/registered-app.ts'
import { addUser, DEVICE, onBothDatabases } from '../../support/services.ts'
import { ADA, openSite } from '../../support/site.ts'

/** An answer with its members. */
// biome-ignore lint/suspicious/noExplicitAny: what an answer has is what the tests are about.
interface Answer extends Record<string, any> {
  readonly status: number
  readonly headers: Headers
}

const post = async (
  service: Service,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => {
  const body = new URLSearchParams(fields)
  const response = await createApp(service).request(path, { method: 'POST', headers, body })
  const answer = (await response.json()) as Record<string, string>
  return { ...answer, status: response.status, headers: response.headers } as Answer
}

onBothDatabases('POST /token', (open) => {
  it('gives a registered app a token of its own', async () => {
    const service = await open()
    const [reports, board] = [await registerApp(service, 'Reports'), await registerApp(service, 'Board')]
    await service.appPermissions.publish(board.id, [{ name: 'cards.read', description: '', groups: [] }])
    const fields = { grant_type: 'client_credentials', scope: 'cards.read' }
    const granted = await post(service, '/token', fields, reports.headers)
    expect(granted).toMatchObject({
      status: 200,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'cards.read',
    })
    expect(granted.headers.get('cache-control')).toBe('no-store')
    expect(await service.introspectApiToken(granted.access_token, board, '')).toMatchObject({
      app: 'Reports',
      scope: 'cards.read',
    })
    service.wait(3600)
    expect(await service.introspectApiToken(granted.access_token, board, '')).toBeNull()
  })

  it('gives an app no permission for itself that an administrator has not allowed it, and names the remedy', async () => {
    const service = await open()
    const [reports, board] = [await registerApp(service, 'Reports'), await registerApp(service, 'Board')]
    const published = ['cards.read', 'cards.write'].map((name) => ({ name, description: '', groups: [] }))
    await service.appPermissions.publish(board.id, published)
    const allow = async (token_scopes: string) =>
      expect((await service.apps.change(reports.id, { token_scopes }, OPERATOR))?.ok).toBe(true)
    const get = (scope: string) =>
      post(service, '/token', { grant_type: 'client_credentials', scope }, reports.headers)
    const isAlive = async ({ access_token }: Answer) =>
      (await service.introspectApiToken(access_token, board, '')) !== null

    await allow('')
    const refused = await get('cards.read')
    expect(refused).toMatchObject({ status: 400, error: 'invalid_scope' })
    expect(refused.detail).toContain('npx latchkey apps token-scopes Reports --scope NAME')
    expect(await get('')).toMatchObject({ status: 200, scope: '' })
    await allow('cards.write cards.read')
    const [wide, narrow] = [await get('cards.read cards.write'), await get('cards.read')]
    expect([wide.scope, narrow.scope]).toEqual(['cards.read cards.write', 'cards.read'])
    await allow('cards.read cards.write cards.archive')
    expect([await isAlive(wide), await isAlive(narrow)]).toEqual([true, true])
    await allow('cards.read')
    expect([await isAlive(wide), await isAlive(narrow)]).toEqual([false, false])
    expect(await get('cards.read cards.write')).toMatchObject({ status: 400, error: 'invalid_scope' })
    expect(await isAlive(await get('cards.read'))).toBe(true)
  })

  it('issues nothing beyond what an administrator takes away at the same moment, in another process', async () => {
    const service = await open()
    const [reports, board] = [await registerApp(service, 'Reports'), await registerApp(service, 'Board')]
    await service.appPermissions.publish(board.id, [{ name: 'cards.read', description: '', groups: [] }])
    const beside = await open({ beside: service })
    for (let round = 0; round < 10; round++) {
      await service.apps.change(reports.id, { token_scopes: '*' }, OPERATOR)
      const [issued] = await Promise.all([
        service.apiTokens.createForApp(reports, ['cards.read']),
        beside.apps.change(reports.id, { token_scopes: '' }, OPERATOR),
      ])
      if (issued.ok) expect(await service.introspectApiToken(issued.value.secret, board, '')).toBeNull()
      else expect(issued.reason).toBe('beyond_scopes')
    }
  })

  it('names the limit to an app that keeps no token, and says so in the log', async () => {
    const service = await open()
    const reports = await registerApp(service, 'Reports')
    for (let i = 0; i < MAX_APP_TOKENS; i++) await service.apiTokens.createForApp(reports, [])
    const refused = await post(service, '/token', { grant_type: 'client_credentials' }, reports.headers)
    expect(refused).toMatchObject({ status: 429, code: 'too_many_app_tokens' })
    expect(refused.detail).toContain('Reports has 100 tokens of its own, which is the limit.')
    expect(service.logged).toContainEqual(
      expect.objectContaining({ event: 'too_many_app_tokens', level: 40, app: 'Reports' }),
    )
  })

  it('gives a secret that was replaced at once no token, and none of its tokens goes on', async () => {
    const service = await open()
    const [reports, board] = [await registerApp(service, 'Reports'), await registerApp(service, 'Board')]
    const get = () => post(service, '/token', { grant_type: 'client_credentials' }, reports.headers)
    const { access_token } = await get()
    await service.appCredentials.issue(reports.id, OPERATOR, 0)
    expect(await service.introspectApiToken(access_token, board, '')).toBeNull()
    expect(await get()).toMatchObject({ status: 401, error: 'invalid_client' })
  })

  it('gives none to an app whose users are asked for consent: it is not our own', async () => {
    const service = await open()
    const partner = await registerApp(service, 'Partner')
    const settings = { redirect_uris: ['https://partner.example.com/callback'] }
    await service.oidcClients.set(partner.id, settings, OPERATOR)
    const get = () => post(service, '/token', { grant_type: 'client_credentials' }, partner.headers)
    const refused = await get()
    expect(refused).toMatchObject({ status: 400, code: 'unauthorized_client', error: 'unauthorized_client' })
    expect(refused.detail).toContain('first-party')
    expect(service.logged).toContainEqual(
      expect.objectContaining({
        event: 'client_refused',
        app: 'Partner',
        setting: 'latchkey apps set-oidc --first-party',
      }),
    )
    await service.oidcClients.set(partner.id, { first_party: true }, OPERATOR)
    const granted = await get()
    expect(granted.status).toBe(200)
    const board = await registerApp(service, 'Board')
    await service.oidcClients.set(partner.id, { first_party: false }, OPERATOR)
    expect(await service.introspectApiToken(granted.access_token, board, ''), 'from before').toBeNull()
  })

  it('ends the tokens of an app that is no longer our own, in all apps and processes', async () => {
    const service = await open()
    const [partner, board] = [await registerApp(service, 'Partner'), await registerApp(service, 'Board')]
    const settings = { redirect_uris: ['https://partner.example.com/callback'] }
    await service.oidcClients.set(partner.id, { ...settings, first_party: true }, OPERATOR)
    const beside = await open({ beside: service })
    const news: object[] = []
    service.revocations.subscribe((entries) => news.push(...entries))
    const issued = await beside.apiTokens.createForApp(partner, [])
    if (!issued.ok) throw new Error(issued.reason)
    const introspect = () => service.introspectApiToken(issued.value.secret, board, '')
    const { jti } = (await introspect()) ?? {}
    await service.oidcClients.set(partner.id, { first_party: false }, OPERATOR)
    // It may not have read the apps since.
    expect(await beside.apiTokens.createForApp(partner, [])).toEqual({ ok: false, reason: 'third_party' })
    // The processes hear of it in turn.
    await eventually(() => expect(news).toContainEqual(expect.objectContaining({ token: jti })))
    await service.oidcClients.set(partner.id, { first_party: true }, OPERATOR)
    expect(await introspect(), 'once more our own').toBeNull()
  })

  it('refuses strangers, other grants and unknown permissions', async () => {
    const service = await open()
    const { headers } = await registerApp(service, 'Reports')
    const grant = { grant_type: 'client_credentials' }
    expect(await post(service, '/token', grant)).toMatchObject({ status: 401, error: 'invalid_client' })
    expect(await post(service, '/token', { grant_type: 'password' }, headers)).toMatchObject({
      status: 400,
      error: 'unsupported_grant_type',
    })
    expect(await post(service, '/token', { ...grant, scope: 'all' }, headers)).toMatchObject({
      status: 400,
      error: 'invalid_scope',
    })
  })
})

onBothDatabases('The device flow', (open) => {
  it('gives a device a token once its user allows it, and only once', async () => {
    const service = await open()
    const board = await registerApp(service, 'Board')
    const ada = await addUser(service)
    const begun = await post(service, '/device/code', { device_name: 'Living room' })
    expect(begun).toMatchObject({ status: 200, expires_in: 600, interval: 5 })
    expect(begun.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    const { device_code } = begun
    const poll = () => post(service, '/device/token', { device_code })
    expect(await poll()).toMatchObject({ status: 400, error: 'authorization_pending' })
    expect(await poll()).toMatchObject({ error: 'slow_down' })
    service.wait(5)
    expect(await poll()).toMatchObject({ error: 'slow_down' })
    service.wait(15)
    expect(await poll()).toMatchObject({ error: 'authorization_pending' })
    const typed = begun.user_code.toLowerCase().replace('-', ' ')
    expect(await service.deviceAuthorization.find(typed)).toMatchObject({ deviceName: 'Living room' })
    expect(await service.deviceAuthorization.decide(typed, ada, true, DEVICE)).toBe(true)
    expect(await service.deviceAuthorization.decide(typed, ada, false, DEVICE)).toBe(false)
    const all = await Promise.all([poll(), poll(), poll()])
    const granted = all.filter(({ status }) => status === 200)
    expect(granted).toHaveLength(1)
    expect(granted[0]).toMatchObject({ token_type: 'Bearer' })
    expect(await service.introspectApiToken(granted[0]?.access_token, board, '')).toMatchObject({
      sub: ada.uuid,
      token_name: 'Living room',
    })
    expect(await poll()).toMatchObject({ error: 'expired_token' })
  })

  it('ends when it is denied, after ten minutes, and for wrong codes', async () => {
    const service = await open()
    const ada = await addUser(service)
    const begin = () => post(service, '/device/code', {})
    const poll = (device_code: string) => post(service, '/device/token', { device_code })
    const denied = await begin()
    await service.deviceAuthorization.decide(denied.user_code, ada, false, DEVICE)
    expect(await poll(denied.device_code)).toMatchObject({ error: 'access_denied' })
    const late = await begin()
    service.wait(600)
    expect(await service.deviceAuthorization.decide(late.user_code, ada, true, DEVICE)).toBe(false)
    expect(await poll(late.device_code)).toMatchObject({ error: 'expired_token' })
    expect(await service.deviceRequests.deleteExpired()).toBe(2)
    for (const wrong of ['', '\0', 'lkd_', `${late.device_code}0`, late.device_code.replace('lkd_', 'lk_')]) {
      expect(await poll(wrong)).toMatchObject({ status: 400, error: 'expired_token' })
    }
    for (const wrong of ['', 'BCDF', 'AAAA-AAAA', '\0'.repeat(8), 'B'.repeat(10_000)]) {
      expect(await service.deviceAuthorization.find(wrong)).toBeNull()
    }
    expect(await post(service, '/device/code', { client_id: 'none' })).toMatchObject({ status: 401 })
    expect(await post(service, '/device/code', { scope: 'none' })).toMatchObject({ error: 'invalid_scope' })
  })

  it('asks for the client id of the request, and for none where there was none', async () => {
    const service = await open()
    const [tv, other] = [await registerApp(service, 'TV'), await registerApp(service, 'Other')]
    await service.apps.reload()
    const ada = await addUser(service)
    for (const [asked, wrong] of [
      [{ client_id: tv.clientId }, [{}, { client_id: other.clientId }, { client_id: 'unknown' }]],
      [{}, [{ client_id: tv.clientId }, { client_id: 'unknown' }]],
    ] as const) {
      const { device_code, user_code } = await post(service, '/device/code', { ...asked })
      const poll = (client: object) => post(service, '/device/token', { device_code, ...client })
      for (const client of wrong) expect(await poll(client)).toMatchObject({ error: 'invalid_grant' })
      expect(await poll(asked)).toMatchObject({ error: 'authorization_pending' })
      await service.deviceAuthorization.decide(user_code, ada, true, DEVICE)
      for (const client of wrong) expect(await poll(client)).toMatchObject({ error: 'invalid_grant' })
      expect(await poll(asked)).toMatchObject({ status: 200 })
    }
  })

  it('says what to send instead of another grant or an unknown client id', async () => {
    const service = await open()
    const grant = await post(service, '/device/token', { grant_type: 'client_credentials' })
    expect(grant).toMatchObject({
      error: 'unsupported_grant_type',
      detail: 'Send grant_type=urn:ietf:params:oauth:grant-type:device_code.',
    })
    const unknown = await post(service, '/device/code', { client_id: 'none' })
    expect(unknown.detail).toContain('No registered app has this client_id.')
    expect(unknown.detail).not.toContain('SECRET')
  })

  it('is limited for each network', async () => {
    const app = createApp(await open())
    const from = (address: string) => ({ incoming: { socket: { remoteAddress: address, remotePort: 1 } } })
    const ask = async (path: string, address = '198.51.100.7') => {
      const init = { method: 'POST', body: new URLSearchParams({ device_code: 'lkd_' }) }
      const response = await app.request(path, init, from(address))
      return { status: response.status, error: ((await response.json()) as { error?: string }).error }
    }
    const until429 = async (path: string) => {
      for (let count = 0; count < 700; count++) if ((await ask(path)).status === 429) return count
      return null
    }
    expect(await until429('/device/code')).toBe(60)
    expect(await until429('/device/token')).toBe(600)
    expect(await ask('/device/token')).toEqual({ status: 429, error: 'slow_down' })
    expect(await ask('/device/token', '203.0.113.9')).toEqual({ status: 400, error: 'expired_token' })
    expect((await ask('/device/code', '203.0.113.9')).status).toBe(200)
  })

  it('gives no token for a user who was disabled in the meantime', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { user_code, device_code } = await post(service, '/device/code', {})
    await service.deviceAuthorization.decide(user_code, ada, true, DEVICE)
    await service.administration.change(
      ada.uuid,
      { isActive: false },
      { uuid: null, device: { userAgent: '', address: '' } },
    )
    expect(await post(service, '/device/token', { device_code })).toMatchObject({ error: 'expired_token' })
  })
})

it('the page of a device shows who asks, and needs a proof to allow it', async () => {
  const site = await openSite()
  await registerApp(site.service, 'Board')
  const ada = await site.signedIn()
  const begun = await post(site.service, '/device/code', { device_name: 'TV <b>x</b>' })
  expect((await site.browser().get(`/device?user_code=${begun.user_code}`)).location).toContain('/login?')
  const page = await ada.get(`/device?user_code=${begun.user_code}`)
  expect(page.html).toContain(begun.user_code)
  expect(page.html).toContain('TV &lt;b&gt;x&lt;/b&gt;')
  expect((await ada.get('/device?user_code=BBBB-BBBB')).status).toBe(404)
  site.service.wait(16 * 60)
  const later = await post(site.service, '/device/code', { device_name: 'TV' })
  const path = `/device?user_code=${later.user_code}`
  const asked = await ada.submit(path, '/device/allow')
  expect(asked.status).toBe(403)
  const allowed = await ada.post('/device/allow', { ...asked.form('/device/allow'), password: ADA.password })
  expect(allowed.location).toBe('/device?done=allowed')
  expect((await ada.get('/device?done=allowed')).html).toContain('Your device can sign in now.')
  expect(await post(site.service, '/device/token', { device_code: later.device_code })).toMatchObject({
    status: 200,
  })
  const third = await post(site.service, '/device/code', {})
  site.service.wait(16 * 60)
  const fourth = await post(site.service, '/device/code', {})
  const { form } = await ada.get(`/device?user_code=${fourth.user_code}`)
  expect((await ada.post('/device/deny', form('/device/allow'))).location).toBe('/device?done=denied')
  expect(await post(site.service, '/device/token', { device_code: fourth.device_code })).toMatchObject({
    error: 'access_denied',
  })
  expect(await post(site.service, '/device/token', { device_code: third.device_code })).toMatchObject({
    error: 'expired_token',
  })
})

it('POST /api/tokens takes email and password, with the limits of a sign-in, and tells the owner', async () => {
  const site = await openSite()
  const board = await registerApp(site.service, 'Board')
  await site.signedIn()
  const program = site.browser()
  const create = (fields: object) => program.json('/api/tokens', { ...ADA, device_name: 'Phone', ...fields })
  const made = await create({})
  expect(made.status).toBe(201)
  const { token, name, apps } = JSON.parse(made.html)
  expect([name, apps]).toEqual(['Phone', 'all'])
  expect(await site.service.introspectApiToken(token, board, '')).toMatchObject({ token_name: 'Phone' })
  expect(made.headers.getSetCookie().filter((line) => /access|refresh|session/.test(line))).toEqual([])
  const [mail] = (await mailsOf(site.service)).filter(({ subject }) => subject.includes('API token'))
  expect(mail?.text).toContain('Someone created the API token “Phone”')
  expect(mail?.text).not.toContain(token)
  const withoutName = await create({ device_name: '' })
  expect(withoutName.status).toBe(422)
  expect(JSON.parse(withoutName.html).errors).toEqual({ device_name: 'Enter a name.' })
  const withOtherField = await create({ device_name: undefined, name: '' })
  expect(JSON.parse(withOtherField.html).errors).toEqual({ name: 'Enter a name.' })
  const statuses: number[] = []
  for (let i = 0; i < 7; i++) statuses.push((await create({ password: 'wrong' })).status)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
  const form = await program.post('/api/tokens', { email: ADA.email, password: ADA.password })
  expect(form.status).toBe(415)
  expect(JSON.parse(form.html).detail).toBe('Send a JSON object, with content-type: application/json.')
})

it('POST /api/tokens writes to an owner of unknown language in the language of the request', async () => {
  const site = await openSite()
  await registerApp(site.service, 'Board')
  await site.signedIn()
  const { db, users } = site.service.database
  await db.update(users).set({ language: null })
  const headers = {
    'accept-language': 'de',
    'content-type': 'application/json',
    origin: site.origin,
    'sec-fetch-site': 'same-origin',
  }
  const body = JSON.stringify({ ...ADA, device_name: 'Telefon' })
  const made = await site.browser().request('/api/tokens', { method: 'POST', headers, body })
  expect(made.status).toBe(201)
  const mails = await mailsOf(site.service)
  expect(mails.at(-1)?.text).toContain('„Telefon“')
})

it('POST /api/tokens keeps an account that was going to be deleted, as a sign-in does', async () => {
  const site = await openSite()
  await registerApp(site.service, 'Board')
  await site.signedIn()
  const ada = await site.service.users.findByEmail(ADA.email)
  if (!ada) throw new Error('no user')
  await site.service.adminDeletions.request(ada, OPERATOR)
  const create = () => site.browser().json('/api/tokens', { ...ADA, device_name: 'Phone' })
  const made = await create()
  expect(made.status).toBe(201)
  expect(JSON.parse(made.html)).toMatchObject({ deletion_cancelled: true, device: 'Another program' })
  expect((await site.service.users.findByUuid(ada.uuid))?.deletionDueAt).toBeNull()
  expect(JSON.parse((await create()).html)).not.toHaveProperty('deletion_cancelled')
})

it('the page of a device takes a limited number of codes from an account, from any address', async () => {
  const site = await openSite()
  const ada = await site.signedIn()
  const statuses = new Set<number>()
  for (let i = 0; i < 40; i++) statuses.add((await ada.get('/device?user_code=BBBB-BBBB')).status)
  expect([...statuses]).toEqual([404])
  expect((await ada.get('/device?user_code=BBBB-BBBB')).status).toBe(429)
  const bob = await site.signedIn({ email: 'bob@example.com' })
  expect((await bob.get('/device?user_code=BBBB-BBBB')).status).toBe(404)
})
