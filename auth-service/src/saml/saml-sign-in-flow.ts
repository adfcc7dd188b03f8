import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { ServiceProvider } from '../apps/service-provider-input.ts'
import { mayUse } from '../oidc/access-to-app.ts'
import { unixTime } from '../platform/clock.ts'
import type { Log } from '../platform/logging/logger.ts'
import { BINDINGS, type StatusCode } from '../platform/xml/saml-names.ts'
import type { User } from '../users/users.ts'
import { type AuthnRequest, readAuthnRequest } from './authn-request.ts'
import { formatFor, NAME_ID_URNS, nameOf } from './name-id.ts'
import { contextFor } from './requested-context.ts'
import { attributesOf } from './saml-attributes.ts'
import type { SamlKeys } from './saml-keys.ts'
import type { MessageProblem, Received } from './saml-message.ts'
import type { PendingSignIn, SamlRequests } from './saml-requests.ts'
import { writeRefusal, writeResponse } from './saml-response.ts'
import { SAML_ROUTES } from './saml-routes.ts'
import {
  MAX_RELAY_STATE,
  type ProviderApp,
  relayStateOf,
  type SamlSenders,
  type Unanswerable,
} from './saml-senders.ts'
import type { SamlSignIns } from './saml-sign-ins.ts'
import { byForm, type Sending } from './send-message.ts'

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

export interface SamlSignInFlowOptions {
  /** Our entity ID. */
  readonly issuer: string
  readonly senders: SamlSenders
  readonly keys: SamlKeys
  readonly requests: SamlRequests
  readonly signIns: SamlSignIns
  readonly log: Log
  readonly now: () => number
}

/** How users sign in to service providers (saml-profiles, section 4.1). */
export function createSamlSignInFlow(options: SamlSignInFlowOptions) {
  const { issuer, senders, keys, requests, signIns, log, now } = options
  const { open, appWithId } = senders

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

  return {
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
  }
}

/** The registered consumer that a request names, compared character by character, or the default; `null` if unknown. */
function consumerOf({ consumers }: ServiceProvider, request: AuthnRequest): string | null {
  const { consumerUrl, consumerIndex } = request
  if (consumerUrl !== null && consumerIndex !== null) return null
  if (consumerUrl !== null) return consumers.find(({ url }) => url === consumerUrl)?.url ?? null
  if (consumerIndex === null) return consumers[0]?.url ?? null
  return consumers.find(({ index }) => String(index) === consumerIndex)?.url ?? null
}
