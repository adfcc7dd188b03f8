import { setImmediate } from 'node:timers/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import { unixTime } from '../../platform/clock.ts'
import { assignChangedAgain } from '../../platform/database/changed-at.ts'
import type { Database, Statement } from '../../platform/database/database.ts'
import { PAGE, type PageOf, pageOf } from '../../platform/database/pagination.ts'
import { lockRows } from '../../platform/database/row-locks.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import type { User } from '../users.ts'
import { NAME_OVERHEAD } from './names.ts'

export interface Group {
  readonly id: number
  readonly name: string
}

export type Member = Pick<User, 'uuid' | 'email' | 'firstName' | 'lastName' | 'isActive'>

/** The members of groups. Apps hear of every change. Every method throws on an outage. */
export interface GroupMembers {
  /** The latest first. */
  list(group: Group, after: string | null): Promise<PageOf<Member>>
  /** Rejects users whose groups would no longer fit in an access token. */
  add(group: Group, person: User, by: Actor): Promise<Result<Group, Message>>
  /** `false` if the user is no member. */
  drop(group: Group, person: User, by: Actor): Promise<boolean>
  /** Removes all members; returns how many. */
  dropAll(group: Group, by: Actor): Promise<number>
  /** The problem with a group name that is this many bytes longer. */
  problemOfLength(group: Group, more: number): Promise<Message | null>
  /** Makes the tokens of all members stale. */
  publish(group: Group): Promise<void>
}

/** Users per transaction: other requests are served in between. */
const BATCH = 500

/** The message when another administrator changed the group first. */
export const GONE = message('Someone else has just changed this group. Reload the page and check it.')

export interface GroupMembersOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
  /** Bytes for the names of one user's groups: see group-budget.ts. */
  readonly room: number
}

/** The members of groups in the database. */
export function createGroupMembers({
  database,
  revocations,
  audit,
  room,
  now,
}: GroupMembersOptions): GroupMembers {
  const { db, groups, groupMembers, users } = database

  /**
   * Changes the memberships of these users, and in the same transaction makes their tokens stale; returns the number of
   * rows of the last step. The caller limits the number of users, since everything is one transaction.
   */
  async function changeMembers(
    people: SQL,
    steps: (db: Database['db']) => readonly Statement[] = () => [],
  ): Promise<number> {
    // The row's values after the change.
    const after = { version: sql<number>`${users.version}`, changedAt: sql<number>`${users.changedAt}` }
    const results = await revocations.publish((handle) => [
      ...lockRows(database, users, people),
      sql`UPDATE ${users} SET ${assignChangedAgain(database, unixTime(now))} WHERE ${people}`,
      revocations.entries.stale(people, after),
      revocations.entries.apiTokensStale(people),
      ...steps(handle),
    ])
    return results.at(-1)?.length ?? 0
  }

  // The order that each dialect can read from the index on the group: SQLite ends each entry with the row's id.
  const place = database.dialect === 'sqlite' ? sql`group_members._rowid_` : sql`${groupMembers.userId}`

  const isMember = (group: SQL | number, person: SQL | number) =>
    sql`EXISTS (SELECT 1 FROM ${groupMembers} AS its WHERE its.group_id = ${group} AND its.user_id = ${person})`

  /** The size of a user's group names in a token. */
  const taken = sql`(SELECT coalesce(sum(octet_length(its.name) + ${sql.raw(`${NAME_OVERHEAD}`)}), 0)
    FROM ${groupMembers} AS held JOIN ${groups} AS its ON its.id = held.group_id WHERE held.user_id = ${users.id})`

  /** Members of a group, latest first; `beyond` is the position of the previous last one. */
  const membersOf = (id: number, beyond: number | null, limit: number) =>
    db
      .select({ id: groupMembers.userId, place: place.mapWith(Number) })
      .from(groupMembers)
      .where(and(eq(groupMembers.groupId, id), beyond === null ? undefined : lt(place, beyond)))
      .orderBy(desc(place))
      .limit(limit)

  /** Processes all members in batches, so that other requests need not wait for long. */
  async function inBatches(id: number, act: (ids: number[]) => Promise<unknown>): Promise<void> {
    let beyond: number | null = null
    for (;;) {
      const batch: { id: number; place: number }[] = await membersOf(id, beyond, BATCH)
      if (batch.length > 0) await act(batch.map((member) => member.id))
      if (batch.length < BATCH) return
      beyond = batch.at(-1)?.place ?? 0
      await setImmediate()
    }
  }

  /** The email of one of these users whose groups would exceed the limit with this many more bytes. */
  async function whoHasNoRoom(ids: number[], more: number): Promise<string | undefined> {
    const [person] = await db
      .select({ email: users.email })
      .from(users)
      .where(and(inArray(users.id, ids), sql`${taken} + ${more} > ${room}`))
      .limit(1)
    return person?.email
  }

  async function belongs(group: Group, person: { readonly id: number }): Promise<boolean> {
    const [member] = await db
      .select({ id: groupMembers.userId })
      .from(groupMembers)
      .where(and(eq(groupMembers.groupId, group.id), eq(groupMembers.userId, person.id)))
    return member !== undefined
  }

  const noRoom = (email: string) =>
    message(
      'The names of all groups of {email} no longer fit in the sign-in cookie ({room} {room:byte|bytes} in total). Remove this person from another group first, or use shorter names.',
      { email, room },
    )

  async function isThere({ id, name }: Group): Promise<boolean> {
    const which = and(eq(groups.id, id), eq(groups.name, name))
    const [group] = await db.select({ id: groups.id }).from(groups).where(which)
    return group !== undefined
  }

  const leaving = (group: Group, by: Actor) =>
    groupEntry('group_left', by, membership(group, false), sql`${users.uuid}`)

  return {
    async list({ id }, after) {
      const rows = await db
        .select({
          uuid: users.uuid,
          email: users.email,
          firstName: users.firstName,
          lastName: users.lastName,
          isActive: users.isActive,
          place: place.mapWith(Number),
        })
        .from(groupMembers)
        .innerJoin(users, eq(users.id, groupMembers.userId))
        .where(and(eq(groupMembers.groupId, id), after === null ? undefined : lt(place, numberIn(after))))
        .orderBy(desc(place))
        .limit(PAGE + 1)
      const { next, rows: shown } = pageOf(rows, (row) => String(row.place))
      return { rows: shown.map(({ place: _place, ...member }) => member), next }
    },
    async add(group, person, by) {
      // A change without effect must not make tokens stale, since each change dates later tokens a second ahead.
      if (await belongs(group, person)) return failure(alreadyIn(person))
      const more = Buffer.byteLength(group.name) + NAME_OVERHEAD
      if ((await whoHasNoRoom([person.id], more)) !== undefined) return failure(noRoom(person.email))
      const [theirs, its] = [sql`${users.id}`, sql`${groups.id}`]
      const joins = sql`FROM ${users} CROSS JOIN ${groups}
        WHERE ${eq(users.id, person.id)} AND ${eq(groups.id, group.id)} AND ${eq(groups.name, group.name)} AND NOT ${isMember(its, theirs)}
          AND ${taken} + octet_length(${groups.name}) + ${sql.raw(`${NAME_OVERHEAD}`)} <= ${room}`
      const joining = groupEntry('group_joined', by, membership(group, true), sql`${users.uuid}`)
      const changed = await changeMembers(eq(users.id, person.id), (handle) => [
        // The group keeps its name until they are members.
        ...lockRows(database, groups, eq(groups.id, group.id), 'SHARE'),
        audit.step(joining, joins),
        handle
          .insert(groupMembers)
          .select(sql`SELECT ${groups.id}, ${users.id} ${joins}`)
          .returning({ id: groupMembers.userId }),
      ])
      if (changed === 1) return success(group)
      if (await belongs(group, person)) return failure(alreadyIn(person))
      return failure((await isThere(group)) ? noRoom(person.email) : GONE)
    },
    async drop(group, person, by) {
      // A change without effect must not make tokens stale, as in add().
      if (!(await belongs(group, person))) return false
      const which = and(eq(groupMembers.groupId, group.id), eq(groupMembers.userId, person.id))
      const changed = await changeMembers(eq(users.id, person.id), (handle) => [
        audit.step(
          leaving(group, by),
          sql`FROM ${users} WHERE ${eq(users.id, person.id)} AND ${isMember(group.id, person.id)}`,
        ),
        handle.delete(groupMembers).where(which).returning({ id: groupMembers.userId }),
      ])
      return changed === 1
    },
    async dropAll(group, by) {
      const { id } = group
      let members = 0
      await inBatches(id, async (ids) => {
        const people = inArray(users.id, ids)
        const theirs = and(eq(groupMembers.groupId, id), inArray(groupMembers.userId, ids))
        const changed = await changeMembers(people, (handle) => [
          audit.step(
            leaving(group, by),
            sql`FROM ${users} WHERE ${people} AND ${isMember(id, sql`${users.id}`)}`,
          ),
          handle.delete(groupMembers).where(theirs).returning({ id: groupMembers.userId }),
        ])
        members += changed
      })
      return members
    },
    async problemOfLength({ id }, more) {
      let squeezed: string | undefined
      if (more > 0) {
        await inBatches(id, async (ids) => {
          squeezed ??= await whoHasNoRoom(ids, more)
        })
      }
      return squeezed === undefined ? null : noRoom(squeezed)
    },
    publish: ({ id }) => inBatches(id, (ids) => changeMembers(inArray(users.id, ids))),
  }
}

/** An audit entry about a group. */
export const groupEntry = (event: AuditEvent, by: Actor, details: object, subject: SQL | null = null) => ({
  event,
  subject,
  actor: by.uuid,
  sid: null,
  device: by.device,
  details: details as Record<string, unknown>,
})

const membership = ({ id, name }: Group, isMember: boolean) => ({
  group: name,
  group_id: id,
  before: { member: !isMember },
  after: { member: isMember },
})

const alreadyIn = ({ email }: { readonly email: string }) =>
  message('{email} is already in this group.', { email })

const numberIn = (text: string): number => (/^[0-9]{1,15}$/.test(text) ? Number(text) : 0)
