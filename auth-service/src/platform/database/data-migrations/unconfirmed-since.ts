import { and, eq, exists, isNull, sql } from 'drizzle-orm'
import { unixTime } from '../../clock.ts'
import type { DataMigration } from './data-migration.ts'

/**
 * Starts the expiry of unconfirmed accounts from before they expired, if users registered them themselves. Imported
 * accounts and those created by administrators never expire.
 */
export const unconfirmed: DataMigration = {
  name: 'unconfirmed_accounts',
  async run({ config, database: { db, users, auditLog }, now }) {
    // If confirmation is not required, its absence means nothing.
    if (config.emailVerification !== 'required') return true
    const registered = db
      .select({ one: sql`1` })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.subject, users.uuid),
          eq(auditLog.actor, users.uuid),
          eq(auditLog.event, 'registered'),
        ),
      )
    await db
      .update(users)
      .set({ unconfirmedSince: unixTime(now) })
      .where(
        and(
          isNull(users.emailVerifiedAt),
          isNull(users.lastLoginAt),
          isNull(users.unconfirmedSince),
          exists(registered),
        ),
      )
    return true
  },
}
