import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Apps, RegisteredApp } from '../apps/apps.ts'
import type { ServiceProvider } from '../apps/service-provider-input.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import {
  type Message,
  type MessageKind,
  type MessageProblem,
  openMessage,
  type Received,
  type Unverified,
  verifyMessage,
} from './saml-message.ts'

/** An app that is a service provider. */
export interface ProviderApp extends RegisteredApp {
  readonly saml: ServiceProvider
}

/** A message that can't be answered, and whose app it claims to be from, for the log. */
export interface Unanswerable {
  readonly problem: MessageProblem
  readonly app: ProviderApp | null
}

export type SamlSenders = ReturnType<typeof createSamlSenders>

export interface SamlSendersOptions {
  readonly config: Pick<Config, 'authUrl'>
  readonly apps: Pick<Apps, 'list'>
  readonly now: () => number
}

/** The service providers, by their messages. */
export function createSamlSenders({ config, apps, now }: SamlSendersOptions) {
  const providers = () => apps.list().filter(isProvider)
  const appOf = (entityId: string) => providers().find(({ saml }) => saml.entityId === entityId) ?? null

  /** Who sent a message, and what of it counts. */
  async function open(
    received: Received,
    path: string,
    kinds: readonly MessageKind[],
  ): Promise<Result<{ app: ProviderApp; message: Message; kind: MessageKind }, Unanswerable>> {
    const opened = openMessage(received)
    if (!opened.ok) return failure({ problem: opened.reason, app: null })
    const unverified: Unverified = opened.value
    const { kind } = unverified
    if (!kinds.includes(kind)) return failure({ problem: 'not_saml', app: null })
    const app = appOf(unverified.issuer)
    if (!app) return failure({ problem: 'unknown_issuer', app: null })
    const { certificates, requiresSignedRequests } = app.saml
    const verified = verifyMessage(unverified, {
      certificates,
      // Anyone could sign users out otherwise (saml-profiles, section 4.4.4.1). An answer only lets the browser go on.
      mustBeSigned:
        kind === 'LogoutRequest' ||
        (kind === 'AuthnRequest' ? requiresSignedRequests : certificates.length > 0),
      destination: config.authUrl + path,
      now: unixTime(now),
    })
    return verified.ok
      ? success({ app, message: verified.value, kind })
      : failure({ problem: verified.reason, app })
  }

  return {
    open,
    /** The service provider with this id; `null` if the app is not registered for SAML, or was removed. */
    appWithId: (id: number): ProviderApp | null => providers().find((app) => app.id === id) ?? null,
  }
}

/** Longest `RelayState` in bytes. The standard allows 80 (saml-bindings, section 3.4.3), and many products send more. */
export const MAX_RELAY_STATE = 2048

const isProvider = (app: RegisteredApp): app is ProviderApp => app.saml !== null

/** What the sender wants back with the answer. */
export const relayStateOf = (received: Received): string | null =>
  received.binding === 'post' ? received.relayState : received.query.relayState
