import { and, eq, isNull, lte, notExists, type SQL, sql } from 'drizzle-orm'
import { OPERATOR } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import type { Log } from '../platform/logging/logger.ts'
import type { Users } from './users.ts'

/** Accounts that users registered and never confirmed. */
export interface UnconfirmedAccounts {
  /** Deletes expired ones with all their data, and publishes that to apps; returns how many. Throws on an outage. */
  deleteExpired(): Promise<number>
}

export interface UnconfirmedAccountsOptions {
  readonly config: Pick<Config, 'emailVerification' | 'unconfirmedTtl'>
  readonly database: Database
  readonly users: Pick<Users, 'remove'>
  readonly log: Pick<Log, 'info'>
  /** In ms. */
  readonly now: () => number
}

/** How many are deleted per run, each in its own transaction. */
const BATCH = 1000

export function createUnconfirmedAccounts(options: UnconfirmedAccountsOptions): UnconfirmedAccounts {
  const { config, database, log, now } = options
  const { db, users, groupMembers, oneTimeTokens } = database
  const one = { one: sql`1` }

  /**
   * Whether the account is unused: without a sign-in, without changes by an administrator, and without a valid
   * confirmation link.
   */
  function isOver(): SQL {
    const at = unixTime(now)
    const membership = db.select(one).from(groupMembers).where(eq(groupMembers.userId, users.id))
    const link = db
      .select(one)
      .from(oneTimeTokens)
      .where(and(eq(oneTimeTokens.userId, users.id), sql`${oneTimeTokens.expiresAt} > ${at}`))
    return and(
      lte(users.unconfirmedSince, at - config.unconfirmedTtl),
      isNull(users.emailVerifiedAt),
      isNull(users.lastLoginAt),
      isNull(users.deletionDueAt),
      eq(users.isActive, true),
      eq(users.isStaff, false),
      eq(users.isSuperuser, false),
      notExists(membership),
      notExists(link),
    ) as SQL
  }

  return {
    async deleteExpired() {
      // Otherwise confirmation is not required, and its absence means nothing.
      if (config.emailVerification !== 'required') return 0
      const over = await db.select({ uuid: users.uuid }).from(users).where(isOver()).limit(BATCH)
      let count = 0
      for (const { uuid } of over) {
        // Checked again in the same transaction, since the user may confirm at this moment.
        const deleted = await options.users.remove(uuid, isOver(), {
          by: OPERATOR,
          details: { because: 'unconfirmed' },
        })
        if (deleted) count++
      }
      if (count > 0) {
        const { unconfirmedTtl } = config
        log.info(
          { event: 'unconfirmed_accounts_deleted', count, unconfirmedTtl },
          'deleted accounts whose address was not confirmed within UNCONFIRMED_TTL',
        )
      }
      return count
    },
  }
}
