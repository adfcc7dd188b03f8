import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { eq, lte, sql } from 'drizzle-orm'
import type { Device } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import { readerAmong } from '../platform/mail/outbox.ts'
import { deletionCancelledMail, deletionMail } from './mails/deletion.ts'
import type { ScheduledDeletion } from './scheduled-deletion.ts'
import type { User, Users } from './users.ts'

/** Users who delete their account: they are signed out at once, and deleted for good after a grace period. */
export interface AccountDeletions {
  /**
   * Ends all sessions of a user and schedules the deletion, in seconds; an email informs them. Voids emailed links
   * except password resets: otherwise a thief with the password could lock the owner out by repeated requests. Does
   * nothing if the password has changed since. Throws on an outage.
   */
  request(person: User, device: Device): Promise<Result<number, 'last_superuser' | 'outdated'>>
  /** The user returned within the grace period: cancels the deletion. `false` if none was scheduled. */
  cancel(person: User, device: Device): Promise<boolean>
  /** Deletes users whose grace period is over, and publishes that to apps; returns how many. */
  deleteExpired(): Promise<number>
}

export interface AccountDeletionsOptions {
  readonly config: Sender & Pick<Config, 'deletionGrace'>
  readonly database: Database
  readonly users: Pick<Users, 'remove'>
  readonly scheduledDeletion: ScheduledDeletion
  readonly now: () => number
}

export function createAccountDeletions(options: AccountDeletionsOptions): AccountDeletions {
  const { config, database, scheduledDeletion, now } = options
  const { db, users } = database

  return {
    async request(person, device) {
      const dueAt = unixTime(now) + config.deletionGrace
      const scheduled = await scheduledDeletion.schedule(person, dueAt, {
        by: { uuid: person.uuid, device },
        details: { due_at: dueAt },
        email: deletionMail(languageOfReader(readerAmong([person, device])), config, { dueAt }),
        onlyIf: eq(users.password, person.password),
        spared: 'reset_password',
      })
      if (scheduled) return success(dueAt)
      const [stored] = await db
        .select({ dueAt: users.deletionDueAt, password: users.password })
        .from(users)
        .where(eq(users.id, person.id))
      if (stored?.dueAt !== null) return success(dueAt)
      return failure(stored.password === person.password ? 'last_superuser' : 'outdated')
    },

    async cancel(person, device) {
      const { uuid, deletionDueAt } = person
      if (deletionDueAt === null) return false
      return scheduledDeletion.cancel(person, {
        by: { uuid, device },
        details: { due_at: deletionDueAt },
        email: deletionCancelledMail(languageOfReader(device), config, { at: unixTime(now) }),
        onlyIf: sql`true`,
        asksSuperusers: false,
      })
    },

    async deleteExpired() {
      const isDue = lte(users.deletionDueAt, unixTime(now))
      const due = await db.select().from(users).where(isDue)
      let count = 0
      for (const person of due) {
        // The user may have returned meanwhile, and the other superusers may be gone.
        if (await options.users.remove(person.uuid, isDue)) count++
      }
      return count
    },
  }
}
