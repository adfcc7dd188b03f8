import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import type { Page } from '../auth-service/support/browser.ts'
import {
  AFTER_LOGOUT,
  CALLBACK,
  openOidcSite,
  registerClient,
  relyingParty,
  walk,
} from '../auth-service/support/relying-party.ts'
import { ADA, PASSWORD } from '../auth-service/support/site.ts'
import { createChecklist } from './support/checklist.ts'
import { openHttpsProvider } from './support/https-provider.ts'

afterEach(() => vi.useRealTimers())

/** The attacks of RFC 9700, section 4. */
const ATTACKS = [
  '4.1 Insufficient redirection URI validation',
  '4.2 Credential leakage via Referer headers',
  '4.3.1 Authorization code in browser history',
  '4.3.2 Access token in browser history',
  '4.4 Mix-up attacks',
  '4.5 Authorization code injection',
  '4.6 Access token injection',
  '4.7 Cross-site request forgery',
  '4.8 PKCE downgrade attack',
  '4.9.1 Access token phishing by counterfeit resource server',
  '4.9.2 Compromised resource server',
  '4.10 Misuse of stolen access tokens',
  '4.11.1 Client as open redirector',
  '4.11.2 Authorization server as open redirector',
  '4.12 307 redirect',
  '4.13 TLS terminating reverse proxies',
  '4.14 Refresh token protection',
  '4.15 Client impersonating resource owner',
  '4.16 Clickjacking',
  '4.17 Attacks on in-browser communication flows',
]

const { item, cannotApply, missing } = createChecklist(ATTACKS)

const paramsOf = (url: string | null) => Object.fromEntries(new URL(url ?? 'none:').searchParams)
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

interface Setting {
  readonly firstParty?: boolean
  readonly method?: 'client_secret_basic' | 'none'
}

/** A site, an app, and Ada's browser. */
async function open({ firstParty = true, method = 'client_secret_basic' }: Setting = {}) {
  const site = await openOidcSite()
  const partner = await registerClient(site.service, { first_party: firstParty, auth_method: method })
  const rp = await relyingParty(site, partner, method === 'none' ? client.None() : undefined)
  const ada = await site.signedIn()
  const basic = `Basic ${Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')}`
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    site.app.request(site.origin + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: basic,
        ...headers,
      },
      body: new URLSearchParams(fields).toString(),
    })
  /** The error of the token endpoint. */
  const errorOf = async (fields: Record<string, string>) =>
    ((await (await post('/oidc/token', fields)).json()) as { error?: string }).error
  return { site, partner, rp, ada, basic, post, errorOf }
}

/** The pages of the provider in the order in which a person meets them, and every redirect between them. */
async function everyPage() {
  const { site, rp, ada } = await open({ firstParty: false })
  const pages: [string, Page][] = []
  const redirects: { readonly method: string; readonly answer: Page }[] = []
  const stranger = site.browser()

  async function go(url: string): Promise<string> {
    let at = url
    for (;;) {
      const answer = await stranger.get(at)
      if (answer.location === null) return at
      redirects.push({ method: 'GET', answer })
      at = new URL(answer.location, site.origin).href
      if (new URL(at).origin !== site.origin) return at
    }
  }
  async function send(path: string, fields: Record<string, string>): Promise<string> {
    const answer = await stranger.post(path, fields)
    expect(answer.location, path).not.toBeNull()
    redirects.push({ method: 'POST', answer })
    return go(new URL(answer.location as string, site.origin).href)
  }
  const show = async (name: string, url: string) => {
    const page = await stranger.get(url)
    pages.push([name, page])
    return page
  }

  const { url, finish } = await rp.begin()
  const login = await show('login', await go(url.href))
  site.wait(2)
  const consentUrl = await send('/login', { ...login.form('/login'), email: ADA.email, password: PASSWORD })
  const consent = await show('consent', consentUrl)
  const path = new URL(consentUrl).pathname
  const callback = await send(`${path}/allow`, consent.form(`${path}/allow`))
  const tokens = await finish(callback)

  site.wait(60)
  const again = await rp.begin({ prompt: 'login' })
  const confirmUrl = await go(again.url.href)
  const confirm = await show('confirmation', confirmUrl)
  const confirmPath = `${new URL(confirmUrl).pathname}/login`
  await send(confirmPath, { ...confirm.form(confirmPath), password: PASSWORD })

  const wrong = new URL(url)
  wrong.searchParams.set('redirect_uri', 'https://evil.example/')
  await show('error', wrong.href)

  const end = client.buildEndSessionUrl(rp.config, {
    id_token_hint: tokens.id_token as string,
    post_logout_redirect_uri: AFTER_LOGOUT,
  })
  const logout = await show('sign-out', end.href)
  await send('/oidc/logout/confirm', {
    ...logout.form(`${site.origin}/oidc/logout/confirm`),
    logout: 'yes',
  })
  return { site, ada, pages, redirects }
}

describe('RFC 9700:', () => {
  item('4.1 Insufficient redirection URI validation', async () => {
    // The corpora are in redirect-corpora.test.ts. What remains is the one exception, and what can be registered.
    const site = await openOidcSite()
    const ada = await site.signedIn()
    const loopback = 'http://127.0.0.1/callback'
    const native = await registerClient(site.service, {
      auth_method: 'none',
      redirect_uris: [loopback],
      post_logout_redirect_uris: [],
    })
    const rp = await relyingParty(site, native, client.None())
    const statusOf = async (redirect_uri: string) =>
      (await ada.get((await rp.begin({ redirect_uri })).url.href)).status
    expect(await statusOf('http://127.0.0.1:49152/callback'), 'any port of this machine').toBe(303)
    for (const uri of [
      'http://127.0.0.1:49152/callback/',
      'http://127.0.0.1:49152/callback?a=1',
      'http://127.0.0.2:49152/callback',
      'http://localhost:49152/callback',
      'http://127.0.0.1.evil.example/callback',
      'http://127.0.0.1:49152@evil.example/callback',
      'https://127.0.0.1:49152/callback',
    ])
      expect(await statusOf(uri), uri).toBe(400)
    const { apps } = site.service
    for (const pattern of ['https://*.partner.example/callback', 'https://partner.example/*']) {
      const app = apps.list().find(({ clientId }) => clientId === native.clientId)
      const set = await site.service.oidcClients.set(
        app?.id as number,
        { redirect_uris: [pattern] },
        OPERATOR,
      )
      expect(set?.ok, pattern).toBe(false)
    }
  })

  item('4.2 Credential leakage via Referer headers', async () => {
    const { pages, redirects } = await everyPage()
    expect(pages.map(([name]) => name)).toEqual(['login', 'consent', 'confirmation', 'error', 'sign-out'])
    for (const [name, { headers, html }] of pages) {
      expect(headers.get('referrer-policy'), name).toMatch(/^(same-origin|no-referrer)$/)
      expect(headers.get('content-security-policy'), name).toContain("default-src 'none'")
      // Nothing on them is from elsewhere, nor leads there.
      expect(html, name).not.toMatch(/(?:src|href)="(?:https?:)?\/\/(?!auth\.demo\.localhost)/)
    }
    for (const { answer } of redirects) {
      expect(answer.headers.get('referrer-policy')).toMatch(/^(same-origin|no-referrer)$/)
    }
  })

  item('4.3.1 Authorization code in browser history', async () => {
    const { site, rp, ada } = await open()
    const used = await rp.begin()
    const callback = await walk(ada, used.url.href)
    await used.finish(callback)
    await expect(used.finish(callback)).rejects.toMatchObject({ error: 'invalid_grant' })
    const old = await rp.begin()
    const late = await walk(ada, old.url.href)
    site.wait(61)
    await expect(old.finish(late)).rejects.toMatchObject({ error: 'invalid_grant' })
    const answer = await ada.get((await rp.begin()).url.href)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    // In a form, the code is in no URL at all.
    const { url } = await rp.begin({ response_mode: 'form_post' })
    const page = await ada.get(url.href)
    expect([page.status, page.location]).toEqual([200, null])
    expect(page.form(CALLBACK).code).toMatch(/^[\w-]{43}$/)
  })

  item('4.3.2 Access token in browser history', async () => {
    const { site, rp, ada } = await open()
    const { access_token } = await rp.signIn(ada)
    const answer = await site.app.request(`/oidc/userinfo?${new URLSearchParams({ access_token })}`)
    expect([400, 401]).toContain(answer.status)
    const { url } = await rp.begin({ response_type: 'token' })
    const refused = await walk(ada, url.href)
    expect(refused).toContain('error=unsupported_response_type')
    expect(refused).not.toContain('access_token')
  })

  item('4.4 Mix-up attacks', async () => {
    const { site, rp, ada } = await open()
    const metadata = await (await site.app.request('/.well-known/openid-configuration')).json()
    expect(metadata).toMatchObject({ authorization_response_iss_parameter_supported: true })
    const { url, finish } = await rp.begin()
    const callback = new URL(await walk(ada, url.href))
    expect(callback.searchParams.get('iss')).toBe(site.origin)
    const failed = await rp.begin({ prompt: 'none', max_age: '0' })
    expect(paramsOf(await walk(ada, failed.url.href)), 'errors, too').toMatchObject({ iss: site.origin })
    // What another provider would send with our code.
    const foreign = new URL(callback)
    foreign.searchParams.set('iss', 'https://evil.example')
    await expect(finish(foreign.href)).rejects.toThrow()
    const bare = new URL(callback)
    bare.searchParams.delete('iss')
    await expect(finish(bare.href)).rejects.toThrow()
    await finish(callback.href)
  })

  item('4.5 Authorization code injection', async () => {
    const { site, rp, ada, errorOf } = await open()
    const hers = await rp.begin()
    const callback = await walk(ada, hers.url.href)
    const { code = '' } = paramsOf(callback)
    // A thief puts her code into the answer to a request of his own.
    const his = await rp.begin()
    const injected = new URL(callback)
    injected.searchParams.set('state', paramsOf(his.url.href).state ?? '')
    await expect(his.finish(injected.href)).rejects.toMatchObject({ error: 'invalid_grant' })
    // Or into another app, whose secret he has.
    const other = await registerClient(site.service, { first_party: true }, 'Other')
    const otherApp = await relyingParty(site, other)
    const atOther = await otherApp.begin()
    injected.searchParams.set('state', paramsOf(atOther.url.href).state ?? '')
    await expect(atOther.finish(injected.href)).rejects.toMatchObject({ error: 'invalid_grant' })
    const code_verifier = 'v'.repeat(43)
    const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, code_verifier }
    expect(await errorOf(fields)).toBe('invalid_grant')
    // She is not kept out by any of that.
    expect((await hers.finish(callback)).claims()).toMatchObject({ email: ADA.email })
  })

  item('4.6 Access token injection', async () => {
    const { site, rp, ada } = await open()
    for (const response_type of ['token', 'id_token token', 'code token']) {
      const { url } = await rp.begin({ response_type })
      const answer = await walk(ada, url.href)
      expect(answer, response_type).not.toContain('access_token=')
      expect(answer, response_type).toContain('unsupported_response_type')
    }
    // The token of another person does not pass for that of the ID token.
    const tokens = await rp.signIn(ada)
    const grace = await site.signedIn({ email: 'grace@example.com' })
    const { access_token } = await rp.signIn(grace)
    const sub = tokens.claims()?.sub as string
    await expect(client.fetchUserInfo(rp.config, access_token, sub)).rejects.toThrow()
    await client.fetchUserInfo(rp.config, tokens.access_token, sub)
  })

  item('4.7 Cross-site request forgery', async () => {
    const { site, rp, ada } = await open({ firstParty: false })
    const { url } = await rp.begin()
    const asking = await walk(ada, url.href)
    const path = `${new URL(asking).pathname}/allow`
    const form = (await ada.get(asking)).form(path)
    // The form of another site, and one without the token of the page.
    const forged = await ada.request(path, {
      method: 'POST',
      headers: {
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(form).toString(),
    })
    expect(forged.status).toBe(403)
    const tokenless = await ada.post(path, {})
    expect(tokenless.location ?? '').not.toContain('/oidc/auth/')
    const user = await site.service.users.findByEmail(ADA.email)
    expect(await site.service.oidc.consents.list({ id: user?.id as never })).toEqual([])
    // An attacker's answer in her browser does not fit what her app remembers of her.
    const mallory = await site.signedIn({ email: 'mallory@example.com' })
    const his = await rp.begin()
    const hisAsking = await walk(mallory, his.url.href)
    const hisPath = `${new URL(hisAsking).pathname}/allow`
    const { location } = await mallory.submit(hisAsking, hisPath)
    const callback = await walk(mallory, location as string)
    const hers = await rp.begin()
    await expect(hers.finish(callback)).rejects.toThrow()
  })

  item('4.8 PKCE downgrade attack', async () => {
    const { rp, ada, errorOf, post } = await open()
    for (const change of [
      { code_challenge: null, code_challenge_method: null },
      { code_challenge_method: 'plain' },
      { code_challenge_method: null },
    ]) {
      const { url } = await rp.begin()
      for (const [name, value] of Object.entries(change)) {
        if (value === null) url.searchParams.delete(name)
        else url.searchParams.set(name, value)
      }
      expect(paramsOf(await walk(ada, url.href)), JSON.stringify(change)).toMatchObject({
        error: 'invalid_request',
      })
      const pushed = await post('/oidc/request', Object.fromEntries(url.searchParams))
      expect(pushed.status, JSON.stringify(change)).toBe(400)
    }
    const verifier = 'v'.repeat(43)
    const { url } = await rp.begin({ code_challenge: challengeOf(verifier) })
    const { code = '' } = paramsOf(await walk(ada, url.href))
    const fields = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }
    expect(await errorOf(fields), 'without the verifier').toBe('invalid_grant')
    const challenge = { ...fields, code_verifier: challengeOf(verifier) }
    expect(await errorOf(challenge), 'with the challenge').toBe('invalid_grant')
    expect(await errorOf({ ...fields, code_verifier: verifier })).toBeUndefined()
  })

  cannotApply(
    '4.9.1 Access token phishing by counterfeit resource server',
    'an access token is good at the userinfo endpoint alone, whose address is in the metadata',
    async () => {
      const { site, rp, ada, post } = await open()
      const { access_token } = await rp.signIn(ada)
      const metadata = (await (await site.app.request('/.well-known/openid-configuration')).json()) as {
        userinfo_endpoint: string
      }
      expect(metadata.userinfo_endpoint).toBe(`${site.origin}/oidc/userinfo`)
      expect(await (await post('/introspect', { token: access_token })).json()).toEqual({ active: false })
      expect(rp.config.serverMetadata().issuer).toBe(site.origin)
    },
  )

  item('4.9.2 Compromised resource server', async () => {
    // Of what an app gets, another one learns nothing, and can use nothing.
    const { site, rp, ada, post } = await open()
    const tokens = await rp.signIn(ada)
    const other = await registerClient(site.service, { first_party: true }, 'Other')
    const authorization = `Basic ${Buffer.from(`${other.clientId}:${other.clientSecret}`).toString('base64')}`
    for (const token of [tokens.access_token, tokens.refresh_token as string]) {
      const answer = await post('/oidc/introspect', { token }, { authorization })
      expect(await answer.json()).toEqual({ active: false })
      expect((await post('/oidc/revoke', { token }, { authorization })).status).toBe(200)
      expect(await (await post('/oidc/introspect', { token })).json(), 'still').toMatchObject({
        active: true,
      })
    }
  })

  item('4.10 Misuse of stolen access tokens', async () => {
    const { site, rp, ada } = await open({ method: 'none' })
    const dpop = client.getDPoPHandle(rp.config, await client.randomDPoPKeyPair())
    const { url, finish } = await rp.begin()
    const tokens = await finish(await walk(ada, url.href), { DPoP: dpop })
    expect(tokens.token_type).toBe('dpop')
    const sub = tokens.claims()?.sub as string
    await client.fetchUserInfo(rp.config, tokens.access_token, sub, { DPoP: dpop })
    // Without the key, with another one, and as what it is not.
    const his = client.getDPoPHandle(rp.config, await client.randomDPoPKeyPair())
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, sub)).rejects.toThrow()
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, sub, { DPoP: his })).rejects.toThrow()
    const headers = { authorization: `DPoP ${tokens.access_token}` }
    expect([400, 401]).toContain((await site.app.request('/oidc/userinfo', { headers })).status)
    const refresh = tokens.refresh_token as string
    for (const DPoP of [undefined, his]) {
      await expect(
        client.refreshTokenGrant(rp.config, refresh, undefined, DPoP && { DPoP }),
      ).rejects.toMatchObject({ error: 'invalid_grant' })
    }
    await client.refreshTokenGrant(rp.config, refresh, undefined, { DPoP: dpop })
  })

  cannotApply(
    '4.11.1 Client as open redirector',
    'an app is its own; codes reach no other of its addresses than the registered one',
    async () => {
      const { rp, ada } = await open()
      for (const redirect_uri of [
        `${CALLBACK}?next=https://evil.example/`,
        `${CALLBACK}/../redirect?to=https://evil.example/`,
        'https://partner.example/redirect?to=https://evil.example/',
      ]) {
        const page = await ada.get((await rp.begin({ redirect_uri })).url.href)
        expect([page.status, page.location], redirect_uri).toEqual([400, null])
      }
    },
  )

  item('4.11.2 Authorization server as open redirector', async () => {
    const { site, rp, ada } = await open()
    const { url } = await rp.begin()
    for (const [name, value] of [
      ['client_id', 'unknown'],
      ['client_id', ''],
      ['redirect_uri', 'https://evil.example/'],
    ] as const) {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      for (const error of [{}, { prompt: 'none' }, { response_type: 'wrong' }, { scope: '"' }]) {
        for (const [also, given] of Object.entries(error)) changed.searchParams.set(also, given)
        for (const browser of [ada, site.browser()]) {
          const page = await browser.get(changed.href)
          expect([page.status, page.location], changed.search).toEqual([400, null])
        }
      }
    }
    const twice = new URL(url)
    twice.searchParams.append('redirect_uri', 'https://evil.example/')
    const { location } = await ada.get(twice.href)
    expect(location, 'to the one that is registered').toMatch(/^https:\/\/partner\.example\/callback\?error=/)
    const login = await walk(site.browser(), url.href)
    expect(new URL(login).searchParams.get('next') ?? '').toMatch(new RegExp(`^${site.origin}/oidc/`))
  })

  item('4.12 307 redirect', async () => {
    const { redirects, site } = await everyPage()
    expect(redirects.length).toBeGreaterThan(6)
    expect(redirects.filter(({ method }) => method === 'POST')).toHaveLength(4)
    for (const { method, answer } of redirects) {
      expect(method === 'POST' ? [303] : [302, 303], answer.location ?? '').toContain(answer.status)
    }
    // Nor does an authorization request that is a form go anywhere with its content.
    const body = new URLSearchParams({ client_id: 'any', password: PASSWORD }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await site.app.request('/oidc/auth', { method: 'POST', headers, body })).status).toBe(303)
  })

  item('4.13 TLS terminating reverse proxies', async () => {
    const op = await openHttpsProvider()
    const partner = await registerClient(op.service, { first_party: true })
    // What a client makes up is neither believed nor taken for what the proxy says.
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
      forwarded: 'for=127.0.0.1;host=evil.example;proto=http',
      'x-original-url': '/admin',
      'x-ssl-client-cert': 'forged',
      'ssl-client-cert': 'forged',
    }
    const metadata = await op.send('/.well-known/openid-configuration', { headers })
    expect(metadata.text).not.toContain('evil.example')
    expect(JSON.parse(metadata.text)).toMatchObject({ issuer: op.origin })
    const answer = await op.send('/oidc/token', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id: partner.clientId,
      }).toString(),
    })
    expect([answer.status, JSON.parse(answer.text).error]).toEqual([401, 'invalid_client'])
  })

  item('4.14 Refresh token protection', async () => {
    const { site, rp, ada, errorOf } = await open()
    const tokens = await rp.signIn(ada, { scope: 'openid email' })
    const first = tokens.refresh_token as string
    const renew = (token: string) => client.refreshTokenGrant(rp.config, token)
    expect(await errorOf({ grant_type: 'refresh_token', refresh_token: first, scope: 'openid groups' })).toBe(
      'invalid_scope',
    )
    // A thief and the app have the same token: the second of them to use it ends both.
    const stolen = await renew(first)
    const next = await renew(stolen.refresh_token as string)
    await expect(renew(first)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(renew(next.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
    const sub = tokens.claims()?.sub as string
    await expect(client.fetchUserInfo(rp.config, next.access_token, sub)).rejects.toThrow()
    const history = await site.service.audit.historyOf(sub, 20)
    expect(history.map(({ event }) => event)).toContain('oidc_token_reused')
    expect(site.service.logged.map(({ event }) => event)).toContain('oidc_refresh_token_reused')
    // One that is not used for long ends by itself.
    const idle = await rp.signIn(ada)
    site.wait(site.service.config.refreshTtl + 1)
    await expect(renew(idle.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  item('4.15 Client impersonating resource owner', async () => {
    const { rp, ada, partner, errorOf, post } = await open()
    expect(await errorOf({ grant_type: 'client_credentials', scope: 'openid' })).toBe(
      'unsupported_grant_type',
    )
    // Tokens of an app for itself are of another kind, with a subject that no user can have.
    const own = (await (await post('/token', { grant_type: 'client_credentials' })).json()) as {
      access_token: string
    }
    const claims = await (await post('/introspect', { token: own.access_token })).json()
    expect(claims).toMatchObject({ active: true, sub: expect.stringMatching(/^app:/) })
    await expect(client.fetchUserInfo(rp.config, own.access_token, client.skipSubjectCheck)).rejects.toThrow()
    const { sub } = decodeJwt((await rp.signIn(ada)).id_token as string)
    expect(sub).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    expect(sub).not.toBe(partner.clientId)
  })

  item('4.16 Clickjacking', async () => {
    const { pages } = await everyPage()
    for (const [name, { headers }] of pages) {
      expect(headers.get('content-security-policy'), name).toContain("frame-ancestors 'none'")
      expect(headers.get('x-frame-options'), name).toBe('DENY')
    }
  })

  cannotApply(
    '4.17 Attacks on in-browser communication flows',
    'there is no response mode by postMessage',
    async () => {
      const { site, rp, ada } = await open()
      const metadata = (await (await site.app.request('/.well-known/openid-configuration')).json()) as {
        response_modes_supported: string[]
      }
      expect(metadata.response_modes_supported).not.toContain('web_message')
      const { url } = await rp.begin({ response_mode: 'web_message' })
      const answer = await ada.get(url.href)
      expect(answer.html).not.toContain('postMessage')
      expect(answer.location ?? '').not.toContain('code=')
    },
  )

  it('has a test or a reason for each of its attacks', () => expect(missing()).toEqual([]))
})
