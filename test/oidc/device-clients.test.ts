import { OPERATOR } from '@latchkey/auth-service'
import { fetchFor } from '@latchkey/jwt-middleware/contract'
import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OidcClientInput } from '../../auth-service/src/apps/oidc-client-input.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor } from '../support/visitor.ts'

const [ADA] = PEOPLE
const SCOPE = 'openid profile email'

let family: RunningFamily
let clients: Record<'television' | 'command', { clientId: string; clientSecret: string }>

beforeAll(async () => {
  family = await startFamily({}, { apps: false })
  clients = await family.administer(async (service) => {
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash })
    async function register(name: string, input: OidcClientInput) {
      const origins = [`https://${name.toLowerCase()}.example`]
      const created = await service.apps.create({ name, origins }, OPERATOR)
      if (!created.ok) throw new Error(`${name} is not registered.`)
      const issued = await service.appCredentials.issue(created.value.id, OPERATOR)
      if (!issued.ok) throw new Error(issued.reason)
      const set = await service.oidcClients.set(created.value.id, { device_flow: true, ...input }, OPERATOR)
      if (!set?.ok) throw new Error(JSON.stringify(set))
      return issued.value
    }
    return {
      television: await register('Television', { auth_method: 'none' }),
      command: await register('Command', { auth_method: 'client_secret_post', first_party: true }),
    }
  })
})
afterAll(() => family?.close())

/** Ada types the code of a device in her browser, or follows the link that it shows, and answers. */
async function answer(where: string, action: 'allow' | 'deny', typed = ''): Promise<string> {
  const visitor = createVisitor()
  const login = await visitor.visit(where)
  let page = await visitor.submit(login, '/login', { email: ADA.email, password: ADA.password })
  if (typed !== '') page = await visitor.visit(`${where}?${new URLSearchParams({ user_code: typed })}`)
  expect(page.html).toContain(ADA.email)
  // The button of a refusal is in the form of the other one.
  const form = page.form('/device/allow')
  const done = await visitor.submit({ ...page, form: () => form }, `/device/${action}`)
  return /<p class="notice" role="status">(.*?)<\/p>/.exec(done.html)?.[1] ?? done.url
}

describe('A device by openid-client', () => {
  /** The service learns of its first client within seconds. */
  const connect = () =>
    eventually(() =>
      oidc.discovery(new URL(family.auth.url), clients.television.clientId, undefined, oidc.None(), {
        execute: [oidc.allowInsecureRequests],
        [oidc.customFetch]: fetchFor(family.auth.url) as never,
      }),
    )

  it('signs in while it asks, refreshes its tokens, and signs itself out', async () => {
    const config = await connect()
    const asked = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE })
    expect(asked.verification_uri).toBe(`${family.auth.url}/device`)
    const polling = oidc.pollDeviceAuthorizationGrant(config, asked)
    const done = await answer(asked.verification_uri, 'allow', asked.user_code.toLowerCase())
    expect(done).toBe('Your device can sign in now. You can close this page.')
    const tokens = await polling
    const claims = tokens.claims()
    expect(claims).toMatchObject({ iss: family.auth.url, email: ADA.email })
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '')
    expect(info).toMatchObject({ email: ADA.email, email_verified: false })
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(renewed.claims()?.sub).toBe(claims?.sub)
    await oidc.tokenRevocation(config, renewed.refresh_token ?? '')
    await expect(oidc.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('hears that its user denied it', async () => {
    const config = await connect()
    const asked = await oidc.initiateDeviceAuthorization(config, { scope: SCOPE })
    const done = await answer(asked.verification_uri_complete ?? '', 'deny')
    expect(done).toBe('Denied. The device gets no access.')
    const polled = oidc.pollDeviceAuthorizationGrant(config, asked)
    await expect(polled).rejects.toMatchObject({ error: 'access_denied' })
  })
})

describe('A device by oauth4webapi, with a secret', () => {
  it('takes each step by itself, and is told to wait longer if it asks too soon', async () => {
    const issuer = new URL(family.auth.url)
    const how = {
      [oauth.customFetch]: fetchFor(family.auth.url) as never,
      [oauth.allowInsecureRequests]: true,
    }
    const server = await eventually(async () =>
      oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, how)),
    )
    const { clientId, clientSecret } = clients.command
    const client: oauth.Client = { client_id: clientId }
    const secret = oauth.ClientSecretPost(clientSecret)
    const asked = await oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(server, client, secret, { scope: SCOPE }, how),
    )
    expect(asked.interval).toBe(5)
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        server,
        client,
        await oauth.deviceCodeGrantRequest(server, client, secret, asked.device_code, how),
      )
    await expect(poll()).rejects.toMatchObject({ error: 'authorization_pending' })
    await expect(poll()).rejects.toMatchObject({ error: 'slow_down' })
    await answer(asked.verification_uri_complete ?? '', 'allow')
    const tokens = await poll()
    expect(oauth.getValidatedIdTokenClaims(tokens)).toMatchObject({ email: ADA.email, aud: clientId })
    await expect(poll()).rejects.toMatchObject({ error: 'invalid_grant' })
    const renewed = await oauth.refreshTokenGrantRequest(
      server,
      client,
      secret,
      tokens.refresh_token ?? '',
      how,
    )
    expect(await oauth.processRefreshTokenResponse(server, client, renewed)).toMatchObject({ scope: SCOPE })
  })
})
