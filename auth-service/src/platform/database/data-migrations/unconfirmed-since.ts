import { and, eq, exists, isNull, sql } from 'drizzle-orm'
import { unixTime } from '../../clock.ts'
import type { DataMigration } from './data-migration.ts'

/**
 * Accounts that people registered themselves before such accounts expired, and never confirmed: their time begins now. All
 * others, imported or made by administrators, never expire.
 */
export const unconfirmed: DataMigration = {
  name: 'unconfirmed_accounts',
  async run({ config, database: { db, users, auditLog }, now }) {
    // Where people get in without a confirmation, it says nothing that there is none.
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
