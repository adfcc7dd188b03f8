import { and, eq, gt, inArray, isNull, type SQL } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { hashOfSecret } from '../platform/crypto/opaque-secret.ts'
import type { Database } from '../platform/database/open.ts'
import type { User } from '../users/users.ts'
import { hostOfDocument } from './document-clients.ts'
import type { OidcRecords } from './records.ts'
import type { Authorizations } from './sign-ins.ts'

type Person = Pick<User, 'id' | 'uuid'>

/**
 * What users allowed apps that no administrator registered. Anyone can make one, and change it at any time: so a consent
 * is good for one session, and ends with it. Every method throws on an outage.
 */
export interface DocumentConsents {
  /** The scopes that were allowed in the session with this id; none if the user was not asked in it. */
  scopes(sid: string, clientId: string): Promise<readonly string[]>
  /** Adds these scopes. */
  give(user: Person, sid: string, clientId: string, scopes: readonly string[], by: Actor): Promise<void>
  /** Those of a user in all sessions, by host. */
  list(user: Pick<User, 'id'>): Promise<readonly DocumentConsent[]>
  /**
   * Withdraws the consent with this key in all sessions, and all tokens of the app. `false`: this consent does not
   * exist.
   */
  withdraw(user: Person, key: string, by: Actor): Promise<boolean>
  /** What oidc-provider knows of these apps in a session. */
  authorizations(sid: string): Promise<Authorizations>
  /** Stores that: the claim `sid` and the grant of the app. */
  store(sid: string, clientId: string, authorization: Authorizations[string]): Promise<void>
  /** Ends what an app has in a session, except for the consent. */
  leave(sid: string, clientId: string): Promise<void>
}

export interface DocumentConsent {
  /** Names it in an address. */
  readonly key: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** In seconds: the latest. */
  readonly grantedAt: number
}

/** Our records beside those of oidc-provider, which end with the session like them. */
const CONSENT = 'DocumentConsent'
const SIGN_IN = 'DocumentSignIn'

const idOf = (sid: string, clientId: string): string => `${sid} ${clientId}`
const keyOf = (clientId: string): string => hashOfSecret(clientId).slice(0, 32)

export interface DocumentConsentsOptions {
  readonly config: Pick<Config, 'sessionMaxAge'>
  readonly database: Database
  readonly records: OidcRecords
  readonly audit: Pick<Audit, 'record'>
  readonly now: () => number
}

export function createDocumentConsents(options: DocumentConsentsOptions): DocumentConsents {
  const { config, database, records, audit, now } = options
  const { db, oidcRecords, sessions } = database
  const life = (sid: string) => ({ ttl: config.sessionMaxAge, sid, appId: null })

  async function scopesOf(sid: string, clientId: string): Promise<readonly string[]> {
    const found = await records.find(CONSENT, idOf(sid, clientId))
    return (found?.payload.scopes as readonly string[] | undefined) ?? []
  }

  /** The records of apps that are not registered. */
  async function read(where: SQL | undefined) {
    const { model, hash, payload, sid } = oidcRecords
    const rows = await db
      .select({ model, hash, payload })
      .from(oidcRecords)
      .innerJoin(sessions, eq(sessions.id, sid))
      .where(and(where, isNull(oidcRecords.appId)))
    return rows.map((row) => ({ ...row, payload: JSON.parse(row.payload) as StoredPayload }))
  }

  const remove = (rows: Awaited<ReturnType<typeof read>>) =>
    db.delete(oidcRecords).where(
      and(
        inArray(
          oidcRecords.hash,
          rows.map(({ hash }) => hash),
        ),
        isNull(oidcRecords.appId),
      ),
    )

  async function consentsOf(user: Pick<User, 'id'>): Promise<StoredPayload[]> {
    const isLive = gt(sessions.idleExpiresAt, unixTime(now))
    const rows = await read(and(eq(oidcRecords.model, CONSENT), eq(sessions.userId, user.id), isLive))
    return rows.map(({ payload }) => payload)
  }

  return {
    scopes: scopesOf,
    async give(user, sid, clientId, added, { uuid: actor, device }) {
      const scopes = [...new Set([...(await scopesOf(sid, clientId)), ...added])].sort()
      const payload = { clientId, scopes, grantedAt: unixTime(now) }
      await records.store(CONSENT, idOf(sid, clientId), payload, life(sid))
      const details = { app: hostOfDocument(clientId), client_id: clientId, scopes: added.join(' ') }
      await audit.record({ event: 'oidc_consent_given', subject: user.uuid, actor, sid, device, details })
    },
    async list(user) {
      const found = new Map<string, DocumentConsent>()
      for (const { clientId, scopes = [], grantedAt = 0 } of await consentsOf(user)) {
        const before = found.get(clientId)
        found.set(clientId, {
          key: keyOf(clientId),
          clientId,
          scopes: [...new Set([...(before?.scopes ?? []), ...scopes])].sort(),
          grantedAt: Math.max(before?.grantedAt ?? 0, grantedAt),
        })
      }
      return [...found.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1))
    },
    async withdraw(user, key, { uuid: actor, device }) {
      const consent = (await consentsOf(user)).find(({ clientId }) => keyOf(clientId) === key)
      if (!consent) return false
      const { clientId } = consent
      const rows = await read(eq(sessions.userId, user.id))
      // Without the consent, a token that is stored just now is good for nothing: see findAccount.
      await remove(rows.filter(({ payload }) => payload.clientId === clientId))
      const details = { app: hostOfDocument(clientId), client_id: clientId }
      const entry = { event: 'oidc_consent_withdrawn', subject: user.uuid, actor, sid: null, device } as const
      await audit.record({ ...entry, details })
      return true
    },
    async authorizations(sid) {
      const rows = await read(and(eq(oidcRecords.model, SIGN_IN), eq(oidcRecords.sid, sid)))
      return Object.fromEntries(
        rows.map(({ payload: { clientId, clientSid, grantId } }) => [clientId, { sid: clientSid, grantId }]),
      ) as Authorizations
    },
    async store(sid, clientId, { sid: clientSid, grantId }) {
      if (grantId === undefined) return
      await records.store(SIGN_IN, idOf(sid, clientId), { clientId, clientSid, grantId }, life(sid))
    },
    async leave(sid, clientId) {
      const rows = await read(eq(oidcRecords.sid, sid))
      await remove(rows.filter(({ model, payload }) => payload.clientId === clientId && model !== CONSENT))
    },
  }
}

/** What all of these records have, and those of ours. */
interface StoredPayload {
  readonly clientId: string
  readonly scopes?: readonly string[]
  readonly grantedAt?: number
  readonly clientSid?: string
  readonly grantId?: string
}
