import type Provider from 'oidc-provider'
import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider'
import type { AppCredentials } from '../apps/app-credentials.ts'
import type { RegisteredApp } from '../apps/apps.ts'
import { NO_DEVICE } from '../events/audit-log.ts'
import type { Keys } from '../tokens/keys/signing-keys.ts'
import { isDocumentId } from './document-clients.ts'
import type { DocumentConsents } from './document-consents.ts'
import { createInteractionPolicy } from './interaction-policy.ts'
import { createOidcAdapter, type OidcAdapterOptions } from './oidc-adapter.ts'
import type { OidcCost } from './oidc-request.ts'
import { OIDC_ROUTES } from './oidc-routes.ts'
import { type ProviderConfigurationOptions, providerConfiguration } from './provider-configuration.ts'
import { type KeySnapshot, providerKeys, snapshotOf } from './provider-keys.ts'

export interface ProviderOptions
  extends ProviderConfigurationOptions,
    Omit<OidcAdapterOptions, 'alg' | 'documents' | 'request' | 'errors'> {
  readonly documents: DocumentConsents | null
  readonly keys: Pick<Keys, 'current' | 'published'>
  readonly appCredentials: Pick<AppCredentials, 'authenticate'>
  readonly appOf: (clientId: string) => RegisteredApp | null
  /** Called once for each new provider, to listen to its events. */
  readonly listen: (provider: Provider) => void
  readonly onReuse: (token: AdapterPayload) => Promise<void>
}

/**
 * oidc-provider with the family's current keys. It is loaded at the first call, since it takes longer than the rest of
 * the service, and set up again after a rotation or removal: it keeps no state, and setting it up takes a millisecond.
 */
export type CurrentProvider = () => Promise<Provider>

export function createCurrentProvider(options: ProviderOptions): CurrentProvider {
  let made: { readonly fingerprint: string; readonly provider: Provider } | undefined

  return async () => {
    const library = await import('oidc-provider')
    const snapshot = snapshotOf(options.keys)
    if (made?.fingerprint === snapshot.fingerprint) return made.provider
    const provider = setUp(library, options, snapshot)
    made = { fingerprint: snapshot.fingerprint, provider }
    return provider
  }
}

type Library = typeof import('oidc-provider')

function setUp(library: Library, options: ProviderOptions, snapshot: KeySnapshot): Provider {
  const { default: ProviderClass, ExternalSigningKey, errors, interactionPolicy } = library
  const { config, appCredentials, states, successorOf } = options
  /** Outside of a request nothing is counted: pages answer what one has stored. */
  const spend = async (cost: OidcCost): Promise<boolean> =>
    ProviderClass.ctx === undefined || states.of(ProviderClass.ctx.req).spend(cost)
  const adapter = createOidcAdapter({
    ...options,
    alg: snapshot.current.alg,
    errors,
    request: {
      sessionId: () => ProviderClass.ctx?.oidc.session?.uid,
      isLogout: () => ProviderClass.ctx?.path === `${OIDC_ROUTES.end_session}/confirm`,
      clientId: () => ProviderClass.ctx?.oidc.client?.clientId,
      device: () => (ProviderClass.ctx ? states.of(ProviderClass.ctx.req).device : NO_DEVICE),
      mayPoll: () => spend('device_poll'),
      mayStore: async (model) =>
        isStoredForStrangers(model, ProviderClass.ctx)
          ? spend(model === 'DeviceCode' ? 'device_request' : 'stored_request')
          : true,
    },
  })
  const provider = new ProviderClass(
    config.authUrl,
    providerConfiguration(options, {
      adapter,
      keys: providerKeys(ExternalSigningKey, snapshot),
      policy: createInteractionPolicy(interactionPolicy, options),
      errors,
      alg: snapshot.current.alg,
    }),
  )
  // Only hashes of secrets are stored, and two are valid at a time.
  provider.Client.prototype.compareClientSecret = async function compare(actual: string) {
    return (await appCredentials.authenticate(this.clientId, actual)) !== null
  }
  giveSuccessors(provider, () => ProviderClass.ctx?.oidc.entities.RotatedRefreshToken?.jti, successorOf)
  acceptOnlyIdTokens(provider)
  options.listen(provider)
  return provider
}

/**
 * An `id_token_hint` is an ID token. oidc-provider would also take a logout token, which has the same issuer, audience and
 * key; its `typ` tells them apart (RFC 8725, section 3.11).
 */
function acceptOnlyIdTokens(provider: Provider): void {
  const model = provider.IdToken as unknown as IdTokenModel
  const { validate } = model
  model.validate = async (jwt, client) => {
    const token = await validate.call(model, jwt, client)
    const { typ = 'JWT' } = token.header
    if (typ !== 'JWT') throw new Error('This token is not an ID token.')
    return token
  }
}

/** What the types of oidc-provider leave out. */
interface IdTokenModel {
  validate(jwt: string, client: unknown): Promise<{ readonly header: { readonly typ?: string } }>
}

/**
 * What anyone can have stored: an authorization that waits for its user, a sign-out without a session, what an app
 * without credentials pushes or lets a device ask for, and the proofs of an app that no administrator registered.
 * Everything else needs a session of the family, or a secret.
 */
const isStoredForStrangers = (model: string, ctx: KoaContextWithOIDC | undefined): boolean => {
  const { client, route } = ctx?.oidc ?? {}
  const isPublic = client?.tokenEndpointAuthMethod === 'none'
  // Anyone can make an app that describes itself, and a key with which it proves who it is.
  const isStranger = isPublic || isDocumentId(client?.clientId)
  const isPushed = isStranger && route === 'pushed_authorization_request'
  if (model === 'ReplayDetection') return isPushed || (isStranger && !isPublic)
  if (model === 'DeviceCode') return isStranger
  // Only sessions of browsers that sign out without being signed in are stored as such: see oidc-adapter.ts.
  return (
    model === 'Interaction' || model === 'Session' || (model === 'PushedAuthorizationRequest' && isPushed)
  )
}

/** Each refresh token has one successor: see refresh-successor.ts. */
function giveSuccessors(
  provider: Provider,
  rotated: () => string | undefined,
  successorOf: (refreshToken: string) => string,
): void {
  const model = provider.RefreshToken.prototype as unknown as { generateTokenId(): string }
  const random = model.generateTokenId
  model.generateTokenId = function next() {
    const earlier = rotated()
    return earlier === undefined ? random.call(this) : successorOf(earlier)
  }
}
