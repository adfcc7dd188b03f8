import { setImmediate } from 'node:timers/promises'
import { failure, type Result, success } from '@latchkey/jwt-middleware'
import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Actor, Audit, AuditEvent } from './audit.ts'
import { isUniqueViolation } from './database/failures.ts'
import type { Database } from './database/index.ts'
import { cleanedGroupName as cleaned, groupNameProblem } from './group-names.ts'
import { AROUND_NAME } from './group-room.ts'
import { message, type Words } from './languages/message.ts'
import type { Revocations } from './revocations.ts'
import type { User } from './users.ts'

export interface Group {
  readonly id: number
  readonly name: string
}

export interface ListedGroup extends Group {
  /** How many there are, counted no further than MANY. */
  readonly members: number
}

export type Member = Pick<User, 'uuid' | 'email' | 'firstName' | 'lastName' | 'isActive'>

/** One page of a list; `next` is where the one after it begins, `null` where there is none. */
export interface PageOf<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

/**
 * Groups of people, whose names apps find in `user.groups`. Apps hear of every change within a second, unless the
 * group is of tens of thousands. Failures are sentences for the administrator. Every method throws on an outage.
 */
export interface Groups {
  /** Bytes that the names of one person's groups may take, each with AROUND_NAME more. */
  readonly room: number
  list(after: string | null): Promise<PageOf<ListedGroup>>
  find(id: number): Promise<Group | null>
  /** The group of this name, as it came, of any type. */
  named(name: unknown): Promise<Group | null>
  create(name: unknown, by: Actor): Promise<Result<Group, Words>>
  rename(group: Group, name: unknown, by: Actor): Promise<Result<Group, Words>>
  /** `false` where somebody else was quicker. */
  remove(group: Group, by: Actor): Promise<boolean>
  /** Whoever came last is first. */
  members(group: Group, after: string | null): Promise<PageOf<Member>>
  /** Refuses whoever would then be in more groups than an access token has room for. */
  add(group: Group, person: User, by: Actor): Promise<Result<Group, Words>>
  /** `false` where the person is none of its members. */
  drop(group: Group, person: User, by: Actor): Promise<boolean>
}

/** How many rows a page shows. */
export const PAGE = 40
/** So many members are counted one by one. */
export const MANY = 1000
/** How many people one transaction changes: other requests are served in between. */
const BATCH = 500

const TAKEN = message('There is a group of this name already.')
const GONE = message('Somebody else has just changed this group. Look at it again.')

export interface GroupsOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'changePeople'>
  readonly audit: Pick<Audit, 'step'>
  /** Bytes that the names of one person's groups may take: see group-room.ts. */
  readonly room: number
  readonly now: () => number
}

/** The groups, in the database. */
export function createGroups({ database, revocations, audit, room, now }: GroupsOptions): Groups {
  const { db, groups, groupMembers, users } = database
  // What each dialect can walk in order, from the index on the group alone: SQLite ends each entry with the row's id.
  const place = database.dialect === 'sqlite' ? sql`group_members._rowid_` : sql`${groupMembers.userId}`

  const isMember = (group: SQL | number, person: SQL | number) =>
    sql`EXISTS (SELECT 1 FROM ${groupMembers} AS its WHERE its.group_id = ${group} AND its.user_id = ${person})`

  /** What the names of a person's groups take in a token. */
  const taken = sql`(SELECT coalesce(sum(octet_length(its.name) + ${sql.raw(`${AROUND_NAME}`)}), 0)
    FROM ${groupMembers} AS held JOIN ${groups} AS its ON its.id = held.group_id WHERE held.user_id = ${users.id})`

  const entry = (event: AuditEvent, by: Actor, details: object, subject: SQL | null = null) => ({
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

  /** Members of a group, the latest first; `beyond` is the place of the last one before. */
  const membersOf = (id: number, beyond: number | null, limit: number) =>
    db
      .select({ id: groupMembers.userId, place: place.mapWith(Number) })
      .from(groupMembers)
      .where(and(eq(groupMembers.groupId, id), beyond === null ? undefined : lt(place, beyond)))
      .orderBy(desc(place))
      .limit(limit)

  /** Does something with all members, so many at a time that nobody has to wait for long. */
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

  /** E-mail of one of these people whose groups would take that many bytes more than there is room for. */
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
      '{email} is in so many groups that their names would not fit into the sign-in cookie any more: they have {room} bytes together. Take this person out of another group first, or use shorter names.',
      { email, room },
    )

  async function find(id: number): Promise<Group | null> {
    const [group] = await db
      .select({ id: groups.id, name: groups.name })
      .from(groups)
      .where(eq(groups.id, id))
    return group ?? null
  }

  return {
    room,
    find,
    async named(given) {
      if (groupNameProblem(given)) return null
      const [group] = await db
        .select({ id: groups.id, name: groups.name })
        .from(groups)
        .where(eq(groups.name, cleaned(given)))
      return group ?? null
    },
    async list(after) {
      const counted = sql`SELECT 1 FROM ${groupMembers} WHERE ${groupMembers.groupId} = ${groups.id} LIMIT ${MANY + 1}`
      const rows = await db
        .select({
          id: groups.id,
          name: groups.name,
          members: sql`(SELECT count(*) FROM (${counted}) AS counted)`.mapWith(Number),
        })
        .from(groups)
        .where(after === null ? undefined : gt(groups.name, after))
        .orderBy(asc(groups.name))
        .limit(PAGE + 1)
      return pageOf(rows, ({ name }) => name)
    },
    async create(given, by) {
      const problem = groupNameProblem(given)
      if (problem) return failure(problem)
      const name = cleaned(given)
      const createdAt = Math.floor(now() / 1000)
      const isNew = sql`WHERE NOT EXISTS (SELECT 1 FROM ${groups} WHERE ${groups.name} = ${name})`
      const [, created] = await revocations.changePeople(sql`false`, (handle) => [
        audit.step(entry('group_created', by, { group: name }), isNew),
        handle
          .insert(groups)
          .values({ name, createdAt })
          .onConflictDoNothing({ target: groups.name })
          .returning({ id: groups.id, name: groups.name }),
      ])
      const [group] = created as readonly Group[]
      return group ? success(group) : failure(TAKEN)
    },
    async rename(group, given, by) {
      const problem = groupNameProblem(given)
      if (problem) return failure(problem)
      const { id } = group
      const name = cleaned(given)
      if (name === group.name) return success(group)
      const more = Buffer.byteLength(name) - Buffer.byteLength(group.name)
      const squeezed: string[] = []
      if (more > 0) {
        await inBatches(id, async (ids) => {
          const email = await whoHasNoRoom(ids, more)
          if (email !== undefined) squeezed.push(email)
        })
      }
      if (squeezed[0] !== undefined) return failure(noRoom(squeezed[0]))
      const stillThere = and(eq(groups.id, id), eq(groups.name, group.name))
      const details = { group: name, group_id: id, before: { name: group.name }, after: { name } }
      try {
        const [, renamed] = await revocations.changePeople(sql`false`, (handle) => [
          audit.step(entry('group_renamed', by, details), sql`FROM ${groups} WHERE ${stillThere}`),
          handle.update(groups).set({ name }).where(stillThere).returning({ id: groups.id }),
        ])
        if (renamed?.length !== 1) return failure(GONE)
      } catch (error) {
        if (isUniqueViolation(error)) return failure(TAKEN)
        throw error
      }
      // Not before: whoever joins from here on has the new name already.
      await inBatches(id, (ids) => revocations.changePeople(inArray(users.id, ids), () => []))
      return success({ id, name })
    },
    async remove(group, by) {
      const { id } = group
      const leaving = entry('group_left', by, membership(group, false), sql`${users.uuid}`)
      const empty = and(
        eq(groups.id, id),
        sql`NOT EXISTS (SELECT 1 FROM ${groupMembers} WHERE group_id = ${id})`,
      )
      let members = 0
      for (;;) {
        await inBatches(id, async (ids) => {
          const people = inArray(users.id, ids)
          const [, left] = await revocations.changePeople(people, (handle) => [
            audit.step(leaving, sql`FROM ${users} WHERE ${people} AND ${isMember(id, sql`${users.id}`)}`),
            handle
              .delete(groupMembers)
              .where(and(eq(groupMembers.groupId, id), inArray(groupMembers.userId, ids)))
              .returning({ id: groupMembers.userId }),
          ])
          members += left?.length ?? 0
        })
        const details = { group: group.name, group_id: id, members }
        const [, deleted] = await revocations.changePeople(sql`false`, (handle) => [
          audit.step(entry('group_deleted', by, details), sql`FROM ${groups} WHERE ${empty}`),
          handle.delete(groups).where(empty).returning({ id: groups.id }),
        ])
        if (deleted?.length === 1) return true
        if ((await find(id)) === null) return false
      }
    },
    async members({ id }, after) {
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
      // What changes nothing must not make tokens stale: each change dates those that follow a second later.
      if (await belongs(group, person)) return failure(alreadyIn(person))
      const more = Buffer.byteLength(group.name) + AROUND_NAME
      if ((await whoHasNoRoom([person.id], more)) !== undefined) return failure(noRoom(person.email))
      const [theirs, its] = [sql`${users.id}`, sql`${groups.id}`]
      const joins = sql`FROM ${users} CROSS JOIN ${groups}
        WHERE ${eq(users.id, person.id)} AND ${eq(groups.id, group.id)} AND NOT ${isMember(its, theirs)}
          AND ${taken} + octet_length(${groups.name}) + ${sql.raw(`${AROUND_NAME}`)} <= ${room}`
      const joining = entry('group_joined', by, membership(group, true), sql`${users.uuid}`)
      const [, joined] = await revocations.changePeople(eq(users.id, person.id), (handle) => [
        audit.step(joining, joins),
        handle
          .insert(groupMembers)
          .select(sql`SELECT ${groups.id}, ${users.id} ${joins}`)
          .returning({ id: groupMembers.userId }),
      ])
      if (joined?.length === 1) return success(group)
      if (await belongs(group, person)) return failure(alreadyIn(person))
      return failure((await find(group.id)) === null ? GONE : noRoom(person.email))
    },
    async drop(group, person, by) {
      // What changes nothing must not make tokens stale, as in add().
      if (!(await belongs(group, person))) return false
      const which = and(eq(groupMembers.groupId, group.id), eq(groupMembers.userId, person.id))
      const leaving = entry('group_left', by, membership(group, false), sql`${users.uuid}`)
      const [, left] = await revocations.changePeople(eq(users.id, person.id), (handle) => [
        audit.step(
          leaving,
          sql`FROM ${users} WHERE ${eq(users.id, person.id)} AND ${isMember(group.id, person.id)}`,
        ),
        handle.delete(groupMembers).where(which).returning({ id: groupMembers.userId }),
      ])
      return left?.length === 1
    },
  }
}

const alreadyIn = ({ email }: { readonly email: string }) =>
  message('{email} is in this group already.', { email })

const numberIn = (text: string): number => (/^[0-9]{1,15}$/.test(text) ? Number(text) : 0)

function pageOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): PageOf<Row> {
  const shown = rows.slice(0, PAGE)
  const last = rows.length > PAGE ? shown.at(-1) : undefined
  return { rows: shown, next: last === undefined ? null : keyOf(last) }
}
