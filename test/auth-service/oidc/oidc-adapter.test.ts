import type { Adapter, AdapterPayload } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { expect, it } from 'vitest'
import { createOidcAdapter } from '../../../auth-service/src/oidc/oidc-adapter.ts'
import { createOidcRecords } from '../../../auth-service/src/oidc/records.ts'
import { createSuccessorOf } from '../../../auth-service/src/oidc/refresh-successor.ts'
import { createOidcSignIns } from '../../../auth-service/src/oidc/sign-ins.ts'
import { ROTATION_GRACE } from '../../../auth-service/src/tokens/sessions/refresh-rotation.ts'
import { NOW } from '../../support/tokens.ts'
import { registerClient } from '../support/relying-party.ts'
import { addUser, DEVICE, onBothDatabases, type TestService } from '../support/services.ts'

/** The adapter of a service, with a client and a session. */
async function openAdapter(service: TestService) {
  const records = createOidcRecords(service)
  const successorOf = createSuccessorOf(service.config)
  const reused: AdapterPayload[] = []
  let current: string | undefined
  let isLogout = false
  const adapter = createOidcAdapter({
    ...service,
    records,
    signIns: createOidcSignIns(service),
    documents: null,
    cap: null,
    successorOf,
    alg: 'ES256',
    shownAppOf: () => null,
    request: {
      sessionId: () => current,
      isLogout: () => isLogout,
      device: () => DEVICE,
      clientId: () => undefined,
      mayPoll: async () => true,
      mayStore: async () => true,
    },
    errors,
    onReuse: async (token) => void reused.push(token),
  })
  const user = await addUser(service)
  const { session } = await service.sessions.start(user, DEVICE)
  const client = await registerClient(service)
  const uid = `family.${session.id}`
  return {
    adapter,
    records,
    reused,
    successorOf,
    user,
    sid: session.id,
    uid,
    client,
    /** While oidc-provider authorizes in this session. */
    within: (id: string | undefined) => {
      current = id
    },
    /** While oidc-provider ends this session. */
    signOut: (is: boolean) => {
      isLogout = is
    },
    /** The payload of a token of this session. */
    token: (more: AdapterPayload = {}): AdapterPayload => ({
      kind: 'AccessToken',
      accountId: user.uuid,
      clientId: client.clientId,
      sessionUid: uid,
      grantId: 'grant-1',
      iat: NOW,
      exp: NOW + 60,
      ...more,
    }),
  }
}

/** Models with a plain life, of which some are used up. */
const MODELS = [
  'AccessToken',
  'AuthorizationCode',
  'Interaction',
  'PushedAuthorizationRequest',
  'RefreshToken',
]

onBothDatabases('The adapter for oidc-provider', (open) => {
  it.each(MODELS)('stores, finds, replaces and destroys: %s', async (model) => {
    const service = await open()
    const { adapter, token } = await openAdapter(service)
    const store = adapter(model)
    expect(await store.find('id')).toBeUndefined()
    await store.upsert('id', token({ jti: 'id', nonce: 'ä"\\' }), 60)
    expect(await store.find('id')).toEqual(token({ jti: 'id', nonce: 'ä"\\' }))
    expect(await store.find('ID')).toBeUndefined()
    expect(await adapter('Grant').find('id'), 'another model').toBeUndefined()
    if (model !== 'RefreshToken') {
      await store.upsert('id', token({ jti: 'id', nonce: 'other' }), 60)
      expect(await store.find('id')).toMatchObject({ nonce: 'other' })
    }
    await store.destroy('id')
    await store.destroy('id')
    if (model === 'Interaction') {
      expect(await store.find('id'), 'a double click').toBeDefined()
      service.wait(31)
    }
    expect(await store.find('id')).toBeUndefined()
  })

  it('stores no id of a code or token, which are secrets', async () => {
    const service = await open()
    const { adapter, token } = await openAdapter(service)
    await adapter('AccessToken').upsert('very-secret', token({ jti: 'very-secret' }), 60)
    const { db, oidcRecords } = service.database
    expect(JSON.stringify(await db.select().from(oidcRecords))).not.toContain('very-secret')
  })

  it('lets a code be used once, even by two requests at the same time', async () => {
    const { adapter, token } = await openAdapter(await open())
    const codes = adapter('AuthorizationCode')
    await codes.upsert('code', token({ kind: 'AuthorizationCode' }), 60)
    const results = await Promise.allSettled([codes.consume('code'), codes.consume('code')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await codes.find('code')).toMatchObject({ consumed: NOW })
    await expect(codes.consume('code')).rejects.toThrow(errors.InvalidGrant)
    await expect(adapter('PushedAuthorizationRequest').consume('none')).rejects.toThrow(
      errors.InvalidRequestUri,
    )
  })

  it('revokes what belongs to a grant, and nothing else', async () => {
    const { adapter, token } = await openAdapter(await open())
    for (const model of ['AccessToken', 'AuthorizationCode', 'RefreshToken']) {
      await adapter(model).upsert('a', token(), 60)
      await adapter(model).upsert('b', token({ grantId: 'grant-2' }), 60)
    }
    await adapter('AccessToken').revokeByGrantId('grant-1')
    for (const model of ['AccessToken', 'AuthorizationCode', 'RefreshToken']) {
      expect(await adapter(model).find('a'), model).toBeUndefined()
      expect(await adapter(model).find('b'), model).toBeDefined()
    }
    await adapter('AccessToken').revokeByGrantId('unknown')
  })

  it('ends everything of a session with the session', async () => {
    const service = await open()
    const { adapter, token, sid, uid, user, within } = await openAdapter(service)
    within(uid)
    await adapter('Grant').upsert('grant-1', { accountId: user.uuid }, 60)
    await adapter('RefreshToken').upsert('token', token(), 60)
    expect(await adapter('Grant').find('grant-1')).toBeDefined()
    await service.sessions.end(sid)
    expect(await adapter('Grant').find('grant-1')).toBeUndefined()
    expect(await adapter('RefreshToken').find('token')).toBeUndefined()
    const { db, oidcRecords } = service.database
    expect(await db.select().from(oidcRecords)).toEqual([])
  })

  it('stores nothing for a session that has just ended', async () => {
    const service = await open()
    const { adapter, token, sid } = await openAdapter(service)
    await service.sessions.end(sid)
    await adapter('RefreshToken').upsert('token', token(), 60)
    expect(await adapter('RefreshToken').find('token')).toBeUndefined()
  })

  it('finds nothing of a session that has expired and is not deleted yet', async () => {
    const service = await open()
    const { adapter, token, uid } = await openAdapter(service)
    await adapter('AccessToken').upsert('token', token(), 10 * 86_400)
    service.wait(service.config.refreshTtl)
    expect(await adapter('AccessToken').find('token')).toBeUndefined()
    expect(await adapter('Session').find(uid)).toBeUndefined()
  })

  it('ends everything of an app with the app', async () => {
    const service = await open()
    const { adapter, token, client } = await openAdapter(service)
    await adapter('AccessToken').upsert('token', token(), 60)
    await service.apps.remove(client.id, { uuid: null, device: DEVICE })
    expect(await adapter('AccessToken').find('token')).toBeUndefined()
    expect(await adapter('Client').find(client.clientId)).toBeUndefined()
  })

  it('deletes expired records with the other expired data', async () => {
    const service = await open()
    const { adapter, records, token } = await openAdapter(service)
    await adapter('AccessToken').upsert('short', token(), 60)
    await adapter('AccessToken').upsert('long', token(), 3600)
    service.wait(60)
    expect(await records.deleteExpired(), 'another clock may be behind').toBe(0)
    service.wait(60)
    expect(await records.deleteExpired()).toBe(1)
    expect(await adapter('AccessToken').find('long')).toBeDefined()
  })

  it('gives a refresh token that was used its successor for 30 seconds, until that one is used', async () => {
    const service = await open()
    const { adapter, token, successorOf, reused } = await openAdapter(service)
    const tokens = adapter('RefreshToken')
    const [second, third] = [successorOf('first'), successorOf(successorOf('first'))]
    await tokens.upsert('first', token(), 3600)
    await tokens.consume('first')
    await tokens.consume('first')
    expect(await tokens.find('first'), 'the successor is not stored yet').not.toHaveProperty('consumed')
    await tokens.upsert(second, token({ scope: 'openid' }), 3600)
    await tokens.upsert(second, token({ scope: 'other' }), 3600)
    expect(await tokens.find(second)).toMatchObject({ scope: 'openid' })
    service.wait(ROTATION_GRACE)
    expect(await tokens.find('first')).not.toHaveProperty('consumed')
    expect(reused).toEqual([])
    service.wait(1)
    expect(await tokens.find('first')).toMatchObject({ consumed: NOW })
    expect(reused).toHaveLength(1)
    await tokens.consume(second)
    await tokens.upsert(third, token(), 3600)
    await tokens.consume(third)
    expect(await tokens.find(second), 'its successor was used').toHaveProperty('consumed')
    expect(second).not.toBe(third)
    expect(second).toMatch(/^[\w-]{43}$/)
  })

  it('recognises a proof that is sent again, until it has expired', async () => {
    const service = await open()
    const { adapter } = await openAdapter(service)
    const proofs = adapter('ReplayDetection')
    await proofs.upsert('proof', { iss: 'app' }, 60)
    await expect(proofs.upsert('proof', { iss: 'app' }, 60)).rejects.toThrow(errors.InvalidRequest)
    service.wait(60)
    await proofs.upsert('proof', { iss: 'app' }, 60)
  })

  it('has the session of the family as the session, with the grants of its apps', async () => {
    const service = await open()
    const { adapter, client, uid, user, sid, signOut } = await openAdapter(service)
    const sessions = adapter('Session') as Adapter
    const found = await sessions.find(uid)
    expect(found).toMatchObject({
      uid,
      jti: uid,
      accountId: user.uuid,
      loginTs: NOW,
      amr: ['pwd'],
      authorizations: { [client.clientId]: { sid: expect.stringMatching(/^[\w-]{22}$/) } },
    })
    const { authorizations } = found as AdapterPayload
    const known = authorizations?.[client.clientId]
    await sessions.upsert('another id', {
      ...(found as AdapterPayload),
      jti: 'another id',
      state: { secret: 'xsrf' },
      authorizations: { [client.clientId]: { ...known, grantId: 'grant-1' } },
    })
    await sessions.destroy(uid)
    signOut(true)
    expect(await sessions.findByUid(uid)).toMatchObject({ state: { secret: 'xsrf' }, authorizations: {} })
    signOut(false)
    expect(await sessions.findByUid(uid)).toMatchObject({
      authorizations: { [client.clientId]: { sid: known?.sid, grantId: 'grant-1' } },
    })
    await service.sessions.end(sid)
    expect(await sessions.find(uid)).toBeUndefined()
    expect(await sessions.find('family.unknown')).toBeUndefined()
  })

  it('keeps the session of an app that renews its tokens, but not beyond its end', async () => {
    const service = await open()
    const { adapter, token, uid } = await openAdapter(service)
    const { refreshTtl, sessionMaxAge } = service.config
    for (let age = 0; age < sessionMaxAge; age += refreshTtl - 60) {
      await adapter('RefreshToken').upsert(`token ${age}`, token(), 60)
      service.wait(refreshTtl - 60)
    }
    expect(await adapter('Session').find(uid)).toBeUndefined()
  })

  it('has the registered apps as clients, which it can not change', async () => {
    const service = await open()
    const { adapter, client } = await openAdapter(service)
    const clients = adapter('Client')
    expect(await clients.find(client.clientId)).toMatchObject({
      client_id: client.clientId,
      client_name: 'Partner',
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    })
    expect(JSON.stringify(await clients.find(client.clientId))).not.toContain(client.clientSecret)
    expect(await clients.find('unknown')).toBeUndefined()
    await expect(clients.upsert('new', {})).rejects.toThrow('/admin/apps')
    await expect(clients.destroy(client.clientId)).rejects.toThrow('/admin/apps')
  })
})
