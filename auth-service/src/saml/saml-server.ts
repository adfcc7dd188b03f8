import { isWithinDomain } from '@latchkey/jwt-middleware/contract'
import type { Apps, RegisteredApp } from '../apps/apps.ts'
import type { LogoutDelivery } from '../events/logout-delivery.ts'
import type { Config } from '../platform/config/config.ts'
import type { SamlFlow } from './saml-flow.ts'
import type { SamlKeys } from './saml-keys.ts'

/** SAML for the web layer and the commands. */
export interface SamlServer {
  /** Whether it is served: once an app is a service provider. Other processes learn of it within seconds. */
  isOn(): boolean
  /** What happens with messages. It is loaded at the first call. */
  flow(): Promise<SamlFlow>
  readonly keys: SamlKeys
  /** Begins to tell service providers that sessions have ended, by SOAP. Called by servers alone. */
  start(): void
  /** The origins outside of the family that our forms lead to. */
  formTargets(): readonly string[]
}

export interface SamlServerOptions {
  readonly config: Pick<Config, 'cookieDomain'>
  readonly apps: Pick<Apps, 'list'>
  readonly flow: () => Promise<SamlFlow>
  readonly keys: SamlKeys
  readonly isOn: () => boolean
  readonly backChannel: Pick<LogoutDelivery, 'start'>
}

export const createSamlServer = (options: SamlServerOptions): SamlServer => ({
  isOn: options.isOn,
  flow: options.flow,
  keys: options.keys,
  start: options.backChannel.start,
  formTargets() {
    const { apps, config } = options
    const origins = apps
      .list()
      .flatMap(addressesOf)
      .map((url) => new URL(url))
      .filter(({ hostname }) => !isWithinDomain(hostname, config.cookieDomain))
      .map(({ origin }) => origin)
    return [...new Set(origins)]
  },
})

const addressesOf = ({ saml }: RegisteredApp): string[] =>
  saml === null
    ? []
    : [...saml.consumers.map(({ url }) => url), saml.sloUrl, saml.sloResponseUrl].filter(
        (url) => url !== null,
      )
