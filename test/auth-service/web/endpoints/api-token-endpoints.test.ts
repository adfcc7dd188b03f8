import { expect, it } from 'vitest'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { registerApp } from '../../support/registered-app.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases, renew } from '../../support/services.ts'

const post = (
  service: Service,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => createApp(service).request(path, { method: 'POST', headers, body: new URLSearchParams(fields) })

const introspect = async (service: Service, token: string, headers: Record<string, string> = {}) => {
  const response = await post(service, '/introspect', { token }, headers)
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.json()
}

async function tokenOfAda(open: OpenService) {
  const service = await open()
  const [notes, board] = [await registerApp(service, 'Notes'), await registerApp(service, 'Board')]
  const ada = await addUser(service)
  const created = await service.apiTokens.create(
    ada,
    { name: 'Script', apps: ['Board'] },
    { uuid: ada.uuid, device: DEVICE },
  )
  if (!created.ok) throw new Error('not created')
  return { service, notes, board, ada, ...created }
}

const INACTIVE = { active: false }

onBothDatabases('POST /introspect of an API token', (open) => {
  it('describes it to an app that it is for, and to no other', async () => {
    const { service, notes, board, ada, secret, token } = await tokenOfAda(open)
    const claims = { active: true, sub: ada.uuid, jti: token.id, user_email: ada.email, token_name: 'Script' }
    expect(await introspect(service, secret, board.headers)).toMatchObject(claims)
    expect(await introspect(service, secret, notes.headers)).toEqual(INACTIVE)
    const { clientId, clientSecret } = board
    const inBody = { token: secret, client_id: clientId, client_secret: clientSecret }
    expect(await (await post(service, '/introspect', inBody)).json()).toMatchObject(claims)
  })

  it('refuses apps that do not authenticate, or do it twice or wrongly, and logs the setting', async () => {
    const { service, notes, board, secret } = await tokenOfAda(open)
    const { clientId, clientSecret } = board
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    const attempts: [Record<string, string>, Record<string, string>][] = [
      [{}, {}],
      [{}, basic(`${clientId}:${notes.clientSecret}`)],
      [{}, basic(`${clientId}:`)],
      [{}, basic(clientId)],
      [{}, basic(':')],
      [{}, basic('')],
      [{}, { authorization: 'Basic ???' }],
      [{ client_id: clientId, client_secret: clientSecret }, board.headers],
      [{ client_id: clientId }, {}],
      [{ client_secret: clientSecret }, {}],
    ]
    for (const [fields, headers] of attempts) {
      const response = await post(service, '/introspect', { token: secret, ...fields }, headers)
      expect(response.status, JSON.stringify([fields, headers])).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="latchkey"')
      expect(await response.json()).toMatchObject({ code: 'invalid_client', error: 'invalid_client' })
    }
    const [warning] = service.logged.filter(({ event }) => event === 'client_refused')
    expect(warning).toMatchObject({ setting: 'AUTH_CLIENT_ID, AUTH_CLIENT_SECRET' })
    expect(JSON.stringify(service.logged)).not.toContain(clientSecret)
    expect(JSON.stringify(service.logged)).not.toContain(notes.clientSecret)
  })

  it('says the same about every token that is none', async () => {
    const { service, board, secret } = await tokenOfAda(open)
    const wrong = [
      secret.slice(0, -1),
      `${secret}0`,
      `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`,
      secret.replace('lk_', 'lks_'),
      secret.replace('lk_', 'LK_'),
      board.clientSecret,
      'lk_',
      `lk_${'0'.repeat(49)}`,
      `lk_${'ä'.repeat(49)}`,
      `${secret}\0`,
      `lk_${'x'.repeat(60_000)}`,
    ]
    for (const token of wrong) expect(await introspect(service, token, board.headers)).toEqual(INACTIVE)
  })

  it('is refused where another kind of token is asked for, and the reverse', async () => {
    const { service, board, ada, secret } = await tokenOfAda(open)
    const { accessToken, refreshToken } = await service.sessions.start(ada, DEVICE)
    const hinted = await post(
      service,
      '/introspect',
      { token: secret, token_type_hint: 'refresh_token' },
      board.headers,
    )
    expect(await hinted.json()).toEqual(INACTIVE)
    expect((await renew(service, secret)).ok).toBe(false)
    expect(await introspect(service, accessToken, board.headers)).toMatchObject({ active: true })
    for (const token of [accessToken, refreshToken]) {
      const response = await post(service, '/revoke', { token })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: 'unsupported_token_type' })
    }
    expect(await introspect(service, accessToken)).toMatchObject({ active: true })
  })

  it('notes the address of the user behind the proxies of the family', async () => {
    const { service, board, ada, secret } = await tokenOfAda(open)
    const fields = { token: secret, remote_address: '192.0.2.7', forwarded_for: '203.0.113.9' }
    await post(service, '/introspect', fields, board.headers)
    await expect
      .poll(async () => (await service.apiTokens.list(ada))[0]?.lastUse)
      .toMatchObject({ app: 'Board', address: '192.0.2.7' })
  })
})

onBothDatabases('POST /revoke', (open) => {
  it('revokes the token of its holder, once', async () => {
    const { service, board, secret } = await tokenOfAda(open)
    for (let i = 0; i < 2; i++) expect((await post(service, '/revoke', { token: secret })).status).toBe(200)
    expect(await introspect(service, secret, board.headers)).toEqual(INACTIVE)
    const { db, auditLog } = service.database
    const events = (await db.select().from(auditLog)).filter(({ event }) => event === 'api_token_revoked')
    expect(events).toHaveLength(1)
  })

  it('revokes a token for an app that accepts it, and for no other', async () => {
    const { service, notes, board, secret } = await tokenOfAda(open)
    expect((await post(service, '/revoke', { token: secret }, notes.headers)).status).toBe(200)
    expect(await introspect(service, secret, board.headers)).toMatchObject({ active: true })
    expect((await post(service, '/revoke', { token: secret }, board.headers)).status).toBe(200)
    expect(await introspect(service, secret, board.headers)).toEqual(INACTIVE)
  })

  it('returns 200 for unknown tokens, and 401 for wrong credentials', async () => {
    const { service } = await tokenOfAda(open)
    for (const token of [`lk_${'0'.repeat(49)}`, 'nonsense', '\0']) {
      expect((await post(service, '/revoke', { token })).status).toBe(200)
    }
    const headers = { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` }
    expect((await post(service, '/revoke', { token: 'x' }, headers)).status).toBe(401)
    expect((await post(service, '/revoke', {})).status).toBe(400)
  })
})

onBothDatabases('PUT /permissions', (open) => {
  const put = (service: Service, body: unknown, headers: Record<string, string>) =>
    createApp(service).request('/permissions', {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  it('replaces what the app published before, and nothing of other apps', async () => {
    const { service, notes, board } = await tokenOfAda(open)
    const publish = (headers: Record<string, string>, ...names: string[]) =>
      put(service, { permissions: names.map((name) => ({ name, groups: ['editors'] })) }, headers)
    expect((await publish(board.headers, 'cards.read', 'cards.write')).status).toBe(204)
    expect((await publish(notes.headers, 'notes.publish')).status).toBe(204)
    const all = await Promise.all([1, 2, 3].map(() => publish(board.headers, 'cards.read', 'cards.move')))
    expect(all.map(({ status }) => status)).toEqual([204, 204, 204])
    const named = (await service.appPermissions.list()).map(({ appId, name }) => [appId, name])
    expect(named).toEqual([
      [board.id, 'cards.move'],
      [board.id, 'cards.read'],
      [notes.id, 'notes.publish'],
    ])
    expect((await put(service, { permissions: [] }, board.headers)).status).toBe(204)
    expect(await service.appPermissions.list()).toHaveLength(1)
  })

  it('refuses strangers, and what is no list of permissions', async () => {
    const { service, board } = await tokenOfAda(open)
    expect((await put(service, { permissions: [] }, {})).status).toBe(401)
    const name = 'cards.read'
    for (const body of [
      {},
      [],
      { permissions: 'cards.read' },
      { permissions: ['cards.read'] },
      { permissions: [{ name: 'with space' }] },
      { permissions: [{ name: '' }] },
      { permissions: [{ name: 'x'.repeat(101) }] },
      { permissions: [{ name }, { name }] },
      { permissions: [{ name, path: 'https://evil.example' }] },
      { permissions: [{ name, path: '//evil.example' }] },
      { permissions: [{ name, path: "/';id;'" }] },
      { permissions: [{ name, path: 7 }] },
      { permissions: Array.from({ length: 201 }, (_, i) => ({ name: `p${i}` })) },
    ]) {
      const { status } = await put(service, body, board.headers)
      expect([400, 422], JSON.stringify(body).slice(0, 60)).toContain(status)
    }
    expect(await service.appPermissions.list()).toEqual([])
  })
})
