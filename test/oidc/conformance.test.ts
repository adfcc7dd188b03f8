import { randomBytes } from 'node:crypto'
import { generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AFTER_LOGOUT, CALLBACK, registerClient } from '../auth-service/support/relying-party.ts'
import { ADA, PASSWORD } from '../auth-service/support/site.ts'
import { freshPostgres } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { CERTIFICATION_PLANS } from './support/certification-plans.ts'
import { createChecklist } from './support/checklist.ts'
import { type HttpsProvider, openHttpsProvider } from './support/https-provider.ts'
import { type HttpsReceiver, openHttpsReceiver } from './support/https-receiver.ts'
import { createPerson, type Person } from './support/person-at-provider.ts'
import {
  codeIn,
  createRawClient,
  errorIn,
  idTokenClaims,
  type RawClient,
  type RawRequest,
  tokenErrorIn,
  tokensIn,
  userinfo,
  userinfoClaims,
} from './support/raw-client.ts'

/**
 * The certification plans of the OpenID Foundation as a checklist: each test does what the module of that name does,
 * over TLS and with SIGNING_ALG=RS256, which the plans ask for. One thing differs: requests have PKCE, without which the
 * provider refuses them, while most modules of the plans send none.
 */
let op: HttpsProvider
/** Where the provider sends logout tokens. */
let receiver: HttpsReceiver
/** The clients of a plan: most modules use the first one. */
let rp: RawClient
let second: RawClient
let withPost: RawClient
/** A browser without a session, as at the beginning of each module. */
let ada: Person

describe.each<[string, () => Promise<{ databaseUrl?: string }>]>([
  ['SQLite', async () => ({})],
  ['Postgres', async () => ({ databaseUrl: await freshPostgres() })],
])('On %s', (_, database) => {
  const atEnd: (() => void | Promise<void>)[] = []

  beforeAll(async () => {
    op = await openHttpsProvider(
      { signingAlg: 'RS256', ...(await database()) },
      (task) => void atEnd.push(task),
    )
    receiver = await openHttpsReceiver((task) => void atEnd.push(task))
    const { status } = await op.send('/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', origin: op.origin },
      body: JSON.stringify(ADA),
    })
    expect(status).toBe(201)
    const client = async (name: string, method: 'client_secret_basic' | 'client_secret_post') => {
      const input = { auth_method: method, back_channel_logout_uri: receiver.uri }
      const registered = await registerClient(op.service, input, name)
      return createRawClient(op, { ...registered, redirectUri: CALLBACK, method })
    }
    rp = await client('Suite', 'client_secret_basic')
    second = await client('Second', 'client_secret_basic')
    withPost = await client('Post', 'client_secret_post')
  })
  afterAll(async () => {
    for (const task of atEnd.splice(0).reverse()) await task()
  })
  beforeEach(() => {
    // Of a day's modules, no two count for one limit.
    op.wait(3600)
    ada = createPerson(op, { email: ADA.email, password: PASSWORD })
  })

  type Changes = Readonly<Record<string, string | null>>

  /** Signs in by a code, and checks what all modules check of it. */
  async function signIn(
    changes: Changes = {},
    client = rp,
    send = (request: RawRequest) => ada.authorize(request.url),
  ) {
    const request = client.request(changes)
    const arrival = await send(request)
    const code = codeIn(op, request, arrival.url)
    const tokens = tokensIn(await client.redeem(request, code))
    const claims = await idTokenClaims(op, client, request, tokens)
    const info = userinfoClaims(await userinfo(op, tokens.access_token))
    expect(info.sub).toBe(claims.sub)
    return { request, code, tokens, claims, info, asked: arrival.asked }
  }

  /** The error that an authorization request leads to, at its redirect URI. */
  async function refusal(changes: Changes): Promise<string> {
    const request = rp.request(changes)
    const { url, asked } = await ada.authorize(request.url)
    expect(asked).toEqual([])
    return errorIn(op, request, url)
  }

  const metadata = () => op.json('/.well-known/openid-configuration')

  /** All members of the metadata that name an address are https. */
  function expectHttps(config: Record<string, unknown>): void {
    const addresses = Object.entries(config).filter(([name]) => /(_endpoint|_uri|^issuer)$/.test(name))
    expect(addresses.length).toBeGreaterThan(7)
    for (const [name, value] of addresses) expect(value, name).toMatch(/^https:\/\//)
  }

  const without = ({ iat: _, exp: __, jti: ___, ...claims }: JWTPayload) => claims

  describe('Basic OP:', () => {
    const { item, cannotApply, missing } = createChecklist(CERTIFICATION_PLANS.basic)

    item('oidcc-server', async () => {
      const { claims, tokens } = await signIn()
      expect(tokens.scope ?? 'openid').toBe('openid')
      // Nothing about the user that was not asked for.
      const known = ['acr', 'amr', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'nonce', 'sid', 'sub']
      expect(Object.keys(claims).sort()).toEqual(known)
    })

    item('oidcc-response-type-missing', async () => {
      expect(await refusal({ response_type: null })).toBe('invalid_request')
    })

    item('oidcc-idtoken-signature', async () => {
      const { tokens } = await signIn()
      const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0] ?? '', 'base64url').toString())
      expect(header).toMatchObject({ alg: 'RS256', kid: op.service.keys.current().kid })
    })

    cannotApply('oidcc-idtoken-unsigned', 'no client can ask for ID tokens without a signature', async () => {
      expect((await metadata()).id_token_signing_alg_values_supported).not.toContain('none')
    })

    item('oidcc-userinfo-get', async () => {
      const { tokens, claims } = await signIn()
      expect(userinfoClaims(await userinfo(op, tokens.access_token, 'get')).sub).toBe(claims.sub)
    })

    item('oidcc-userinfo-post-header', async () => {
      const { tokens, claims } = await signIn()
      expect(userinfoClaims(await userinfo(op, tokens.access_token, 'post-header')).sub).toBe(claims.sub)
    })

    item('oidcc-userinfo-post-body', async () => {
      const { tokens, claims } = await signIn()
      expect(userinfoClaims(await userinfo(op, tokens.access_token, 'post-body')).sub).toBe(claims.sub)
    })

    item('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
      const { claims } = await signIn({ nonce: null })
      expect(claims).not.toHaveProperty('nonce')
    })

    item('oidcc-scope-profile', async () => {
      const { info } = await signIn({ scope: 'openid profile' })
      expect(info).toMatchObject({ name: 'Ada Lovelace', given_name: 'Ada', family_name: 'Lovelace' })
      expect(info).not.toHaveProperty('email')
    })

    item('oidcc-scope-email', async () => {
      const { info, claims } = await signIn({ scope: 'openid email' })
      expect(info).toMatchObject({ email: ADA.email, email_verified: false })
      expect(info).not.toHaveProperty('name')
      // The suite warns of this one: they are also in the ID token, where many products read them.
      expect(claims).toMatchObject({ email: ADA.email })
      expect(claims).not.toHaveProperty('name')
    })

    for (const scope of ['address', 'phone'] as const) {
      cannotApply(
        `oidcc-scope-${scope}`,
        'users have neither a postal address nor a phone number, and the metadata says so',
        async () => {
          expect((await metadata()).scopes_supported).not.toContain(scope)
          const { info } = await signIn({ scope: `openid ${scope}` })
          expect(Object.keys(info)).toEqual(['sub'])
        },
      )
    }

    cannotApply('oidcc-scope-all', 'it asks for address and phone, too', async () => {
      expect((await metadata()).scopes_supported).toEqual(['openid', 'profile', 'email', 'groups'])
      const { info } = await signIn({ scope: 'openid email phone address profile' })
      expect(info).toMatchObject({ name: 'Ada Lovelace', email: ADA.email })
    })

    item('oidcc-alternate-happy-flow', async () => {
      const { info } = await signIn({ scope: 'email openid' }, rp, (request) => {
        const url = new URL(request.url)
        url.search = new URLSearchParams([...url.searchParams].reverse()).toString()
        return ada.authorize(url)
      })
      expect(info).toMatchObject({ email: ADA.email })
    })

    for (const display of ['page', 'popup']) {
      item(`oidcc-display-${display}`, async () => {
        expect((await signIn({ display })).asked).toContain('sign in')
      })
    }

    item('oidcc-prompt-login', async () => {
      const first = await signIn({ max_age: '10000' })
      op.wait(1)
      const again = await signIn({ prompt: 'login' })
      expect(again.asked).toEqual(['confirm'])
      expect(again.claims.auth_time).toBeGreaterThan(first.claims.auth_time as number)
      expect(again.claims.sub).toBe(first.claims.sub)
    })

    item('oidcc-prompt-none-not-logged-in', async () => {
      const state = randomBytes(96).toString('base64url')
      expect(await refusal({ prompt: 'none', state })).toBe('login_required')
    })

    item('oidcc-prompt-none-logged-in', async () => {
      const first = await signIn()
      const again = await signIn({ prompt: 'none' })
      expect(again.asked).toEqual([])
      expect([again.claims.sub, again.claims.auth_time]).toEqual([first.claims.sub, first.claims.auth_time])
    })

    item('oidcc-max-age-1', async () => {
      const first = await signIn()
      op.wait(2)
      const again = await signIn({ max_age: '1' })
      expect(again.asked).toEqual(['confirm'])
      expect(again.claims.auth_time).toBeGreaterThan(first.claims.auth_time as number)
      expect(Math.abs((again.claims.auth_time as number) - Date.now() / 1000)).toBeLessThan(60)
    })

    item('oidcc-max-age-10000', async () => {
      const first = await signIn({ max_age: '15000' })
      const again = await signIn({ max_age: '10000' })
      expect(again.asked).toEqual([])
      expect(first.claims.auth_time).toEqual(expect.any(Number))
      expect([again.claims.sub, again.claims.auth_time]).toEqual([first.claims.sub, first.claims.auth_time])
    })

    item('oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
      await signIn({ extra: 'foobar' })
    })

    item('oidcc-id-token-hint', async () => {
      const first = await signIn()
      const again = await signIn({ prompt: 'none', id_token_hint: first.tokens.id_token })
      expect(again.asked).toEqual([])
      expect([again.claims.sub, again.claims.auth_time]).toEqual([first.claims.sub, first.claims.auth_time])
    })

    item('oidcc-login-hint', async () => {
      const login = await ada.open(rp.request({ login_hint: ADA.email }).url.href)
      expect(login.page?.form('/login')).toMatchObject({ email: ADA.email })
      await signIn({ login_hint: ADA.email })
    })

    item('oidcc-ui-locales', async () => {
      const login = await ada.open(rp.request({ ui_locales: 'de' }).url.href)
      expect(login.page?.headers.get('content-language')).toBe('de')
      await signIn({ ui_locales: 'se' })
    })

    item('oidcc-claims-locales', async () => {
      await signIn({ claims_locales: 'se' })
    })

    item('oidcc-ensure-request-with-acr-values-succeeds', async () => {
      const [acr] = (await metadata()).acr_values_supported as string[]
      const { claims } = await signIn({ acr_values: `${acr} another` })
      expect(claims.acr).toBe(acr)
      await signIn({ acr_values: '1 2' })
    })

    item('oidcc-codereuse', async () => {
      const { request, code } = await signIn()
      expect(tokenErrorIn(await rp.redeem(request, code))).toBe('invalid_grant')
    })

    item('oidcc-codereuse-30seconds', async () => {
      const { request, code, tokens } = await signIn()
      op.wait(30)
      expect(tokenErrorIn(await rp.redeem(request, code))).toBe('invalid_grant')
      expect((await userinfo(op, tokens.access_token)).status).toBe(401)
    })

    item('oidcc-ensure-registered-redirect-uri', async () => {
      const { redirectUri } = rp
      const { url, page } = await ada.open(rp.request({ redirect_uri: `${redirectUri}/another` }).url.href)
      expect([url.origin, page?.status]).toEqual([op.origin, 400])
      expect(page?.html).toContain('Sign-in not possible')
      expect(page?.html).toContain('invalid_redirect_uri')
    })

    item('oidcc-ensure-post-request-succeeds', async () => {
      await signIn({}, rp, ({ url, params }) =>
        ada.authorize(url, async () => {
          const headers = {
            ...NAVIGATION,
            origin: 'https://partner.example',
            'sec-fetch-site': 'cross-site',
            'content-type': 'application/x-www-form-urlencoded',
          }
          const body = new URLSearchParams(params).toString()
          const { pathname } = url
          const answer = await ada.visitor.request(op.origin + pathname, { method: 'POST', headers, body })
          return ada.open(answer.location as string)
        }),
      )
    })

    item('oidcc-server-client-secret-post', async () => {
      await signIn({}, withPost)
    })

    /** A request object without a signature, with these changes. */
    const requestObject = (changes: Changes = {}) =>
      new UnsecuredJWT({ ...rp.request(changes).params, iss: rp.clientId, aud: op.origin }).encode()

    item('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', async () => {
      const error = await refusal({ request_uri: 'https://partner.example/request#hash' })
      expect(error).toBe('request_uri_not_supported')
      expect((await metadata()).request_uri_parameter_supported).toBe(false)
    })

    item('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', async () => {
      expect(await refusal({ request: requestObject() })).toBe('request_not_supported')
      expect((await metadata()).request_parameter_supported ?? false).toBe(false)
    })

    item('oidcc-claims-essential', async () => {
      const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
      const { info, claims: idToken } = await signIn({ claims })
      // The suite warns that it is missing. The metadata says that the parameter is not supported.
      expect((await metadata()).claims_parameter_supported).toBe(false)
      expect([info.name, idToken.name]).toEqual([undefined, undefined])
      expect((await signIn({ claims, scope: 'openid profile' })).info.name).toBe('Ada Lovelace')
    })

    item('oidcc-ensure-request-object-with-redirect-uri', async () => {
      const redirect_uri = `${rp.redirectUri}/another`
      const request = requestObject()
      const { url, page } = await ada.open(rp.request({ redirect_uri, request }).url.href)
      expect([url.origin, page?.status]).toEqual([op.origin, 400])
    })

    item('oidcc-refresh-token', async () => {
      const { tokens, claims, request } = await signIn()
      op.wait(1)
      expect(tokenErrorIn(await second.refresh(tokens.refresh_token))).toBe('invalid_grant')
      const fresh = tokensIn(await rp.refresh(tokens.refresh_token))
      expect(fresh.access_token).not.toBe(tokens.access_token)
      expect(fresh.refresh_token).not.toBe(tokens.refresh_token)
      const again = await idTokenClaims(op, rp, request, fresh)
      const { at_hash: _, ...same } = without(again)
      const { at_hash: __, ...before } = without(claims)
      expect(same).toEqual(before)
      expect(again.iat).toBeGreaterThan(claims.iat)
      expect(userinfoClaims(await userinfo(op, fresh.access_token)).sub).toBe(claims.sub)
      // The module does so once more, for the second client.
      const other = await signIn({}, second)
      expect(tokenErrorIn(await rp.refresh(other.tokens.refresh_token))).toBe('invalid_grant')
      tokensIn(await second.refresh(other.tokens.refresh_token))
    })

    item('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
      const { request } = await signIn()
      expect(request.params).toMatchObject({ code_challenge_method: 'S256' })
    })

    it('has a test or a reason for each of its modules', () => expect(missing()).toEqual([]))
  })

  describe('Config OP:', () => {
    const { item, missing } = createChecklist(CERTIFICATION_PLANS.config)

    item('oidcc-discovery-endpoint-verification', async () => {
      const { headers } = await op.send('/.well-known/openid-configuration')
      expect(headers['content-type']).toMatch(/^application\/json/)
      const config = await metadata()
      expectHttps(config)
      expect(config).toMatchObject({
        issuer: op.origin,
        authorization_endpoint: expect.stringContaining(`${op.origin}/`),
        token_endpoint: expect.stringContaining(`${op.origin}/`),
        userinfo_endpoint: expect.stringContaining(`${op.origin}/`),
        response_types_supported: expect.arrayContaining(['code']),
        subject_types_supported: expect.arrayContaining(['public']),
        id_token_signing_alg_values_supported: expect.arrayContaining(['RS256']),
        grant_types_supported: expect.arrayContaining(['authorization_code']),
        scopes_supported: expect.arrayContaining(['openid']),
        claims_supported: expect.arrayContaining(['sub', 'iss', 'email', 'name']),
        claims_parameter_supported: false,
        request_uri_parameter_supported: false,
      })
      expect(config).not.toHaveProperty('registration_endpoint')
      const { keys } = (await op.json(new URL(String(config.jwks_uri)).pathname)) as {
        keys: Record<string, unknown>[]
      }
      expect(keys.length).toBeGreaterThan(0)
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
      for (const key of keys) {
        expect(key).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256', n: expect.any(String) })
        for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
          expect(key).not.toHaveProperty(secret)
      }
    })

    it('has a test or a reason for each of its modules', () => expect(missing()).toEqual([]))
  })

  /** After a sign-out: a silent authorization finds no session. */
  async function expectSignedOut(): Promise<void> {
    expect(await refusal({ prompt: 'none' })).toBe('login_required')
  }

  describe('RP-Initiated Logout OP:', () => {
    const { item, missing } = createChecklist(CERTIFICATION_PLANS.rpInitiatedLogout)
    const state = 'a state of the app'

    /** Goes to the end of the session, where the browser must not return to the app. */
    async function expectStaying(params: Record<string, string>) {
      const arrival = await ada.signOut(rp.logoutUrl(params))
      expect(arrival.url.origin).toBe(op.origin)
      return arrival
    }

    item('oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
      const config = await metadata()
      expectHttps(config)
      expect(config.end_session_endpoint).toBe(`${op.origin}/oidc/logout`)
    })

    item('oidcc-rp-initiated-logout', async () => {
      const { tokens } = await signIn()
      const hint = { id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER_LOGOUT }
      const { url, isAsked } = await ada.signOut(rp.logoutUrl({ ...hint, state }))
      expect(isAsked).toBe(true)
      expect(url.href).toBe(`${AFTER_LOGOUT}?${new URLSearchParams({ state })}`)
      await expectSignedOut()
    })

    item('oidcc-rp-initiated-logout-no-state', async () => {
      const { tokens } = await signIn()
      const hint = { id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER_LOGOUT }
      expect((await ada.signOut(rp.logoutUrl(hint))).url.href).toBe(AFTER_LOGOUT)
      await expectSignedOut()
    })

    item('oidcc-rp-initiated-logout-bad-id-token-hint', async () => {
      const { tokens, claims } = await signIn()
      const { privateKey } = await generateKeyPair('RS256')
      const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0] ?? '', 'base64url').toString())
      const forged = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
      const { page } = await expectStaying({
        id_token_hint: forged,
        post_logout_redirect_uri: AFTER_LOGOUT,
        state,
      })
      expect(page?.status).toBe(400)
    })

    item('oidcc-rp-initiated-logout-modified-id-token-hint', async () => {
      const { claims } = await signIn()
      const { page } = await expectStaying({
        id_token_hint: new UnsecuredJWT(claims).encode(),
        post_logout_redirect_uri: AFTER_LOGOUT,
        state,
      })
      expect(page?.status).toBe(400)
    })

    item('oidcc-rp-initiated-logout-no-id-token-hint', async () => {
      await signIn()
      const { isAsked } = await expectStaying({ post_logout_redirect_uri: AFTER_LOGOUT, state })
      expect(isAsked).toBe(true)
    })

    item('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri', async () => {
      const { tokens } = await signIn()
      const { page } = await expectStaying({
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: 'https://partner.example/another',
        state,
      })
      expect(page?.status).toBe(400)
      expect(page?.html).toContain('Sign-out not possible')
    })

    item('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri', async () => {
      const { tokens } = await signIn()
      const { page } = await expectStaying({
        id_token_hint: tokens.id_token,
        post_logout_redirect_uri: `${AFTER_LOGOUT}?foo=bar`,
        state,
      })
      expect(page?.status).toBe(400)
    })

    for (const [module, params] of [
      ['no-params', []],
      ['no-post-logout-redirect-uri', ['id_token_hint', 'state']],
      ['only-state', ['state']],
    ] as const) {
      item(`oidcc-rp-initiated-logout-${module}`, async () => {
        const { tokens } = await signIn()
        const all: Record<string, string> = { id_token_hint: tokens.id_token, state }
        const sent = Object.fromEntries(params.map((name) => [name, all[name] as string]))
        const { page, isAsked } = await expectStaying(sent)
        expect(isAsked).toBe(true)
        expect(page?.html).toContain('You are signed out')
        await expectSignedOut()
      })
    }

    it('has a test or a reason for each of its modules', () => expect(missing()).toEqual([]))
  })

  describe('Back-Channel Logout OP:', () => {
    const { item, missing } = createChecklist(CERTIFICATION_PLANS.backChannelLogout)

    item('oidcc-backchannel-logout-discovery-endpoint-verification', async () => {
      const config = await metadata()
      expectHttps(config)
      expect(config).toMatchObject({
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        end_session_endpoint: `${op.origin}/oidc/logout`,
      })
    })

    item('oidcc-backchannel-rp-initiated-logout', async () => {
      const { tokens, claims } = await signIn()
      const state = 'a state of the app'
      const hint = { id_token_hint: tokens.id_token, post_logout_redirect_uri: AFTER_LOGOUT, state }
      const { url } = await ada.signOut(rp.logoutUrl(hint))
      expect(url.href).toBe(`${AFTER_LOGOUT}?${new URLSearchParams({ state })}`)
      const heard = await eventually(() => {
        const found = receiver.received.find(({ claims: { sid } }) => sid === claims.sid)
        expect(found).toBeDefined()
        return found as (typeof receiver.received)[number]
      })
      expect(heard).toMatchObject({
        method: 'POST',
        type: 'application/x-www-form-urlencoded',
        tls: 'TLSv1.3',
      })
      expect(heard.fields).toEqual(['logout_token'])
      const verified = await idTokenClaims(
        op,
        rp,
        { ...rp.request(), params: {} },
        {
          ...tokens,
          id_token: heard.token,
        },
      )
      expect(verified).toEqual({
        iss: op.origin,
        aud: rp.clientId,
        sub: claims.sub,
        sid: claims.sid,
        iat: expect.any(Number),
        exp: expect.any(Number),
        jti: expect.any(String),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      })
      expect((verified.exp as number) - verified.iat).toBeLessThanOrEqual(120)
      await expectSignedOut()
    })

    it('has a test or a reason for each of its modules', () => expect(missing()).toEqual([]))
  })
})
