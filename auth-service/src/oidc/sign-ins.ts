import { and, eq, gt, inArray, lt, ne, sql } from 'drizzle-orm'
import type { AdapterPayload } from 'oidc-provider'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Secrets } from '../platform/crypto/derive-key.ts'
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts'
import type { Database } from '../platform/database/open.ts'
import { rowOfSession } from '../platform/database/row-locks.ts'
import type { Amr } from '../tokens/sessions/sessions.ts'

/** What oidc-provider knows of an app in a session, by client id. */
export type Authorizations = NonNullable<AdapterPayload['authorizations']>

/** A client and its app. */
export interface ClientApp {
  readonly clientId: string
  readonly appId: number
}

/** A live session of the family, as oidc-provider needs it. Times in seconds. */
export interface FamilySession {
  readonly sid: string
  /** The user's uuid. */
  readonly sub: string
  readonly createdAt: number
  readonly authenticatedAt: number
  readonly expiresAt: number
  readonly amr: Amr | null
}

/** Which apps a session is signed in to. Every method throws on an outage. */
export interface OidcSignIns {
  /** The session with this id; `null` if it is over, or its user is disabled. */
  session(sid: string): Promise<FamilySession | null>
  /** What is known of these clients in a session: each has its claim `sid`, and those it is signed in to a grant. */
  authorizations(sid: string, clients: readonly ClientApp[]): Promise<Authorizations>
  /** Ends the sign-in of a session to the app with this client id, and its tokens. */
  leave(sid: string, clientId: string): Promise<void>
  /** Records that an app uses the session, which extends it like any other use. */
  noteUse(sid: string): Promise<void>
  /** Stores the grants of a session, by the id of the app. */
  store(session: Pick<FamilySession, 'sid' | 'sub'>, grants: readonly AppGrant[]): Promise<void>
}

export interface AppGrant {
  readonly appId: number
  readonly clientSid: string
  readonly grantId: string
}

export interface OidcSignInsOptions {
  readonly config: Secrets & Pick<Config, 'refreshTtl'>
  readonly database: Database
  readonly now: () => number
}

export function createOidcSignIns({ config, database, now }: OidcSignInsOptions): OidcSignIns {
  const { db, apps, oidcRecords, oidcSignIns, sessions, users } = database
  const hash = createKeyedHash(config.secretKey, 'oidcSessionIds')

  /**
   * The claim `sid` for an app. Computed, so that two authorizations at once have the same. No app learns that of
   * another one, nor that of the family.
   */
  const clientSidOf = (sid: string, appId: number): string =>
    hash(`${appId}.${sid}`).toString('base64url').slice(0, 22)

  return {
    async session(sid) {
      const [row] = await db
        .select({
          sub: users.uuid,
          createdAt: sessions.createdAt,
          authenticatedAt: sessions.authenticatedAt,
          expiresAt: sessions.idleExpiresAt,
          amr: sessions.amr,
        })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(sessions.id, sid), gt(sessions.idleExpiresAt, unixTime(now)), eq(users.isActive, true)))
      return row ? { sid, ...row } : null
    },
    async authorizations(sid, clients) {
      const rows = await db.select().from(oidcSignIns).where(eq(oidcSignIns.sid, sid))
      const entries = clients.map(({ clientId, appId }) => {
        const row = rows.find((one) => one.appId === appId)
        const { clientSid = clientSidOf(sid, appId), grantId } = row ?? {}
        return [clientId, { sid: clientSid, ...(grantId && { grantId }) }] as const
      })
      return Object.fromEntries(entries)
    },
    async leave(sid, clientId) {
      const app = db.select({ id: apps.id }).from(apps).where(eq(apps.clientId, clientId))
      await database.transaction((handle) =>
        [oidcRecords, oidcSignIns].map((table) =>
          handle
            .delete(table)
            .where(and(eq(table.sid, sid), inArray(table.appId, app)))
            .returning({ sid: table.sid }),
        ),
      )
    },
    async noteUse(sid) {
      const at = unixTime(now)
      const end = sql`CASE WHEN ${sessions.expiresAt} < ${at + config.refreshTtl} THEN ${sessions.expiresAt}
        ELSE ${at + config.refreshTtl} END`
      await db
        .update(sessions)
        .set({ lastUsedAt: at, idleExpiresAt: end })
        .where(and(eq(sessions.id, sid), gt(sessions.idleExpiresAt, at), lt(sessions.idleExpiresAt, end)))
    },
    async store({ sid, sub }, grants) {
      for (const { appId, clientSid, grantId } of grants) {
        const row = {
          sid,
          appId,
          sub,
          clientSid,
          grantId,
          createdAt: unixTime(now),
          logoutDueAt: null,
          endedAt: null,
          attempts: 0,
        }
        await db
          .insert(oidcSignIns)
          .select(rowOfSession(database, oidcSignIns, row, sid))
          .onConflictDoUpdate({
            target: [oidcSignIns.sid, oidcSignIns.appId],
            // Signed in again before the app was told of the end.
            set: { grantId, logoutDueAt: null, endedAt: null, attempts: 0 },
            setWhere: sql`${oidcSignIns.grantId} IS NULL OR ${ne(oidcSignIns.grantId, grantId)}`,
          })
      }
    },
  }
}
