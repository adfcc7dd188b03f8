import { and, count, eq, gt, isNotNull, sql } from 'drizzle-orm'
import type { App } from '../apps/apps.ts'
import { type Actor, type Audit, factsOf } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'

/**
 * The devices that are signed in to an app (RFC 8628). They stay signed in when the app may no longer sign in new ones.
 * Every method throws on an outage.
 */
export interface AppDevices {
  /** How many there are. */
  count(appId: number): Promise<number>
  /** Signs all of them out, each with an entry in the audit log for its owner; returns how many. */
  signOutAll(app: Pick<App, 'id' | 'name'>, by: Actor): Promise<number>
}

/** How many sessions end in one transaction. */
const BATCH = 50

export interface AppDevicesOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly revocations: Pick<Revocations, 'endWhere'>
  readonly now: () => number
}

export function createAppDevices({ database, audit, revocations, now }: AppDevicesOptions): AppDevices {
  const { db, deviceRequests, sessions, users } = database

  const ofApp = (id: number) => eq(sessions.deviceAppId, id)

  /** What the administrator did, before the first batch of sessions ends. */
  const entryFor = ({ id, name }: Pick<App, 'id' | 'name'>, { uuid: actor, device }: Actor) =>
    audit.step(
      {
        event: 'app_devices_signed_out',
        subject: null,
        actor,
        sid: null,
        device,
        details: sql`CAST(${JSON.stringify({ app: name, app_id: id }).slice(0, -1)} AS text) || ',"sessions":' || count(*) || '}'`,
      },
      sql`FROM ${sessions} WHERE ${ofApp(id)} HAVING count(*) > 0`,
    )

  return {
    async count(appId) {
      const live = and(ofApp(appId), gt(sessions.idleExpiresAt, unixTime(now)))
      const [row] = await db.select({ devices: count() }).from(sessions).where(live)
      return row?.devices ?? 0
    },
    async signOutAll(app, by) {
      // Those that were allowed, and have no tokens yet.
      const theirs = and(eq(deviceRequests.clientAppId, app.id), isNotNull(deviceRequests.oidc))
      await db.delete(deviceRequests).where(and(theirs, isNotNull(deviceRequests.userId)))
      const all = await db
        .select({ session: sessions, uuid: users.uuid })
        .from(sessions)
        .innerJoin(users, eq(users.id, sessions.userId))
        .where(ofApp(app.id))
      const { uuid: actor, device } = by
      let ended = 0
      for (let at = 0; at < all.length; at += BATCH) {
        const batch = all.slice(at, at + BATCH)
        const which = sql`${sessions.id} IN (${sql.join(
          batch.map(({ session }) => sql`${session.id}`),
          sql`, `,
        )})`
        const entries = batch.map(({ session, uuid: subject }) =>
          audit.step(
            {
              event: 'session_ended',
              subject,
              actor,
              sid: session.id,
              device,
              details: { app: app.name, session: factsOf(session) },
            },
            sql`FROM ${sessions} WHERE ${eq(sessions.id, session.id)}`,
          ),
        )
        ended += await revocations.endWhere(which, [...(at === 0 ? [entryFor(app, by)] : []), ...entries])
      }
      return ended
    },
  }
}
