/** Where everything of SAML is. */
export const SAML = '/saml'

export const SAML_ROUTES = {
  /** Also our entity ID, below AUTH_URL. */
  metadata: `${SAML}/metadata`,
  sso: `${SAML}/sso`,
  slo: `${SAML}/slo`,
  start: `${SAML}/start`,
  continue: `${SAML}/continue`,
  logout: `${SAML}/logout`,
} as const

/** Our entity ID. */
export const entityIdOf = (authUrl: string): string => authUrl + SAML_ROUTES.metadata

/** The page where a sign-in goes on as the signed-in user. */
export const continuePath = (id: string): string => `${SAML_ROUTES.continue}/${id}`

/** Where a sign-out goes on to the next service provider. */
export const logoutPath = (id: string): string => `${SAML_ROUTES.logout}/${id}`

/** Where a sign-in begins without a request of the app. */
export const startPath = (appId: number): string => `${SAML_ROUTES.start}/${appId}`
