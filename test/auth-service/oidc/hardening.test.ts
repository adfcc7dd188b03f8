import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { openOidcSite, registerClient, relyingParty, walk } from '../support/relying-party.ts'

afterEach(() => vi.useRealTimers())

const paramsOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

async function openSignedIn() {
  const site = await openOidcSite()
  const partner = await registerClient(site.service, { first_party: true })
  const rp = await relyingParty(site, partner)
  const ada = await site.signedIn()
  return { site, partner, rp, ada, tokens: await rp.signIn(ada) }
}

describe('The code flow with PKCE', () => {
  it('is the only one', async () => {
    const { rp, ada, site } = await openSignedIn()
    for (const [params, error] of [
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_type: 'code id_token' }, 'unsupported_response_type'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
    ] as const) {
      const { url } = await rp.begin(params)
      const answer = await walk(ada, url.href)
      expect(answer, JSON.stringify(params)).toContain(`error=${error}`)
    }
    const { url } = await rp.begin()
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    expect(paramsOf(await walk(ada, url.href))).toMatchObject({ error: 'invalid_request' })
    await expect(client.genericGrantRequest(rp.config, 'password', {})).rejects.toMatchObject({
      error: 'unsupported_grant_type',
    })
    const metadata = await (await site.app.request('/.well-known/openid-configuration')).json()
    expect(metadata).toMatchObject({
      issuer: site.origin,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      jwks_uri: `${site.origin}/.well-known/jwks.json`,
    })
  })

  it('refuses a code that is used again, and ends its tokens', async () => {
    const { rp, ada } = await openSignedIn()
    const { url, finish } = await rp.begin()
    const callback = await walk(ada, url.href)
    const tokens = await finish(callback)
    await expect(finish(callback)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('gives a refresh token one successor, also to two requests at once', async () => {
    const { rp, tokens, site } = await openSignedIn()
    const first = tokens.refresh_token as string
    const renew = (token: string) => client.refreshTokenGrant(rp.config, token)
    const both = await Promise.all([renew(first), renew(first)])
    expect(new Set(both.map(({ refresh_token }) => refresh_token)).size).toBe(1)
    site.wait(31)
    await expect(renew(first)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(renew(both[0]?.refresh_token as string), 'all of them ended').rejects.toThrow()
  })

  it('takes pushed requests and proofs of possession', async () => {
    const { rp, ada } = await openSignedIn()
    const dpop = client.getDPoPHandle(rp.config, await client.randomDPoPKeyPair())
    const { url, finish } = await rp.begin()
    const params = Object.fromEntries(url.searchParams)
    const pushed = await client.buildAuthorizationUrlWithPAR(rp.config, params, { DPoP: dpop })
    expect(pushed.searchParams.has('request_uri')).toBe(true)
    const tokens = await finish(await walk(ada, pushed.href), { DPoP: dpop })
    expect(tokens.token_type).toBe('dpop')
    const sub = tokens.claims()?.sub as string
    await client.fetchUserInfo(rp.config, tokens.access_token, sub, { DPoP: dpop })
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, sub)).rejects.toThrow()
  })
})

describe('A client', () => {
  it.each(['client_secret_post', 'none'] as const)(
    'can prove who it is by %s, and by nothing else',
    async (method) => {
      const site = await openOidcSite()
      const partner = await registerClient(site.service, { first_party: true, auth_method: method })
      const ada = await site.signedIn()
      const right = method === 'none' ? client.None() : client.ClientSecretPost(partner.clientSecret)
      await (await relyingParty(site, partner, right)).signIn(ada)
      const wrong = method === 'none' ? client.ClientSecretPost('x') : client.None()
      await expect((await relyingParty(site, partner, wrong)).signIn(ada)).rejects.toMatchObject({
        error: 'invalid_client',
      })
    },
  )

  it('can prove who it is by a key pair', async () => {
    const site = await openOidcSite()
    const { publicKey, privateKey } = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const keys = { keys: [{ ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'one' }] }
    const input = { first_party: true, auth_method: 'private_key_jwt', keys }
    const partner = await registerClient(site.service, input)
    const ada = await site.signedIn()
    await (await relyingParty(site, partner, client.PrivateKeyJwt(privateKey))).signIn(ada)
    const other = await client.randomDPoPKeyPair()
    const thief = await relyingParty(site, partner, client.PrivateKeyJwt(other.privateKey))
    await expect(thief.signIn(ada)).rejects.toMatchObject({ error: 'invalid_client' })
  })

  it('has two secrets at a time, of which a revoked one stops working', async () => {
    const { site, partner, ada } = await openSignedIn()
    const issued = await site.service.appCredentials.issue(partner.id, OPERATOR)
    if (!issued.ok) throw new Error(issued.reason)
    await (await relyingParty(site, partner)).signIn(ada)
    await (await relyingParty(site, issued.value)).signIn(ada)
    const [first] = await site.service.appCredentials.list(partner.id)
    await site.service.appCredentials.revoke(partner.id, first?.id as number, OPERATOR)
    await expect((await relyingParty(site, partner)).signIn(ada)).rejects.toMatchObject({
      status: 401,
    })
    await (await relyingParty(site, issued.value)).signIn(ada)
  })
})

it('a rotated key signs from then on, and a removed one verifies no hint any more', async () => {
  const { site, partner, ada, tokens } = await openSignedIn()
  const kidOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
  const before = kidOf(tokens.id_token)
  await site.service.keys.rotate({ force: true })
  const rp = await relyingParty(site, partner)
  const { id_token } = await rp.signIn(ada, { id_token_hint: tokens.id_token as string })
  expect(kidOf(id_token)).toBe(site.service.keys.current().kid)
  expect(kidOf(id_token)).not.toBe(before)
  await site.service.keys.remove(before)
  const { url } = await rp.begin({ id_token_hint: tokens.id_token as string })
  expect((await ada.get(url.href)).location ?? '').not.toContain('code=')
})

it('nothing is served until an app is a client', async () => {
  const site = await openOidcSite()
  const paths = ['/.well-known/openid-configuration', '/oidc/auth', '/oidc/token', '/oidc/userinfo']
  const statuses = async () =>
    Promise.all(paths.map(async (path) => (await site.app.request(path)).status === 404))
  expect(await statuses()).toEqual([true, true, true, true])
  await registerClient(site.service)
  expect(await statuses()).toEqual([false, false, false, false])
})
