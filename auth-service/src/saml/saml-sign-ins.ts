import { and, eq, gt, inArray, or } from 'drizzle-orm'
import { unixTime } from '../platform/clock.ts'
import type { Secrets } from '../platform/crypto/derive-key.ts'
import { createKeyedHash } from '../platform/crypto/keyed-hash.ts'
import type { Database } from '../platform/database/open.ts'
import { rowOfSession } from '../platform/database/row-locks.ts'

/** A service provider that a session is signed in to. */
export interface SamlSignIn {
  readonly sid: string
  readonly appId: number
  readonly sessionIndex: string
  readonly nameId: string
  /** A URN. */
  readonly nameIdFormat: string
}

/** The same with the user of the session. */
export interface SamlSignInOfUser extends SamlSignIn {
  readonly userId: number
  readonly uuid: string
}

/** A session as assertions describe it. Times in seconds. */
export interface AssertedSession {
  readonly authenticatedAt: number
  /** When it ends unless it is used. */
  readonly endsAt: number
}

/** Which service providers a session is signed in to. Every method throws on an outage. */
export interface SamlSignIns {
  /**
   * How a service provider knows a session: computed, so that two sign-ins at once have the same. None of them learns
   * that of another one, nor that of the family.
   */
  sessionIndexOf(sid: string, appId: number): string
  /** The live session; `null` if it is over. */
  session(sid: string): Promise<AssertedSession | null>
  /** Records a sign-in of a live session. */
  record(signIn: SamlSignIn): Promise<void>
  /** Forgets those of an app that ends these sessions, and need not hear of it. */
  leave(appId: number, sids: readonly string[]): Promise<void>
  /** Those of live sessions. */
  ofSessions(sids: readonly string[]): Promise<readonly SamlSignIn[]>
  /**
   * Those of this app with this name, in any format: a later request may have asked for another one. In these sessions,
   * or in all without any.
   */
  named(
    appId: number,
    nameId: string,
    sessionIndexes: readonly string[],
  ): Promise<readonly SamlSignInOfUser[]>
}

export interface SamlSignInsOptions {
  readonly config: Secrets
  readonly database: Database
  readonly now: () => number
}

export function createSamlSignIns({ config, database, now }: SamlSignInsOptions): SamlSignIns {
  const { db, samlSignIns, sessions, users } = database
  const hash = createKeyedHash(config.secretKey, 'samlSessionIds')
  const { sid, appId, sessionIndex, nameId, nameIdFormat } = samlSignIns
  const fields = { sid, appId, sessionIndex, nameId, nameIdFormat }
  const isLive = () => gt(sessions.idleExpiresAt, unixTime(now))

  return {
    // It begins like an XML name, which some products expect.
    sessionIndexOf: (session, app) => `_${hash(`${app}.${session}`).toString('hex').slice(0, 32)}`,
    async session(which) {
      const [row] = await db
        .select({ authenticatedAt: sessions.authenticatedAt, endsAt: sessions.idleExpiresAt })
        .from(sessions)
        .where(and(eq(sessions.id, which), isLive()))
      return row ?? null
    },
    async record(signIn) {
      const row = {
        sid: signIn.sid,
        appId: signIn.appId,
        sessionIndex: signIn.sessionIndex,
        nameId: signIn.nameId,
        nameIdFormat: signIn.nameIdFormat,
        createdAt: unixTime(now),
        logoutDueAt: null,
        endedAt: null,
        attempts: 0,
      }
      await db
        .insert(samlSignIns)
        .select(rowOfSession(database, samlSignIns, row, signIn.sid))
        .onConflictDoUpdate({
          target: [sid, appId],
          set: { nameId: row.nameId, nameIdFormat: row.nameIdFormat },
        })
    },
    async leave(app, sids) {
      if (sids.length === 0) return
      await db.delete(samlSignIns).where(and(eq(appId, app), inArray(sid, [...sids])))
    },
    async ofSessions(sids) {
      if (sids.length === 0) return []
      return db
        .select(fields)
        .from(samlSignIns)
        .innerJoin(sessions, eq(sessions.id, sid))
        .where(and(inArray(sid, [...sids]), isLive()))
    },
    async named(app, name, indexes) {
      const which = indexes.length > 0 ? inArray(sessionIndex, [...indexes]) : undefined
      const isCalled = or(...[nameId, users.uuid, users.email, sessionIndex].map((one) => eq(one, name)))
      return db
        .select({ ...fields, userId: sessions.userId, uuid: users.uuid })
        .from(samlSignIns)
        .innerJoin(sessions, eq(sessions.id, sid))
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(and(eq(appId, app), isCalled, which, isLive()))
    },
  }
}
