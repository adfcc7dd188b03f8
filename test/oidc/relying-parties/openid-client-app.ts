import { fetchFor } from '@latchkey/jwt-middleware/contract'
import * as oidc from 'openid-client'
import type { AtEnd } from '../../support/proxies.ts'
import {
  type AppTokens,
  type OutsideApp,
  type Protocol,
  type Registered,
  startOutsideApp,
} from './outside-app.ts'

/** An app by openid-client 6. */
export const startOpenidClientApp = (atEnd: AtEnd): Promise<OutsideApp> =>
  startOutsideApp('openid-client.localhost', connect, atEnd)

async function connect({ issuer, clientId, clientSecret }: Registered): Promise<Protocol> {
  const config = await oidc.discovery(new URL(issuer), clientId, clientSecret, undefined, {
    execute: [oidc.allowInsecureRequests],
    [oidc.customFetch]: fetchFor(issuer) as never,
  })

  function kept(tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers): AppTokens {
    const { email, sid } = tokens.claims() as { email?: string; sid?: string }
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
      const verifier = oidc.randomPKCECodeVerifier()
      const state = oidc.randomState()
      const nonce = oidc.randomNonce()
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri,
        scope: 'openid profile email',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return { url, verifier, state, nonce }
    },
    finish: async (callback, { verifier, state, nonce }) =>
      kept(
        await oidc.authorizationCodeGrant(config, callback, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
        }),
      ),
    refresh: async ({ refreshToken }) => kept(await oidc.refreshTokenGrant(config, refreshToken)),
    signOutUrl: ({ idToken }, post_logout_redirect_uri) =>
      oidc.buildEndSessionUrl(config, { id_token_hint: idToken, post_logout_redirect_uri }),
  }
}
