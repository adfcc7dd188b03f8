import type { IncomingMessage, ServerResponse } from 'node:http'
import { isWithinDomain } from '@latchkey/jwt-middleware/contract'
import type { Apps } from '../apps/apps.ts'
import type { Actor } from '../events/audit-log.ts'
import type { LogoutDelivery } from '../events/logout-delivery.ts'
import type { Config } from '../platform/config/config.ts'
import type { User } from '../users/users.ts'
import type { AppDevices } from './app-devices.ts'
import type { OidcConsent, OidcConsents } from './consents.ts'
import type { DeviceSignIns } from './device-sign-ins.ts'
import { isDocumentId } from './document-clients.ts'
import type { DocumentConsents } from './document-consents.ts'
import { familyIdOf } from './family-session-id.ts'
import type { Interaction, Interactions } from './interactions.ts'
import type { OidcOutcome, OidcRequest, RequestStates } from './oidc-request.ts'
import type { CurrentProvider } from './provider.ts'
import { providerCookies } from './provider-cookies.ts'
import type { OidcSignIns } from './sign-ins.ts'

/** OpenID Connect for the web layer. */
export interface OidcServer {
  /** Whether it is served: by `OIDC`, or else once an app is a client. Other processes learn of a client within seconds. */
  isOn(): boolean
  /** Answers a request as oidc-provider does. The cookie header is that of the browser. */
  handle(req: IncomingMessage, res: ServerResponse, request: OidcRequest): Promise<OidcOutcome>
  readonly interactions: Interactions
  readonly devices: DeviceSignIns & AppDevices
  /** What users let apps see. */
  readonly consents: {
    list(user: Pick<User, 'id'>): Promise<readonly OidcConsent[]>
    /** Withdraws the consent with this key, and signs the user out of the app. `false`: this consent does not exist. */
    withdraw(user: User, key: string, by: Actor): Promise<boolean>
  }
  /** Begins to tell apps that sessions have ended. Called by servers alone. */
  start(): void
  /** Records that the user, in the session with this id, lets the app of an authorization see what it asks for. */
  consent(interaction: Pick<Interaction, 'app' | 'scopes'>, user: User, sid: string, by: Actor): Promise<void>
  /** The origins, or schemes, of redirect URIs outside of the family. */
  redirectSources(): readonly string[]
}

export interface OidcServerOptions {
  readonly config: Pick<Config, 'cookieDomain' | 'https' | 'secretKey' | 'secretKeyFallbacks'>
  readonly isOn: () => boolean
  readonly apps: Pick<Apps, 'list'>
  readonly current: CurrentProvider
  readonly states: RequestStates
  readonly consents: OidcConsents
  /** `null` unless apps may describe themselves. */
  readonly documents: DocumentConsents | null
  readonly logouts: Pick<LogoutDelivery, 'start' | 'wake'>
  readonly interactions: Interactions
  readonly devices: DeviceSignIns & AppDevices
  readonly signIns: Pick<OidcSignIns, 'leave'>
}

export function createOidcServer(options: OidcServerOptions): OidcServer {
  const { config, apps, isOn, current, states, consents, documents, interactions } = options
  const { logouts, signIns } = options
  const { names } = providerCookies(config)

  /** The browser's cookies for oidc-provider, of which that of the session says what ours says. */
  function cookiesFor(header: string | undefined, sid: string | null): string {
    const cookies = (header ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => {
        const name = pair.split('=', 1)[0] ?? ''
        const isSession = name === names.session
        if (isSession) return sid === null && !pair.startsWith(`${name}=${familyIdOf('')}`)
        return name.startsWith(names.interaction) || name.startsWith(names.resume)
      })
    return [...(sid === null ? [] : [`${names.session}=${familyIdOf(sid)}`]), ...cookies].join('; ')
  }

  return {
    isOn,
    start: logouts.start,
    consents: {
      async list(user) {
        const ofDocuments = (await documents?.list(user)) ?? []
        return [
          ...(await consents.list(user)),
          ...ofDocuments.map(({ clientId, ...consent }) => ({ ...consent, app: clientId })),
        ]
      },
      async withdraw(user, key, by) {
        if (!/^\d{1,9}$/.test(key)) return (await documents?.withdraw(user, key, by)) ?? false
        const withdrawn = await consents.withdraw(user, Number(key), by)
        logouts.wake()
        return withdrawn
      },
    },
    async handle(req, res, request) {
      const provider = await current()
      const state = states.begin(req, request)
      req.headers.cookie = cookiesFor(req.headers.cookie, request.sid)
      await provider.callback()(req, res)
      const set = res.getHeader('set-cookie')
      if (request.sid !== null && set !== undefined) {
        // The browser has our cookie for that.
        const others = [set].flat().filter((line) => !String(line).startsWith(`${names.session}=`))
        if (others.length > 0) res.setHeader('set-cookie', others.map(String))
        else res.removeHeader('set-cookie')
      }
      if (state.leaves !== null && request.sid !== null) {
        await (isDocumentId(state.leaves) ? documents : signIns)?.leave(request.sid, state.leaves)
      }
      return { endsSession: state.endsSession }
    },
    interactions,
    devices: options.devices,
    async consent({ app: { clientId, registered }, scopes }, user, sid, by) {
      if (registered) await consents.give(user, registered, scopes, by)
      else await documents?.give(user, sid, clientId, scopes, by)
    },
    redirectSources() {
      const uris = apps
        .list()
        .flatMap(({ oidc }) => [...(oidc?.redirectUris ?? []), ...(oidc?.postLogoutRedirectUris ?? [])])
      return [...new Set(uris.flatMap((uri) => sourceOf(uri, config.cookieDomain)))]
    },
  }
}

/** As in a Content-Security-Policy. */
function sourceOf(uri: string, cookieDomain: string): string[] {
  const { protocol, hostname, origin } = new URL(uri)
  if (protocol !== 'https:' && protocol !== 'http:') return [protocol]
  return isWithinDomain(hostname, cookieDomain) ? [] : [origin]
}
