import type { RegisteredApp } from '../apps/apps.ts'
import type { Revocations } from '../events/events.ts'
import { createLogoutDelivery, type LogoutDelivery } from '../events/logout-delivery.ts'
import { describeError, type Log } from '../platform/logging/logger.ts'
import type { EndedSignIn, EndedSignIns } from './ended-sign-ins.ts'
import type { EndLostAccess } from './lost-access.ts'
import type { CurrentProvider } from './provider.ts'

export interface BackChannelLogoutOptions {
  readonly current: CurrentProvider
  /** Whether there is any client. */
  readonly isOn: () => boolean
  readonly appWithId: (id: number) => RegisteredApp | null
  readonly endedSignIns: EndedSignIns
  readonly endLostAccess: EndLostAccess
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly log: Log
  readonly now: () => number
}

/** Delivers logout tokens (OpenID Connect Back-Channel Logout 1.0). */
export function createBackChannelLogout(options: BackChannelLogoutOptions): LogoutDelivery {
  const { current, isOn, appWithId, endedSignIns, endLostAccess, revocations, log, now } = options
  const nameOf = ({ appId }: EndedSignIn) => appWithId(appId)?.name

  return createLogoutDelivery({
    isOn,
    endings: endedSignIns,
    also: endLostAccess,
    revocations,
    now,
    async tell(ended) {
      const app = appWithId(ended.appId)
      if (!app?.oidc?.backChannelLogoutUri || app.clientId === null) return
      const client = (await (await current()).Client.find(app.clientId)) as LogoutClient | undefined
      await client?.backchannelLogout(ended.sub, ended.clientSid)
      const facts = { app: app.name, attempt: ended.attempts }
      log.debug({ event: 'oidc_logout_sent', ...facts }, 'an app was told that a session has ended')
    },
    onFailure({ ended, error, pause }) {
      const { code, message } = describeError(error)
      const facts = { app: nameOf(ended), attempt: ended.attempts, code, reason: message, setting: SETTING }
      if (pause === null) {
        log.error(
          { event: 'oidc_logout_given_up', ...facts },
          'gave up telling an app that a session has ended: it could not be told for a day',
        )
      } else {
        log.warn(
          { event: 'oidc_logout_put_off', ...facts, pause },
          'an app could not be told that a session has ended; retrying later',
        )
      }
    },
    onOutage: (error) => log.warn({ err: error }, 'could not read or update the sign-ins of OpenID Connect'),
  })
}

/** What the types of oidc-provider leave out. */
interface LogoutClient {
  /** Signs a logout token and sends it. Rejects unless the app answers 200 or 204 within 2.5 seconds. */
  backchannelLogout(sub: string, sid: string): Promise<void>
}

const SETTING = 'the address for sign-outs of the app at /admin/apps'
