import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { openLogoutReceiver } from '../../auth-service/support/logout-receiver.ts'
import {
  CALLBACK,
  openOidcSite,
  registerClient,
  relyingParty,
  walk,
} from '../../auth-service/support/relying-party.ts'
import { ADA, PASSWORD } from '../../auth-service/support/site.ts'
import { eventually } from '../../support/eventually.ts'

/** What the auth service, or a client for it, makes and someone may send to the wrong place. */
export type Kind =
  | 'family access token'
  | 'family refresh token'
  | 'session secret'
  | 'API token'
  | 'client secret'
  | 'ID token'
  | 'logout token'
  | 'client access token'
  | 'client refresh token'
  | 'code'
  | 'device code'
  | 'device code for an API token'
  | 'pushed request'
  | 'DPoP proof'
  | 'client assertion'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Where proofs and assertions are valid. */
const TOKEN_PATH = '/oidc/token'

/** A site, an app with a secret and one with a key pair, Ada signed in to both, and one token of every kind. */
export async function openEveryToken() {
  const site = await openOidcSite({
    forwardAuthProxy: 'caddy',
    trustedProxies: [{ address: '127.0.0.1', prefix: 32 }],
  })
  const { service, origin } = site
  const receiver = await openLogoutReceiver()
  service.oidc.start()
  const partner = await registerClient(service, {
    first_party: true,
    device_flow: true,
    back_channel_logout_uri: receiver.uri,
  })
  const basic = `Basic ${Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')}`
  const rp = await relyingParty(site, partner)

  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const signer = await registerClient(
    service,
    { first_party: true, auth_method: 'private_key_jwt', keys: { keys: [{ ...jwk, kid: 'one' }] } },
    'Signer',
  )

  /** A JWT by which the second app proves who it is (RFC 7523). */
  const assertion = () =>
    new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(signer.clientId)
      .setSubject(signer.clientId)
      .setAudience(origin)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(privateKey)

  /** A proof of possession for the token endpoint (RFC 9449). */
  const proof = () =>
    new SignJWT({ jti: randomUUID(), htm: 'POST', htu: origin + TOKEN_PATH })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey)

  const ada = await site.signedIn()
  const user = await service.users.findByEmail(ADA.email)
  if (!user) throw new Error('no user')

  // Of another session of hers, which ended.
  const phone = site.browser()
  await phone.submit('/login', '/login', { email: ADA.email, password: PASSWORD })
  await rp.signIn(phone)
  await phone.submit('/logout', '/logout')
  await eventually(() => {
    if (receiver.tokens.length === 0) throw new Error('No logout token has arrived.')
  })

  const tokens = await rp.signIn(ada)
  const verifier = 'v'.repeat(43)
  const challenge = {
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const { url } = await rp.begin(challenge)
  const code = new URL(await walk(ada, url.href)).searchParams.get('code') ?? ''

  /** Posts a form, with the credentials of the first app unless others are given. */
  const post = (
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { authorization: basic },
  ) =>
    site.app.request(origin + path, {
      method: 'POST',
      headers: { ...FORM, ...headers },
      body: new URLSearchParams(fields).toString(),
    })

  const pushed = await post('/oidc/request', {
    response_type: 'code',
    client_id: partner.clientId,
    redirect_uri: CALLBACK,
    scope: 'openid',
    ...challenge,
  })
  /** What a device gets, once Ada has allowed it. */
  async function deviceCode(path: string, fields: Record<string, string>, headers?: Record<string, string>) {
    const asked = (await (await post(path, fields, headers)).json()) as Record<
      'device_code' | 'user_code',
      string
    >
    await ada.submit(`/device?user_code=${asked.user_code}`, '/device/allow')
    return asked.device_code
  }
  const created = await service.apiTokens.create(user, { name: 'Script', apps: 'all' }, OPERATOR)
  if (!created.ok) throw new Error('no API token')
  const cookies = await ada.jar.getCookies(origin)
  const cookie = (name: string) => cookies.find(({ key }) => key === name)?.value ?? ''

  const values: Record<Kind, string> = {
    'family access token': cookie('jwt.access'),
    'family refresh token': cookie('jwt.refresh'),
    'session secret': cookie('session'),
    'API token': created.secret,
    'client secret': partner.clientSecret,
    'ID token': tokens.id_token ?? '',
    'logout token': receiver.tokens[0] ?? '',
    'client access token': tokens.access_token,
    'client refresh token': tokens.refresh_token ?? '',
    code,
    'device code': await deviceCode('/oidc/device', { scope: 'openid' }),
    'device code for an API token': await deviceCode('/device/code', { device_name: 'Radio' }, {}),
    'pushed request': ((await pushed.json()) as { request_uri: string }).request_uri,
    'DPoP proof': await proof(),
    'client assertion': await assertion(),
  }
  for (const [kind, value] of Object.entries(values)) if (!value) throw new Error(`There is no ${kind}.`)
  return { site, partner, signer, rp, ada, user, values, post, verifier, assertion }
}

export type EveryToken = Awaited<ReturnType<typeof openEveryToken>>
