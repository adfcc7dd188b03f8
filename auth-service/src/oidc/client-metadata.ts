import { randomBytes } from 'node:crypto'
import type { AdapterPayload } from 'oidc-provider'
import { applicationTypeOf, type OidcClient } from '../apps/oidc-client-input.ts'

/**
 * Stands for the secret of every client, since only the hashes of real ones are stored: see compareClientSecret in
 * provider.ts. No key is made from it, since no algorithm with a shared secret is enabled.
 */
const NO_SECRET = randomBytes(32).toString('base64url')

/** The grant type of a device code (RFC 8628, section 3.4). */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** A registered app that is a client. */
export interface ClientAppFacts {
  readonly clientId: string
  readonly name: string
  readonly oidc: OidcClient
}

/** Its metadata for oidc-provider (OpenID Connect Dynamic Client Registration 1.0, section 2). */
export function metadataOf({ clientId, name, oidc }: ClientAppFacts, alg: string): AdapterPayload {
  const { authMethod, keys, backChannelLogoutUri, deviceFlow } = oidc
  const isForBrowsers = oidc.redirectUris.length > 0
  return {
    client_id: clientId,
    client_name: name,
    application_type: applicationTypeOf(oidc),
    redirect_uris: [...oidc.redirectUris],
    post_logout_redirect_uris: [...oidc.postLogoutRedirectUris],
    response_types: isForBrowsers ? ['code'] : [],
    grant_types: [
      ...(isForBrowsers ? ['authorization_code'] : []),
      ...(deviceFlow ? [DEVICE_GRANT] : []),
      'refresh_token',
    ],
    token_endpoint_auth_method: authMethod,
    id_token_signed_response_alg: alg,
    ...(authMethod.startsWith('client_secret') && { client_secret: NO_SECRET }),
    ...(keys !== null && (keys.startsWith('{') ? { jwks: JSON.parse(keys) } : { jwks_uri: keys })),
    ...(backChannelLogoutUri !== null && {
      backchannel_logout_uri: backChannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
  } as AdapterPayload
}
