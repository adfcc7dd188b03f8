import type { WarnLimited } from '@latchkey/jwt-middleware/contract'
import type Provider from 'oidc-provider'
import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import { isOutage } from '../platform/database/db-errors.ts'
import type { Log } from '../platform/logging/logger.ts'

/** The events of oidc-provider about refused requests, and what the app asked for. */
const REFUSALS = {
  'authorization.error': 'authorization',
  'pushed_authorization_request.error': 'authorization',
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
}

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
      const cause = CODE.test(error.error) ? error.error : 'unknown'
      const app = nameOf(ctx.oidc.client?.clientId ?? '')
      const facts = { event: 'oidc_refused', endpoint, cause, app, setting: SETTINGS[cause] }
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

/** What happens in daily use: a silent sign-in without a session, and a consent that was denied. */
const EVERYDAY = new Set(['login_required', 'consent_required', 'interaction_required', 'access_denied'])
