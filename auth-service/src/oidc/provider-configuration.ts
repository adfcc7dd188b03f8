import type {
  Adapter,
  Configuration,
  ExternalSigningKey,
  errors,
  interactionPolicy,
  KoaContextWithOIDC,
} from 'oidc-provider'
import type { RegisteredApp } from '../apps/apps.ts'
import type { Config } from '../platform/config/config.ts'
import { DEVICE_LIFETIME } from '../tokens/device-requests.ts'
import type { Users } from '../users/users.ts'
import { mayUse } from './access-to-app.ts'
import type { OidcConsents } from './consents.ts'
import { fitDocument, isDocumentId } from './document-clients.ts'
import type { DocumentConsents } from './document-consents.ts'
import { sidOf } from './family-session-id.ts'
import type { UserAccount } from './interaction-policy.ts'
import { ACR_PASSWORD, CLAIMS_BY_SCOPE, claimsOf, SCOPES } from './oidc-claims.ts'
import type { RequestStates } from './oidc-request.ts'
import { interactionPath, OIDC_ROUTES } from './oidc-routes.ts'
import { providerCookies } from './provider-cookies.ts'
import type { ShownAppOf } from './shown-app.ts'

export interface ProviderConfigurationOptions {
  readonly config: Pick<
    Config,
    'authUrl' | 'https' | 'secretKey' | 'secretKeyFallbacks' | 'refreshTtl' | 'sessionMaxAge'
  >
  readonly users: Pick<Users, 'findByUuid'>
  readonly appOf: (clientId: string) => RegisteredApp | null
  readonly shownAppOf: ShownAppOf
  readonly consents: Pick<OidcConsents, 'scopes'>
  /** `null` unless apps may describe themselves. */
  readonly documents: Pick<DocumentConsents, 'scopes'> | null
  readonly states: RequestStates
  readonly fetch: typeof globalThis.fetch
  /** Codes of the languages of our pages. */
  readonly languages: readonly string[]
}

/** The parts of oidc-provider that the configuration needs. */
export interface ProviderSetup {
  readonly adapter: (model: string) => Adapter
  readonly keys: readonly ExternalSigningKey[]
  readonly policy: interactionPolicy.DefaultPolicy
  readonly errors: typeof errors
  /** The algorithm of ID tokens. */
  readonly alg: string
}

/** Lifetimes in seconds. */
const CODE_TTL = 60
const HOUR = 3600
/** Sizes in bytes: of a document (its draft, section 8.7), and of the keys of an app. */
const MAX_DOCUMENT = 5 * 1024
const MAX_KEYS = 64 * 1024

/** What oidc-provider is allowed to do: the code flow with PKCE, the device flow, and nothing older. */
export function providerConfiguration(
  options: ProviderConfigurationOptions,
  { adapter, keys, policy, errors, alg }: ProviderSetup,
): Configuration {
  const { config, users, appOf, documents, states } = options
  const isOwn = (client: { clientId: string }, token: { clientId?: string | undefined }) =>
    token.clientId === client.clientId

  /** Whether the session of a token still allows the app, which no administrator registered, anything. */
  async function isAllowed(token: unknown, clientId: string): Promise<boolean> {
    const sid = sidOf((token as { sessionUid?: unknown }).sessionUid)
    return sid !== null && documents !== null && (await documents.scopes(sid, clientId)).length > 0
  }

  return {
    adapter,
    jwks: { keys },
    routes: OIDC_ROUTES,
    cookies: providerCookies(config),
    acrValues: [ACR_PASSWORD],
    claims: {
      acr: null,
      amr: null,
      auth_time: null,
      iss: null,
      sid: null,
      ...CLAIMS_BY_SCOPE,
      openid: [...CLAIMS_BY_SCOPE.openid, 'auth_time', 'acr', 'amr'],
    },
    // Many products read claims only from the ID token.
    conformIdTokenClaims: false,
    scopes: [...SCOPES],
    responseTypes: ['code'],
    subjectTypes: ['public'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256', 'EdDSA'] },
    pkce: { required: () => true },
    // Tokens end with the session by our database: see records.ts.
    expiresWithSession: async () => false,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    clientBasedCORS: (_, origin, client) =>
      client.tokenEndpointAuthMethod === 'none' && originsOf(client.redirectUris).includes(origin),
    fetch: options.fetch as Configuration['fetch'],
    fetchResponseBodyLimits: {
      'client_id metadata document': MAX_DOCUMENT,
      jwks_uri: MAX_KEYS,
      sector_identifier_uri: MAX_DOCUMENT,
    },
    // Called for each client, before oidc-provider validates its metadata.
    extraClientMetadata: {
      properties: ['software_id'],
      validator(_ctx, _name, _value, metadata) {
        if (isDocumentId(metadata.client_id)) fitDocument(metadata, { alg, errors })
      },
    },
    discovery: {
      claim_types_supported: ['normal'],
      ui_locales_supported: [...options.languages],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: false },
      clientIdMetadataDocument: {
        enabled: documents !== null,
        ack: 'draft-02',
        async allowFetch(ctx, clientId) {
          const state = states.of(ctx.req)
          // After a failure, oidc-provider looks for the client once more, to tell it.
          if (state.documents.has(clientId)) return false
          state.documents.add(clientId)
          return state.spend('document')
        },
        cacheDuration: { min: 60, max: HOUR },
      },
      // Its letters and its length are those of tokens/device-requests.ts.
      deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}) },
      dPoP: { enabled: true },
      externalSigningSupport: { enabled: true, ack: 'experimental-01' },
      introspection: { enabled: true, allowedPolicy: async (_, client, token) => isOwn(client, token) },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => isOwn(client, token) },
      rpInitiatedLogout: {
        enabled: true,
        async logoutSource(ctx, form) {
          const app = ctx.oidc.client ? options.shownAppOf(ctx.oidc.client.clientId) : null
          const target = app?.registered === null ? ctx.oidc.params?.post_logout_redirect_uri : undefined
          const returnsTo = typeof target === 'string' ? target : null
          show(ctx, await states.of(ctx.req).pages.signOut(form, app?.name ?? null, returnsTo))
        },
        async postLogoutSuccessSource(ctx) {
          ctx.status = 303
          ctx.redirect(`${config.authUrl}/login?notice=signed_out`)
        },
      },
    },
    async findAccount(_, uuid, token) {
      const user = await users.findByUuid(uuid)
      if (!user?.isActive) return undefined
      const clientId = (token && 'clientId' in token && token.clientId) || ''
      const client = appOf(clientId)?.oidc
      // Those who lost their access to an app since they signed in there.
      if (client && !mayUse(client, user)) return undefined
      // Those who withdrew their consent while the app got a token.
      if (!client && isDocumentId(clientId) && !(await isAllowed(token, clientId))) return undefined
      const account: UserAccount = { user }
      return { ...account, accountId: user.uuid, claims: async () => claimsOf(user) }
    },
    interactions: { policy, url: async (_, { uid }) => interactionPath(uid) },
    loadExistingGrant: (ctx) => loadGrant(ctx, options),
    async renderError(ctx, { error, error_description: description }) {
      show(ctx, await states.of(ctx.req).pages.error({ error, description, status: ctx.status }))
    },
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: CODE_TTL,
      DeviceCode: DEVICE_LIFETIME,
      Grant: config.sessionMaxAge,
      IdToken: HOUR,
      Interaction: HOUR,
      RefreshToken: config.refreshTtl,
      Session: HOUR,
    },
    async assertJwtClientAuthClaimsAndHeader(_, { exp }) {
      // A stolen assertion must not work for long.
      if (Number(exp) - Date.now() / 1000 <= HOUR) return
      throw new errors.InvalidClientAuth('the assertion must expire within an hour')
    },
  }
}

function show(
  ctx: KoaContextWithOIDC,
  { html, headers }: { html: string; headers: Readonly<Record<string, string>> },
) {
  ctx.type = 'html'
  ctx.body = html
  ctx.set({ ...headers })
}

const originsOf = (uris: readonly string[] = []): string[] =>
  uris.flatMap((uri) => {
    const origin = URL.parse(uri)?.origin
    return origin === undefined || origin === 'null' ? [] : [origin]
  })

/**
 * The grant of this session and app, with the scopes that the user allowed before, or that need no consent. Without
 * one, the user is asked.
 */
async function loadGrant(
  ctx: KoaContextWithOIDC,
  { appOf, consents, documents }: Pick<ProviderConfigurationOptions, 'appOf' | 'consents' | 'documents'>,
) {
  const { client, session, provider, account } = ctx.oidc
  if (!session || !account || !client) return undefined
  const app = appOf(client.clientId)
  const sid = sidOf(session.uid)
  const allowed = app?.oidc
    ? app.oidc.isFirstParty
      ? [...ctx.oidc.requestParamOIDCScopes]
      : await consents.scopes(account.accountId, app.id)
    : sid !== null && documents !== null
      ? await documents.scopes(sid, client.clientId)
      : []
  if (allowed.length === 0) return undefined
  const grantId = session.grantIdFor(client.clientId)
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const isComplete = known && allowed.every((scope) => known.getOIDCScope().split(' ').includes(scope))
  if (isComplete) return known
  const grant = known ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope(allowed.join(' '))
  await grant.save()
  return grant
}
