import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Audit, AuditEvent } from '../events/audit-log.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Letter, Mail } from '../platform/mail/outbox.ts'
import type { ChangePerson } from './change-person.ts'
import { isDispensable, lockWithSuperusers } from './last-superuser.ts'
import type { Deed, User } from './users.ts'

/** What goes with scheduling a deletion or cancelling it, in one transaction: an entry in the audit log, and a mail. */
export interface DeletionStep extends Deed {
  readonly letter: Letter
  /** Asked of the person's row: where it is not true, nothing happens. */
  readonly onlyIf: SQL
}

/** Deletions that wait for their time, whoever asked for them. Throws on an outage. */
export interface ScheduledDeletion {
  /**
   * Notes when a person goes, in seconds, and ends all their sessions; mailed links are void, but for those that are
   * `spared`. Whether it did: not where they go already, nor the last superuser.
   */
  schedule(
    person: User,
    dueAt: number,
    step: DeletionStep & { readonly spared?: 'reset_password' },
  ): Promise<boolean>
  /** They stay; whether they were to go. */
  cancel(person: User, step: DeletionStep & { readonly asksSuperusers: boolean }): Promise<boolean>
}

export interface ScheduledDeletionOptions {
  readonly database: Database
  readonly changePerson: ChangePerson
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
}

export function createScheduledDeletion(options: ScheduledDeletionOptions): ScheduledDeletion {
  const { database, changePerson, audit, mail } = options
  const { users, oneTimeTokens } = database

  function record(
    event: AuditEvent,
    { uuid }: User,
    { by, details, letter }: DeletionStep,
    from: SQL,
  ): SQL[] {
    const entry = { event, subject: uuid, actor: by.uuid, sid: null, device: by.device, details }
    return [audit.step(entry, from), mail.step({ to: users.email, person: uuid, ...letter }, from)]
  }

  return {
    async schedule(person, dueAt, { spared, ...step }) {
      const others = spared === undefined ? sql`` : sql` AND ${oneTimeTokens.purpose} <> ${spared}`
      const changed = await changePerson(person.uuid, {
        values: { deletionDueAt: dueAt, deviceEpoch: sql`${users.deviceEpoch} + 1` },
        effect: 'over',
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
      // By rows alone: a deletion that is due waits for it, or has taken the row; of two at once, one is told of.
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
