import { and, inArray, isNull } from 'drizzle-orm'
import type { Apps, RegisteredApp } from '../apps/apps.ts'
import type { FeedEntry } from '../events/revocation-entries.ts'
import type { Database } from '../platform/database/open.ts'
import type { Users } from '../users/users.ts'
import { mayUse } from './access-to-app.ts'
import type { EndedSignIns } from './ended-sign-ins.ts'

/**
 * Ends the sign-ins of users who, by these entries of the feed, have just lost their access to an app. Throws on an
 * outage.
 */
export type EndLostAccess = (entries: readonly FeedEntry[]) => Promise<void>

export interface LostAccessOptions {
  readonly database: Database
  readonly apps: Pick<Apps, 'list'>
  readonly users: Pick<Users, 'findByUuid'>
  readonly endedSignIns: Pick<EndedSignIns, 'endOf'>
}

export function createEndLostAccess(options: LostAccessOptions): EndLostAccess {
  const { database, apps, users, endedSignIns } = options
  const { db, oidcSignIns } = database

  async function endOf(sub: string, app: RegisteredApp): Promise<void> {
    const user = await users.findByUuid(sub)
    if (!user || !app.oidc || mayUse(app.oidc, user)) return
    await database.transaction((handle) => endedSignIns.endOf(handle, user, app.id))
  }

  return async (entries) => {
    const restricted = apps.list().filter(({ oidc }) => oidc?.groups != null)
    // Those of users who have changed.
    const sids = entries.flatMap((entry) => ('sid' in entry && 'before' in entry ? [entry.sid] : []))
    if (restricted.length === 0 || sids.length === 0) return
    const found = await db
      .selectDistinct({ sub: oidcSignIns.sub, appId: oidcSignIns.appId })
      .from(oidcSignIns)
      .where(
        and(
          inArray(oidcSignIns.sid, sids),
          inArray(
            oidcSignIns.appId,
            restricted.map(({ id }) => id),
          ),
          isNull(oidcSignIns.endedAt),
        ),
      )
    for (const { sub, appId } of found) {
      const app = restricted.find(({ id }) => id === appId)
      if (app) await endOf(sub, app)
    }
  }
}
