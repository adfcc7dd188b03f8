import { isNotNull } from 'drizzle-orm'
import type { RegisteredApp } from '../apps/apps.ts'
import type { Revocations } from '../events/events.ts'
import { createLogoutDelivery, type LogoutDelivery } from '../events/logout-delivery.ts'
import { createSessionEndings, type SessionEndings } from '../events/session-endings.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { describeError, type Log } from '../platform/logging/logger.ts'
import type { SamlKeys } from './saml-keys.ts'
import { entityIdOf } from './saml-routes.ts'

type EndedSignIn = Database['samlSignIns']['$inferSelect']

export interface SamlBackChannelOptions {
  readonly config: Pick<Config, 'authUrl'>
  readonly isOn: () => boolean
  readonly appWithId: (id: number) => RegisteredApp | null
  readonly endings: SessionEndings<EndedSignIn>
  readonly keys: Pick<SamlKeys, 'current'>
  readonly revocations: Pick<Revocations, 'subscribe'>
  readonly log: Log
  readonly now: () => number
}

/** The sign-ins to service providers that ended: those with an address for SOAP hear of it. */
export function createSamlEndings(options: { database: Database; now: () => number }) {
  const { db, samlServiceProviders: providers, samlSignIns: table } = options.database
  const listening = db.select({ id: providers.appId }).from(providers).where(isNotNull(providers.soapUrl))
  return createSessionEndings({ ...options, table, listening })
}

/** Delivers logout requests by SOAP, without a browser. What reads XML is loaded with the first one. */
export function createSamlBackChannel(options: SamlBackChannelOptions): LogoutDelivery {
  const { config, isOn, appWithId, endings, keys, revocations, log, now } = options

  return createLogoutDelivery({
    isOn,
    endings,
    revocations,
    now,
    async tell({ appId, nameId, nameIdFormat, sessionIndex, attempts }) {
      const app = appWithId(appId)
      const url = app?.saml?.soapUrl
      if (!app || !url) return
      const { sendSoapLogout } = await import('./soap-logout.ts')
      await sendSoapLogout(
        { issuer: entityIdOf(config.authUrl), key: await keys.current(), url, now: unixTime(now) },
        { nameId, nameIdFormat, sessionIndexes: [sessionIndex] },
      )
      log.debug(
        { event: 'saml_logout_sent', app: app.name, attempt: attempts },
        'a service provider was told that a session has ended',
      )
    },
    onFailure({ ended: { appId, attempts }, error, pause }) {
      const { code, message } = describeError(error)
      const app = appWithId(appId)?.name
      const facts = { app, attempt: attempts, code, reason: message, setting: SETTING }
      if (pause === null) {
        log.error(
          { event: 'saml_logout_given_up', ...facts },
          'gave up telling a service provider that a session has ended: it could not be told for a day',
        )
      } else {
        log.warn(
          { event: 'saml_logout_put_off', ...facts, pause },
          'a service provider could not be told that a session has ended; retrying later',
        )
      }
    },
    onOutage: (error) => log.warn({ err: error }, 'could not read or update the sign-ins of SAML'),
  })
}

const SETTING = 'latchkey apps set-saml --slo-soap-url'
