import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm'
import type { Audit, AuditEvent } from '../events/audit-log.ts'
import type { Revocations } from '../events/revocation-feed.ts'
import { type Device, languageOfDevice, languageOfOwner } from '../platform/client/device.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'
import type { Letter, Mail } from '../platform/mail/outbox.ts'
import type { Sender } from '../platform/mail/template.ts'
import { isDispensable, isLastSuperuser } from './last-superuser.ts'
import { deletionCancelledMail, deletionMail } from './mails/deletion.ts'
import type { User, Users } from './users.ts'

/** People who want to go: at once nobody is signed in as them, and after a grace period they are deleted for good. */
export interface Deletions {
  /**
   * Ends all sessions of a person and notes when they go, in seconds; a mail tells them. Mailed links are void, but for
   * those to a new password: a thief who knows the password could keep the owner out by asking again and again. Nothing
   * happens where the person's password is another one by now. Throws on an outage.
   */
  request(person: User, device: Device): Promise<Result<number, 'last_superuser' | 'outdated'>>
  /** They came back within the grace period: nothing is deleted. `false` where nothing was to be. */
  cancel(person: User, device: Device): Promise<boolean>
  /** Deletes those whose time has come, and has the apps clean up; how many. */
  sweep(): Promise<number>
}

export interface DeletionsOptions {
  readonly config: Sender & Pick<Config, 'deletionGrace'>
  readonly database: Database
  readonly users: Pick<Users, 'remove'>
  readonly revocations: Pick<Revocations, 'endAllOf'>
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly now: () => number
}

export function createDeletions(options: DeletionsOptions): Deletions {
  const { config, database, revocations, audit, mail, now } = options
  const { db, users, oneTimeTokens } = database

  /** What goes with a change of `which`, once for each row there is of it: an entry in the audit log, and a mail. */
  function told(
    which: SQL | undefined,
    event: AuditEvent,
    { uuid }: User,
    device: Device,
    { dueAt, letter }: { dueAt: number | null; letter: Letter },
  ): SQL[] {
    const from = sql`FROM ${users} WHERE ${which}`
    const entry = { event, subject: uuid, actor: uuid, sid: null, device, details: { due_at: dueAt } }
    return [audit.step(entry, from), mail.step({ to: users.email, person: uuid, ...letter }, from)]
  }

  return {
    async request(person, device) {
      if (await isLastSuperuser(database, person)) return failure('last_superuser')
      const dueAt = unixTime(now) + config.deletionGrace
      // Asked for twice at the same moment, it is told once.
      const theirs = and(eq(users.id, person.id), eq(users.password, person.password)) as SQL
      const which = and(theirs, isNull(users.deletionDueAt), isDispensable(database, person.uuid))
      const letter = deletionMail(languageOfOwner(person, device), config, { dueAt })
      await revocations.endAllOf(theirs, null, [
        ...told(which, 'deletion_requested', person, device, { dueAt, letter }),
        sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} IN (SELECT ${users.id} FROM ${users} WHERE ${which})
          AND ${oneTimeTokens.purpose} <> 'reset_password'`,
        sql`UPDATE ${users} SET deletion_due_at = ${dueAt}, device_epoch = device_epoch + 1 WHERE ${which}`,
      ])
      mail.wake()
      const [stored] = await db
        .select({ dueAt: users.deletionDueAt, password: users.password })
        .from(users)
        .where(eq(users.id, person.id))
      if (stored?.dueAt !== null) return success(dueAt)
      return failure(stored.password === person.password ? 'last_superuser' : 'outdated')
    },

    async cancel(person, device) {
      if (person.deletionDueAt === null) return false
      const which = and(eq(users.id, person.id), isNotNull(users.deletionDueAt))
      const letter = deletionCancelledMail(languageOfDevice(device), config, { at: unixTime(now) })
      // The row alone: a deletion that is due waits for it, or has taken it; two sign-ins at once tell of it once.
      const results = await database.transaction((handle) => [
        ...lockRows(database, users, eq(users.id, person.id)),
        ...told(which, 'deletion_cancelled', person, device, { dueAt: person.deletionDueAt, letter }),
        handle.update(users).set({ deletionDueAt: null }).where(which).returning({ id: users.id }),
      ])
      mail.wake()
      return (results.at(-1)?.length ?? 0) > 0
    },

    async sweep() {
      const isDue = lte(users.deletionDueAt, unixTime(now))
      const due = await db.select().from(users).where(isDue)
      let count = 0
      for (const person of due) {
        // They may have come back meanwhile, and the other superusers may have gone.
        if (await options.users.remove(person.uuid, isDue)) count++
      }
      return count
    },
  }
}
