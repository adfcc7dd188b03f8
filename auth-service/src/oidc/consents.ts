import { and, eq, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Database } from '../platform/database/open.ts'
import type { User } from '../users/users.ts'

type Person = Pick<User, 'id' | 'uuid'>

/** What users allowed apps to see of them. Every method throws on an outage. */
export interface OidcConsents {
  /** The scopes that the user with this uuid allowed an app; none if they were never asked. */
  scopes(uuid: string, appId: number): Promise<readonly string[]>
  /** Adds these scopes. */
  give(user: Person, app: ConsentApp, scopes: readonly string[], by: Actor): Promise<void>
}

/** The app, and its name for the audit log. */
export interface ConsentApp {
  readonly id: number
  readonly name: string
}

export interface OidcConsentsOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

export function createOidcConsents({ database, audit, now }: OidcConsentsOptions): OidcConsents {
  const { db, oidcConsents, users } = database

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
