import type { Database } from '../platform/database/open.ts'
import type { AppFacts } from './app-input.ts'
import { storedRules } from './app-rule.ts'
import type { AuthMethod, OidcClient } from './oidc-client-input.ts'
import type { App } from './registered-app.ts'
import type { ServiceProvider } from './service-provider-input.ts'

export type AppRow = Database['apps']['$inferSelect']
type ClientRow = Database['oidcClients']['$inferSelect']
type ProviderRow = Database['samlServiceProviders']['$inferSelect']

/** A stored app. */
export const appOf = ({ id, name, origins, startUrl, icon, tokenScopes, clientId, rules }: AppRow): App => ({
  id,
  clientId,
  name,
  origins: JSON.parse(origins),
  startUrl,
  icon,
  tokenScopes: JSON.parse(tokenScopes),
  rules: storedRules(rules),
})

/** What is stored of a client of OpenID Connect. */
export const oidcClientOf = ({
  redirectUris,
  postLogoutRedirectUris,
  authMethod,
  groups,
  appId: _,
  ...row
}: ClientRow): OidcClient => ({
  ...row,
  redirectUris: JSON.parse(redirectUris),
  postLogoutRedirectUris: JSON.parse(postLogoutRedirectUris),
  authMethod: authMethod as AuthMethod,
  groups: groups === null ? null : JSON.parse(groups),
})

/** What is stored of a service provider of SAML. */
export const serviceProviderOf = ({
  consumers,
  certificates,
  groups,
  appId: _,
  ...row
}: ProviderRow): ServiceProvider => ({
  ...row,
  consumers: JSON.parse(consumers),
  certificates: JSON.parse(certificates),
  sloBinding: row.sloBinding as ServiceProvider['sloBinding'],
  nameIdFormat: row.nameIdFormat as ServiceProvider['nameIdFormat'],
  groups: groups === null ? null : JSON.parse(groups),
})

/** The columns of an app that administrators change. */
export const rowOf = ({ name, origins, startUrl, icon, tokenScopes }: AppFacts) => ({
  name,
  origins: JSON.stringify(origins),
  startUrl,
  icon,
  tokenScopes: JSON.stringify(tokenScopes),
})

/** Those facts as JSON. */
export const detailsOf = ({ name, origins, startUrl, icon, tokenScopes }: AppFacts) => ({
  name,
  origins,
  start_url: startUrl,
  icon,
  token_scopes: tokenScopes,
})
