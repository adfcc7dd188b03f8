import { and, eq, isNull, lte, notExists, type SQL, sql } from 'drizzle-orm'
import { OPERATOR } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import type { Log } from '../platform/logging/logger.ts'
import type { Users } from './users.ts'

/** Accounts that people registered, and never confirmed the address of. */
export interface UnconfirmedAccounts {
  /** Deletes those whose time is over, with all that is theirs, and has the apps clean up; how many. Throws on an outage. */
  sweep(): Promise<number>
}

export interface UnconfirmedAccountsOptions {
  readonly config: Pick<Config, 'emailVerification' | 'unconfirmedTtl'>
  readonly database: Database
  readonly users: Pick<Users, 'remove'>
  readonly log: Pick<Log, 'info'>
  /** In ms. */
  readonly now: () => number
}

/** So many are deleted in one go: each is a transaction of its own. */
const BATCH = 1000

export function createUnconfirmedAccounts(options: UnconfirmedAccountsOptions): UnconfirmedAccounts {
  const { config, database, log, now } = options
  const { db, users, groupMembers, oneTimeTokens } = database
  const one = { one: sql`1` }

  /**
   * Whether nobody would miss it: nobody ever signed in, no administrator did anything for it or shut it, and no mailed
   * link works any more that would confirm it.
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
    async sweep() {
      // Otherwise people get in without a confirmation, and its absence says nothing.
      if (config.emailVerification !== 'required') return 0
      const over = await db.select({ uuid: users.uuid }).from(users).where(isOver()).limit(BATCH)
      let count = 0
      for (const { uuid } of over) {
        // Asked again in the same transaction: they may confirm at this moment.
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
          'accounts were deleted whose address nobody confirmed within UNCONFIRMED_TTL',
        )
      }
      return count
    },
  }
}
