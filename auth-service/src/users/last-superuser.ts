import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../platform/database/open.ts'
import { lockRows } from '../platform/database/row-locks.ts'

type Person = Database['users']['$inferSelect']
type Standing = Pick<Person, 'isSuperuser' | 'isActive' | 'deletionDueAt'>

/** Whether this is one of the superusers without whom nobody could change anything: active, and not about to go. */
export const keepsTheLights = (person: Standing | null): boolean =>
  person?.isSuperuser === true && person.isActive && person.deletionDueAt === null

/** As a condition, that there is such a superuser beside this person; by the index of superusers. */
export const anotherSuperuser = ({ users }: Pick<Database, 'users'>, uuid: string): SQL =>
  sql`EXISTS (SELECT 1 FROM ${users} AS other
    WHERE other.is_superuser AND other.is_active AND other.deletion_due_at IS NULL AND other.uuid <> ${uuid})`

/** As a condition, that the service can be run without this person; judged in the statement that takes them away. */
export const isDispensable = ({ users }: Pick<Database, 'users'>, uuid: string): SQL =>
  sql`(NOT (${users.isSuperuser} AND ${users.isActive}) OR ${anotherSuperuser({ users }, uuid)})`

/** As a condition, that whoever acts is an active superuser still, or runs the service, who has no uuid. */
export const mayAct = ({ users }: Pick<Database, 'users'>, actor: string | null): SQL =>
  actor === null
    ? sql`true`
    : sql`EXISTS (SELECT 1 FROM ${users} AS acting
        WHERE acting.uuid = ${actor} AND acting.is_superuser AND acting.is_active)`

/**
 * The first step of a transaction that asks one of these: the rows of all superusers, and of this person, stay as they
 * are until it ends.
 */
export const lockWithSuperusers = (
  database: Pick<Database, 'users' | 'dialect'>,
  uuid: string,
): readonly SQL[] =>
  lockRows(database, database.users, sql`${database.users.uuid} = ${uuid} OR ${database.users.isSuperuser}`)
