import { fetchFor } from '@latchkey/jwt-middleware/contract'
import * as oauth from 'oauth4webapi'
import type { AtEnd } from '../../support/proxies.ts'
import {
  type AppTokens,
  type OutsideApp,
  type Protocol,
  type Registered,
  startOutsideApp,
} from './outside-app.ts'

/** An app by oauth4webapi 3, which does one step at a time and leaves nothing to a default. */
export const startOauth4webapiApp = (atEnd: AtEnd): Promise<OutsideApp> =>
  startOutsideApp('oauth4webapi.localhost', connect, atEnd)

async function connect({ issuer, clientId, clientSecret }: Registered): Promise<Protocol> {
  const how = {
    [oauth.customFetch]: fetchFor(issuer) as never,
    [oauth.allowInsecureRequests]: true,
  }
  const found = await oauth.discoveryRequest(new URL(issuer), how)
  const server = await oauth.processDiscoveryResponse(new URL(issuer), found)
  const client: oauth.Client = { client_id: clientId }
  const authentication = oauth.ClientSecretPost(clientSecret)

  /** With the signature of the ID token, though it came straight from the provider. */
  async function kept(
    response: Response,
    process: (response: Response) => Promise<oauth.TokenEndpointResponse>,
  ): Promise<AppTokens> {
    const signed = response.clone()
    const tokens = await process(response)
    await oauth.validateApplicationLevelSignature(server, response, how)
    void signed.body?.cancel()
    const { email, sid } = oauth.getValidatedIdTokenClaims(tokens) as { email?: string; sid?: string }
    return {
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token ?? '',
      idToken: tokens.id_token ?? '',
      email: email ?? '',
      sid,
    }
  }

  return {
    async begin(redirect_uri) {
      const verifier = oauth.generateRandomCodeVerifier()
      const state = oauth.generateRandomState()
      const nonce = oauth.generateRandomNonce()
      const url = new URL(server.authorization_endpoint ?? '')
      url.search = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        redirect_uri,
        scope: 'openid profile email',
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      }).toString()
      return { url, verifier, state, nonce }
    },
    async finish(callback, { verifier, state, nonce }, redirectUri) {
      const params = oauth.validateAuthResponse(server, client, callback, state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        params,
        redirectUri,
        verifier,
        how,
      )
      return kept(response, (given) =>
        oauth.processAuthorizationCodeResponse(server, client, given, {
          expectedNonce: nonce,
          requireIdToken: true,
        }),
      )
    },
    async refresh({ refreshToken }) {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, how)
      return kept(response, (given) => oauth.processRefreshTokenResponse(server, client, given))
    },
    signOutUrl({ idToken }, post_logout_redirect_uri) {
      const url = new URL(server.end_session_endpoint ?? '')
      url.search = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri }).toString()
      return url
    },
  }
}
