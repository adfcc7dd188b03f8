import { and, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { createSessionEndings, endedAt, type SessionEndings } from '../events/session-endings.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database, Statement } from '../platform/database/database.ts'
import type { User } from '../users/users.ts'

/** A sign-in of an app that has ended, and that the app is to hear of. */
export type EndedSignIn = Database['oidcSignIns']['$inferSelect']

/** The sign-ins of clients that have ended. */
export interface EndedSignIns extends SessionEndings<EndedSignIn> {
  /** Ends the user's sign-ins to an app, with their tokens, within a transaction; their sessions go on. */
  endOf(handle: Database['db'], user: Pick<User, 'id' | 'uuid'>, appId: number): readonly Statement[]
}

export interface EndedSignInsOptions {
  readonly database: Database
  readonly now: () => number
}

export function createEndedSignIns({ database, now }: EndedSignInsOptions): EndedSignIns {
  const { db, deviceRequests, oidcClients, oidcRecords, oidcSignIns, sessions } = database
  const { sid, appId, sub } = oidcSignIns

  const listening = db
    .select({ id: oidcClients.appId })
    .from(oidcClients)
    .where(isNotNull(oidcClients.backChannelLogoutUri))

  return {
    ...createSessionEndings({ database, table: oidcSignIns, listening, sub, now }),
    endOf(handle, user, app) {
      const theirs = handle.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, user.id))
      const which = and(eq(sub, user.uuid), eq(appId, app), isNull(oidcSignIns.endedAt))
      return [
        handle
          .delete(oidcRecords)
          .where(and(eq(oidcRecords.appId, app), inArray(oidcRecords.sid, theirs)))
          .returning({ model: oidcRecords.model }),
        handle
          .update(oidcSignIns)
          .set({ ...endedAt(unixTime(now)), grantId: null })
          .where(and(which, inArray(appId, listening)))
          .returning({ sid }),
        handle.delete(oidcSignIns).where(which).returning({ sid }),
        // Those of its devices, which have no other use.
        handle
          .delete(sessions)
          .where(and(eq(sessions.userId, user.id), eq(sessions.deviceAppId, app)))
          .returning({ id: sessions.id }),
        handle
          .delete(deviceRequests)
          .where(
            and(
              eq(deviceRequests.userId, user.id),
              eq(deviceRequests.clientAppId, app),
              isNotNull(deviceRequests.oidc),
            ),
          )
          .returning({ hash: deviceRequests.hash }),
      ]
    },
  }
}
