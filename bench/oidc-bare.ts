/** oidc-provider with its in-memory adapter, as its documentation sets it up: one client, and everyone is signed in. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import { BENCH_CLIENT, REDIRECT_URI } from './oidc-client.ts'

const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'bench' }

const server = createServer()
server.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const provider = new Provider(url, {
  clients: [
    {
      client_id: BENCH_CLIENT.id,
      client_secret: BENCH_CLIENT.secret,
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [jwk as never] },
  cookies: { keys: ['a-key-that-seals-nothing-of-any-worth'] },
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  features: { devInteractions: { enabled: false } },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  findAccount: async (_, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, name: 'Ada Lovelace', email: 'ada@example.com' }),
  }),
  interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
  async loadExistingGrant({ oidc }) {
    const { client, session } = oidc
    const grantId = client && session?.grantIdFor(client.clientId)
    if (grantId) return provider.Grant.find(grantId)
    const grant = new provider.Grant({
      accountId: session?.accountId ?? '',
      clientId: client?.clientId ?? '',
    })
    grant.addOIDCScope('openid profile email')
    await grant.save()
    return grant
  },
})
const callback = provider.callback()
server.on('request', (req, res) => {
  if (!req.url?.startsWith('/sign-in/')) return callback(req, res)
  provider.interactionFinished(req, res, { login: { accountId: randomUUID() } })
})
process.send?.({ url })
