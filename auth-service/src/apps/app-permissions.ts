import { and, asc, eq } from 'drizzle-orm'
import type { Revocations } from '../events/events.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import { storedRules } from './app-rule.ts'
import type { Permission } from './permission-input.ts'

/** A permission and the app that defined it. */
export interface AppPermission extends Permission {
  readonly appId: number
}

/** What users may do in the registered apps, as the apps publish it. Every method throws on an outage. */
export interface AppPermissions {
  /** All permissions of all apps, by name. */
  list(): Promise<readonly AppPermission[]>
  /** Replaces the permissions of an app; `false` if the app does not exist. */
  publish(appId: number, permissions: readonly Permission[]): Promise<boolean>
}

export interface AppPermissionsOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
}

export function createAppPermissions({ database, revocations }: AppPermissionsOptions): AppPermissions {
  const { db, apps, appPermissions } = database
  return {
    async list() {
      const rows = await db.select().from(appPermissions).orderBy(asc(appPermissions.name))
      return rows.map(({ groups, ...row }) => ({ ...row, groups: JSON.parse(groups) as string[] }))
    },
    async publish(appId, permissions) {
      const [app] = await db.select({ rules: apps.rules }).from(apps).where(eq(apps.id, appId))
      if (!app) return false
      // Its rules may ask for permissions.
      const isRuled = storedRules(app.rules).length > 0
      const rows = permissions.map(({ groups, path = null, ...row }) => ({
        ...row,
        path,
        appId,
        groups: JSON.stringify(groups),
      }))
      await (isRuled ? revocations.publish : database.transaction)((handle) => [
        // All processes of an app publish the same when they start.
        ...lockRows(database, apps, eq(apps.id, appId)),
        handle
          .delete(appPermissions)
          .where(and(eq(appPermissions.appId, appId)))
          .returning({ name: appPermissions.name }),
        ...(isRuled ? [revocations.entries.appsChanged(eq(apps.id, appId))] : []),
        ...(rows.length > 0
          ? [handle.insert(appPermissions).values(rows).returning({ name: appPermissions.name })]
          : []),
      ])
      return true
    },
  }
}
