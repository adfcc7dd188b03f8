import { randomUUID } from 'node:crypto'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { type Actor, type Audit, OPERATOR } from '../events/audit-log.ts'
import type { Revocations } from '../events/events.ts'
import { unixTime } from '../platform/clock.ts'
import { isUniqueViolation } from '../platform/database/db-errors.ts'
import type { Database } from '../platform/database/open.ts'
import {
  canonicalEmail,
  type EmailAddress,
  formerCanonicalEmail,
} from '../platform/validation/email-address.ts'
import { anonymizationOf } from './anonymization.ts'
import type { ChangeUser, Effect, UserChange } from './change-user.ts'
import { isDispensable, lockWithSuperusers } from './last-superuser.ts'
import { type User, userColumns } from './user-record.ts'

export type { User } from './user-record.ts'

/** The data of a new user; by default, active and without rights. */
export interface NewUser {
  readonly email: string
  readonly password: string
  readonly firstName?: string
  readonly lastName?: string
  readonly isActive?: boolean
  readonly isStaff?: boolean
  readonly isSuperuser?: boolean
  /** When the user or an administrator confirmed the email. Default: `null`, not yet. */
  readonly emailVerifiedAt?: number
  /** Whether the account expires unless its address is confirmed. Default: `false`. */
  readonly mustConfirm?: boolean
  /** Code of the language of the registration. Default: `null`, unknown. */
  readonly language?: string | undefined
  /** Time zone of the registration. Default: `null`, unknown. */
  readonly timeZone?: string | undefined
}

/** Users' changes to their own data. A new email is unconfirmed unless `emailVerifiedAt` is given with it. */
export type UserPatch = Partial<
  Pick<User, 'email' | 'emailVerifiedAt' | 'password' | 'firstName' | 'lastName'>
>

/** The details of an audit entry beside its event: the actor, and further facts. */
export interface ActorDetails {
  readonly by: Actor
  readonly details: Readonly<Record<string, unknown>>
}

/** Options of a user's change, within the same transaction. */
export interface UpdateOptions extends Pick<UserChange, 'also' | 'endsApiTokens'> {
  /** The effect on sessions. Default: their tokens become stale. */
  readonly effect?: Effect
  /** Changes nothing unless this is the hash of the current password. Default: any. */
  readonly ifPassword?: string
}

export interface Users {
  create(newUser: NewUser): Promise<Result<User, 'email_taken'>>
  /** Whether there is not a single user yet. */
  isEmpty(): Promise<boolean>
  findByEmail(email: string): Promise<User | null>
  /** The same for an address that was parsed before. */
  findByAddress(address: Pick<EmailAddress, 'key' | 'formerKey'>): Promise<User | null>
  findById(id: number): Promise<User | null>
  findByUuid(uuid: string): Promise<User | null>
  /**
   * Changes the given properties and increments `version`. Apps hear of it within a second. Emailed proofs of identity
   * are voided with the password or the email they were for. `outdated`: the password has changed.
   */
  update(
    uuid: string,
    patch: UserPatch,
    changing?: UpdateOptions,
  ): Promise<Result<User, 'not_found' | 'email_taken' | 'outdated'>>
  /** Stores another hash of the same password, unless it changed meanwhile. Apps are not told. */
  replaceHash(id: number, was: string, becomes: string): Promise<void>
  /** Marks the email as confirmed, unless it is already. Apps hear of it like any change. */
  noteVerified(uuid: string): Promise<void>
  /**
   * Records the time of a sign-in, and its language and time zone if known. Emailed links stay valid: a thief with the
   * password must not void those of the owner. Apps are not told. `at` is in seconds, by default now.
   */
  noteLogin(id: number, language?: string, timeZone?: string, at?: number): Promise<void>
  /** Records the language that a signed-in user chose, and their time zone if known. Apps are not told. */
  noteLanguage(id: number, language: string, timeZone?: string): Promise<void>
  /**
   * Deletes a user and all their sessions, and publishes that to apps; `false` if there is none, if `onlyIf` is false,
   * or for the last superuser. Remaining records are anonymized. The audit log names the actor, by default the
   * operator.
   */
  remove(uuid: string, onlyIf?: SQL, told?: ActorDetails): Promise<boolean>
}

export interface UsersOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly changeUser: ChangeUser
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

const BY_OPERATOR: ActorDetails = { by: OPERATOR, details: {} }

/** The users in the database. */
export function createUsers({ database, revocations, changeUser, audit, now }: UsersOptions): Users {
  const { db, users, oneTimeTokens } = database
  const columns = userColumns(database)
  // Compiled once, since every renewal needs it: drizzle takes longer to build a statement than SQLite to run it.
  const byUuid = db
    .select(columns)
    .from(users)
    .where(eq(users.uuid, sql.placeholder('uuid')))
    .prepare('latchkey_user_by_uuid')

  /** Voids what was emailed before the change, except for a confirmation of an unchanged email. */
  function deathOfTokens({ password, email }: UserPatch, from: SQL): SQL[] {
    if (email === undefined && password === undefined) return []
    const which = email === undefined ? sql` AND ${oneTimeTokens.purpose} <> 'verify_email'` : sql``
    return [
      sql`DELETE FROM ${oneTimeTokens} WHERE ${oneTimeTokens.userId} = (SELECT ${users.id} ${from})${which}`,
    ]
  }

  async function findByCanonical(canonical: string): Promise<User | null> {
    const [user] = await db.select(columns).from(users).where(eq(users.emailCanonical, canonical))
    return user ?? null
  }

  async function findByAddress({ key, formerKey }: Pick<EmailAddress, 'key' | 'formerKey'>) {
    // If two accounts have one address in two spellings, each is found by its own.
    const own = formerKey === null ? null : await findByCanonical(formerKey)
    return own ?? findByCanonical(key)
  }

  async function findByUuid(uuid: string): Promise<User | null> {
    const [user] = await byUuid.execute({ uuid })
    return user ?? null
  }

  return {
    isEmpty: async () => (await db.select({ id: users.id }).from(users).limit(1)).length === 0,
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
          // No token exists yet.
          changedAt: createdAt - 1,
          version: createdAt,
        })
        .onConflictDoNothing({ target: users.emailCanonical })
        .returning(columns)
      return user ? success(user) : failure('email_taken')
    },

    findByEmail: (email) =>
      findByAddress({ key: canonicalEmail(email), formerKey: formerCanonicalEmail(email) }),

    findByAddress,

    async findById(id) {
      const [user] = await db.select(columns).from(users).where(eq(users.id, id))
      return user ?? null
    },

    findByUuid,

    async update(uuid, patch, { effect = 'stale', ifPassword, endsApiTokens = false, also = () => [] } = {}) {
      const email =
        patch.email === undefined
          ? {}
          : { emailCanonical: canonicalEmail(patch.email), emailVerifiedAt: patch.emailVerifiedAt ?? null }
      try {
        const user = await changeUser(uuid, {
          values: {
            ...patch,
            ...email,
            // A person with the former password may have used any of the known devices.
            ...(patch.password !== undefined && { deviceEpoch: sql`${users.deviceEpoch} + 1` }),
            ...(patch.emailVerifiedAt && { unconfirmedSince: null }),
          },
          effect,
          endsApiTokens,
          ...(ifPassword !== undefined && { onlyIf: eq(users.password, ifPassword) }),
          also: (from) => [...deathOfTokens(patch, from), ...also(from)],
        })
        if (user) return success(user)
        return failure((await findByUuid(uuid)) ? 'outdated' : 'not_found')
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

    async noteVerified(uuid) {
      await changeUser(uuid, {
        values: { emailVerifiedAt: unixTime(now), unconfirmedSince: null },
        onlyIf: isNull(users.emailVerifiedAt),
        effect: 'stale',
      })
    },

    async noteLogin(id, language, timeZone, lastLoginAt = unixTime(now)) {
      const noted = {
        lastLoginAt,
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

    async remove(uuid, onlyIf = sql`true`, { by, details } = BY_OPERATOR) {
      const which = sql`${onlyIf} AND ${isDispensable(database, uuid)}`
      const person = sql`${users.uuid} = ${uuid} AND ${which}`
      const entry = {
        event: 'deleted',
        details,
        subject: uuid,
        actor: by.uuid,
        sid: null,
        device: by.device,
      } as const
      const results = await revocations.publish((handle) => [
        ...lockWithSuperusers(database, uuid),
        ...anonymizationOf(database, uuid, which),
        audit.step(entry, sql`FROM ${users} WHERE ${person}`),
        revocations.entries.deletion(person),
        handle.delete(users).where(person).returning({ id: users.id }),
      ])
      return (results.at(-1)?.length ?? 0) > 0
    },
  }
}
