import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'

type Person = Database['users']['$inferSelect']
type SuperuserFields = Pick<Person, 'isSuperuser' | 'isActive' | 'deletionDueAt'>

/** Whether this is an active superuser who is not scheduled for deletion. */
export const isActiveSuperuser = (person: SuperuserFields | null): boolean =>
  person?.isSuperuser === true && person.isActive && person.deletionDueAt === null

/** A condition: there is such a superuser other than this user; uses the index of superusers. */
export const anotherSuperuser = ({ users }: Pick<Database, 'users'>, uuid: string): SQL =>
  sql`EXISTS (SELECT 1 FROM ${users} AS other
    WHERE other.is_superuser AND other.is_active AND other.deletion_due_at IS NULL AND other.uuid <> ${uuid})`

/** A condition: the service keeps a superuser without this user; checked in the statement that removes them. */
export const isDispensable = ({ users }: Pick<Database, 'users'>, uuid: string): SQL =>
  sql`(NOT (${users.isSuperuser} AND ${users.isActive}) OR ${anotherSuperuser({ users }, uuid)})`

/** A condition: the actor is still an active superuser, or the operator, who has no uuid. */
export const isStillSuperuser = ({ users }: Pick<Database, 'users'>, actor: string | null): SQL =>
  actor === null
    ? sql`true`
    : sql`EXISTS (SELECT 1 FROM ${users} AS acting
        WHERE acting.uuid = ${actor} AND acting.is_superuser AND acting.is_active)`

/**
 * The first step of a transaction with one of these conditions: locks the rows of all superusers and of this user until
 * it ends.
 */
export const lockWithSuperusers = (
  database: Pick<Database, 'users' | 'dialect'>,
  uuid: string,
): readonly SQL[] =>
  lockRows(database, database.users, sql`${database.users.uuid} = ${uuid} OR ${database.users.isSuperuser}`)
