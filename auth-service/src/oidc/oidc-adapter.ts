import type { Adapter, AdapterPayload, errors } from 'oidc-provider'
import type { Apps } from '../apps/apps.ts'
import { unixTime } from '../platform/clock.ts'
import type { DeviceRequests } from '../tokens/device-requests.ts'
import { ROTATION_GRACE } from '../tokens/sessions/refresh-rotation.ts'
import { metadataOf } from './client-metadata.ts'
import type { CurrentRequest } from './current-request.ts'
import { createDeviceCodeAdapter } from './device-codes.ts'
import { isDocumentId, siteOfDocument } from './document-clients.ts'
import type { DocumentConsents } from './document-consents.ts'
import { familyIdOf, sidOf } from './family-session-id.ts'
import { acrOf } from './oidc-claims.ts'
import type { RecordCap } from './record-cap.ts'
import type { Life, OidcRecords } from './records.ts'
import type { SuccessorOf } from './refresh-successor.ts'
import type { ShownAppOf } from './shown-app.ts'
import type { Authorizations, ClientApp, OidcSignIns } from './sign-ins.ts'

export interface OidcAdapterOptions {
  readonly apps: Pick<Apps, 'list'>
  readonly shownAppOf: ShownAppOf
  readonly deviceRequests: DeviceRequests
  readonly records: OidcRecords
  readonly signIns: OidcSignIns
  /** `null` unless apps may describe themselves. */
  readonly documents: Pick<DocumentConsents, 'authorizations' | 'store'> | null
  /** `null` unless apps may describe themselves. */
  readonly cap: RecordCap | null
  readonly successorOf: SuccessorOf
  /** The algorithm of ID tokens. */
  readonly alg: string
  readonly request: CurrentRequest
  /** The errors of oidc-provider, which is loaded on demand. */
  readonly errors: typeof errors
  /** Called before the tokens of a grant are revoked since a refresh token was used again. */
  readonly onReuse: (token: AdapterPayload) => Promise<void>
  readonly now: () => number
}

/** Seconds for which the state of a sign-out is kept. */
const STATE_TTL = 3600

/**
 * Stores the models of oidc-provider in our database. Clients are the registered apps, and a session is that of the
 * family: its id is ours (see family-session-id.ts), and only what oidc-provider adds to it is stored.
 */
export function createOidcAdapter(options: OidcAdapterOptions): (model: string) => Adapter {
  const { apps, records } = options
  const sessions = sessionAdapter(options)
  const clientApps = clientAppsOf(apps)

  /** What a payload belongs to. Grants don't name their session: they are made while it authorizes an app. */
  function belongingOf(model: string, { sessionUid, clientId, params }: AdapterPayload) {
    const sid = sidOf(model === 'Grant' ? options.request.sessionId() : sessionUid)
    const client = clientApps().find((one) => one.clientId === clientId)
    // A pushed request, and the proof of an app, don't name it.
    const asks = clientId ?? params?.client_id ?? options.request.clientId()
    const documentSite = sid === null && isDocumentId(asks) ? siteOfDocument(asks) : null
    return { sid, appId: client?.appId ?? null, documentSite }
  }

  function recordAdapter(model: string): Adapter {
    return {
      async upsert(id, payload, expiresIn = 0) {
        if (!(await options.request.mayStore(model)))
          throw new options.errors.TemporarilyUnavailable('too many requests')
        const life: Life = { ttl: expiresIn, ifExists: ifExists(model), ...belongingOf(model, payload) }
        const isStored = await records.store(model, id, payload, life)
        if (life.documentSite) await options.cap?.noteStored()
        if (model === 'RefreshToken' && life.sid !== null) await options.signIns.noteUse(life.sid)
        if (!isStored && model === 'ReplayDetection')
          throw new options.errors.InvalidRequest('replayed token')
      },
      async find(id) {
        const found = await records.find(model, id)
        if (!found) return undefined
        const { payload, consumedAt } = found
        if (consumedAt === null) return payload
        if (model === 'Interaction') return isRecent(consumedAt) ? payload : undefined
        if (model !== 'RefreshToken') return { ...payload, consumed: consumedAt }
        if (await isInGrace(id, consumedAt)) return payload
        await options.onReuse(payload)
        return { ...payload, consumed: consumedAt }
      },
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      async consume(id) {
        // Of two requests at once, oidc-provider lets both pass. A refresh token gives both the same successor.
        if ((await records.consume(model, id)) || model === 'RefreshToken') return
        throw model === 'PushedAuthorizationRequest'
          ? new options.errors.InvalidRequestUri('request_uri was already used')
          : new options.errors.InvalidGrant('authorization code already consumed')
      },
      async destroy(id) {
        // A browser that lost the answer, such as by a double click, asks once more.
        if (model === 'Interaction') await records.consume(model, id)
        else if (model === 'Grant') await records.deleteGrant(id)
        else await records.delete(model, id)
      },
      revokeByGrantId: (grantId) => records.deleteByGrant(grantId),
    }
  }

  const isRecent = (at: number): boolean => Math.abs(unixTime(options.now) - at) <= ROTATION_GRACE

  /** Whether a used refresh token may still return its successor, which was not used yet. */
  async function isInGrace(id: string, consumedAt: number): Promise<boolean> {
    if (!isRecent(consumedAt)) return false
    const successor = await records.find('RefreshToken', options.successorOf(id))
    return successor === null || successor.consumedAt === null
  }

  return (model) => {
    if (model === 'Client') return clientAdapter(options)
    if (model === 'DeviceCode')
      return createDeviceCodeAdapter({ ...options, requests: options.deviceRequests })
    return model === 'Session' ? sessions(recordAdapter(model)) : recordAdapter(model)
  }
}

const ifExists = (model: string) =>
  model === 'RefreshToken' ? 'keep' : model === 'ReplayDetection' ? 'replace_expired' : 'replace'

/** All clients, of which there are few. */
const clientAppsOf = (apps: Pick<Apps, 'list'>) => (): ClientApp[] =>
  apps
    .list()
    .flatMap(({ id: appId, clientId, oidc }) => (oidc && clientId !== null ? [{ appId, clientId }] : []))

const READ_ONLY: Omit<Adapter, 'find'> = {
  async upsert() {
    throw new Error('Clients are registered at /admin/apps, and not by oidc-provider.')
  },
  async destroy() {
    throw new Error('Clients are removed at /admin/apps, and not by oidc-provider.')
  },
  consume: async () => {},
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  revokeByGrantId: async () => {},
}

/** The registered apps, from memory. */
const clientAdapter = ({ apps, alg }: Pick<OidcAdapterOptions, 'apps' | 'alg'>): Adapter => ({
  ...READ_ONLY,
  async find(clientId) {
    const app = apps.list().find((one) => one.clientId === clientId)
    return app?.oidc ? metadataOf({ ...app, oidc: app.oidc, clientId }, alg) : undefined
  },
})

/** What we store of them, to compare. */
const grantsIn = (authorizations: Authorizations): string =>
  JSON.stringify(
    Object.entries(authorizations).map(([clientId, { sid, grantId }]) => [clientId, sid, grantId]),
  )

/** The sessions of the family; others are those of browsers that sign out without being signed in. */
function sessionAdapter({ apps, signIns, documents, records, request }: OidcAdapterOptions) {
  const clientApps = clientAppsOf(apps)

  /** The grants that were read, by the object that oidc-provider changes and gives back. */
  const unchanged = new WeakMap<object, string>()

  async function read(sid: string): Promise<AdapterPayload | undefined> {
    const session = await signIns.session(sid)
    if (!session) return undefined
    const id = familyIdOf(sid)
    const isLogout = request.isLogout()
    // Only the form of a sign-out needs its state.
    const state = isLogout ? await records.find('Session', id) : null
    const acr = acrOf(session.amr)
    const authorizations: Authorizations = isLogout
      ? {}
      : {
          ...(await signIns.authorizations(sid, clientApps())),
          ...(await documents?.authorizations(sid)),
        }
    unchanged.set(authorizations, grantsIn(authorizations))
    return {
      ...state?.payload,
      kind: 'Session',
      jti: id,
      uid: id,
      iat: session.createdAt,
      exp: session.expiresAt,
      accountId: session.sub,
      loginTs: session.authenticatedAt,
      ...(session.amr && { amr: [session.amr] }),
      ...(acr !== undefined && { acr }),
      authorizations,
    }
  }

  async function write(sid: string, { accountId = '', authorizations = {}, state }: AdapterPayload) {
    if (unchanged.get(authorizations) !== grantsIn(authorizations)) {
      const grants = clientApps().flatMap(({ appId, clientId }) => {
        const { sid: clientSid, grantId } = authorizations[clientId] ?? {}
        return clientSid && grantId ? [{ appId, clientSid, grantId }] : []
      })
      await signIns.store({ sid, sub: accountId }, grants)
      for (const [clientId, authorization] of Object.entries(authorizations)) {
        if (isDocumentId(clientId)) await documents?.store(sid, clientId, authorization)
      }
    }
    if (state !== undefined) {
      await records.store('Session', familyIdOf(sid), { state }, { ttl: STATE_TTL, sid, appId: null })
    }
  }

  return (others: Adapter): Adapter => ({
    ...others,
    async find(id) {
      const sid = sidOf(id)
      return sid === null ? others.find(id) : read(sid)
    },
    async findByUid(uid) {
      const sid = sidOf(uid)
      return sid === null ? undefined : read(sid)
    },
    async upsert(id, payload, expiresIn) {
      const sid = sidOf(payload.uid)
      return sid === null ? others.upsert(id, payload, expiresIn) : write(sid, payload)
    },
    async destroy(id) {
      // It changes the id of a session with every sign-in, which destroys the earlier one. Ours ends at our sign-out.
      if (sidOf(id) === null) await others.destroy(id)
    },
  })
}
