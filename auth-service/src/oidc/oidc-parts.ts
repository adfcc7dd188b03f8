import type { AppParts } from '../apps/app-parts.ts'
import type { Events } from '../events/events.ts'
import { LANGUAGES } from '../platform/i18n/languages.ts'
import type { Platform } from '../platform/platform.ts'
import type { ClosableModule } from '../platform/process/module.ts'
import { whileUsed } from '../platform/process/while-used.ts'
import { POLL_INTERVAL } from '../tokens/device-requests.ts'
import type { TokenParts } from '../tokens/token-parts.ts'
import type { UserParts } from '../users/user-parts.ts'
import { createAppDevices } from './app-devices.ts'
import { createBackChannelLogout } from './back-channel-logout.ts'
import { createClientFetch } from './client-fetch.ts'
import { createTokenReuse } from './client-token-reuse.ts'
import { createOidcConsents } from './consents.ts'
import { createDeviceSignIns } from './device-sign-ins.ts'
import { createDocumentConsents } from './document-consents.ts'
import { createEndedSignIns } from './ended-sign-ins.ts'
import { createInteractions } from './interactions.ts'
import { createEndLostAccess } from './lost-access.ts'
import { createRequestStates } from './oidc-request.ts'
import { createOidcServer, type OidcServer } from './oidc-server.ts'
import { createCurrentProvider } from './provider.ts'
import { logProvider } from './provider-log.ts'
import { createRecordCap } from './record-cap.ts'
import { createOidcRecords } from './records.ts'
import { createSuccessorOf } from './refresh-successor.ts'
import { createShownAppOf } from './shown-app.ts'
import { createOidcSignIns } from './sign-ins.ts'

/** OpenID Connect, for apps that can't see the family's cookies. */
export interface OidcParts {
  readonly oidc: OidcServer
}

export interface OidcPartsOptions
  extends Platform,
    Events,
    AppParts,
    Pick<TokenParts, 'keys' | 'sessions' | 'deviceRequests'>,
    Pick<UserParts, 'users'> {}

export function createOidcParts(options: OidcPartsOptions) {
  const { config, apps, log, warn, publicFetch } = options
  const states = createRequestStates()
  const records = createOidcRecords(options)
  const signIns = createOidcSignIns(options)
  const endedSignIns = createEndedSignIns(options)
  const consents = createOidcConsents({ ...options, endedSignIns })
  const appOf = (clientId: string) =>
    apps.list().find((app) => app.oidc !== null && app.clientId === clientId) ?? null
  const allowsDocuments = config.oidcClientMetadata === 'on'
  const documents = allowsDocuments ? createDocumentConsents({ ...options, records }) : null
  const cap = allowsDocuments ? createRecordCap({ ...options, records }) : null
  const shownAppOf = createShownAppOf({ appOf, documents: allowsDocuments })
  const current = createCurrentProvider({
    ...options,
    appOf,
    shownAppOf,
    consents,
    documents,
    cap,
    states,
    records,
    signIns,
    successorOf: createSuccessorOf(config),
    fetch: createClientFetch({ apps, publicFetch }),
    languages: LANGUAGES.map(({ code }) => code),
    listen(provider) {
      logProvider(provider, { log, warn, nameOf: (id) => shownAppOf(id)?.name ?? null })
      provider.on('end_session.success', (ctx) => {
        const state = states.of(ctx.req)
        if (ctx.oidc.params?.logout) state.endsSession = true
        else state.leaves = ctx.oidc.client?.clientId ?? null
      })
      // oidc-provider leaves it out, and five seconds are its default.
      provider.on('device_authorization.success', (_, answer) => {
        Object.assign(answer, { interval: POLL_INTERVAL })
      })
    },
    onReuse: createTokenReuse({ ...options, shownAppOf }),
  })
  const interactions = createInteractions({ current, shownAppOf, signIns, records })
  const devices = createDeviceSignIns({
    ...options,
    appOf,
    requests: options.deviceRequests,
    signIns,
    consents,
    records,
  })
  const isOn = () =>
    config.oidc === 'on' ||
    (config.oidc !== 'off' && (allowsDocuments || apps.list().some(({ oidc }) => oidc !== null)))
  const logouts = createBackChannelLogout({
    ...options,
    current,
    isOn,
    appWithId: (id) => apps.list().find((app) => app.id === id) ?? null,
    endedSignIns,
    endLostAccess: createEndLostAccess({ ...options, endedSignIns }),
  })
  return {
    parts: {
      oidc: createOidcServer({
        ...options,
        isOn,
        current,
        states,
        consents,
        documents,
        interactions,
        devices: { ...devices, ...createAppDevices(options) },
        logouts,
        signIns,
      }),
    },
    deleteExpired: whileUsed(isOn, {
      oidcRecords: records.deleteExpired,
      async oidcSignIns() {
        // Those of expired sessions, which the feed does not announce.
        await endedSignIns.find()
        logouts.wake()
      },
    }),
    close: logouts.close,
  } satisfies ClosableModule<OidcParts>
}
