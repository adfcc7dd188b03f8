import type { PathRule } from '../platform/config/access-rules.ts'
import type { AppFacts } from './app-input.ts'
import type { OidcClient } from './oidc-client-input.ts'
import type { ServiceProvider } from './service-provider-input.ts'

/** An app that the service knows by name, in the family or outside. */
export interface App extends AppFacts {
  readonly id: number
  /** Its `AUTH_CLIENT_ID`; `null` without credentials. */
  readonly clientId: string | null
  /** Who may open which path behind a proxy, in order: see app-rules.ts. */
  readonly rules: readonly PathRule[]
}

/** An app with everything that is registered about it. */
export interface RegisteredApp extends App {
  /** What makes it a client of OpenID Connect; `null` if it is not one. */
  readonly oidc: OidcClient | null
  /** What makes it a service provider of SAML; `null` if it is not one. */
  readonly saml: ServiceProvider | null
}
