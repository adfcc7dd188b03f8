import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { eq, type SQL, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../events/audit-log.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { languageOfReader } from '../platform/i18n/languages.ts'
import type { Sender } from '../platform/mail/build-email.ts'
import type { Mail } from '../platform/mail/outbox.ts'
import { canonicalEmail } from '../platform/validation/email-address.ts'
import type { ChangeUser } from './change-user.ts'
import { anotherSuperuser, isActiveSuperuser, isStillSuperuser } from './last-superuser.ts'
import { emailChangedMail } from './mails/email-changed.ts'
import type { User, Users } from './users.ts'

/** What administrators may change about a user; passwords are not included. */
export type PersonPatch = Partial<
  Pick<User, 'email' | 'firstName' | 'lastName' | 'isActive' | 'isStaff' | 'isSuperuser'>
>

/** Why nothing was changed. */
export type ChangeRefusal =
  | 'not_found'
  | 'email_taken'
  /** Users can't remove their own rights, to prevent accidental lock-outs. */
  | 'own_rights'
  /** This is the last superuser. */
  | 'last_superuser'
  /** The actor is not an active superuser, or no longer. */
  | 'not_allowed'
  /** Another administrator has changed the same. */
  | 'changed_meanwhile'

export interface Administration {
  /**
   * Changes the given properties. In the same transaction, apps are told within a second, the audit log gets old and
   * new values, and a replaced address is informed by email. Changes nothing if an expected value has changed to
   * something else than requested. Throws on an outage.
   */
  change(
    uuid: string,
    patch: PersonPatch,
    by: Actor,
    seen?: PersonPatch,
  ): Promise<Result<User, ChangeRefusal>>
}

export interface AdministrationOptions {
  readonly config: Sender
  readonly database: Database
  readonly users: Pick<Users, 'findByUuid'>
  readonly changeUser: ChangeUser
  readonly audit: Pick<Audit, 'step'>
  readonly mail: Pick<Mail, 'step' | 'wake'>
}

/** How often a change starts again after another one came first. */
const ATTEMPTS = 10

/** Names in the audit log and in JSON. */
const NAMES = {
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  isActive: 'is_active',
  isStaff: 'is_staff',
  isSuperuser: 'is_superuser',
} as const satisfies Record<keyof PersonPatch, string>

type Field = keyof PersonPatch

/** Changes by superusers. */
export function createAdministration(options: AdministrationOptions): Administration {
  const { config, database, users: people, changeUser, audit, mail } = options
  const { users, oneTimeTokens } = database

  /** Whether the user is unchanged, and all other conditions hold, checked within the statement. */
  function rightly(seen: User, after: User, { uuid: actor }: Actor): SQL {
    const someoneIsLeft =
      isActiveSuperuser(seen) && !isActiveSuperuser(after) ? anotherSuperuser(database, seen.uuid) : sql`true`
    return sql`${users.version} = ${seen.version} AND ${someoneIsLeft} AND ${isStillSuperuser(database, actor)}`
  }

  async function attempt(seen: User, fields: readonly Field[], after: User, by: Actor): Promise<User | null> {
    const isMoving = fields.includes('email')
    const entries = (from: SQL) =>
      eventsOf(fields, after).map(([event, ofEvent]) => {
        const details = { before: valuesOf(ofEvent, seen), after: valuesOf(ofEvent, after) }
        const entry = { event, subject: seen.uuid, actor: by.uuid, sid: null, device: by.device, details }
        return audit.step(entry, from)
      })
    const farewell = (from: SQL) =>
      mail.step(
        { to: seen.email, person: seen.uuid, ...emailChangedMail(languageOfReader(seen), config) },
        from,
      )
    // Links emailed to the former address are void.
    const void_ = (from: SQL) =>
      sql`DELETE FROM ${oneTimeTokens} WHERE user_id IN (SELECT ${users.id} ${from})`
    const { email, firstName, lastName, isActive, isStaff, isSuperuser, emailVerifiedAt } = after
    const changed = await changeUser(seen.uuid, {
      values: {
        email,
        emailCanonical: canonicalEmail(email),
        firstName,
        lastName,
        isActive,
        isStaff,
        isSuperuser,
        emailVerifiedAt,
        // An administrator who sets another address vouches for it.
        unconfirmedSince: isMoving ? null : seen.unconfirmedSince,
        ...(seen.isActive && !isActive && { deviceEpoch: sql`${users.deviceEpoch} + 1` }),
      },
      effect: isActive ? 'stale' : 'over',
      endsApiTokens: !isActive,
      onlyIf: rightly(seen, after, by),
      asksSuperusers: true,
      also: (from) => [
        ...entries(from),
        ...(isMoving ? [farewell(from)] : []),
        ...(isMoving || !isActive ? [void_(from)] : []),
      ],
    })
    if (changed && isMoving) mail.wake()
    return changed
  }

  return {
    async change(uuid, patch, by, expected = {}) {
      for (let i = 0; i < ATTEMPTS; i++) {
        const seen = await people.findByUuid(uuid)
        if (!seen) return failure('not_found')
        const fields = (Object.keys(NAMES) as Field[]).filter(
          (field) => patch[field] !== undefined && patch[field] !== seen[field],
        )
        if (fields.length === 0) return success(seen)
        if (isOutdated(expected, seen, patch)) return failure('changed_meanwhile')
        const after = afterwards(seen, patch, fields)
        if (uuid === by.uuid && losesRights(seen, after)) return failure('own_rights')
        try {
          const changed = await attempt(seen, fields, after, by)
          if (changed) return success(changed)
        } catch (error) {
          if (isUniqueViolation(error)) return failure('email_taken')
          throw error
        }
        if (by.uuid !== null && !isActiveSuperuser(await people.findByUuid(by.uuid)))
          return failure('not_allowed')
        if (isActiveSuperuser(seen) && !isActiveSuperuser(after) && !(await someoneElse(uuid))) {
          return failure('last_superuser')
        }
      }
      throw new Error('This user is being changed by others. Try again.')
    },
  }

  async function someoneElse(uuid: string): Promise<boolean> {
    const [found] = await database.db
      .select({ one: sql`1` })
      .from(users)
      .where(sql`${eq(users.uuid, uuid)} AND ${anotherSuperuser(database, uuid)}`)
    return found !== undefined
  }

  function afterwards(seen: User, patch: PersonPatch, fields: readonly Field[]): User {
    const changes = Object.fromEntries(fields.map((field) => [field, patch[field]]))
    // A new address is unconfirmed.
    const emailVerifiedAt = fields.includes('email') ? null : seen.emailVerifiedAt
    return { ...seen, ...changes, emailVerifiedAt }
  }
}

/** Whether an expected value was changed to something else than requested. */
const isOutdated = (expected: PersonPatch, seen: User, patch: PersonPatch): boolean =>
  (Object.keys(NAMES) as Field[]).some(
    (field) =>
      expected[field] !== undefined && expected[field] !== seen[field] && patch[field] !== seen[field],
  )

const RIGHTS = ['isActive', 'isStaff', 'isSuperuser'] as const

const losesRights = (before: User, after: User): boolean =>
  RIGHTS.some((right) => before[right] && !after[right])

/** The events of a change, and the fields of each. */
const eventsOf = (fields: readonly Field[], after: User): [AuditEvent, readonly Field[]][] =>
  (
    [
      ['email_changed', ['email']],
      ['names_changed', ['firstName', 'lastName']],
      [after.isActive ? 'switched_on' : 'switched_off', ['isActive']],
      ['rights_changed', ['isStaff', 'isSuperuser']],
    ] as [AuditEvent, readonly Field[]][]
  )
    .map(([event, all]): [AuditEvent, readonly Field[]] => [
      event,
      all.filter((field) => fields.includes(field)),
    ])
    .filter(([, changed]) => changed.length > 0)

const valuesOf = (fields: readonly Field[], person: User) =>
  Object.fromEntries(fields.map((field) => [NAMES[field], person[field]]))
