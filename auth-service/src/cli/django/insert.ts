import { inArray, sql } from 'drizzle-orm'
import { type Audit, NO_DEVICE } from '../../events/audit-log.ts'
import { unixTime } from '../../platform/clock.ts'
import type { Database } from '../../platform/database/open.ts'
import { lockRows, lockTable } from '../../platform/database/row-locks.ts'
import { cleanedGroupName, groupNameProblem } from '../../users/groups/names.ts'
import type { Dump } from './parse-dump.ts'
import type { PreparedUser } from './prepare-user.ts'

export interface WriteOptions {
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
  /** Mark the addresses as confirmed. */
  readonly verified: boolean
}

/** Writes users, their groups and an audit entry each, all or none; returns which users are new. */
export async function writePeople(
  batch: readonly PreparedUser[],
  { database, audit, now, verified }: WriteOptions,
): Promise<readonly PreparedUser[]> {
  if (batch.length === 0) return []
  const { users, groups } = database
  const at = unixTime(now)
  const rows = batch.map(({ canonical, createdAt, ...person }) => ({
    uuid: person.uuid,
    email: person.email,
    emailCanonical: canonical,
    firstName: person.firstName,
    lastName: person.lastName,
    password: person.password,
    isActive: person.isActive,
    isStaff: person.isStaff,
    isSuperuser: person.isSuperuser,
    createdAt: createdAt ?? at,
    // As for a new user: no token of ours exists yet.
    changedAt: at - 1,
    version: at,
    lastLoginAt: person.lastLoginAt,
    emailVerifiedAt: verified ? at : null,
  }))
  const names = [...new Set(batch.flatMap((person) => person.groups))]
  // A group deleted meanwhile would silently lose its new members.
  const locks = names.length > 0 ? lockRows(database, groups, inArray(groups.name, names), 'SHARE') : []
  const results = await database.transaction((db) => [
    ...locks,
    db.insert(users).values(rows).onConflictDoNothing().returning({ uuid: users.uuid }),
    ...memberships(batch, database),
    auditStep(batch, database, audit),
  ])
  const inserted = results[locks.length]
  const uuids = new Set((inserted as readonly { uuid: string }[]).map(({ uuid }) => uuid))
  return batch.filter(({ uuid }) => uuids.has(uuid))
}

const pairs = (rows: readonly (readonly [string, string])[]) =>
  sql`(VALUES ${sql.join(
    rows.map(([one, other]) => sql`(${one}, ${other})`),
    sql`, `,
  )}) AS pairs`

function memberships(batch: readonly PreparedUser[], { users, groups, groupMembers }: Database) {
  const rows = batch.flatMap(({ uuid, groups: names }) => names.map((name) => [uuid, name] as const))
  if (rows.length === 0) return []
  // Both databases use these names for the columns of VALUES.
  const step = sql`INSERT INTO ${groupMembers} (group_id, user_id)
    SELECT ${groups.id}, ${users.id} FROM ${pairs(rows)}
      JOIN ${users} ON ${users.uuid} = pairs.column1 JOIN ${groups} ON ${groups.name} = pairs.column2
    WHERE true ON CONFLICT DO NOTHING`
  return [step]
}

function auditStep(batch: readonly PreparedUser[], { users }: Database, audit: Pick<Audit, 'step'>) {
  const rows = batch.map(
    ({ uuid, username, isStaff, isSuperuser, groups }) =>
      [
        uuid,
        JSON.stringify({
          from: 'django',
          username,
          is_staff: isStaff,
          is_superuser: isSuperuser,
          groups,
        }),
      ] as const,
  )
  const [subject, details] = [sql`pairs.column1`, sql`pairs.column2`]
  return audit.step(
    { event: 'imported', subject, actor: null, sid: null, device: NO_DEVICE, details },
    sql`FROM ${pairs(rows)} JOIN ${users} ON ${users.uuid} = pairs.column1`,
  )
}

/** Writes all groups of the file, including those without members. */
export async function writeGroups(
  { groups: known, people }: Dump,
  { database, audit, now }: WriteOptions,
): Promise<void> {
  const { groups } = database
  const natural = people.flatMap(({ fields }) =>
    Array.isArray(fields.groups) ? fields.groups.filter(Array.isArray).map(([name]) => name) : [],
  )
  const names = [...known.values(), ...natural].filter((name) => groupNameProblem(name) === undefined)
  const createdAt = unixTime(now)
  for (const name of new Set(names.map(cleanedGroupName))) {
    const details = { from: 'django', after: { name } }
    await database.transaction((db) => [
      ...lockTable(database, groups),
      audit.step(
        { event: 'group_created', subject: null, actor: null, sid: null, device: NO_DEVICE, details },
        sql`WHERE NOT EXISTS (SELECT 1 FROM ${groups} WHERE ${groups.name} = ${name})`,
      ),
      db.insert(groups).values({ name, createdAt }).onConflictDoNothing().returning({ id: groups.id }),
    ])
  }
}
