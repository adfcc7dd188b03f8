import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Actor } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Log } from '../platform/logging/logger.ts'
import type { Sessions } from '../tokens/sessions/sessions.ts'
import { readLogoutAnswer, readLogoutRequest } from './logout-message.ts'
import { writeLogoutAnswer, writeLogoutRequest } from './logout-writer.ts'
import type { SamlKeys } from './saml-keys.ts'
import type { LogoutState, SamlLogouts, ToTell } from './saml-logouts.ts'
import type { Received } from './saml-message.ts'
import type { SamlRequests } from './saml-requests.ts'
import { logoutPath, SAML_ROUTES } from './saml-routes.ts'
import {
  MAX_RELAY_STATE,
  type ProviderApp,
  relayStateOf,
  type SamlSenders,
  type Unanswerable,
} from './saml-senders.ts'
import type { SamlSignIn, SamlSignIns } from './saml-sign-ins.ts'
import { type Sending, sendMessage } from './send-message.ts'

export interface SamlSignOutFlowOptions {
  /** Our entity ID. */
  readonly issuer: string
  readonly senders: SamlSenders
  readonly keys: SamlKeys
  readonly requests: SamlRequests
  readonly signIns: SamlSignIns
  readonly logouts: SamlLogouts
  readonly sessions: Pick<Sessions, 'endFor'>
  readonly log: Log
  readonly now: () => number
}

/** How sign-outs go from one service provider to the next, in the browser (saml-profiles, section 4.4). */
export function createSamlSignOutFlow(options: SamlSignOutFlowOptions) {
  const { issuer, senders, keys, requests, signIns, logouts, sessions, log, now } = options
  const { open, appWithId } = senders

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

    /**
     * Prepares to tell the service providers of these live sessions that they end; `null` if no provider has to be
     * told.
     */
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
