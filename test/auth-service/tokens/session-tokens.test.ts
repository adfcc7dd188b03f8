import { readAccessClaims, readRefreshClaims } from '@latchkey/jwt-middleware'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokens, type Tokens } from '../../../auth-service/src/tokens/session-tokens.ts'
import { createSessionCookies } from '../../../auth-service/src/tokens/sessions/session-cookies.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { COOKIE_DOMAIN, ISSUER, NOW } from '../../support/tokens.ts'
import { addUser, openService, payloadOf, type TestService, testConfig } from '../support/services.ts'

const SESSION = {
  id: 'the-session',
  currentJti: 'the-jti',
  rotatedAt: NOW - 100,
  idleExpiresAt: NOW + 400_000,
  expiresAt: NOW + 2_000_000,
}

let service: TestService
let tokens: Tokens
let ada: User
beforeAll(async () => {
  service = await openService(testConfig())
  tokens = createTokens(service)
  ada = await addUser(service)
})
afterAll(() => service.close())

describe('An access token', () => {
  it('identifies the user and the session', () => {
    const { token, ttl } = tokens.issue({ ...ada, isStaff: true }, SESSION).access
    expect(ttl).toBe(300)
    expect(payloadOf(token)).toEqual({
      iss: ISSUER,
      aud: COOKIE_DOMAIN,
      sub: ada.uuid,
      sid: 'the-session',
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: NOW,
      exp: NOW + 300,
      token_type: 'access',
      user_uuid: ada.uuid,
      user_version: ada.version,
      user_email: 'ada@example.com',
      email_verified: false,
      user_first_name: 'Ada',
      user_last_name: 'Lovelace',
      user_is_staff: true,
      user_is_superuser: false,
    })
    expect(readAccessClaims(payloadOf(token))).toMatchObject({ ok: true })
  })

  it('has a unique id', () => {
    const jtis = Array.from({ length: 100 }, () => payloadOf(tokens.issue(ada, SESSION).access.token).jti)
    expect(new Set(jtis).size).toBe(100)
  })

  it.each([NOW - 1, NOW, NOW + 2, NOW + 10_000])(
    "is dated now, for any date of the user's last change (%d)",
    (changedAt) => {
      const { token, ttl } = tokens.issue({ ...ada, changedAt, version: changedAt }, SESSION).access
      expect(payloadOf(token)).toMatchObject({ iat: NOW, exp: NOW + 300, user_version: changedAt })
      expect(ttl).toBe(300)
    },
  )

  it('says whether the email is confirmed', () => {
    const said = (emailVerifiedAt: number | null) =>
      payloadOf(tokens.issue({ ...ada, emailVerifiedAt }, SESSION).access.token).email_verified
    expect([said(null), said(NOW), said(0)]).toEqual([false, true, true])
  })

  it('does not outlive its session', () => {
    const { token, ttl } = tokens.issue(ada, { ...SESSION, expiresAt: NOW + 20 }).access
    expect(payloadOf(token).exp).toBe(NOW + 20)
    expect(ttl).toBe(20)
  })

  it('is valid in the last second of a session and just after a change', () => {
    const { token } = tokens.issue({ ...ada, changedAt: NOW }, { ...SESSION, expiresAt: NOW + 1 }).access
    expect(readAccessClaims(payloadOf(token))).toMatchObject({ ok: true })
  })

  it('is verified by this service', async () => {
    const { token } = tokens.issue(ada, SESSION).access
    expect(await tokens.verifyAccess(token)).toMatchObject({ ok: true, value: { sid: 'the-session' } })
    expect(await tokens.verifyRefresh(token)).toEqual({ ok: false, reason: 'wrong_type' })
  })

  it.each(['ES256', 'RS256', 'EdDSA'] as const)(
    'fits into a cookie with the longest names and %s',
    async (alg) => {
      const own = await openService(testConfig({ signingAlg: alg, cookiePrefix: 'p'.repeat(64) }))
      const longest = '\u{1F511}'.repeat(150)
      const user = {
        ...ada,
        email: `${'\u{1F511}'.repeat(61)}@example.c`,
        firstName: longest,
        lastName: longest,
      }
      const minted = createTokens(own)
      const { access, refresh } = minted.issue(user, SESSION)
      expect(createSessionCookies(own.config).set(access, refresh)).toHaveLength(2)
      await own.close()
    },
  )
})

describe('A refresh token', () => {
  it('contains only the uuid of the user', () => {
    const { token, ttl } = tokens.issue(ada, SESSION).refresh
    expect(ttl).toBe(400_000)
    expect(payloadOf(token)).toEqual({
      iss: ISSUER,
      aud: ISSUER,
      sub: ada.uuid,
      sid: 'the-session',
      jti: 'the-jti',
      iat: NOW - 100,
      exp: NOW + 400_000,
      token_type: 'refresh',
    })
    expect(readRefreshClaims(payloadOf(token))).toMatchObject({ ok: true })
  })

  it('is verified by this service, and rejected as an access token', async () => {
    const { token } = tokens.issue(ada, SESSION).refresh
    expect(await tokens.verifyRefresh(token)).toMatchObject({ ok: true, value: { jti: 'the-jti' } })
    expect(await tokens.verifyAccess(token)).toEqual({ ok: false, reason: 'wrong_type' })
  })

  it('of another family is rejected', async () => {
    const stranger = await openService(testConfig())
    const { token } = createTokens(stranger).issue(ada, SESSION).refresh
    expect(await tokens.verifyRefresh(token)).toEqual({ ok: false, reason: 'unknown_key' })
    await stranger.close()
  })
})

it('both name the key that signed them', () => {
  for (const { token } of [tokens.issue(ada, SESSION).access, tokens.issue(ada, SESSION).refresh]) {
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
    expect(header).toEqual({
      alg: 'ES256',
      kid: service.keys.current().kid,
      typ: expect.stringMatching(/^(at|rt)\+jwt$/),
    })
  }
})
