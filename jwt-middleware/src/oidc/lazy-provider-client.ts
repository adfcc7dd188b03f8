import { missingPeer } from '../contract/peer-version.ts'
import type { ProviderClient, ProviderClientOptions } from './provider-client.ts'

/**
 * The provider client, whose module and openid-client are loaded at the first use. Imported from the start, a missing
 * openid-client would stop the app with an error of Node's that names no remedy.
 * Each function rejects with LatchkeyError `package_missing` without it.
 */
export function createLazyProviderClient(options: ProviderClientOptions): ProviderClient {
  let client: Promise<ProviderClient> | undefined
  const open = (): Promise<ProviderClient> => {
    client ??= import('./provider-client.ts').then(
      ({ createProviderClient }) => createProviderClient(options),
      (error) => {
        throw String(error).includes('openid-client') ? missingPeer('openid-client', error) : error
      },
    )
    return client
  }

  return {
    signInUrl: async (...given) => (await open()).signInUrl(...given),
    signOutUrl: async (...given) => (await open()).signOutUrl(...given),
    exchange: async (...given) => (await open()).exchange(...given),
    refresh: async (...given) => (await open()).refresh(...given),
    userinfo: async (...given) => (await open()).userinfo(...given),
    revoke: async (...given) => (await open()).revoke(...given),
  }
}
