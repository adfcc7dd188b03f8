import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Actor, Audit } from '../../events/audit-log.ts'
import type { Revocations } from '../../events/events.ts'
import { unixTime } from '../../platform/clock.ts'
import { isUniqueViolation } from '../../platform/database/db-errors.ts'
import type { Database } from '../../platform/database/open.ts'
import { PAGE, type PageOf, pageOf } from '../../platform/database/pagination.ts'
import { lockRows, lockTable } from '../../platform/database/row-locks.ts'
import { type Message, message } from '../../platform/i18n/message.ts'
import { readValue } from '../../platform/validation/input.ts'
import { groupInput, membershipInput } from './group-input.ts'
import { createGroupMembers, GONE, type Group, type GroupMembers, groupEntry } from './members.ts'

export interface ListedGroup extends Group {
  /** The number of members, counted up to MANY. */
  readonly members: number
}

/**
 * Groups of users, whose names apps see in `user.groups`. Apps hear of every change within a second, unless the group
 * has tens of thousands of members. Failures are sentences for the administrator. Every method throws on an outage.
 */
export interface Groups extends Pick<GroupMembers, 'add' | 'drop'> {
  /** Bytes for the names of one user's groups, each with AROUND_NAME more. */
  readonly room: number
  list(after: string | null): Promise<PageOf<ListedGroup>>
  find(id: number): Promise<Group | null>
  /** The group with this name, from unvalidated input. */
  named(name: unknown): Promise<Group | null>
  create(name: unknown, by: Actor): Promise<Result<Group, Message>>
  rename(group: Group, name: unknown, by: Actor): Promise<Result<Group, Message>>
  /** `false` if another administrator was faster. */
  remove(group: Group, by: Actor): Promise<boolean>
  readonly members: GroupMembers['list']
}

/** Up to this number members are counted. */
export const MANY = 1000

const TAKEN = message('A group with this name already exists.')

export interface GroupsOptions {
  readonly database: Database
  readonly revocations: Pick<Revocations, 'entries' | 'publish'>
  readonly audit: Pick<Audit, 'step'>
  /** Bytes for the names of one user's groups: see group-budget.ts. */
  readonly room: number
  readonly now: () => number
}

/** The groups in the database. */
export function createGroups({ database, revocations, audit, room, now }: GroupsOptions): Groups {
  const { db, groups, groupMembers } = database
  const members = createGroupMembers({ database, revocations, audit, room, now })

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
    members: members.list,
    add: members.add,
    drop: members.drop,
    async named(given) {
      const read = readValue(membershipInput.entries.group, given)
      if (!read.ok) return null
      const [group] = await db
        .select({ id: groups.id, name: groups.name })
        .from(groups)
        // An older name may have characters that are removed today.
        .where(inArray(groups.name, [read.value, given as string]))
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
      const read = readValue(groupInput.entries.name, given)
      if (!read.ok) return read
      const name = read.value
      const createdAt = unixTime(now)
      const isNew = sql`WHERE NOT EXISTS (SELECT 1 FROM ${groups} WHERE ${groups.name} = ${name})`
      const results = await database.transaction((handle) => [
        // Of two simultaneous creations, one is reported as successful.
        ...lockTable(database, groups),
        audit.step(groupEntry('group_created', by, { group: name }), isNew),
        handle
          .insert(groups)
          .values({ name, createdAt })
          .onConflictDoNothing({ target: groups.name })
          .returning({ id: groups.id, name: groups.name }),
      ])
      const [group] = results.at(-1) as readonly Group[]
      return group ? success(group) : failure(TAKEN)
    },
    async rename(group, given, by) {
      const read = readValue(groupInput.entries.name, given)
      if (!read.ok) return read
      const { id } = group
      const name = read.value
      if (name === group.name) return success(group)
      const more = Buffer.byteLength(name) - Buffer.byteLength(group.name)
      const squeezed = await members.problemOfLength(group, more)
      if (squeezed) return failure(squeezed)
      const stillThere = and(eq(groups.id, id), eq(groups.name, group.name))
      const details = { group: name, group_id: id, before: { name: group.name }, after: { name } }
      try {
        const results = await database.transaction((handle) => [
          ...lockRows(database, groups, eq(groups.id, id)),
          audit.step(groupEntry('group_renamed', by, details), sql`FROM ${groups} WHERE ${stillThere}`),
          handle.update(groups).set({ name }).where(stillThere).returning({ id: groups.id }),
        ])
        if (results.at(-1)?.length !== 1) return failure(GONE)
      } catch (error) {
        if (isUniqueViolation(error)) return failure(TAKEN)
        throw error
      }
      // Not earlier: users who join from here on already have the new name.
      await members.publish(group)
      return success({ id, name })
    },
    async remove(group, by) {
      const { id } = group
      const empty = and(
        eq(groups.id, id),
        sql`NOT EXISTS (SELECT 1 FROM ${groupMembers} WHERE group_id = ${id})`,
      )
      let left = 0
      for (;;) {
        left += await members.dropAll(group, by)
        const details = { group: group.name, group_id: id, members: left }
        const results = await database.transaction((handle) => [
          ...lockRows(database, groups, eq(groups.id, id)),
          audit.step(groupEntry('group_deleted', by, details), sql`FROM ${groups} WHERE ${empty}`),
          handle.delete(groups).where(empty).returning({ id: groups.id }),
        ])
        if (results.at(-1)?.length === 1) return true
        if ((await find(id)) === null) return false
      }
    },
  }
}
