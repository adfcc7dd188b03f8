/** Where everything of OpenID Connect is, except for what has a place of its own by its standard. */
export const OIDC = '/oidc'

/** The paths of oidc-provider. The keys are those of the family. */
export const OIDC_ROUTES = {
  authorization: `${OIDC}/auth`,
  // Our page, for every kind of device.
  code_verification: '/device',
  device_authorization: `${OIDC}/device`,
  end_session: `${OIDC}/logout`,
  introspection: `${OIDC}/introspect`,
  jwks: '/.well-known/jwks.json',
  pushed_authorization_request: `${OIDC}/request`,
  revocation: `${OIDC}/revoke`,
  token: `${OIDC}/token`,
  userinfo: `${OIDC}/userinfo`,
} as const

/** The metadata of OpenID Connect Discovery 1.0, section 4, and of RFC 8414, section 3. */
export const METADATA_ROUTES = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const

/** The page where a user answers what an authorization asks for. */
export const interactionPath = (uid: string): string => `${OIDC}/interaction/${uid}`
