import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Actor } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import { isStillSuperuser } from './last-superuser.ts'
import { adminDeletionCancelledMail, adminDeletionMail } from './mails/deletion.ts'
import type { ScheduledDeletion } from './scheduled-deletion.ts'
import type { User, Users } from './users.ts'

/** Why no one was deleted. */
export type AdminDeletionRefusal =
  | 'not_found'
  /** Users delete their own account on their account page, which asks for the password. */
  | 'oneself'
  /** This is the last superuser. */
  | 'last_superuser'
  /** The actor is not an active superuser, or no longer. */
  | 'not_allowed'

/** Deletion by superusers or the operator. Every method throws on an outage. */
export interface AdminDeletions {
  /**
   * Ends all sessions of a user and schedules the deletion, in seconds; an email informs them. As with their own
   * request, signing in before then cancels it.
   */
  request(person: User, by: Actor): Promise<Result<number, AdminDeletionRefusal>>
  /** Cancels the deletion, and informs the user by email; `false` if none was scheduled. */
  cancel(person: User, by: Actor): Promise<Result<boolean, AdminDeletionRefusal>>
  /** Deletes the user for good at once, and publishes that to apps. */
  atOnce(person: User, by: Actor): Promise<Result<null, AdminDeletionRefusal>>
}

export interface AdminDeletionsOptions {
  readonly config: Sender & Pick<Config, 'deletionGrace'>
  readonly database: Database
  readonly users: Pick<Users, 'findByUuid' | 'remove'>
  readonly scheduledDeletion: ScheduledDeletion
  readonly now: () => number
}

/** The audit entry's details about a deleted user: their rights, and no personal data. */
const rightsOf = ({ isActive, isStaff, isSuperuser, groups }: User) => ({
  is_active: isActive,
  is_staff: isStaff,
  is_superuser: isSuperuser,
  groups,
})

export function createAdminDeletions(options: AdminDeletionsOptions): AdminDeletions {
  const { config, database, users: people, scheduledDeletion, now } = options

  /** Why the user was not changed. */
  const refused = async (by: Actor): Promise<AdminDeletionRefusal> =>
    by.uuid !== null && !isInCharge(await people.findByUuid(by.uuid)) ? 'not_allowed' : 'last_superuser'

  return {
    async request(person, by) {
      if (person.uuid === by.uuid) return failure('oneself')
      const dueAt = unixTime(now) + config.deletionGrace
      const scheduled = await scheduledDeletion.schedule(person, dueAt, {
        by,
        details: { due_at: dueAt, before: rightsOf(person) },
        email: adminDeletionMail(languageOfReader(person), config, { dueAt, ...person }),
        onlyIf: isStillSuperuser(database, by.uuid),
      })
      if (scheduled) return success(dueAt)
      const stored = await people.findByUuid(person.uuid)
      if (!stored) return failure('not_found')
      return stored.deletionDueAt === null ? failure(await refused(by)) : success(stored.deletionDueAt)
    },

    async cancel(person, by) {
      const cancelled = await scheduledDeletion.cancel(person, {
        by,
        details: { due_at: person.deletionDueAt },
        email: adminDeletionCancelledMail(languageOfReader(person), config),
        onlyIf: isStillSuperuser(database, by.uuid),
        asksSuperusers: true,
      })
      if (cancelled) return success(true)
      const stored = await people.findByUuid(person.uuid)
      if (!stored) return failure('not_found')
      return stored.deletionDueAt === null ? success(false) : failure('not_allowed')
    },

    async atOnce(person, by) {
      if (person.uuid === by.uuid) return failure('oneself')
      const deed = { by, details: { before: rightsOf(person) } }
      if (await people.remove(person.uuid, isStillSuperuser(database, by.uuid), deed)) return success(null)
      return failure((await people.findByUuid(person.uuid)) ? await refused(by) : 'not_found')
    },
  }
}

const isInCharge = (person: User | null): boolean => person?.isSuperuser === true && person.isActive
