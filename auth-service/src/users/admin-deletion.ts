import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import type { Revocations } from '../events/revocation-feed.ts'
import { unixTime } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { Database } from '../platform/database/open.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Letter, Mail } from '../platform/mail/outbox.ts'
import type { Sender } from '../platform/mail/template.ts'
import { isDispensable, lockWithSuperusers, mayAct } from './last-superuser.ts'
import { removalCancelledMail, removalMail } from './mails/deletion.ts'
import type { Deed, User, Users } from './users.ts'

/** Why nobody was deleted. */
export type RemovalRefusal =
  | 'not_found'
  /** People delete themselves on their account page, which asks for the password. */
  | 'oneself'
  /** Without this person, nobody could change anything any more. */
  | 'last_superuser'
  /** Whoever asks for it is no active superuser, or no more. */
  | 'not_allowed'

/** Whom superusers, or who runs the service, have deleted. Every method throws on an outage. */
export interface Removals {
  /**
   * Ends all sessions of a person and notes when they go, in seconds; a mail tells them. As with their own request,
   * signing in before then brings them back.
   */
  request(person: User, by: Actor): Promise<Result<number, RemovalRefusal>>
  /** Nothing is deleted, of which a mail tells them; `false` where nothing was to be. */
  cancel(person: User, by: Actor): Promise<Result<boolean, RemovalRefusal>>
  /** Deletes them for good, with no way back, and has the apps clean up. */
  atOnce(person: User, by: Actor): Promise<Result<null, RemovalRefusal>>
}

export interface RemovalsOptions {
  readonly config: Sender & Pick<Config, 'deletionGrace'>
  readonly database: Database
  readonly users: Pick<Users, 'findByUuid' | 'remove'>
  readonly revocations: Pick<Revocations, 'changePersonIf'>
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
  readonly now: () => number
}

/** What the audit log keeps of somebody who goes: their rights, and nothing about who they were. */
const rightsOf = ({ isActive, isStaff, isSuperuser, groups }: User) => ({
  is_active: isActive,
  is_staff: isStaff,
  is_superuser: isSuperuser,
  groups,
})

export function createRemovals(options: RemovalsOptions): Removals {
  const { config, database, users: people, revocations, audit, mail, now } = options
  const { users, oneTimeTokens } = database

  /** What goes with a change of `which`: an entry in the audit log, and a mail. */
  function told(
    which: SQL | undefined,
    event: AuditEvent,
    { uuid }: User,
    { by, details }: Deed,
    letter: Letter,
  ) {
    const from = sql`FROM ${users} WHERE ${which}`
    const entry = { event, subject: uuid, actor: by.uuid, sid: null, device: by.device, details }
    return [audit.step(entry, from), mail.step({ to: users.email, person: uuid, ...letter }, from)]
  }

  /** Why somebody is as they were, who could have been changed by those who may. */
  const refused = async (by: Actor): Promise<RemovalRefusal> =>
    by.uuid !== null && !isInCharge(await people.findByUuid(by.uuid)) ? 'not_allowed' : 'last_superuser'

  return {
    async request(person, by) {
      if (person.uuid === by.uuid) return failure('oneself')
      const at = unixTime(now)
      const dueAt = at + config.deletionGrace
      const which = and(
        eq(users.uuid, person.uuid),
        isNull(users.deletionDueAt),
        isDispensable(database, person.uuid),
        mayAct(database, by.uuid),
      ) as SQL
      const deed = { by, details: { due_at: dueAt, before: rightsOf(person) } }
      const letter = removalMail(languageOfReader(person), config, { dueAt, ...person })
      const [changed] = await revocations.changePersonIf(
        which,
        (handle, again) =>
          handle
            .update(users)
            .set({ deletionDueAt: dueAt, deviceEpoch: sql`${users.deviceEpoch} + 1`, ...again })
            .where(which)
            .returning({ id: users.id }),
        'over',
        [
          ...told(which, 'deletion_requested', person, deed, letter),
          // What was mailed before would bring them back.
          sql`DELETE FROM ${oneTimeTokens} WHERE user_id IN (SELECT ${users.id} FROM ${users} WHERE ${which})`,
        ],
      )
      mail.wake()
      if (changed) return success(dueAt)
      const stored = await people.findByUuid(person.uuid)
      if (!stored) return failure('not_found')
      return stored.deletionDueAt === null ? failure(await refused(by)) : success(stored.deletionDueAt)
    },

    async cancel(person, by) {
      const { uuid, deletionDueAt } = person
      const which = and(eq(users.uuid, uuid), isNotNull(users.deletionDueAt), mayAct(database, by.uuid))
      const letter = removalCancelledMail(languageOfReader(person), config)
      const results = await database.transaction((handle) => [
        ...lockWithSuperusers(database, uuid),
        ...told(which, 'deletion_cancelled', person, { by, details: { due_at: deletionDueAt } }, letter),
        handle.update(users).set({ deletionDueAt: null }).where(which).returning({ id: users.id }),
      ])
      mail.wake()
      if ((results.at(-1)?.length ?? 0) > 0) return success(true)
      const stored = await people.findByUuid(uuid)
      if (!stored) return failure('not_found')
      return stored.deletionDueAt === null ? success(false) : failure('not_allowed')
    },

    async atOnce(person, by) {
      if (person.uuid === by.uuid) return failure('oneself')
      const deed = { by, details: { before: rightsOf(person) } }
      if (await people.remove(person.uuid, mayAct(database, by.uuid), deed)) return success(null)
      return failure((await people.findByUuid(person.uuid)) ? await refused(by) : 'not_found')
    },
  }
}

const isInCharge = (person: User | null): boolean => person?.isSuperuser === true && person.isActive
