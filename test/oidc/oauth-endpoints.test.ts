import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AUTH_METHODS } from '../../auth-service/src/apps/oidc-client-input.ts'
import { openOidcSite, registerClient, relyingParty } from '../auth-service/support/relying-party.ts'

afterEach(() => vi.useRealTimers())

async function open() {
  const site = await openOidcSite()
  const partner = await registerClient(site.service, { first_party: true })
  const other = await registerClient(site.service, { first_party: true }, 'Other')
  const device = await registerClient(site.service, { first_party: true, auth_method: 'none' }, 'Device')
  const basic = ({ clientId, clientSecret }: typeof partner) => ({
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
  })
  const post = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = basic(partner),
  ) =>
    site.app.request(site.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  const introspect = async (token: string, headers?: Record<string, string>, fields = {}) =>
    (await post('/oidc/introspect', { token, ...fields }, headers)).json()
  const ada = await site.signedIn()
  const rp = await relyingParty(site, partner)
  const tokens = await rp.signIn(ada)
  return { site, partner, other, device, basic, post, introspect, ada, rp, tokens }
}

const INACTIVE = { active: false }

/** Requests without a client, and by one that is not who it says. */
const UNAUTHENTICATED = (
  clientId: string,
): readonly [string, Record<string, string>, Record<string, string>][] => [
  ['nothing', {}, {}],
  ['a client ID alone', { client_id: clientId }, {}],
  ['a wrong secret', {}, { authorization: `Basic ${Buffer.from(`${clientId}:wrong`).toString('base64')}` }],
  ['an unknown client', {}, { authorization: `Basic ${Buffer.from('unknown:wrong').toString('base64')}` }],
  ['the token itself', {}, { authorization: 'Bearer wrong' }],
]

describe('Errors', () => {
  it('of the token endpoint are those of RFC 6749, section 5.2', async () => {
    const { site, partner, basic, post } = await open()
    const code = { grant_type: 'authorization_code', code: 'wrong', redirect_uri: 'https://partner.example/' }
    const cases: readonly [number, string, Record<string, string>, Record<string, string>?][] = [
      [400, 'invalid_request', {}],
      [400, 'unsupported_grant_type', { grant_type: 'password', username: 'ada', password: 'secret' }],
      [400, 'invalid_request', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' }],
      [400, 'invalid_request', { grant_type: 'authorization_code' }],
      [400, 'invalid_grant', { ...code, code_verifier: 'v'.repeat(43) }],
      [400, 'invalid_grant', { grant_type: 'refresh_token', refresh_token: 'wrong' }],
      [401, 'invalid_client', code, basic({ ...partner, clientSecret: 'wrong' })],
      [401, 'invalid_client', { ...code, client_id: partner.clientId }, {}],
      [400, 'invalid_request', { ...code, client_id: 'another' }],
    ]
    for (const [status, error, fields, headers] of cases) {
      const answer = await post('/oidc/token', fields, headers)
      const what = JSON.stringify(fields)
      expect([answer.status, await answer.json()], what).toEqual([
        status,
        { error, error_description: expect.any(String) },
      ])
      expect(answer.headers.get('cache-control'), what).toContain('no-store')
      if (headers?.authorization) expect(answer.headers.get('www-authenticate'), what).toMatch(/^Basic /)
    }
    const twice = 'grant_type=refresh_token&grant_type=authorization_code'
    const headers = { ...basic(partner), 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await site.app.request('/oidc/token', { method: 'POST', headers, body: twice })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
    const json = { ...basic(partner), 'content-type': 'application/json' }
    const asJson = await site.app.request('/oidc/token', { method: 'POST', headers: json, body: '{}' })
    expect([400, 415]).toContain(asJson.status)
    expect((await site.app.request('/oidc/token')).status).toBe(405)
  })

  it('of the userinfo endpoint are those of RFC 6750, section 3', async () => {
    const { site } = await open()
    const ask = (headers: Record<string, string> = {}) => site.app.request('/oidc/userinfo', { headers })
    const wrong = await ask({ authorization: 'Bearer wrong' })
    expect([wrong.status, wrong.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^(DPoP .*, )?Bearer .*error="invalid_token"/),
    ])
    // A request without a token hears how to send one, and of no error.
    const without = await ask()
    expect(without.status).toBe(401)
    expect(without.headers.get('www-authenticate')).toContain(`Bearer realm="${site.origin}"`)
    expect(without.headers.get('www-authenticate')).not.toContain('error=')
  })
})

describe('Introspection (RFC 7662)', () => {
  it('describes the tokens of the client that asks', async () => {
    const { site, partner, introspect, tokens } = await open()
    const sub = tokens.claims()?.sub
    const now = Math.floor(Date.now() / 1000)
    const common = { active: true, client_id: partner.clientId, sub, iss: site.origin, iat: now }
    expect(await introspect(tokens.access_token)).toMatchObject({
      ...common,
      scope: 'openid profile email groups',
      token_type: 'Bearer',
      exp: now + 3600,
    })
    expect(await introspect(tokens.refresh_token as string)).toMatchObject({
      ...common,
      exp: now + site.service.config.refreshTtl,
    })
    const hint = { token_type_hint: 'refresh_token' }
    expect(await introspect(tokens.access_token, undefined, hint), 'a wrong hint').toMatchObject(common)
  })

  it('answers the same for unknown, expired and revoked tokens and those of others', async () => {
    const { site, other, device, basic, introspect, post, rp, ada, tokens } = await open()
    expect(await introspect('unknown')).toEqual(INACTIVE)
    expect(await introspect(tokens.access_token, basic(other))).toEqual(INACTIVE)
    expect(await introspect(tokens.refresh_token as string, basic(other))).toEqual(INACTIVE)
    const asDevice = { client_id: device.clientId }
    expect(await introspect(tokens.access_token, {}, asDevice)).toEqual(INACTIVE)
    const revoked = await rp.signIn(ada)
    await post('/oidc/revoke', { token: revoked.access_token })
    expect(await introspect(revoked.access_token)).toEqual(INACTIVE)
    const ofEnded = await rp.signIn(ada)
    site.wait(3601)
    expect(await introspect(ofEnded.access_token), 'expired').toEqual(INACTIVE)
    await ada.submit('/logout', '/logout')
    expect(await introspect(ofEnded.refresh_token as string), 'its session is over').toEqual(INACTIVE)
  })

  it('is for clients alone, and never cached', async () => {
    const { site, partner, post, tokens } = await open()
    for (const [what, fields, headers] of UNAUTHENTICATED(partner.clientId)) {
      const answer = await post('/oidc/introspect', { token: tokens.access_token, ...fields }, headers)
      expect([400, 401], what).toContain(answer.status)
      expect(await answer.json(), what).toEqual({
        error: expect.stringMatching(/^invalid_(client|request)$/),
        error_description: expect.any(String),
      })
    }
    const answer = await post('/oidc/introspect', { token: tokens.access_token })
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect((await post('/oidc/introspect', {})).status).toBe(400)
    const asGet = `/oidc/introspect?${new URLSearchParams({ token: tokens.access_token })}`
    expect((await site.app.request(asGet)).status).toBe(405)
  })
})

describe('Revocation (RFC 7009)', () => {
  it('of a refresh token ends the tokens of that sign-in, and not the session', async () => {
    const { post, introspect, ada, rp, tokens } = await open()
    expect((await post('/oidc/revoke', { token: tokens.refresh_token as string })).status).toBe(200)
    expect(await introspect(tokens.refresh_token as string)).toEqual(INACTIVE)
    expect(await introspect(tokens.access_token)).toEqual(INACTIVE)
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await ada.get('/account')).status).toBe(200)
    await rp.signIn(ada)
  })

  it('of an access token ends it, whatever the hint', async () => {
    const { post, introspect, rp, ada } = await open()
    for (const token_type_hint of ['access_token', 'refresh_token', 'something']) {
      const { access_token: token } = await rp.signIn(ada)
      expect((await post('/oidc/revoke', { token, token_type_hint })).status).toBe(200)
      expect(await introspect(token), token_type_hint).toEqual(INACTIVE)
    }
  })

  it('answers 200 for unknown tokens and those of others, which go on', async () => {
    const { other, device, basic, post, introspect, tokens } = await open()
    const answer = await post('/oidc/revoke', { token: 'unknown' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    for (const token of [tokens.access_token, tokens.refresh_token as string]) {
      for (const [fields, headers] of [
        [{}, basic(other)],
        [{ client_id: device.clientId }, {}],
      ] as const) {
        const foreign = await post('/oidc/revoke', { token, ...fields }, headers)
        expect([foreign.status, await foreign.text()]).toEqual([200, ''])
      }
      expect(await introspect(token)).toMatchObject({ active: true })
    }
  })

  it('is for clients alone', async () => {
    const { partner, post, introspect, tokens } = await open()
    for (const [what, fields, headers] of UNAUTHENTICATED(partner.clientId)) {
      const answer = await post('/oidc/revoke', { token: tokens.access_token, ...fields }, headers)
      expect([400, 401], what).toContain(answer.status)
    }
    expect((await post('/oidc/revoke', {})).status).toBe(400)
    expect(await introspect(tokens.access_token)).toMatchObject({ active: true })
  })

  it('twice at once, and once more, is the same as once', async () => {
    const { post, introspect, tokens } = await open()
    const token = tokens.refresh_token as string
    const answers = await Promise.all([post('/oidc/revoke', { token }), post('/oidc/revoke', { token })])
    expect([...answers, await post('/oidc/revoke', { token })].map(({ status }) => status)).toEqual([
      200, 200, 200,
    ])
    expect(await introspect(token)).toEqual(INACTIVE)
  })
})

describe('Metadata (RFC 8414)', () => {
  it('is that of OpenID Connect Discovery', async () => {
    const { site } = await open()
    const read = async (path: string) => {
      const answer = await site.app.request(path)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
      return answer.json()
    }
    const discovery = await read('/.well-known/openid-configuration')
    expect(await read('/.well-known/oauth-authorization-server')).toEqual(discovery)
    expect(discovery).toMatchObject({
      issuer: site.origin,
      response_types_supported: ['code'],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
      token_endpoint_auth_methods_supported: [...AUTH_METHODS],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it('names addresses that exist', async () => {
    const { site } = await open()
    const metadata = (await (await site.app.request('/.well-known/openid-configuration')).json()) as Record<
      string,
      unknown
    >
    const addresses = Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(addresses.map(([name]) => name).sort()).toEqual([
      'authorization_endpoint',
      'device_authorization_endpoint',
      'end_session_endpoint',
      'introspection_endpoint',
      'jwks_uri',
      'pushed_authorization_request_endpoint',
      'revocation_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
    ])
    for (const [name, address] of addresses) {
      expect(new URL(String(address)).origin, name).toBe(site.origin)
      const method = /token|introspection|revocation|pushed|device/.test(name) ? 'POST' : 'GET'
      const { status } = await site.app.request(String(address), { method })
      expect([200, 400, 401], name).toContain(status)
    }
  })

  it('names the algorithm of its ID tokens, and never none', async () => {
    const { site, tokens } = await open()
    const metadata = (await (await site.app.request('/.well-known/openid-configuration')).json()) as {
      id_token_signing_alg_values_supported: string[]
    }
    const { alg } = JSON.parse(
      Buffer.from((tokens.id_token ?? '').split('.')[0] ?? '', 'base64url').toString(),
    )
    expect(metadata.id_token_signing_alg_values_supported).toContain(alg)
    expect(metadata.id_token_signing_alg_values_supported).not.toContain('none')
  })
})
