import { type JWK, SignJWT } from 'jose'
import * as client from 'openid-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import { exportUserData } from '../../../auth-service/src/users/data-export.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { freshPostgres } from '../../support/database.ts'
import { openInternet } from '../support/internet.ts'
import { openOidcSite, registerClient, relyingParty, walk } from '../support/relying-party.ts'
import { ADA } from '../support/site.ts'

afterEach(() => vi.useRealTimers())

const HOST = 'tool.example'
const ID = `https://${HOST}/client.json`
const RETURNS_TO = `https://${HOST}/callback`
const ON = { oidcClientMetadata: 'on' } as const

const DOCUMENT = {
  client_id: ID,
  client_name: 'Your own family',
  logo_uri: `https://${HOST}/logo.svg`,
  redirect_uris: [RETURNS_TO],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'none',
}

/** A site that takes apps which describe themselves, and the document of one. */
async function openTool(document: unknown = DOCUMENT, changes: Partial<Config> = {}) {
  const internet = await openInternet(HOST, 'keys.example')
  internet.serve(document)
  const site = await openOidcSite({ ...ON, ...changes }, ['Date'], internet.options)
  const rp = await relyingParty(site, { clientId: ID, clientSecret: '' }, client.None())
  const begin = (params: Record<string, string> = {}) => rp.begin({ redirect_uri: RETURNS_TO, ...params })
  return { site, internet, rp, begin }
}

type Tool = Awaited<ReturnType<typeof openTool>>

/** Allows the app on the page that asks, and returns the URL of the callback. */
async function allow(ada: Awaited<ReturnType<Tool['site']['signedIn']>>, url: string): Promise<string> {
  const asked = await walk(ada, url)
  const { pathname } = new URL(asked)
  const { location } = await ada.submit(pathname, `${pathname}/allow`)
  return walk(ada, location as string)
}

describe.each([
  ['SQLite', async () => ({})],
  ['Postgres', async () => ({ databaseUrl: await freshPostgres() })],
] as const)('An app that describes itself (%s)', (_, database) => {
  const open = async (document?: unknown) => openTool(document, await database())

  it('signs users in after a consent that names its host, and nothing that it says of itself', async () => {
    const { site, rp, begin } = await open()
    const ada = await site.signedIn()
    const { url, finish } = await begin()
    const { pathname } = new URL(await walk(ada, url.href))
    const page = await ada.get(pathname)
    expect(page.title).toContain(`Continue to ${HOST}?`)
    expect(page.html).toContain(`<strong>${HOST}</strong> is not registered here`)
    expect(page.html).not.toMatch(/Your own family|logo\.svg/)
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' https://${HOST} `)

    const tokens = await finish(await allow(ada, url.href))
    const user = await site.service.users.findByEmail(ADA.email)
    expect(tokens.claims()).toMatchObject({ aud: ID, sub: user?.uuid, email: ADA.email })
    const renewed = await client.refreshTokenGrant(rp.config, tokens.refresh_token as string)
    const info = await client.fetchUserInfo(rp.config, renewed.access_token, user?.uuid as string)
    expect(info.email).toBe(ADA.email)

    const again = await begin()
    expect(await walk(ada, again.url.href), 'the session remembers it').toContain(`${RETURNS_TO}?code=`)
    const more = await begin({ prompt: 'consent' })
    expect(await walk(ada, more.url.href)).toContain('/oidc/interaction/')
  })

  it('is on the account page, where its access is withdrawn, and in the export and the audit log', async () => {
    const { site, rp, begin } = await open()
    const ada = await site.signedIn()
    const { url, finish } = await begin()
    const tokens = await finish(await allow(ada, url.href))
    const account = await ada.get('/account')
    expect(account.html).toContain(`<strong>${ID}</strong>`)
    const [, action] = /action="(\/account\/apps\/[\w-]{32}\/withdraw)"/.exec(account.html) ?? []
    const grace = await site.signedIn({ email: 'grace@example.com' })
    expect((await grace.get('/account')).html, 'of others').not.toContain(ID)
    const user = (await site.service.users.findByEmail(ADA.email)) as User
    const exported = await exportUserData(site.service.database, user, 0)
    expect(exported.connected_apps).toMatchObject([{ app: ID, scopes: expect.arrayContaining(['email']) }])

    await ada.submit('/account', action as string)
    expect((await ada.get('/account')).html).not.toContain(ID)
    await expect(client.fetchUserInfo(rp.config, tokens.access_token, user.uuid)).rejects.toThrow()
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    const next = await begin()
    expect(await walk(ada, next.url.href), 'asked again').toContain('/oidc/interaction/')

    const history = await site.service.audit.historyOf(user.uuid, 20)
    for (const event of ['oidc_consent_given', 'oidc_consent_withdrawn']) {
      expect(history).toContainEqual(
        expect.objectContaining({
          event,
          actor: user.uuid,
          details: expect.objectContaining({ app: HOST, client_id: ID }),
        }),
      )
    }
  })

  it('is withdrawn in the moment in which it gets a token', async () => {
    const { site, rp, begin } = await open()
    const ada = await site.signedIn()
    const first = await begin()
    const tokens = await first.finish(await allow(ada, first.url.href))
    const { html } = await ada.get('/account')
    const [, action = ''] = /action="(\/account\/apps\/[\w-]{32}\/withdraw)"/.exec(html) ?? []
    const renew = () => client.refreshTokenGrant(rp.config, tokens.refresh_token as string).catch(() => null)
    const [, ...renewed] = await Promise.all([ada.submit('/account', action), renew(), renew(), renew()])
    const user = await site.service.users.findByEmail(ADA.email)
    for (const one of renewed) {
      if (one === null) continue
      await expect(client.fetchUserInfo(rp.config, one.access_token, user?.uuid as string)).rejects.toThrow()
    }
  })

  it('asks again in another session, and loses its tokens with the session', async () => {
    const { site, rp, begin } = await open()
    const ada = await site.signedIn()
    const { url, finish } = await begin()
    const tokens = await finish(await allow(ada, url.href))
    const laptop = site.browser()
    await laptop.json('/login', { email: ADA.email, password: ADA.password })
    const { url: other } = await begin()
    expect(await walk(laptop, other.href)).toContain('/oidc/interaction/')
    await ada.submit('/logout', '/logout')
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('gets an answer also if its user refuses', async () => {
    const { site, begin } = await open()
    const ada = await site.signedIn()
    const { url } = await begin()
    const { pathname } = new URL(await walk(ada, url.href))
    const { form } = await ada.get(pathname)
    const { location } = await ada.post(`${pathname}/cancel`, form(`${pathname}/allow`))
    expect(await walk(ada, location as string)).toContain(`${RETURNS_TO}?error=access_denied`)
  })

  it('signs its user out of itself alone, or of the family', async () => {
    const { site, rp, begin } = await open({
      ...DOCUMENT,
      post_logout_redirect_uris: [`https://${HOST}/bye`],
    })
    const ada = await site.signedIn()
    const { url, finish } = await begin()
    const tokens = await finish(await allow(ada, url.href))
    const logout = client.buildEndSessionUrl(rp.config, {
      id_token_hint: tokens.id_token as string,
      post_logout_redirect_uri: `https://${HOST}/bye`,
    })
    const page = await ada.get(logout.href)
    expect(page.html).toContain(`You signed out of ${HOST}.`)
    expect(page.headers.get('content-security-policy')).toContain(`form-action 'self' https://${HOST} `)
    const fields = page.form(`${site.origin}/oidc/logout/confirm`)
    expect((await ada.post('/oidc/logout/confirm', fields)).location).toContain(`https://${HOST}/bye`)
    await expect(client.refreshTokenGrant(rp.config, tokens.refresh_token as string)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    expect((await ada.get('/account')).status, 'still signed in').toBe(200)
  })
})

describe('The document of an app', () => {
  it('is fetched once for many requests at once, and again when it has expired', async () => {
    const { site, internet, begin } = await openTool()
    internet.serve(DOCUMENT, { 'cache-control': 'max-age=600' })
    const ask = async () => site.app.request((await begin()).url.href)
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(303))
    expect(internet.requests).toHaveLength(1)
    site.wait(599)
    await ask()
    expect(internet.requests).toHaveLength(1)
    site.wait(2)
    await ask()
    expect(internet.requests).toHaveLength(2)
  })

  it('is cached for a minute at least, and for an hour at most', async () => {
    for (const [header, least] of [
      ['no-store', 60],
      ['max-age=0', 60],
      ['max-age=31536000', 3600],
    ] as const) {
      const { site, internet, begin } = await openTool()
      internet.serve(DOCUMENT, { 'cache-control': header })
      const ask = async () => site.app.request((await begin()).url.href)
      await ask()
      site.wait(least - 1)
      await ask()
      expect(internet.requests.length, header).toBe(1)
      site.wait(2)
      await ask()
      expect(internet.requests.length, header).toBe(2)
    }
  })

  it('takes effect when it changes: an address that is gone is refused', async () => {
    const { site, internet, begin } = await openTool()
    const ask = async () => (await site.app.request((await begin()).url.href)).status
    expect(await ask()).toBe(303)
    internet.serve({ ...DOCUMENT, redirect_uris: [`https://${HOST}/elsewhere`] })
    site.wait(61)
    expect(await ask()).toBe(400)
  })

  it('may name loopback addresses, at any port, with a warning', async () => {
    const redirect_uris = ['http://127.0.0.1/callback', 'http://localhost/callback']
    const { site, begin } = await openTool({ ...DOCUMENT, redirect_uris })
    const ada = await site.signedIn()
    for (const redirect_uri of ['http://127.0.0.1:49152/callback', 'http://localhost:3118/callback']) {
      const { url } = await begin({ redirect_uri })
      const { pathname } = new URL(await walk(ada, url.href))
      const page = await ada.get(pathname)
      expect(page.html).toContain('You continue to a program on this device')
      expect(page.html).toContain(`You continue to ${new URL(redirect_uri).host}.`)
    }
    const { url } = await begin({ redirect_uri: 'http://127.0.0.1:49152/other' })
    expect((await ada.get(url.href)).status).toBe(400)
  })

  it('may name no method: then there is no secret', async () => {
    const { token_endpoint_auth_method: _, ...rest } = DOCUMENT
    const { site, begin } = await openTool(rest)
    const ada = await site.signedIn()
    const { url, finish } = await begin()
    expect((await finish(await allow(ada, url.href))).claims()?.aud).toBe(ID)
  })

  it('may name keys, which are fetched with the same guard', async () => {
    const { publicKey, privateKey } = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const jwks = { keys: [{ ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'one' }] }
    const method = { token_endpoint_auth_method: 'private_key_jwt' }
    const jwks_uri = 'https://keys.example/jwks.json'
    for (const [addresses, works] of [
      [['93.184.216.34'], true],
      [['127.0.0.1'], false],
    ] as const) {
      const { site, internet } = await openTool()
      internet.name('keys.example', addresses)
      internet.answer((req, res) => {
        const isKeys = req.headers.host === 'keys.example'
        res.writeHead(200, { 'content-type': 'application/json' })
        res.end(JSON.stringify(isKeys ? jwks : { ...DOCUMENT, ...method, jwks_uri }))
      })
      const rp = await relyingParty(
        site,
        { clientId: ID, clientSecret: '' },
        client.PrivateKeyJwt({ key: privateKey, kid: 'one' }),
      )
      const ada = await site.signedIn()
      const { url, finish } = await rp.begin({ redirect_uri: RETURNS_TO })
      const done = finish(await allow(ada, url.href))
      if (works) expect((await done).claims()?.aud).toBe(ID)
      else await expect(done).rejects.toMatchObject({ error: 'invalid_client' })
      const dialled = internet.dialled.some(({ host }) => host === 'keys.example')
      expect(dialled, addresses.join()).toBe(works)
    }
  })

  const rsa = { kty: 'RSA', n: 'AQAB', e: 'AQAB', d: 'AQAB' }

  it.each<[string, unknown]>([
    ['another client_id', { ...DOCUMENT, client_id: `https://${HOST}/other.json` }],
    [
      'a client_id that is spelled in another way',
      { ...DOCUMENT, client_id: `https://${HOST}:443/client.json` },
    ],
    ['no client_id', { ...DOCUMENT, client_id: undefined }],
    ['a list', [DOCUMENT]],
    ['null', null],
    ['a number', 42],
    ['text', '"https://tool.example/client.json"'],
    ['no JSON', '{'],
    ['nothing', ''],
    ['a page', '<!doctype html><title>Hello</title>'],
    ['a secret', { ...DOCUMENT, client_secret: 'secret' }],
    ['a method with a secret', { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_post' }],
    ['a method with a symmetric key', { ...DOCUMENT, token_endpoint_auth_method: 'client_secret_jwt' }],
    ['private keys', { ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [rsa] } }],
    ['no address', { ...DOCUMENT, redirect_uris: [] }],
    ['addresses that are no list', { ...DOCUMENT, redirect_uris: RETURNS_TO }],
    ['addresses of no type', { ...DOCUMENT, redirect_uris: [RETURNS_TO, { toString: 'x' }, null] }],
    ['an address of another site', { ...DOCUMENT, redirect_uris: [RETURNS_TO, 'https://evil.example/'] }],
    ['an address of a subdomain', { ...DOCUMENT, redirect_uris: [`https://a.${HOST}/callback`] }],
    ['an address of another port', { ...DOCUMENT, redirect_uris: [`https://${HOST}:8443/callback`] }],
    ['an address without TLS', { ...DOCUMENT, redirect_uris: [`http://${HOST}/callback`] }],
    ['an address with a user', { ...DOCUMENT, redirect_uris: [`https://${HOST}@evil.example/`] }],
    ['a script', { ...DOCUMENT, redirect_uris: ['javascript:alert(1)'] }],
    ['data', { ...DOCUMENT, redirect_uris: ['data:text/html,x'] }],
    ['a private scheme', { ...DOCUMENT, redirect_uris: ['com.example.tool:/callback'] }],
    [
      'an address after sign-outs of another site',
      { ...DOCUMENT, post_logout_redirect_uris: ['https://evil.example/'] },
    ],
    ['the implicit flow alone', { ...DOCUMENT, response_types: ['token'] }],
    ['a prototype', `{"__proto__":{"client_id":"${ID}"},"redirect_uris":["${RETURNS_TO}"]}`],
    ['more than 5 KB', { ...DOCUMENT, client_name: 'x'.repeat(5_200) }],
    ['much depth', `{"client_id":"${ID}","redirect_uris":${'['.repeat(2_000)}${']'.repeat(2_000)}}`],
  ])('is refused with %s', async (_, document) => {
    const { site, internet, begin } = await openTool()
    internet.serve(typeof document === 'string' ? document : JSON.stringify(document))
    const ada = await site.signedIn()
    const page = await ada.get((await begin()).url.href)
    expect([page.status, page.location]).toEqual([400, null])
    expect(page.html).toContain('Sign-in not possible')
    const { db, oidcRecords } = site.service.database
    expect(await db.select().from(oidcRecords)).toEqual([])
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({
        event: 'oidc_document_refused',
        host: HOST,
        setting: 'OIDC_CLIENT_METADATA',
      }),
    )
    expect(JSON.stringify(site.service.logged)).not.toMatch(/evil\.example|alert/)
  })

  it.each<[string, number, Record<string, string>]>([
    ['status_404', 404, {}],
    ['status_302', 302, { location: 'https://127.0.0.1/client.json' }],
    ['status_301', 301, { location: RETURNS_TO }],
    ['status_500', 500, {}],
    ['not_json', 200, { 'content-type': 'text/html' }],
  ])('is refused and not cached: %s', async (cause, status, headers) => {
    const { site, internet, begin } = await openTool()
    internet.answer((_, res) => void res.writeHead(status, headers).end(JSON.stringify(DOCUMENT)))
    const ask = async () => (await site.app.request((await begin()).url.href)).status
    expect([await ask(), await ask()]).toEqual([400, 400])
    expect(internet.requests).toHaveLength(2)
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({ event: 'oidc_document_refused', cause }),
    )
    internet.serve(DOCUMENT)
    expect(await ask()).toBe(303)
  })

  it('is refused if it comes too slowly, for all that wait for it', async () => {
    const { site, internet, begin } = await openTool()
    internet.answer((_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' }).write('{"client_id":')
    })
    const ask = async () => (await site.app.request((await begin()).url.href)).status
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([400, 400, 400])
    expect(internet.requests).toHaveLength(1)
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({ event: 'oidc_document_refused', cause: 'timeout' }),
    )
  })

  it('is read no further than 5 KB', async () => {
    const { site, internet, begin } = await openTool()
    let sent = 0
    internet.answer((_, res) => {
      res.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (!res.destroyed && res.write(' '.repeat(1024))) sent += 1024
      }
      res.on('drain', more)
      more()
    })
    expect((await site.app.request((await begin()).url.href)).status).toBe(400)
    expect(sent).toBeLessThan(16 * 1024 * 1024)
    expect(site.service.logged).toContainEqual(expect.objectContaining({ cause: 'too_large' }))
  })

  it('is not fetched from a host that is not public', async () => {
    const { site, internet, begin } = await openTool()
    for (const addresses of [
      ['127.0.0.1'],
      ['10.0.0.1'],
      ['169.254.169.254'],
      ['93.184.216.34', '::1'],
      [],
    ]) {
      internet.name(HOST, addresses)
      expect((await site.app.request((await begin()).url.href)).status).toBe(400)
    }
    expect(internet.dialled).toEqual([])
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({ event: 'oidc_document_refused', cause: 'private_address' }),
    )
  })

  it('is not fetched from within the network because a registered app has its sign-outs there', async () => {
    const { site, internet, begin } = await openTool()
    const inside = 'https://inside.example/sign-out'
    internet.name('inside.example', ['10.0.0.1'])
    await registerClient(site.service, { back_channel_logout_uri: inside }, 'Inside')
    const { url } = await begin({ client_id: inside })
    expect((await site.app.request(url.href)).status).toBe(400)
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({ event: 'oidc_document_refused', cause: 'private_address' }),
    )
  })

  it.each([
    'https://127.0.0.1/client.json',
    'https://[::1]/client.json',
    'https://0x7f.1/client.json',
    'https://user@tool.example/client.json',
    'https://tool.example/client.json#a',
    'https://tool.example/a/../client.json',
    'https://tool.example/%2e%2e/client.json',
    'https://tool.example\\@evil.example/client.json',
    'http://tool.example/client.json',
    'https:tool.example/client.json',
    'file:///etc/passwd',
  ])('is not fetched from %s', async (clientId) => {
    const { site, internet, begin } = await openTool()
    const { url } = await begin({ client_id: clientId })
    expect((await site.app.request(url.href)).status).toBe(400)
    expect(internet.dialled).toEqual([])
  })

  it('is fetched for a network a limited number of times', async () => {
    const internet = await openInternet(HOST)
    internet.serve(DOCUMENT)
    const trustedProxies = [{ address: '10.0.0.1', prefix: 32 }]
    const site = await openOidcSite({ ...ON, trustedProxies }, ['Date'], internet.options)
    const ask = (address: string, i: number) => {
      const params = new URLSearchParams({ client_id: `https://${HOST}/${i}`, response_type: 'code' })
      return site.app.request(
        `${site.origin}/oidc/auth?${params}`,
        { headers: { 'x-forwarded-for': address } },
        { incoming: { socket: { remoteAddress: '10.0.0.1' } } },
      )
    }
    const answers = await Promise.all(Array.from({ length: 70 }, (_, i) => ask('203.0.113.7', i)))
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10)
    // oidc-provider gives a document two and a half seconds: on a busy machine, some do not even begin to arrive.
    expect(internet.requests.length).toBeGreaterThan(0)
    expect(internet.requests.length).toBeLessThanOrEqual(60)
    const before = internet.requests.length
    expect((await ask('203.0.113.7', 99)).status).toBe(429)
    expect(internet.requests).toHaveLength(before)
    expect((await ask('198.51.100.9', 100)).status).toBe(400)
  })
})

describe('What an app that describes itself has stored', () => {
  const PROXIES = { trustedProxies: [{ address: '10.0.0.1', prefix: 32 }] }

  /** A form that a proxy passes on for one client, and how many records there are. */
  const from = ({ site }: Pick<Tool, 'site'>) => ({
    post: (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
      site.app.request(
        `${site.origin}${path}`,
        {
          method: 'POST',
          headers: {
            'x-forwarded-for': '203.0.113.7',
            'content-type': 'application/x-www-form-urlencoded',
            ...headers,
          },
          body: new URLSearchParams(fields).toString(),
        },
        { incoming: { socket: { remoteAddress: '10.0.0.1' } } },
      ),
    stored: async () => {
      const { db, oidcRecords } = site.service.database
      return (await db.select().from(oidcRecords)).length
    },
  })

  const PUSHED = {
    client_id: ID,
    redirect_uri: RETURNS_TO,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  }

  /** How often each status came. */
  const statuses = async (count: number, ask: (i: number) => Response | Promise<Response>) => {
    const all: Record<number, number> = {}
    for (let i = 0; i < count; i++) {
      const { status } = await ask(i)
      all[status] = (all[status] ?? 0) + 1
    }
    return all
  }

  it('is limited for a network, also if it proves who it is by a key of its own', async () => {
    const { publicKey, privateKey } = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const jwks = { keys: [await crypto.subtle.exportKey('jwk', publicKey)] }
    const tool = await openTool({ ...DOCUMENT, token_endpoint_auth_method: 'private_key_jwt', jwks }, PROXIES)
    const { post, stored } = from(tool)
    const proof = async (i: number) => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT({ jti: `${i}`, iss: ID, sub: ID, aud: tool.site.origin })
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime('1m')
        .sign(privateKey),
    })
    const pushed = await statuses(170, async (i) => post('/oidc/request', { ...PUSHED, ...(await proof(i)) }))
    // Each request stores two records: itself, and that its proof was used.
    expect(pushed).toEqual({ 201: 150, 429: 20 })
    expect(await stored()).toBe(300)
    const fields = { client_id: ID, grant_type: 'authorization_code', code: 'x', redirect_uri: RETURNS_TO }
    const asked = await statuses(20, async (i) =>
      post('/oidc/token', { ...fields, ...(await proof(1000 + i)) }),
    )
    expect(asked).toEqual({ 429: 20 })
    expect(await stored()).toBe(300)
  })

  it('is limited for a network, also if each request brings a proof of possession', async () => {
    const { publicKey, privateKey } = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const jwk = await crypto.subtle.exportKey('jwk', publicKey)
    const tool = await openTool(DOCUMENT, PROXIES)
    const { post, stored } = from(tool)
    const pushed = await statuses(170, async (i) =>
      post('/oidc/request', PUSHED, {
        dpop: await new SignJWT({ jti: `${i}`, htm: 'POST', htu: `${tool.site.origin}/oidc/request` })
          .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: jwk as JWK })
          .setIssuedAt()
          .sign(privateKey),
      }),
    )
    expect(pushed).toEqual({ 201: 150, 429: 20 })
    expect(await stored()).toBe(300)
  })
})

describe('Without OIDC_CLIENT_METADATA', () => {
  it('no document is fetched, and the metadata does not offer it', async () => {
    const internet = await openInternet(HOST)
    internet.serve(DOCUMENT)
    const site = await openOidcSite({}, ['Date'], internet.options)
    await registerClient(site.service)
    const params = new URLSearchParams({ client_id: ID, response_type: 'code', redirect_uri: RETURNS_TO })
    expect((await site.app.request(`${site.origin}/oidc/auth?${params}`)).status).toBe(400)
    expect([internet.asked, internet.dialled]).toEqual([[], []])
    const path = `${site.origin}/.well-known/openid-configuration`
    const metadata = await (await site.app.request(path)).json()
    expect(metadata).not.toHaveProperty('client_id_metadata_document_supported')
  })

  it('the metadata offers nothing, nor with OIDC=off', async () => {
    const { site } = await openTool()
    const path = `${site.origin}/.well-known/openid-configuration`
    expect(await (await site.app.request(path)).json()).toMatchObject({
      client_id_metadata_document_supported: true,
    })
    const off = await openOidcSite({ ...ON, oidc: 'off' })
    expect((await off.app.request(path)).status).toBe(404)
  })
})
