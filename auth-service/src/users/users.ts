import { randomUUID } from 'node:crypto'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, getTableColumns, isNull, type SQL, sql } from 'drizzle-orm'
import { type Actor, type Audit, type AuditEvent, OPERATOR } from '../events/audit-log.ts'
import type { Effect, Revocations } from '../events/revocation-feed.ts'
import { unixTime } from '../platform/clock.ts'
import { changedAgain } from '../platform/database/changed-at.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import { canonicalEmail, formerCanonicalEmail } from '../platform/validation/email-address.ts'
import { erasureOf } from './anonymization.ts'
import { groupNamesOf } from './groups/names.ts'
import { isDispensable } from './last-superuser.ts'

/** A person. Times in seconds. */
export interface User {
  readonly id: number
  readonly uuid: string
  /** As typed, but for its normal form: see normalizeEmail. */
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** `algorithm$…`, as Django stores it. */
  readonly password: string
  readonly isActive: boolean
  readonly isStaff: boolean
  readonly isSuperuser: boolean
  readonly createdAt: number
  /** When anything that tokens tell was last changed, or sessions were ended together. */
  readonly changedAt: number
  /** Grows each time, even within one second: the claim `user_version`. */
  readonly version: number
  readonly lastLoginAt: number | null
  /** When the person showed that the e-mail is theirs. */
  readonly emailVerifiedAt: number | null
  /** When the account goes, unless its person comes back before. */
  readonly deletionDueAt: number | null
  /** When they registered, where they have to confirm the address and have not yet: such an account expires. */
  readonly unconfirmedSince: number | null
  /**
   * Code of the language in which they last signed in, or which they chose once they had; `null` where nobody knows. A
   * renewal changes nothing about it: tokens can be stolen.
   */
  readonly language: string | null
  /** Name of the time zone of their browser at those times, e.g. `Europe/Berlin`; `null` where nobody knows. */
  readonly timeZone: string | null
  /** Names of their groups, in the order of their characters. */
  readonly groups: readonly string[]
}

/** What a new person brings; flags default to an active person without rights. */
export interface NewUser {
  readonly email: string
  readonly password: string
  readonly firstName?: string
  readonly lastName?: string
  readonly isActive?: boolean
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  /** When the person showed that the e-mail is theirs, or somebody vouched for that. Default: `null`, not yet. */
  readonly emailVerifiedAt?: number
  /** Whether the account expires unless its address is confirmed. Default: `false`. */
  readonly mustConfirm?: boolean
  /** Code of the language that they registered in. Default: `null`, unknown. */
  readonly language?: string | undefined
  /** Name of the time zone that they registered in. Default: `null`, unknown. */
  readonly timeZone?: string | undefined
}

/** A new e-mail counts as unconfirmed unless `emailVerifiedAt` is given with it. */
export type UserPatch = Partial<
  Pick<
    User,
    | 'email'
    | 'emailVerifiedAt'
    | 'password'
    | 'firstName'
    | 'lastName'
    | 'isActive'
    | 'isStaff'
    | 'isSuperuser'
  >
>

/** What the audit log tells of something beside what it is: who did it, and further facts. */
export interface Deed {
  readonly by: Actor
  readonly details: Readonly<Record<string, unknown>>
}

/** What goes with a change of a person, in the same transaction. */
export interface Changing {
  /** What becomes of the sessions. Default: renewed; or over, where the person is switched off. */
  readonly effect?: Effect
  /** Nothing is changed unless this is still the hash of their password. Default: whatever it is. */
  readonly ifPassword?: string
  /** What is told of it: entries in the audit log, mails. It happens after the change. */
  readonly also?: readonly SQL[]
}

export interface Users {
  create(newUser: NewUser): Promise<Result<User, 'email_taken'>>
  findByEmail(email: string): Promise<User | null>
  findById(id: number): Promise<User | null>
  findByUuid(uuid: string): Promise<User | null>
  /**
   * Changes what is given and bumps `version`. Apps hear of it within a second: the person's tokens are stale, and
   * their sessions over where they are switched off. What was mailed to prove who they are dies with the password, the
   * e-mail or the account that it was for. Of the last superuser nothing is changed that would leave none. `outdated`:
   * the password is another one by now.
   */
  update(
    uuid: string,
    patch: UserPatch,
    changing?: Changing,
  ): Promise<Result<User, 'not_found' | 'email_taken' | 'last_superuser' | 'outdated'>>
  /** Stores another hash of the same password, unless it was changed meanwhile. No app is told. */
  replaceHash(id: number, was: string, becomes: string): Promise<void>
  /** Notes that the e-mail is theirs, unless that is known. Apps hear of it as of any change. */
  noteVerified(id: number): Promise<void>
  /**
   * Notes the time of a sign-in, and the code of its language and its time zone where those are known. Mailed links stay
   * as they are: a thief who knows the password must not void those of the owner. No app is told.
   */
  noteLogin(id: number, language?: string, timeZone?: string): Promise<void>
  /** Notes the code of the language that a signed-in person chose, and their time zone where known. No app is told. */
  noteLanguage(id: number, language: string, timeZone?: string): Promise<void>
  /**
   * Deletes a person and all their sessions, and has the apps clean up; `false` where there is none, or none of whom
   * `onlyIf` is true, and for the last superuser. What outlives them is freed of who they were. The audit log tells who
   * did it; whoever runs the service by default.
   */
  remove(uuid: string, onlyIf?: SQL, told?: Deed): Promise<boolean>
}

export interface UsersOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'changePerson' | 'changePersonIf' | 'deletePerson'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

const BY_OPERATOR: Deed = { by: OPERATOR, details: {} }

/** The people, in the database. */
export function createUsers({ database, revocations, audit, now }: UsersOptions): Users {
  const { db, users, oneTimeTokens } = database
  const { emailCanonical: _canonical, deviceEpoch: _epoch, ...ownColumns } = getTableColumns(users)
  const columns = { ...ownColumns, groups: groupNamesOf(database) }
  // Compiled once, since every renewal asks: drizzle takes longer to build a statement than SQLite to run it.
  const byUuid = db
    .select(columns)
    .from(users)
    .where(eq(users.uuid, sql.placeholder('uuid')))
    .prepare('latchkey_user_by_uuid')

  /** An entry in the audit log, if there is this person. */
  function told(uuid: string, event: AuditEvent, { by, details }: Deed, onlyIf: SQL): SQL {
    const entry = { event, details, subject: uuid, actor: by.uuid, sid: null, device: by.device }
    return audit.step(entry, sql`FROM ${users} WHERE ${users.uuid} = ${uuid} AND ${onlyIf}`)
  }

  /** What of a change must not go unnoticed. */
  function noteworthy(uuid: string, { isActive, isStaff, isSuperuser }: UserPatch, ifSo: SQL): SQL[] {
    const rights = { by: OPERATOR, details: { is_staff: isStaff, is_superuser: isSuperuser } }
    return [
      isActive !== undefined && told(uuid, isActive ? 'switched_on' : 'switched_off', BY_OPERATOR, ifSo),
      (isStaff ?? isSuperuser) !== undefined && told(uuid, 'rights_changed', rights, ifSo),
    ].filter((step) => step !== false)
  }

  /** Ends what was mailed before the change; a confirmation of the e-mail goes on where that stays. */
  function deathOfTokens(uuid: string, { password, email, isActive }: UserPatch, ifSo: SQL): SQL[] {
    const all = email !== undefined || isActive === false
    if (!all && password === undefined) return []
    const person = sql`(SELECT ${users.id} FROM ${users} WHERE ${users.uuid} = ${uuid} AND ${ifSo})`
    const which = all ? sql`` : sql` AND ${oneTimeTokens.purpose} <> 'verify_email'`
    return [sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} = ${person}${which}`]
  }

  async function findByCanonical(canonical: string): Promise<User | null> {
    const [user] = await db.select(columns).from(users).where(eq(users.emailCanonical, canonical))
    return user ?? null
  }

  async function findByUuid(uuid: string): Promise<User | null> {
    const [user] = await byUuid.execute({ uuid })
    return user ?? null
  }

  return {
    async create({ email, password, ...rest }) {
      const createdAt = unixTime(now)
      const [user] = await db
        .insert(users)
        .values({
          uuid: randomUUID(),
          email,
          emailCanonical: canonicalEmail(email),
          password,
          firstName: rest.firstName ?? '',
          lastName: rest.lastName ?? '',
          isActive: rest.isActive ?? true,
          isStaff: rest.isStaff ?? false,
          isSuperuser: rest.isSuperuser ?? false,
          emailVerifiedAt: rest.emailVerifiedAt ?? null,
          unconfirmedSince: rest.mustConfirm && rest.emailVerifiedAt === undefined ? createdAt : null,
          language: rest.language ?? null,
          timeZone: rest.timeZone ?? null,
          createdAt,
          // Nobody has seen a token yet.
          changedAt: createdAt - 1,
          version: createdAt,
        })
        .onConflictDoNothing({ target: users.emailCanonical })
        .returning(columns)
      return user ? success(user) : failure('email_taken')
    },

    async findByEmail(email) {
      // Where two accounts have one address in two spellings, each is found by its own.
      const former = formerCanonicalEmail(email)
      const own = former === null ? null : await findByCanonical(former)
      return own ?? findByCanonical(canonicalEmail(email))
    },

    async findById(id) {
      const [user] = await db.select(columns).from(users).where(eq(users.id, id))
      return user ?? null
    },

    findByUuid,

    async update(uuid, patch, { effect, ifPassword, also = [] } = {}) {
      const at = unixTime(now)
      const takesRights = patch.isActive === false || patch.isSuperuser === false
      // How one sees, after the change, that it was made: the one of whom it was not is an active superuser still, or
      // has another password, whose hash is like none before.
      const rightsAreSo = takesRights ? sql`NOT (${users.isSuperuser} AND ${users.isActive})` : sql`true`
      const isSo =
        ifPassword === undefined
          ? rightsAreSo
          : sql`${rightsAreSo} AND ${users.password} = ${patch.password ?? ifPassword}`
      const email =
        patch.email === undefined
          ? {}
          : { emailCanonical: canonicalEmail(patch.email), emailVerifiedAt: patch.emailVerifiedAt ?? null }
      // Whoever knew the password before may have signed in on any of the devices that are known.
      const isReset = patch.password !== undefined || patch.isActive === false
      const strangers = isReset ? { deviceEpoch: sql`${users.deviceEpoch} + 1` } : {}
      try {
        const change = (handle: Database['db']) =>
          handle
            .update(users)
            .set({
              ...patch,
              ...email,
              ...strangers,
              ...(patch.emailVerifiedAt && { unconfirmedSince: null }),
              ...changedAgain(database, at),
            })
            .where(
              and(
                eq(users.uuid, uuid),
                takesRights ? isDispensable(database, uuid) : undefined,
                ifPassword === undefined ? undefined : eq(users.password, ifPassword),
              ),
            )
            .returning(columns)
        const [user] = await revocations.changePerson(
          uuid,
          change,
          effect ?? (patch.isActive === false ? 'over' : 'stale'),
          [...noteworthy(uuid, patch, isSo), ...deathOfTokens(uuid, patch, isSo), ...also],
          isSo,
        )
        if (user) return success(user)
        const found = await findByUuid(uuid)
        if (!found) return failure('not_found')
        const isOutdated = ifPassword !== undefined && found.password !== ifPassword
        return failure(isOutdated ? 'outdated' : 'last_superuser')
      } catch (error) {
        if (isUniqueViolation(error)) return failure('email_taken')
        throw error
      }
    },

    async replaceHash(id, was, becomes) {
      await db
        .update(users)
        .set({ password: becomes })
        .where(and(eq(users.id, id), eq(users.password, was)))
    },

    async noteVerified(id) {
      const isUnknown = and(eq(users.id, id), isNull(users.emailVerifiedAt)) as SQL
      await revocations.changePersonIf(
        isUnknown,
        (handle, again) =>
          handle
            .update(users)
            .set({ emailVerifiedAt: unixTime(now), unconfirmedSince: null, ...again })
            .where(isUnknown)
            .returning({ id: users.id }),
        'stale',
      )
    },

    async noteLogin(id, language, timeZone) {
      const noted = {
        lastLoginAt: unixTime(now),
        unconfirmedSince: null,
        ...(language !== undefined && { language }),
        ...(timeZone !== undefined && { timeZone }),
      }
      await db.update(users).set(noted).where(eq(users.id, id))
    },

    async noteLanguage(id, language, timeZone) {
      const zone = timeZone !== undefined && { timeZone }
      await db
        .update(users)
        .set({ language, ...zone })
        .where(eq(users.id, id))
    },

    async remove(uuid, onlyIf = sql`true`, deed = BY_OPERATOR) {
      const which = sql`${onlyIf} AND ${isDispensable(database, uuid)}`
      const erasure = erasureOf(database, uuid, which)
      return revocations.deletePerson(uuid, [...erasure, told(uuid, 'deleted', deed, which)], which)
    },
  }
}
