import type { Events } from '../events/events.ts'
import type { Platform } from '../platform/platform.ts'
import type { ClosableModule } from '../platform/process/module.ts'
import { type AppCredentials, createAppCredentials } from './app-credentials.ts'
import { type AppPermissions, createAppPermissions } from './app-permissions.ts'
import { type AppRules, createAppRules } from './app-rules.ts'
import { type Apps, createApps } from './apps.ts'
import { createOidcClients, type OidcClients } from './oidc-clients.ts'
import { createServiceProviders, type ServiceProviders } from './service-providers.ts'

/** The registered apps, their credentials, and what users may do in them. */
export interface AppParts {
  readonly apps: Apps
  readonly appCredentials: AppCredentials
  readonly appPermissions: AppPermissions
  readonly appRules: AppRules
  readonly oidcClients: OidcClients
  readonly serviceProviders: ServiceProviders
}

export async function createAppParts(options: Platform & Events) {
  const apps = await createApps(options)
  const appCredentials = createAppCredentials(options)
  return {
    parts: {
      apps,
      appCredentials,
      appPermissions: createAppPermissions(options),
      appRules: createAppRules({ ...options, apps }),
      oidcClients: createOidcClients({ ...options, apps }),
      serviceProviders: createServiceProviders({ ...options, apps }),
    },
    deleteExpired: { appSecrets: appCredentials.deleteExpired },
    async close() {
      apps.close()
      await appCredentials.close()
    },
  } satisfies ClosableModule<AppParts>
}
