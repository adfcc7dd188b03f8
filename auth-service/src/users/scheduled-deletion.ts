import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Audit, AuditEvent } from '../events/audit-log.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { EmailContent } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import type { ChangeUser } from './change-user.ts'
import { isDispensable, lockWithSuperusers } from './last-superuser.ts'
import type { ActorDetails, User } from './users.ts'

/** The side effects of scheduling or cancelling a deletion, in one transaction: an audit entry, and an email. */
export interface DeletionStep extends ActorDetails {
  readonly email: EmailContent
  /** A condition on the user's row: if it is false, nothing happens. */
  readonly onlyIf: SQL
}

/** Scheduled deletions of any origin. Throws on an outage. */
export interface ScheduledDeletion {
  /**
   * Schedules a user's deletion, in seconds, and ends all their sessions; voids emailed links, except those that are
   * `spared`. Returns whether it did: not if a deletion is already scheduled, nor for the last superuser.
   */
  schedule(
    person: User,
    dueAt: number,
    step: DeletionStep & { readonly spared?: 'reset_password' },
  ): Promise<boolean>
  /** Cancels the deletion; returns whether one was scheduled. */
  cancel(person: User, step: DeletionStep & { readonly asksSuperusers: boolean }): Promise<boolean>
}

export interface ScheduledDeletionOptions {
  readonly database: Database
  readonly changeUser: ChangeUser
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
}

export function createScheduledDeletion(options: ScheduledDeletionOptions): ScheduledDeletion {
  const { database, changeUser, audit, mail } = options
  const { users, oneTimeTokens } = database

  function record(
    event: AuditEvent,
    { uuid }: User,
    { by, details, email: letter }: DeletionStep,
    from: SQL,
  ): SQL[] {
    const entry = { event, subject: uuid, actor: by.uuid, sid: null, device: by.device, details }
    return [audit.step(entry, from), mail.step({ to: users.email, person: uuid, ...letter }, from)]
  }

  return {
    async schedule(person, dueAt, { spared, ...step }) {
      const others = spared === undefined ? sql`` : sql` AND ${oneTimeTokens.purpose} <> ${spared}`
      const changed = await changeUser(person.uuid, {
        values: { deletionDueAt: dueAt, deviceEpoch: sql`${users.deviceEpoch} + 1` },
        effect: 'over',
        endsApiTokens: true,
        // Simultaneous requests are reported once.
        onlyIf: sql`${isNull(users.deletionDueAt)} AND ${isDispensable(database, person.uuid)} AND ${step.onlyIf}`,
        asksSuperusers: true,
        also: (from) => [
          ...record('deletion_requested', person, step, from),
          sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} IN (SELECT ${users.id} ${from})${others}`,
        ],
      })
      mail.wake()
      return changed !== null
    },

    async cancel(person, { asksSuperusers, ...step }) {
      const which = and(eq(users.uuid, person.uuid), isNotNull(users.deletionDueAt), step.onlyIf)
      // Locks only the row: a due deletion waits for it, or has taken it; of two at once, one is reported.
      const results = await database.transaction((handle) => [
        ...(asksSuperusers
          ? lockWithSuperusers(database, person.uuid)
          : lockRows(database, users, eq(users.uuid, person.uuid))),
        ...record('deletion_cancelled', person, step, sql`FROM ${users} WHERE ${which}`),
        handle.update(users).set({ deletionDueAt: null }).where(which).returning({ id: users.id }),
      ])
      mail.wake()
      return (results.at(-1)?.length ?? 0) > 0
    },
  }
}
