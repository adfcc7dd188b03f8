import { expect, it } from 'vitest'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import type { Service } from '../../../../auth-service/src/service.ts'
import { createApp } from '../../../../auth-service/src/web/app.tsx'
import { introspectEndpoint } from '../../../../auth-service/src/web/endpoints/introspect.ts'
import { someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  type OpenService,
  onBothDatabases,
  payloadOf,
  renew,
} from '../../support/services.ts'

const post = (service: Service, body: string, type = 'application/x-www-form-urlencoded') =>
  createApp(service).request('/introspect', { method: 'POST', headers: { 'content-type': type }, body })

const ask = async (service: Service, token: string) => {
  const response = await post(service, new URLSearchParams({ token }).toString())
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return response.json()
}

async function adaSignedIn(open: OpenService) {
  const service = await open()
  const ada = await addUser(service)
  return { service, ada, ...(await service.sessions.start(ada, DEVICE)) }
}

const INACTIVE = { active: false }

onBothDatabases('POST /introspect', (open) => {
  it('describes a valid token', async () => {
    const { service, ada, session, accessToken } = await adaSignedIn(open)
    expect(await ask(service, accessToken)).toEqual({
      active: true,
      iss: ISSUER,
      aud: COOKIE_DOMAIN,
      sub: ada.uuid,
      sid: session.id,
      jti: payloadOf(accessToken).jti,
      iat: NOW,
      exp: NOW + 300,
    })
  })

  it('reveals nothing about a token whose session has ended', async () => {
    const { service, session, accessToken } = await adaSignedIn(open)
    await service.sessions.end(session.id)
    expect(await ask(service, accessToken)).toEqual(INACTIVE)
  })

  it('reveals nothing about a token whose user was disabled or deleted', async () => {
    const { service, ada, accessToken } = await adaSignedIn(open)
    await service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect(await ask(service, accessToken)).toEqual(INACTIVE)
    const bob = await addUser(service, 'bob@example.com')
    const bobs = await service.sessions.start(bob, DEVICE)
    expect(await ask(service, bobs.accessToken)).toMatchObject({ active: true })
    await service.users.remove(bob.uuid)
    expect(await ask(service, bobs.accessToken)).toEqual(INACTIVE)
  })

  it('rejects a token from before the latest change, and accepts the next', async () => {
    const { service, ada, accessToken, refreshToken } = await adaSignedIn(open)
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    expect(await ask(service, accessToken)).toEqual(INACTIVE)
    const renewed = await renew(service, refreshToken)
    expect(renewed.ok && (await ask(service, renewed.value.accessToken))).toMatchObject({ active: true })
  })

  it('reveals nothing about an expired token or a token of an expired session', async () => {
    const { service, accessToken, refreshToken } = await adaSignedIn(open)
    service.wait(300 + 119)
    expect(await ask(service, accessToken), 'an app whose clock is behind').toMatchObject({ active: true })
    service.wait(1)
    expect(await ask(service, accessToken)).toEqual(INACTIVE)
    const renewed = await renew(service, refreshToken)
    const { db, sessions } = service.database
    await db.update(sessions).set({ idleExpiresAt: NOW })
    expect(renewed.ok && (await ask(service, renewed.value.accessToken))).toEqual(INACTIVE)
  })

  it('reveals nothing about anything but an access token of ours', async () => {
    const { service, accessToken, refreshToken } = await adaSignedIn(open)
    for (const token of [
      refreshToken,
      `${accessToken}x`,
      ...someNaughtyStrings.filter((s) => s.isWellFormed()),
    ]) {
      expect(await ask(service, token)).toEqual(INACTIVE)
    }
  })

  it('requires one token, as a form', async () => {
    const { service, accessToken } = await adaSignedIn(open)
    const refused = [
      await post(service, ''),
      await post(service, `token=${accessToken}&token=${accessToken}`),
      await post(service, JSON.stringify({ token: accessToken }), 'application/json'),
      await post(service, accessToken, 'text/plain'),
    ]
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400])
  })

  const look = async (service: Service, token: string) => {
    const response = await post(
      service,
      new URLSearchParams({ token, token_type_hint: 'refresh_token' }).toString(),
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
    return response.json()
  }

  it('checks the session of a refresh token without renewing it, and returns what an access token would', async () => {
    const { service, ada, session, accessToken, refreshToken } = await adaSignedIn(open)
    const { jti, iat, exp, ...said } = payloadOf(accessToken)
    expect([jti, iat, exp]).not.toContain(undefined)
    for (let turn = 0; turn < 3; turn++) {
      expect(await look(service, refreshToken)).toMatchObject({
        active: true,
        sub: ada.uuid,
        sid: session.id,
        jti: payloadOf(refreshToken).jti,
        access_claims: said,
      })
      service.wait(100)
    }
    await service.users.update(ada.uuid, { firstName: 'Augusta' })
    expect(await look(service, refreshToken)).toMatchObject({ access_claims: { user_first_name: 'Augusta' } })
    expect((await renew(service, refreshToken)).ok, 'it is still the current one').toBe(true)
  })

  it('accepts refresh tokens only as such, and no other token as one', async () => {
    const { service, accessToken, refreshToken } = await adaSignedIn(open)
    expect(await ask(service, refreshToken)).toEqual(INACTIVE)
    expect(await look(service, accessToken)).toEqual(INACTIVE)
    expect(await look(service, 'rubbish')).toEqual(INACTIVE)
    const wrong = new URLSearchParams({ token: refreshToken, token_type_hint: 'access_token' }).toString()
    expect(await (await post(service, wrong)).json()).toEqual(INACTIVE)
  })

  it('reveals nothing about a refresh token whose session or user is gone', async () => {
    const { service, ada, session, refreshToken } = await adaSignedIn(open)
    const second = await service.sessions.start(ada, DEVICE)
    await service.sessions.end(session.id)
    expect(await look(service, refreshToken)).toEqual(INACTIVE)
    expect(await look(service, second.refreshToken)).toMatchObject({ active: true })
    await service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    expect(await look(service, second.refreshToken)).toEqual(INACTIVE)
  })

  it('reveals nothing about a refresh token that was renewed long ago', async () => {
    const { service, refreshToken } = await adaSignedIn(open)
    service.wait(60)
    await renew(service, refreshToken)
    service.wait(20)
    expect(await look(service, refreshToken), 'within the grace').toMatchObject({ active: true })
    service.wait(20)
    expect(await look(service, refreshToken)).toEqual(INACTIVE)
  })

  it('returns 503 during an outage, which ends nothing, and 500 for internal errors', async () => {
    const { service, accessToken } = await adaSignedIn(open)
    const failing = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    const body = `token=${accessToken}`
    const away = await post({ ...service, introspect: () => Promise.reject(failing) }, body)
    expect(away.status).toBe(503)
    expect(away.headers.get('retry-after')).toBe('5')
    const mistaken = await post({ ...service, introspect: () => Promise.reject(new TypeError('x')) }, body)
    expect(mistaken.status).toBe(500)
    expect(await ask(service, accessToken)).toMatchObject({ active: true })
  })

  it('is unavailable, too, when the keys cannot be looked up', async () => {
    const { service, accessToken } = await adaSignedIn(open)
    const [header = '', ...rest] = accessToken.split('.')
    const other = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), kid: 'made-elsewhere' }
    const token = [Buffer.from(JSON.stringify(other)).toString('base64url'), ...rest].join('.')
    const { db, signingKeys } = service.database
    await db.delete(signingKeys)
    service.wait(60)
    const response = await introspectEndpoint(service).request('/introspect', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${token}`,
    })
    expect(response.status).toBe(503)
  })
})
