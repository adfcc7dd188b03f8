import { loggableHost, type WarnLimited } from '@latchkey/jwt-middleware/contract'
import type Provider from 'oidc-provider'
import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import { isOutage } from '../platform/database/db-errors.ts'
import type { Log } from '../platform/logging/logger.ts'
import { PublicFetchError } from '../platform/net/public-fetch.ts'
import { isDocumentId } from './document-clients.ts'

/** The events of oidc-provider about refused requests, and what the app asked for. */
const REFUSALS = {
  'authorization.error': 'authorization',
  'pushed_authorization_request.error': 'authorization',
  'device_authorization.error': 'device_authorization',
  'grant.error': 'token',
  'userinfo.error': 'userinfo',
  'revocation.error': 'revocation',
  'introspection.error': 'introspection',
  'end_session.error': 'logout',
  'end_session_confirm.error': 'logout',
} as const

/** The setting to look at, by the code of the error. */
const SETTINGS: Readonly<Record<string, string>> = {
  invalid_redirect_uri: 'the redirect URIs of the app at /admin/apps',
  invalid_client: 'the credentials and the method of the app at /admin/apps',
  unauthorized_client: 'the method of the app at /admin/apps',
  access_denied: 'the groups of the app at /admin/apps',
  temporarily_unavailable: 'TRUSTED_PROXIES, if all clients have one address',
}

/** Most devices that are refused belong to an app that may not sign in like that. */
const DEVICE_SETTING = 'whether devices of the app may sign in with a code, at /admin/apps'

const CODE = /^[a-z_]{1,64}$/

/**
 * Logs what oidc-provider refuses, by the code of the error: descriptions may contain what was sent. Errors of the kind
 * that users cause every day are logged at debug.
 */
export function logProvider(
  provider: Provider,
  { log, warn, nameOf }: { log: Log; warn: WarnLimited; nameOf: (clientId: string) => string | null },
): void {
  for (const [event, endpoint] of Object.entries(REFUSALS)) {
    provider.on(event as 'grant.error', (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
      const host = documentOf(ctx)
      const reason = host === null ? null : documentProblem(error)
      if (reason !== null) {
        const setting = 'OIDC_CLIENT_METADATA'
        return warn(
          { event: 'oidc_document_refused', endpoint, cause: reason, host, setting },
          DOCUMENT_REFUSED,
        )
      }
      const cause = CODE.test(error.error) ? error.error : 'unknown'
      const app = nameOf(ctx.oidc.client?.clientId ?? '')
      const isDevice = endpoint === 'device_authorization' && cause === 'invalid_request'
      const setting = isDevice ? DEVICE_SETTING : SETTINGS[cause]
      const facts = { event: 'oidc_refused', endpoint, cause, app, setting }
      if (EVERYDAY.has(cause)) log.debug(facts, 'refused a request of OpenID Connect')
      else warn(facts, 'refused a request of OpenID Connect: the docs name the cause')
    })
  }
  const noteFailure = (error: unknown) => {
    if (isOutage(error)) {
      log.warn({ event: 'outage', err: error }, 'OpenID Connect failed: the database does not respond')
    } else log.error({ event: 'oidc_failed', err: error }, 'OpenID Connect failed')
  }
  provider.on('server_error', (_, error) => noteFailure(error))
  // Koa prints what no one hears.
  const app: NodeJS.EventEmitter = provider
  app.on('error', noteFailure)
}

const DOCUMENT_REFUSED =
  'refused an app that describes itself, because of its document: "cause" names the reason, which only the app can change'

/** The host of the document that a request names as its app, if any. */
function documentOf({ oidc }: KoaContextWithOIDC): string | null {
  const id = oidc.client ? undefined : (oidc.params?.client_id ?? oidc.body?.client_id)
  return isDocumentId(id) ? loggableHost(id) : null
}

/** Why a document was refused; `null` for any other error. Nothing of its content. */
function documentProblem({ error, cause, error_detail: detail = '' }: errors.OIDCProviderError) {
  if (error === 'invalid_client_metadata' || error === 'invalid_redirect_uri') return 'invalid_document'
  if (error !== 'invalid_client') return null
  if (cause instanceof PublicFetchError) return cause.code
  const [, status] = /^unexpected response status (\d{3})$/.exec(detail) ?? []
  if (status !== undefined) return `status_${status}`
  if (cause instanceof SyntaxError) return 'not_json'
  if (!(cause instanceof Error)) return null
  if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'timeout'
  // oidc-provider cancels a body that is too large while it reads it, which is a TypeError of its own.
  return cause.message === 'response too large' || cause instanceof TypeError ? 'too_large' : 'unreachable'
}

/** What happens in daily use: a silent sign-in without a session, a consent that was denied, a device that waits. */
const EVERYDAY = new Set([
  'login_required',
  'consent_required',
  'interaction_required',
  'access_denied',
  'authorization_pending',
  'slow_down',
  'expired_token',
])
