import type { AppParts } from '../apps/app-parts.ts'
import type { Events } from '../events/events.ts'
import type { Platform } from '../platform/platform.ts'
import { lazy } from '../platform/process/lazy.ts'
import type { ClosableModule } from '../platform/process/module.ts'
import { whileUsed } from '../platform/process/while-used.ts'
import type { TokenParts } from '../tokens/token-parts.ts'
import { createSamlBackChannel, createSamlEndings } from './saml-back-channel.ts'
import { createSamlKeys } from './saml-keys.ts'
import { createSamlLogouts } from './saml-logouts.ts'
import { createSamlRequests } from './saml-requests.ts'
import { createSamlServer, type SamlServer } from './saml-server.ts'
import { createSamlSignIns } from './saml-sign-ins.ts'

/** SAML 2.0, for apps that speak nothing else. */
export interface SamlParts {
  readonly saml: SamlServer
}

export interface SamlPartsOptions extends Platform, Events, AppParts, Pick<TokenParts, 'sessions'> {}

/** @throws ConfigError where no secret decrypts its keys */
export async function createSamlParts(options: SamlPartsOptions) {
  const keys = createSamlKeys(options)
  const requests = createSamlRequests(options)
  const signIns = createSamlSignIns(options)
  const logouts = createSamlLogouts(options)
  if (options.config.secretKeyFallbacks.length > 0) await keys.reencrypt()
  const flow = lazy(async () => {
    const { createSamlFlow } = await import('./saml-flow.ts')
    return createSamlFlow({ ...options, keys, requests, signIns, logouts })
  })
  const { apps } = options
  const isOn = () => apps.list().some(({ saml }) => saml !== null)
  const endings = createSamlEndings(options)
  const backChannel = createSamlBackChannel({
    ...options,
    isOn,
    appWithId: (id) => apps.list().find((app) => app.id === id) ?? null,
    endings,
    keys,
  })
  const saml = createSamlServer({ ...options, isOn, flow, keys, backChannel })
  return {
    parts: { saml },
    deleteExpired: whileUsed(saml.isOn, {
      samlRequests: requests.deleteExpired,
      samlLogouts: logouts.deleteExpired,
      async samlSignIns() {
        // Those of expired sessions, which the feed does not announce.
        await endings.find()
        backChannel.wake()
      },
    }),
    close: backChannel.close,
  } satisfies ClosableModule<SamlParts>
}
