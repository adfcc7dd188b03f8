import { afterEach, describe, expect, it, vi } from 'vitest'
import { CALLBACK, openOidcSite, registerClient } from '../support/relying-party.ts'

afterEach(() => vi.useRealTimers())

const OWN = new URL(CALLBACK).origin
const OTHER = 'https://other.example'
const ALLOWED = 'access-control-allow-origin'

describe('Scripts of other origins', () => {
  it.each([
    '/.well-known/jwks.json',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
  ])('may read what is public: %s', async (path) => {
    const { app, origin, service } = await openOidcSite()
    await registerClient(service)
    for (const headers of [{}, { origin: OTHER }]) {
      const read = await app.request(`${origin}${path}`, { headers })
      expect([read.status, read.headers.get(ALLOWED)]).toEqual([200, '*'])
      expect(read.headers.get('access-control-allow-credentials')).toBeNull()
    }
    const preflight = { origin: OTHER, 'access-control-request-method': 'GET' }
    const asked = await app.request(`${origin}${path}`, { method: 'OPTIONS', headers: preflight })
    expect([asked.status, asked.headers.get(ALLOWED)]).toEqual([204, '*'])
    expect(asked.headers.get('access-control-allow-methods')).toMatch(/\bGET\b/)
    expect(asked.headers.get('access-control-allow-methods')).not.toMatch(/POST|PUT|DELETE/)
  })

  const FIELDS = { grant_type: 'refresh_token', refresh_token: 'x' }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  it('may ask for tokens where an app without a secret returns to, and nowhere else', async () => {
    const { app, origin, service } = await openOidcSite()
    const { clientId } = await registerClient(service, { auth_method: 'none' })
    const body = new URLSearchParams({ ...FIELDS, client_id: clientId }).toString()
    const ask = (from: string) =>
      app.request(`${origin}/oidc/token`, { method: 'POST', headers: { ...form, origin: from }, body })
    const own = await ask(OWN)
    expect([own.headers.get(ALLOWED), await own.json()]).toEqual([
      OWN,
      expect.objectContaining({ error: 'invalid_grant' }),
    ])
    for (const from of [OTHER, `${OWN}.evil.example`, 'null', 'https://PARTNER.example']) {
      const other = await ask(from)
      expect([other.headers.get(ALLOWED), await other.json()], from).toEqual([
        null,
        expect.objectContaining({ error: 'invalid_request' }),
      ])
    }
  })

  it('may not ask for tokens of an app with a secret', async () => {
    const { app, origin, service } = await openOidcSite()
    const { clientId, clientSecret } = await registerClient(service)
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    const headers = { ...form, origin: OWN, authorization: `Basic ${basic}` }
    const body = new URLSearchParams(FIELDS).toString()
    const answer = await app.request(`${origin}/oidc/token`, { method: 'POST', headers, body })
    expect(answer.headers.get(ALLOWED)).toBeNull()
  })

  it('may not read pages, and nothing is sent with cookies', async () => {
    const { app, origin, service } = await openOidcSite()
    await registerClient(service)
    for (const path of ['/oidc/auth', '/oidc/logout', '/login', '/account', '/introspect']) {
      const { headers } = await app.request(`${origin}${path}`, { headers: { origin: OTHER } })
      expect(headers.get(ALLOWED), path).toBeNull()
    }
  })
})
