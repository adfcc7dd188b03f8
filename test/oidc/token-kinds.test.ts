import { memoryUsers } from '@latchkey/jwt-middleware'
import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { headersOfProxy, PROXY, WIKI } from '../auth-service/support/behind-proxy.ts'
import { CALLBACK, fetchOf } from '../auth-service/support/relying-party.ts'
import { revocationSource } from '../support/revocation-source.ts'
import { recordingLogger } from '../support/tokens.ts'
import { type EveryToken, type Kind, openEveryToken } from './support/every-token.ts'

afterEach(() => vi.useRealTimers())

/** Whether a token was taken for what the place expects. */
type Ask = (given: EveryToken, token: string) => Promise<boolean>

/** A place, what it accepts, and how to find out. */
type Place = readonly [name: string, accepts: readonly Kind[], ask: Ask]

const PROGRAM = { accept: 'application/json' }

/** Whether an app of the family takes a request with these headers for Ada's. */
async function isTakenByApp(
  { site, partner, user }: EveryToken,
  headers: Record<string, string>,
): Promise<boolean> {
  const options = {
    users: memoryUsers(),
    loginUrl: `${site.origin}/login`,
    ownUrl: 'http://app1.demo.localhost:4001',
    clientId: partner.clientId,
    clientSecret: partner.clientSecret,
    fetch: fetchOf(site),
    revocations: revocationSource(),
    log: recordingLogger(),
  }
  const app = new Hono().use(auth(options)).get('/', loginRequired(), (c) => c.text(c.var.user.email))
  const answer = await app.request('http://app1.demo.localhost:4001/', {
    headers: { ...PROGRAM, ...headers },
  })
  expect([200, 401]).toContain(answer.status)
  return answer.status === 200 && (await answer.text()) === user.email
}

async function isActive(answer: Response): Promise<boolean> {
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { active: boolean }).active
}

/** Whether the proxy in front of another site may pass such a request on. */
async function isPassedOn({ site }: EveryToken, headers: Record<string, string>): Promise<boolean> {
  const incoming = { httpVersion: '1.1', socket: { remoteAddress: PROXY } }
  const sent = {
    ...PROGRAM,
    'x-forwarded-for': '192.0.2.7',
    ...headersOfProxy('caddy', `${WIKI}/`),
    ...headers,
  }
  const answer = await site.app.request('/forward-auth', { headers: sent }, { incoming })
  expect([204, 401]).toContain(answer.status)
  return answer.status === 204
}

const OF_THE_FAMILY: readonly Place[] = [
  [
    'the access cookie of an app',
    ['family access token'],
    (given, token) => isTakenByApp(given, { cookie: `jwt.access=${token}` }),
  ],
  [
    'the refresh cookie of an app, which renews in line',
    ['family refresh token'],
    (given, token) => isTakenByApp(given, { cookie: `jwt.refresh=${token}` }),
  ],
  [
    'Authorization: Bearer at an app',
    ['family access token', 'API token'],
    (given, token) => isTakenByApp(given, { authorization: `Bearer ${token}` }),
  ],
  [
    'the cookies at /forward-auth',
    ['family access token', 'family refresh token'],
    (given, token) => isPassedOn(given, { cookie: `jwt.access=${token}; jwt.refresh=${token}` }),
  ],
  [
    'the cookies at POST /refresh',
    ['family refresh token'],
    async ({ site }, token) => {
      const headers = { cookie: `jwt.access=${token}; jwt.refresh=${token}` }
      const { status } = await site.app.request('/refresh', { method: 'POST', headers })
      expect([200, 401]).toContain(status)
      return status === 200
    },
  ],
  [
    'the cookies at POST /logout, from an app',
    ['family access token', 'family refresh token'],
    async ({ site }, token) => {
      const headers = { cookie: `jwt.access=${token}; jwt.refresh=${token}`, 'latchkey-contract': '1' }
      const answer = await site.app.request('/logout', { method: 'POST', headers })
      expect(answer.status).toBe(200)
      return ((await answer.json()) as { sessions: string[] }).sessions.length > 0
    },
  ],
  [
    'the session cookie at /account',
    ['session secret'],
    async ({ site, values }, token) => {
      const { 'family access token': access, 'family refresh token': refresh } = values
      const cookie = `jwt.access=${access}; jwt.refresh=${refresh}; session=${token}`
      const answer = await site.app.request('/account', { headers: { ...PROGRAM, cookie } })
      return answer.status === 200
    },
  ],
  [
    'POST /introspect',
    ['family access token', 'API token'],
    async ({ post }, token) => isActive(await post('/introspect', { token })),
  ],
  [
    'POST /introspect, for a refresh token',
    ['family refresh token'],
    async ({ post }, token) =>
      isActive(await post('/introspect', { token, token_type_hint: 'refresh_token' })),
  ],
  [
    'POST /revoke',
    ['API token'],
    async ({ post, values }, token) => {
      const isLive = async () => isActive(await post('/introspect', { token: values['API token'] }))
      expect(await isLive()).toBe(true)
      expect([200, 400]).toContain((await post('/revoke', { token })).status)
      return !(await isLive())
    },
  ],
  [
    'device_code at /device/token',
    ['device code for an API token'],
    async ({ post }, token) => gave(await post('/device/token', { device_code: token }, {})),
  ],
]

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Whether a token endpoint gave tokens. */
async function gave(answer: Response): Promise<boolean> {
  expect([200, 400, 401]).toContain(answer.status)
  return 'access_token' in ((await answer.json()) as object)
}

/** The parameters with which a request at an address of the provider ends up at the app. */
async function silently({ ada, rp }: EveryToken, params: Record<string, string>) {
  const { url } = await rp.begin({ prompt: 'none', ...params })
  const { location, status } = await ada.get(url.href)
  expect([302, 303, 400]).toContain(status)
  return new URL(location ?? 'none:').searchParams
}

const OF_CLIENTS: readonly Place[] = [
  [
    'Authorization: Bearer at the userinfo endpoint',
    ['client access token'],
    async ({ site }, token) => {
      const headers = { authorization: `Bearer ${token}` }
      const { status } = await site.app.request('/oidc/userinfo', { headers })
      expect([200, 401]).toContain(status)
      return status === 200
    },
  ],
  [
    'access_token at the userinfo endpoint',
    ['client access token'],
    async ({ post }, token) => (await post('/oidc/userinfo', { access_token: token }, {})).status === 200,
  ],
  [
    'refresh_token at the token endpoint',
    ['client refresh token'],
    async ({ post }, token) =>
      gave(await post('/oidc/token', { grant_type: 'refresh_token', refresh_token: token })),
  ],
  [
    'code at the token endpoint',
    ['code'],
    async ({ post, verifier }, token) => {
      const fields = { code: token, redirect_uri: CALLBACK, code_verifier: verifier }
      return gave(await post('/oidc/token', { grant_type: 'authorization_code', ...fields }))
    },
  ],
  [
    'device_code at the token endpoint',
    ['device code'],
    async ({ post }, token) =>
      gave(await post('/oidc/token', { grant_type: DEVICE_GRANT, device_code: token })),
  ],
  [
    'client_assertion at the token endpoint',
    ['client assertion'],
    async ({ post, signer }, token) => {
      const fields = {
        grant_type: 'refresh_token',
        refresh_token: 'none',
        client_id: signer.clientId,
        client_assertion: token,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }
      const { error } = (await (await post('/oidc/token', fields, {})).json()) as { error: string }
      expect(['invalid_grant', 'invalid_client', 'invalid_request']).toContain(error)
      return error === 'invalid_grant'
    },
  ],
  [
    'client_secret at the token endpoint',
    ['client secret'],
    async ({ post, partner }, token) => {
      const authorization = `Basic ${Buffer.from(`${partner.clientId}:${encodeURIComponent(token)}`).toString('base64')}`
      const fields = { grant_type: 'refresh_token', refresh_token: 'none' }
      const { error } = (await (await post('/oidc/token', fields, { authorization })).json()) as {
        error: string
      }
      expect(['invalid_grant', 'invalid_client']).toContain(error)
      return error === 'invalid_grant'
    },
  ],
  [
    'DPoP at the token endpoint',
    ['DPoP proof'],
    async ({ post, partner }, token) => {
      const authorization = `Basic ${Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')}`
      const fields = { grant_type: 'refresh_token', refresh_token: 'none' }
      const answer = await post('/oidc/token', fields, { authorization, dpop: token })
      const { error } = (await answer.json()) as { error: string }
      expect(['invalid_grant', 'invalid_dpop_proof']).toContain(error)
      return error === 'invalid_grant'
    },
  ],
  [
    'the introspection endpoint',
    ['client access token', 'client refresh token'],
    async ({ post }, token) => {
      const answer = await post('/oidc/introspect', { token })
      // For anything with the form of a JWT.
      if (answer.status === 400) return false
      return isActive(answer)
    },
  ],
  [
    'the revocation endpoint',
    ['client access token', 'client refresh token'],
    async ({ post, values }, token) => {
      const isLive = async () =>
        isActive(await post('/oidc/introspect', { token: values['client refresh token'] }))
      expect(await isLive()).toBe(true)
      expect([200, 400]).toContain((await post('/oidc/revoke', { token })).status)
      return !(await isLive())
    },
  ],
  [
    'id_token_hint of an authorization',
    ['ID token'],
    async (given, token) => (await silently(given, { id_token_hint: token })).has('code'),
  ],
  [
    'id_token_hint of a sign-out',
    ['ID token'],
    async ({ ada }, token) => {
      const { status } = await ada.get(`/oidc/logout?${new URLSearchParams({ id_token_hint: token })}`)
      expect([200, 400]).toContain(status)
      return status === 200
    },
  ],
  [
    'request_uri of an authorization',
    ['pushed request'],
    async ({ ada, partner }, token) => {
      const params = new URLSearchParams({ client_id: partner.clientId, request_uri: token })
      const { location } = await ada.get(`/oidc/auth?${params}`)
      return new URL(location ?? 'none:').searchParams.has('code')
    },
  ],
]

/**
 * Sends every kind of token to a place: first those that it must refuse, then the right one, which must still work. What
 * works only once, or ends the others, has tokens of its own.
 */
async function check([, accepts, ask]: Place): Promise<void> {
  const given = await openEveryToken()
  const kinds = Object.keys(given.values) as Kind[]
  for (const kind of kinds.filter((one) => !accepts.includes(one))) {
    expect(await ask(given, given.values[kind]), kind).toBe(false)
  }
  const [first, ...others] = accepts
  expect(await ask(given, given.values[first as Kind]), first).toBe(true)
  for (const kind of others) {
    const fresh = await openEveryToken()
    expect(await ask(fresh, fresh.values[kind]), kind).toBe(true)
  }
}

describe('Where a token of the family is expected:', () => {
  it.each(OF_THE_FAMILY)('%s accepts %j, and nothing else', (...place) => check(place))
})

describe('Where a token of a client is expected:', () => {
  it.each(OF_CLIENTS)('%s accepts %j, and nothing else', (...place) => check(place))
})
