import type { ClientMetadata, errors } from 'oidc-provider'
import { getDomain } from 'tldts'
import { readClientKeys } from '../apps/client-keys.ts'
import { readRedirectUri } from '../apps/redirect-uri.ts'
import { DEVICE_GRANT } from './client-metadata.ts'

/**
 * Whether a client id is the URL of a document that describes the app (OAuth Client ID Metadata Document, section 3).
 * Those of registered apps are random, and never begin like this.
 */
export const isDocumentId = (clientId: unknown): clientId is string =>
  typeof clientId === 'string' && /^https:\/\//i.test(clientId) && URL.canParse(clientId)

/** The host of such an app, by which users recognise it: its name is its own to choose. */
export const hostOfDocument = (clientId: string): string => new URL(clientId).host

/**
 * The domain that such an app was registered under, or its host: subdomains cost nothing. Those who publish below a shared
 * one, such as github.io, have a site each (the private part of the Public Suffix List).
 */
export const siteOfDocument = (clientId: string): string =>
  getDomain(clientId, { allowPrivateDomains: true }) ?? new URL(clientId).hostname

/** What an app could make us fetch, or send, and none of which it needs. */
const UNUSED = ['sector_identifier_uri', 'backchannel_logout_uri', 'initiate_login_uri'] as const

const URIS = ['redirect_uris', 'post_logout_redirect_uris'] as const

interface DocumentRules {
  /** The algorithm of ID tokens. */
  readonly alg: string
  readonly errors: Pick<typeof errors, 'InvalidClientMetadata'>
}

/**
 * Applies our rules to the metadata of a document, in place, before oidc-provider validates it. Browsers return to the
 * origin of the document, so that no app can pretend to be another one, or to this device, at any port (RFC 8252, section
 * 7.3). The values may be anything.
 * @throws InvalidClientMetadata
 */
export function fitDocument(metadata: ClientMetadata, { alg, errors }: DocumentRules): void {
  const { client_id: clientId } = metadata
  for (const name of UNUSED) delete metadata[name]
  // A page that asks to confirm a code shows no address by which a user could tell such an app from another one.
  if (Array.isArray(metadata.grant_types))
    metadata.grant_types = metadata.grant_types.filter((grant) => grant !== DEVICE_GRANT)
  // oidc-provider has refused documents that name such a method: this is its default.
  if (metadata.token_endpoint_auth_method === 'client_secret_basic')
    metadata.token_endpoint_auth_method = 'none'
  const isPublic = metadata.token_endpoint_auth_method === 'none'
  let isOnDevice = false
  for (const name of URIS) {
    const uris: unknown = metadata[name] ?? []
    for (const uri of Array.isArray(uris) ? uris : [uris]) {
      const text = typeof uri === 'string' ? uri : ''
      const read = readRedirectUri(text, { httpsOnly: true, isPublic: true })
      const isOwn = read.ok && new URL(read.value.uri).origin === new URL(clientId).origin
      const isLoopback = read.ok && read.value.uri.startsWith('http:')
      if (!isOwn && !isLoopback) {
        throw new errors.InvalidClientMetadata(
          `${name} must have the origin of the document, or be http on a loopback address`,
        )
      }
      isOnDevice ||= isLoopback
    }
  }
  metadata.application_type = isOnDevice ? 'native' : 'web'
  metadata.id_token_signed_response_alg = alg as NonNullable<ClientMetadata['id_token_signed_response_alg']>
  if (isPublic || metadata.jwks === undefined) return
  if (!readClientKeys(metadata.jwks).ok)
    throw new errors.InvalidClientMetadata('jwks must be a set of public keys')
}
