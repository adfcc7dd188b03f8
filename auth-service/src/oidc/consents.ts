import { and, asc, eq, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import type { User } from '../users/users.ts'
import type { EndedSignIns } from './ended-sign-ins.ts'

type Person = Pick<User, 'id' | 'uuid'>

/** What users allowed apps to see of them. Every method throws on an outage. */
export interface OidcConsents {
  /** The scopes that the user with this uuid allowed an app; none if they were never asked. */
  scopes(uuid: string, appId: number): Promise<readonly string[]>
  /** Those of a user, by the name of the app. */
  list(user: Pick<User, 'id'>): Promise<readonly OidcConsent[]>
  /** Withdraws a consent, and signs the user out of the app; `false` if there is none. */
  withdraw(user: Person, appId: number, by: Actor): Promise<boolean>
  /** Adds these scopes. */
  give(user: Person, app: ConsentApp, scopes: readonly string[], by: Actor): Promise<void>
}

/** What a user lets an app see, and since when, in seconds. */
export interface OidcConsent {
  /** Names it in an address. */
  readonly key: string
  /** The name of the app or, if no administrator registered it, its URL. */
  readonly app: string
  readonly scopes: readonly string[]
  readonly grantedAt: number
}

/** The app, and its name for the audit log. */
export interface ConsentApp {
  readonly id: number
  readonly name: string
}

export interface OidcConsentsOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly endedSignIns: Pick<EndedSignIns, 'endOf'>
  readonly now: () => number
}

export function createOidcConsents({
  database,
  audit,
  endedSignIns,
  now,
}: OidcConsentsOptions): OidcConsents {
  const { db, apps, oidcConsents, users } = database

  async function scopesOf(uuid: string, appId: number): Promise<readonly string[]> {
    const [row] = await db
      .select({ scopes: oidcConsents.scopes })
      .from(oidcConsents)
      .innerJoin(users, eq(users.id, oidcConsents.userId))
      .where(and(eq(users.uuid, uuid), eq(oidcConsents.appId, appId)))
    return row ? JSON.parse(row.scopes) : []
  }

  return {
    scopes: scopesOf,
    async list(user) {
      const rows = await db
        .select({
          id: apps.id,
          name: apps.name,
          scopes: oidcConsents.scopes,
          grantedAt: oidcConsents.grantedAt,
        })
        .from(oidcConsents)
        .innerJoin(apps, eq(apps.id, oidcConsents.appId))
        .where(eq(oidcConsents.userId, user.id))
        .orderBy(asc(apps.name))
      return rows.map(({ id, name, scopes, grantedAt }) => ({
        key: String(id),
        app: name,
        scopes: JSON.parse(scopes),
        grantedAt,
      }))
    },
    async withdraw(user, appId, { uuid: actor, device }) {
      const [app] = await db.select({ name: apps.name }).from(apps).where(eq(apps.id, appId))
      if (!app) return false
      const which = and(eq(oidcConsents.userId, user.id), eq(oidcConsents.appId, appId))
      const entry = { event: 'oidc_consent_withdrawn', subject: user.uuid, actor, sid: null, device } as const
      const results = await database.transaction((handle) => [
        audit.step({ ...entry, details: { app: app.name } }, sql`FROM ${oidcConsents} WHERE ${which}`),
        ...endedSignIns.endOf(handle, user, appId),
        handle.delete(oidcConsents).where(which).returning({ appId: oidcConsents.appId }),
      ])
      return results.at(-1)?.length === 1
    },
    async give(user, app, added, { uuid: actor, device }) {
      const before = await scopesOf(user.uuid, app.id)
      const scopes = JSON.stringify([...new Set([...before, ...added])].sort())
      const entry = { event: 'oidc_consent_given', subject: user.uuid, actor, sid: null, device } as const
      const row = { userId: user.id, appId: app.id, scopes, grantedAt: unixTime(now) }
      await database.transaction((handle) => [
        audit.step(
          { ...entry, details: { app: app.name, scopes: added.join(' ') } },
          sql`FROM ${users} WHERE ${eq(users.id, user.id)}`,
        ),
        handle
          .insert(oidcConsents)
          .values(row)
          .onConflictDoUpdate({
            target: [oidcConsents.userId, oidcConsents.appId],
            set: { scopes, grantedAt: row.grantedAt },
          })
          .returning({ appId: oidcConsents.appId }),
      ])
    },
  }
}
