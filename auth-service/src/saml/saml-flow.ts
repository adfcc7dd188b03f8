import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Apps, RegisteredApp } from '../apps/apps.ts'
import type { ServiceProvider } from '../apps/service-provider-input.ts'
import type { Actor } from '../events/audit-log.ts'
import { mayUse } from '../oidc/access-to-app.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Log } from '../platform/logging/logger.ts'
import { BINDINGS, type StatusCode } from '../platform/xml/saml-names.ts'
import type { Sessions } from '../tokens/sessions/sessions.ts'
import type { User } from '../users/users.ts'
import { type AuthnRequest, readAuthnRequest } from './authn-request.ts'
import { writeMetadata } from './idp-metadata.ts'
import { readLogoutAnswer, readLogoutRequest } from './logout-message.ts'
import { writeLogoutAnswer, writeLogoutRequest } from './logout-writer.ts'
import { formatFor, NAME_ID_URNS, nameOf } from './name-id.ts'
import { contextFor } from './requested-context.ts'
import { attributesOf } from './saml-attributes.ts'
import type { SamlKeys } from './saml-keys.ts'
import type { LogoutState, SamlLogouts, ToTell } from './saml-logouts.ts'
import {
  type Message,
  type MessageKind,
  type MessageProblem,
  openMessage,
  type Received,
  type Unverified,
  verifyMessage,
} from './saml-message.ts'
import type { PendingSignIn, SamlRequests } from './saml-requests.ts'
import { writeRefusal, writeResponse } from './saml-response.ts'
import { entityIdOf, logoutPath, SAML_ROUTES } from './saml-routes.ts'
import type { SamlSignIn, SamlSignIns } from './saml-sign-ins.ts'
import { byForm, type Sending, sendMessage } from './send-message.ts'

/** An app that is a service provider. */
export interface ProviderApp extends RegisteredApp {
  readonly saml: ServiceProvider
}

/** A message that can't be answered, and whose app it claims to be from, for the log. */
export interface Unanswerable {
  readonly problem: MessageProblem
  readonly app: ProviderApp | null
}

/** A sign-in that an app asked for, or that began here. */
export interface SignInTo {
  readonly app: ProviderApp
  readonly pending: PendingSignIn
  /** `ID` of the request; `null` if it began here. */
  readonly requestId: string | null
}

/** The session and the user who sign in. */
export interface Signer {
  readonly sid: string
  readonly user: User
}

export type SamlFlow = ReturnType<typeof createSamlFlow>

export interface SamlFlowOptions {
  readonly config: Pick<Config, 'authUrl'>
  readonly apps: Pick<Apps, 'list'>
  readonly keys: SamlKeys
  readonly requests: SamlRequests
  readonly signIns: SamlSignIns
  readonly logouts: SamlLogouts
  readonly sessions: Pick<Sessions, 'endFor'>
  readonly log: Log
  readonly now: () => number
}

/** What happens with the messages of SAML. It loads everything that reads and writes XML. Throws on an outage. */
export function createSamlFlow(options: SamlFlowOptions) {
  const { config, apps, keys, requests, signIns, logouts, sessions, log, now } = options
  const issuer = entityIdOf(config.authUrl)
  const providers = () => apps.list().filter(isProvider)
  const appOf = (entityId: string) => providers().find(({ saml }) => saml.entityId === entityId) ?? null
  const appWithId = (id: number) => providers().find((app) => app.id === id) ?? null

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

  const addressed = async ({ pending, requestId }: Pick<SignInTo, 'pending' | 'requestId'>) => ({
    issuer,
    key: await keys.current(),
    consumerUrl: pending.consumerUrl,
    inResponseTo: requestId,
    now: unixTime(now),
  })

  const answerWith = (xml: string, { consumerUrl, relayState }: PendingSignIn): Sending =>
    byForm({ parameter: 'SAMLResponse', xml, destination: consumerUrl, relayState })

  /** Tells the app why there is no sign-in. */
  async function refuse(signIn: SignInTo, codes: readonly [StatusCode, ...StatusCode[]]): Promise<Sending> {
    const xml = writeRefusal(await addressed(signIn), codes)
    log.info(
      { event: 'saml_sign_in_refused', app: signIn.app.name, status: codes.at(-1) },
      'told a service provider that there is no sign-in',
    )
    return answerWith(xml, signIn.pending)
  }

  /** What a request asks for, or why it can't be answered, or what to answer at once. */
  function judge(
    app: ProviderApp,
    request: AuthnRequest,
    relayState: string | null,
  ): Result<{ pending: PendingSignIn; refusal: [StatusCode, StatusCode] | null }, MessageProblem> {
    if (Buffer.byteLength(relayState ?? '') > MAX_RELAY_STATE) return failure('long_relay_state')
    if (request.protocolBinding !== null && request.protocolBinding !== BINDINGS.post) {
      return failure('unsupported_binding')
    }
    const consumerUrl = consumerOf(app.saml, request)
    if (consumerUrl === null) return failure('unknown_consumer')
    const format = formatFor(request.nameIdFormat, app.saml.nameIdFormat)
    const isOurs = request.spNameQualifier === null || request.spNameQualifier === app.saml.entityId
    const contextClass = contextFor(request.context)
    const pending = {
      consumerUrl,
      relayState,
      forceAuthn: request.forceAuthn,
      isPassive: request.isPassive,
      format: format ?? app.saml.nameIdFormat,
      subject: request.subject,
      contextClass: contextClass ?? '',
    }
    if (format === null || !isOurs)
      return success({ pending, refusal: ['requester', 'invalid_name_id_policy'] })
    return success({ pending, refusal: contextClass === null ? ['requester', 'no_authn_context'] : null })
  }

  /** The app's name of a user in a session. */
  const nameFor = ({ app, pending }: SignInTo, { sid, user }: Signer) => {
    const sessionIndex = signIns.sessionIndexOf(sid, app.id)
    return { sessionIndex, nameId: nameOf(user, pending.format, sessionIndex) }
  }

  /** Ends sessions that a service provider may end; returns the other ones that are to hear of it. */
  async function endSessions(
    app: ProviderApp,
    nameId: string,
    indexes: readonly string[],
    by: Actor['device'],
  ): Promise<{ ended: readonly string[]; others: readonly SamlSignIn[] }> {
    const named = await signIns.named(app.id, nameId, indexes)
    const ended = named.map(({ sid }) => sid)
    const all = await signIns.ofSessions(ended)
    await signIns.leave(app.id, ended)
    for (const { userId, sid, uuid } of named) await sessions.endFor(userId, sid, { uuid, device: by })
    return { ended, others: all.filter(({ appId }) => appId !== app.id) }
  }

  /** Each app once, with all of its sessions, if it wants to hear of it. */
  function toTell(all: readonly SamlSignIn[]): ToTell[] {
    const told = new Map<string, ToTell>()
    for (const { appId, nameId, nameIdFormat, sessionIndex } of all) {
      const { sloUrl, soapUrl } = appWithId(appId)?.saml ?? {}
      // By SOAP, it is told in any case.
      if (!sloUrl || soapUrl) continue
      const key = `${appId} ${nameId}`
      const sessionIndexes = [...(told.get(key)?.sessionIndexes ?? []), sessionIndex]
      told.set(key, { appId, nameId, nameIdFormat, sessionIndexes })
    }
    return [...told.values()]
  }

  /** Goes on to the next service provider, and at the end to the one that began it, or to our own page. */
  async function continueLogout(id: string, state: LogoutState): Promise<Sending> {
    const [next, ...left] = state.left
    // One that was told, and has not answered when the browser comes back, may not have done it.
    const isPartial = state.isPartial || state.awaited !== null
    const app = next && appWithId(next.appId)
    if (next && app?.saml.sloUrl) {
      const destination = app.saml.sloUrl
      const { id: requestId, xml } = writeLogoutRequest({ issuer, destination, now: unixTime(now) }, next)
      await logouts.save(id, { ...state, left, isPartial, awaited: app.id }, requestId)
      const outgoing = { parameter: 'SAMLRequest', xml, destination, relayState: null } as const
      return sendMessage(app.saml.sloBinding, outgoing, await keys.current())
    }
    if (next) return continueLogout(id, { ...state, left, awaited: null, isPartial: true })
    await logouts.remove(id)
    const { replyTo } = state
    const asking = replyTo && appWithId(replyTo.appId)
    const destination = asking && (asking.saml.sloResponseUrl ?? asking.saml.sloUrl)
    if (!replyTo || !asking || !destination) return { to: state.next }
    const codes = isPartial ? (['success', 'partial_logout'] as const) : (['success'] as const)
    const { xml } = writeLogoutAnswer({ issuer, destination, now: unixTime(now) }, replyTo.requestId, codes)
    const outgoing = { parameter: 'SAMLResponse', xml, destination, relayState: replyTo.relayState } as const
    return sendMessage(asking.saml.sloBinding, outgoing, await keys.current())
  }

  return {
    metadata: async () => writeMetadata(config.authUrl, await keys.published(), await keys.current()),

    /**
     * Takes an authentication request: where the browser goes on, or what it brings to the app at once. `spend` counts
     * what anyone can have stored, and throws beyond a rate limit.
     */
    async receiveSignIn(
      received: Received,
      spend: () => Promise<void>,
    ): Promise<Result<{ id: string } | Sending, Unanswerable>> {
      const opened = await open(received, SAML_ROUTES.sso, ['AuthnRequest'])
      if (!opened.ok) return opened
      const { app, message } = opened.value
      const judged = judge(app, readAuthnRequest(message.root), relayStateOf(received))
      if (!judged.ok) return failure({ problem: judged.reason, app })
      const { pending, refusal } = judged.value
      if (!message.isSigned) await spend()
      if (refusal) {
        if (!(await requests.noteOnce(app.id, message.id))) return failure({ problem: 'replayed', app })
        return success(await refuse({ app, pending, requestId: message.id }, refusal))
      }
      const stored = await requests.store(app.id, message.id, pending)
      return stored.ok ? success({ id: stored.value }) : failure({ problem: 'replayed', app })
    },

    /** The sign-in that waits under this id, if its app is still a service provider; and who proved who they are for it. */
    async waiting(id: string): Promise<(SignInTo & { readonly provedBy: string | null }) | null> {
      const found = await requests.find(id)
      const app = found && appWithId(found.appId)
      if (!found || !app) return null
      const { content, requestId, provedBy } = found
      // The address may have been removed since.
      const isKnown = app.saml.consumers.some(({ url }) => url === content.consumerUrl)
      return isKnown ? { app, pending: content, requestId, provedBy } : null
    },

    /**
     * A sign-in without a request; `null` if there is no such service provider, or it takes none: otherwise any page
     * could sign its visitors in to it (saml-profiles, section 4.1.5).
     */
    starting(appId: number): SignInTo | null {
      const app = appWithId(appId)
      const [consumer] = app?.saml.consumers ?? []
      if (!app?.saml.startsHere || !consumer) return null
      const pending = {
        consumerUrl: consumer.url,
        relayState: null,
        forceAuthn: false,
        isPassive: false,
        format: app.saml.nameIdFormat,
        subject: null,
        contextClass: contextFor(null) ?? '',
      }
      return { app, pending, requestId: null }
    },

    mayUse: ({ app }: Pick<SignInTo, 'app'>, user: User): boolean => mayUse(app.saml, user),

    /** Whether the request is about this user. */
    isAbout(signIn: SignInTo, signer: Signer): boolean {
      const { subject } = signIn.pending
      return subject === null || [nameFor(signIn, signer).nameId, signer.user.email].includes(subject)
    },

    /** Records that the user of this session signed in for the request that waits under this id. */
    prove: (id: string, sid: string): Promise<void> => requests.prove(id, sid),

    /** Ends the wait of a request; `false` if it was answered already. */
    close: (id: string): Promise<boolean> => requests.answer(id),

    refuse,

    /** Signs a user in to an app; `null` if the session is over. */
    async signIn(signIn: SignInTo, signer: Signer): Promise<Sending | null> {
      const { app, pending } = signIn
      const session = await signIns.session(signer.sid)
      if (!session) return null
      const { sessionIndex, nameId } = nameFor(signIn, signer)
      const nameIdFormat = NAME_ID_URNS[pending.format]
      await signIns.record({ sid: signer.sid, appId: app.id, sessionIndex, nameId, nameIdFormat })
      const xml = await writeResponse(await addressed(signIn), {
        provider: app.saml,
        nameId,
        nameIdFormat,
        sessionIndex,
        authenticatedAt: session.authenticatedAt,
        sessionEnd: session.endsAt,
        contextClass: pending.contextClass,
        attributes: attributesOf(signer.user),
      })
      log.info(
        { event: 'saml_signed_in', app: app.name, sid: signer.sid, userId: signer.user.id },
        'signed a user in to a service provider',
      )
      return answerWith(xml, pending)
    },

    /**
     * Takes a logout request, or the answer to one of ours: the path where the browser goes on, and the sessions that
     * ended.
     */
    async receiveLogout(
      received: Received,
      by: Actor['device'],
    ): Promise<Result<{ to: string; ended: readonly string[] }, Unanswerable>> {
      const opened = await open(received, SAML_ROUTES.slo, ['LogoutRequest', 'LogoutResponse'])
      if (!opened.ok) return opened
      const { app, message, kind } = opened.value
      if (kind === 'LogoutResponse') {
        const { inResponseTo, isSuccess } = readLogoutAnswer(message.root)
        const found = inResponseTo === null ? null : await logouts.awaiting(inResponseTo)
        if (found?.state.awaited !== app.id) return failure({ problem: 'unexpected_answer', app })
        const isPartial = found.state.isPartial || !isSuccess
        await logouts.save(found.id, { ...found.state, awaited: null, isPartial }, null)
        return success({ to: logoutPath(found.id), ended: [] })
      }
      const { nameId, sessionIndexes, notOnOrAfter } = readLogoutRequest(message.root)
      const relayState = relayStateOf(received)
      if (notOnOrAfter !== null && !(notOnOrAfter > unixTime(now)))
        return failure({ problem: 'too_old', app })
      if (Buffer.byteLength(relayState ?? '') > MAX_RELAY_STATE)
        return failure({ problem: 'long_relay_state', app })
      if (!(await requests.noteOnce(app.id, message.id))) return failure({ problem: 'replayed', app })
      const { ended, others } = await endSessions(app, nameId, sessionIndexes, by)
      log.info(
        { event: 'saml_signed_out', app: app.name, sessions: ended.length },
        'a service provider signed a user out',
      )
      const id = await logouts.begin({
        left: toTell(others),
        awaited: null,
        isPartial: false,
        replyTo: { appId: app.id, requestId: message.id, relayState },
        next: '/login?notice=signed_out',
      })
      return success({ to: logoutPath(id), ended })
    },

    /** Prepares to tell the service providers of these live sessions that they end; `null` if no provider has to be told. */
    async beginLogout(sids: readonly string[], next: string): Promise<string | null> {
      const left = toTell(await signIns.ofSessions(sids))
      if (left.length === 0) return null
      return logoutPath(await logouts.begin({ left, awaited: null, isPartial: false, replyTo: null, next }))
    },

    /** The next step of a sign-out; `null` if it is over. */
    async stepLogout(id: string): Promise<Sending | null> {
      const found = await logouts.find(id)
      return found && continueLogout(found.id, found.state)
    },
  }
}

/** Longest `RelayState` in bytes. The standard allows 80 (saml-bindings, section 3.4.3), and many products send more. */
const MAX_RELAY_STATE = 2048

const isProvider = (app: RegisteredApp): app is ProviderApp => app.saml !== null

const relayStateOf = (received: Received): string | null =>
  received.binding === 'post' ? received.relayState : received.query.relayState

/** The registered consumer that a request names, compared character by character, or the default; `null` if unknown. */
function consumerOf({ consumers }: ServiceProvider, request: AuthnRequest): string | null {
  const { consumerUrl, consumerIndex } = request
  if (consumerUrl !== null && consumerIndex !== null) return null
  if (consumerUrl !== null) return consumers.find(({ url }) => url === consumerUrl)?.url ?? null
  if (consumerIndex === null) return consumers[0]?.url ?? null
  return consumers.find(({ index }) => String(index) === consumerIndex)?.url ?? null
}
