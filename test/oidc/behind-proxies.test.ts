import { afterEach, describe, expect, it, vi } from 'vitest'
import { AFTER_LOGOUT, CALLBACK, registerClient } from '../auth-service/support/relying-party.ts'
import { ADA, PASSWORD } from '../auth-service/support/site.ts'
import { send } from '../support/http.ts'
import { NAVIGATION } from '../support/visitor.ts'
import { type HttpsProvider, openHttpsProvider } from './support/https-provider.ts'
import { createPerson } from './support/person-at-provider.ts'
import { codeIn, createRawClient, tokensIn } from './support/raw-client.ts'

afterEach(() => vi.useRealTimers())

/** The address from which the tests connect to nginx. */
const CLIENT = '127.0.0.2'
/** That of nginx. */
const PROXY = '127.0.0.1'

async function openSignedIn(changes: Parameters<typeof openHttpsProvider>[0] = {}) {
  const op = await openHttpsProvider(changes)
  const partner = await registerClient(op.service)
  const rp = createRawClient(op, { ...partner, redirectUri: CALLBACK })
  await op.send('/register', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', origin: op.origin },
    body: JSON.stringify(ADA),
  })
  const ada = createPerson(op, { email: ADA.email, password: PASSWORD })
  const user = await op.service.users.findByEmail(ADA.email)
  if (!user) throw new Error('no user')
  /** Where the user was when they consented, by the audit log. */
  const consentAddress = async () => {
    const history = await op.service.audit.historyOf(user.uuid, 20)
    return history.find(({ event }) => event === 'oidc_consent_given')?.device.address
  }
  return { op, partner, rp, ada, user, consentAddress }
}

/** The lines of `Set-Cookie` that oidc-provider sent on the way. */
async function cookiesOf(op: HttpsProvider, url: string): Promise<readonly string[]> {
  const { headers } = await op.send(url, { headers: NAVIGATION })
  return (headers['set-cookie'] ?? []).filter((line) => line.includes('oidc-'))
}

describe('Behind nginx with TLS', () => {
  it('all addresses that it gives are those of AUTH_URL', async () => {
    const { op, rp, ada } = await openSignedIn()
    const metadata = JSON.stringify(await op.json('/.well-known/openid-configuration'))
    expect(metadata).not.toContain('"http://')
    const first = await op.send(rp.request().url.href, { headers: NAVIGATION })
    expect(new URL(first.headers.location ?? '', op.origin).origin).toBe(op.origin)
    const { page } = await ada.open(rp.logoutUrl().href)
    expect(page?.html).toContain(` action="${op.origin}/oidc/logout/confirm"`)
    expect(page?.headers.get('strict-transport-security')).toContain('max-age=')
  })

  it('its cookies are Secure, HttpOnly and SameSite=Lax, with the prefixes that enforce it', async () => {
    const { op, rp } = await openSignedIn()
    const cookies = [
      ...(await cookiesOf(op, rp.request().url.href)),
      ...(await cookiesOf(op, rp.logoutUrl().href)),
    ]
    const names = cookies.map((line) => line.split('=', 1)[0]?.replace(/\.sig$/, ''))
    expect(new Set(names)).toEqual(
      new Set(['__Secure-oidc-interaction', '__Secure-oidc-resume', '__Host-oidc-session']),
    )
    for (const line of cookies) {
      expect(line).toMatch(/; secure/i)
      expect(line).toMatch(/; httponly/i)
      expect(line).toMatch(/; samesite=lax/i)
      expect(line).not.toMatch(/; domain=/i)
      if (line.startsWith('__Host-')) expect(line).toMatch(/; path=\/(;|$)/)
    }
  })

  it('the audit log has the address of the client, which can’t be forged', async () => {
    const { rp, ada, consentAddress } = await openSignedIn()
    const request = ada.visitor.request
    ada.visitor.request = (url, sent = {}) =>
      request(url, { ...sent, headers: { ...sent.headers, 'x-forwarded-for': '203.0.113.9' } })
    const { asked } = await ada.authorize(rp.request().url)
    expect(asked).toContain('consent')
    expect(await consentAddress()).toBe(CLIENT)
  })

  it('the audit log has that of the proxy while TRUSTED_PROXIES does not name it, and the log says so', async () => {
    const { op, rp, ada, consentAddress } = await openSignedIn({ trustedProxies: [] })
    await ada.authorize(rp.request().url)
    expect(await consentAddress()).toBe(PROXY)
    expect(op.service.logged).toContainEqual(
      expect.objectContaining({ event: 'untrusted_proxy', msg: expect.stringContaining('TRUSTED_PROXIES') }),
    )
  })

  it('a client that comes past the proxy gets the same addresses', async () => {
    const { op } = await openSignedIn()
    const { text } = await send(`${op.internalUrl}/.well-known/openid-configuration`, {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    })
    expect(JSON.parse(text)).toEqual(await op.json('/.well-known/openid-configuration'))
  })
})

it('No code, token, verifier or secret reaches the log', async () => {
  const { op, rp, ada, partner } = await openSignedIn()
  const request = rp.request({ scope: 'openid email' })
  const { url } = await ada.authorize(request.url)
  const code = codeIn(op, request, url)
  const tokens = tokensIn(await rp.redeem(request, code))
  await rp.redeem(request, code)
  const second = rp.request({ prompt: 'none', id_token_hint: tokens.id_token })
  const again = codeIn(op, second, (await ada.authorize(second.url)).url)
  const fresh = tokensIn(await rp.redeem(second, again))
  const renewed = tokensIn(await rp.refresh(fresh.refresh_token))
  await rp.refresh('a wrong token of someone')
  await rp.post('/oidc/introspect', { token: renewed.access_token })
  await rp.post('/oidc/revoke', { token: renewed.refresh_token })
  await ada.signOut(rp.logoutUrl({ id_token_hint: fresh.id_token, post_logout_redirect_uri: AFTER_LOGOUT }))
  const log = JSON.stringify(op.service.logged)
  expect(log).toContain('/oidc/token')
  const secrets = {
    code,
    again,
    verifier: request.verifier,
    secret: partner.clientSecret,
    password: PASSWORD,
    wrong: 'a wrong token of someone',
    ...Object.fromEntries(
      [tokens, fresh, renewed].flatMap((one, index) =>
        (['access_token', 'refresh_token', 'id_token'] as const).map((kind) => [
          `${kind} ${index}`,
          one[kind],
        ]),
      ),
    ),
  }
  for (const [what, secret] of Object.entries(secrets)) expect(log.includes(secret), what).toBe(false)
})
