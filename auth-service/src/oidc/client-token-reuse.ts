import type { AdapterPayload } from 'oidc-provider'
import { type Audit, NO_DEVICE } from '../events/audit-log.ts'
import type { Log } from '../platform/logging/logger.ts'
import { sidOf } from './family-session-id.ts'
import type { ShownAppOf } from './shown-app.ts'

export interface TokenReuseOptions {
  readonly audit: Pick<Audit, 'record'>
  readonly shownAppOf: ShownAppOf
  readonly log: Log
}

/**
 * Records that a refresh token was used again after its grace period, or after its successor: someone copied it, or the
 * app lost what it got. oidc-provider then revokes the tokens of that sign-in (RFC 9700, section 4.14.2).
 */
export const createTokenReuse =
  ({ audit, shownAppOf, log }: TokenReuseOptions) =>
  async ({ clientId = '', accountId, sessionUid }: AdapterPayload): Promise<void> => {
    const app = shownAppOf(clientId)?.name ?? null
    const sid = sidOf(sessionUid)
    log.warn(
      { event: 'oidc_refresh_token_reused', app, sid },
      'a refresh token of an app was used again: its sign-in there has ended; does the app share tokens between processes, or store them too late?',
    )
    await audit.record({
      event: 'oidc_token_reused',
      subject: accountId ?? null,
      actor: null,
      sid,
      device: NO_DEVICE,
      details: { app },
    })
  }
