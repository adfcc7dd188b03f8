import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { NO_DEVICE, OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { PAGE } from '../../../../auth-service/src/platform/database/pagination.ts'
import { MANY } from '../../../../auth-service/src/users/groups/groups.ts'
import type { Group } from '../../../../auth-service/src/users/groups/members.ts'
import { cleanedGroupName, groupNameProblem } from '../../../../auth-service/src/users/groups/names.ts'
import { someNaughtyStrings } from '../../../support/naughty-strings.ts'
import { NOW } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  onBothDatabases,
  payloadOf,
  renew,
  type TestService,
} from '../../support/services.ts'

const BY = { uuid: '00000000-0000-4000-8000-000000000001', device: NO_DEVICE }

async function addGroup({ groups }: TestService, name: string): Promise<Group> {
  const created = await groups.create(name, BY)
  if (!created.ok) throw new Error(String(created.reason))
  return created.value
}

/** That many users created by SQL, optionally in this group. */
async function addCrowd({ database: { db, users, groupMembers } }: TestService, size: number, group?: Group) {
  const people = Array.from({ length: size }, (_, i) => ({
    uuid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    email: `crowd-${i}@example.com`,
    emailCanonical: `crowd-${i}@example.com`,
    firstName: '',
    lastName: '',
    password: '!',
    isActive: true,
    isStaff: false,
    isSuperuser: false,
    createdAt: NOW,
    changedAt: NOW - 1,
  }))
  const rows = await db.insert(users).values(people).returning({ userId: users.id })
  if (group) await db.insert(groupMembers).values(rows.map(({ userId }) => ({ userId, groupId: group.id })))
}

const audited = async ({ database: { db, auditLog } }: TestService) =>
  (await db.select().from(auditLog).orderBy(auditLog.id)).map(({ event, subject, actor, details }) => ({
    event,
    subject,
    actor,
    ...JSON.parse(details),
  }))

const entries = async (service: TestService) => (await service.revocations.since(0)).entries

onBothDatabases('Groups', (open) => {
  it('make no tokens stale when a change has no effect', async () => {
    const service = await open()
    const ada = await addUser(service)
    const [writers, editors] = [await addGroup(service, 'writers'), await addGroup(service, 'editors')]
    await service.groups.add(writers, ada, BY)
    const [known, before] = [await service.users.findById(ada.id), await entries(service)]
    for (let i = 0; i < 60; i++) {
      expect(await service.groups.add(writers, ada, BY)).toMatchObject({ ok: false })
      expect(await service.groups.drop(editors, ada, BY)).toBe(false)
    }
    expect(await service.users.findById(ada.id)).toEqual(known)
    expect(await entries(service)).toEqual(before)
  })

  it('are listed by name in access tokens, in order, and omitted if there are none', async () => {
    const service = await open()
    const ada = await addUser(service)
    const before = await service.sessions.start(ada, DEVICE)
    expect(payloadOf(before.accessToken)).not.toHaveProperty('groups')
    for (const name of ['writers', 'editors', 'Ärzte']) {
      expect(await service.groups.add(await addGroup(service, name), ada, BY)).toMatchObject({ ok: true })
    }
    const renewed = await renew(service, before.refreshToken)
    expect(renewed.ok && payloadOf(renewed.value.accessToken).groups).toEqual(['editors', 'writers', 'Ärzte'])
    expect(await service.users.findByEmail(ada.email)).toMatchObject({
      groups: ['editors', 'writers', 'Ärzte'],
    })
  })

  it('make only the tokens of the user stale who joins or leaves', async () => {
    const service = await open()
    const [ada, bob] = [await addUser(service), await addUser(service, 'bob@example.com')]
    const { session } = await service.sessions.start(ada, DEVICE)
    await service.sessions.start(bob, DEVICE)
    const editors = await addGroup(service, 'editors')
    await service.groups.add(editors, ada, BY)
    const stale = (version: number) => ({ sid: session.id, before: NOW + 1, version })
    expect(await entries(service)).toMatchObject([stale(ada.version + 1)])
    expect(await service.groups.drop(editors, ada, BY)).toBe(true)
    expect(await entries(service)).toMatchObject([stale(ada.version + 1), stale(ada.version + 2)])
    expect(await service.users.findById(ada.id)).toMatchObject({ version: ada.version + 2, groups: [] })
    expect(await service.users.findById(bob.id)).toEqual(bob)
    expect(await service.groups.drop(editors, ada, BY), 'twice').toBe(false)
  })

  it('record in the audit log who changed what for which user, with the old value', async () => {
    const service = await open()
    const ada = await addUser(service)
    const editors = await addGroup(service, 'editors')
    await service.groups.add(editors, ada, BY)
    const renamed = await service.groups.rename(editors, 'writers', OPERATOR)
    if (!renamed.ok) throw new Error(String(renamed.reason))
    await service.groups.drop(renamed.value, ada, BY)
    await service.groups.add(renamed.value, ada, BY)
    await service.groups.remove(renamed.value, BY)
    const group = (name: string) => ({ group: name, group_id: editors.id })
    const [out, into] = [{ member: false }, { member: true }]
    const [by, person] = [
      { actor: BY.uuid, subject: null },
      { actor: BY.uuid, subject: ada.uuid },
    ]
    expect(await audited(service)).toEqual([
      { event: 'group_created', ...by, group: 'editors' },
      { event: 'group_joined', ...person, ...group('editors'), before: out, after: into },
      {
        event: 'group_renamed',
        actor: null,
        subject: null,
        ...group('writers'),
        before: { name: 'editors' },
        after: { name: 'writers' },
      },
      { event: 'group_left', ...person, ...group('writers'), before: into, after: out },
      { event: 'group_joined', ...person, ...group('writers'), before: out, after: into },
      { event: 'group_left', ...person, ...group('writers'), before: into, after: out },
      { event: 'group_deleted', ...by, ...group('writers'), members: 1 },
    ])
  })

  it('make the tokens of all members stale when renamed or deleted, for any number of members', async () => {
    const service = await open()
    const crowd = await addGroup(service, 'crowd')
    await addCrowd(service, 1_203, crowd)
    const members = [0, 500, 1_000, 1_202].map((i) => `crowd-${i}@example.com`)
    const sids: string[] = []
    for (const email of members) {
      const person = await service.users.findByEmail(email)
      if (person) sids.push((await service.sessions.start(person, DEVICE)).session.id)
    }
    const renamed = await service.groups.rename(crowd, 'the crowd', BY)
    expect(renamed).toEqual({ ok: true, value: { id: crowd.id, name: 'the crowd' } })
    const told = async () => (await entries(service)).map((entry) => 'sid' in entry && entry.sid)
    expect((await told()).sort()).toEqual([...sids].sort())
    expect(await service.users.findByEmail('crowd-7@example.com')).toMatchObject({
      version: NOW,
      groups: ['the crowd'],
    })
    expect(await service.groups.remove({ id: crowd.id, name: 'the crowd' }, BY)).toBe(true)
    expect((await told()).sort()).toEqual([...sids, ...sids].sort())
    expect(await service.users.findByEmail('crowd-7@example.com')).toMatchObject({
      version: NOW + 1,
      groups: [],
    })
    expect(await service.groups.find(crowd.id)).toBeNull()
    expect((await audited(service)).at(-1)).toMatchObject({
      event: 'group_deleted',
      members: 1_203,
    })
  })

  it('must fit in the cookie of a user with the longest names; one more is rejected', async () => {
    const service = await open({ config: { https: true, signingAlg: 'RS256' } })
    const created = await service.users.create({
      email: `${'x'.repeat(64)}@${'y'.repeat(189)}`,
      firstName: '\u{10000}'.repeat(150),
      lastName: '\u{10000}'.repeat(150),
      password: '!',
    })
    if (!created.ok) throw new Error(String(created.reason))
    const person = created.value
    let refused = ''
    const joined: Group[] = []
    for (let i = 0; refused === ''; i++) {
      const group = await addGroup(service, `group number ${i}`)
      const outcome = await service.groups.add(group, person, BY)
      if (outcome.ok) joined.push(group)
      else refused = String(outcome.reason)
    }
    expect(joined.length).toBeGreaterThan(20)
    expect(refused).toMatch(/names of all groups of .* \(\d+ bytes in total\)/)
    const reloaded = await service.users.findById(person.id)
    expect(reloaded?.groups).toHaveLength(joined.length)
    const { cookies } = await service.sessions.start(reloaded ?? person, DEVICE)
    const pair = cookies[0]?.split(';', 1)[0] ?? ''
    expect(pair.length).toBeLessThanOrEqual(4_096)
    expect(pair.length, 'no room is wasted').toBeGreaterThan(4_050)

    const longer = await service.groups.rename(joined[0] as Group, 'a name that is very much longer', BY)
    expect(longer).toMatchObject({ ok: false, reason: { values: { email: person.email } } })
    expect(await service.groups.find(joined[0]?.id ?? 0)).toEqual(joined[0])
    expect(await service.groups.rename(joined[0] as Group, 'short', BY)).toMatchObject({ ok: true })
  })

  it('have unique names, trimmed and composed', async () => {
    const service = await open()
    const zoe = await addGroup(service, ' zoe\u0308 ')
    expect(zoe.name).toBe('zoë')
    const taken = { ok: false, reason: 'A group with this name already exists.' }
    expect(await service.groups.create('zoë', BY)).toEqual(taken)
    const other = await addGroup(service, 'other')
    expect(await service.groups.rename(other, 'zoë', BY)).toEqual(taken)
    expect(await service.groups.rename(other, 'other', BY)).toEqual({ ok: true, value: other })
    expect((await audited(service)).map(({ event }) => event)).toEqual(['group_created', 'group_created'])
  })

  it('reject changes based on an outdated version', async () => {
    const service = await open()
    const ada = await addUser(service)
    const group = await addGroup(service, 'editors')
    await service.groups.rename(group, 'writers', BY)
    expect(await service.groups.rename(group, 'readers', BY)).toMatchObject({ ok: false })
    await service.groups.remove(group, BY)
    expect(await service.groups.remove(group, BY)).toBe(false)
    expect(await service.groups.add(group, ada, BY)).toMatchObject({ ok: false })
    expect(await service.groups.drop(group, ada, BY)).toBe(false)
  })

  it('add a user once when many administrators do so at the same moment', async () => {
    const service = await open()
    const ada = await addUser(service)
    const group = await addGroup(service, 'editors')
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => service.groups.add(group, ada, BY)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    const refused = outcomes.find((outcome) => !outcome.ok)
    expect(String(refused?.reason)).toBe('ada@example.com is already in this group.')
    expect((await audited(service)).filter(({ event }) => event === 'group_joined')).toHaveLength(1)
  })

  it('lose deleted users', async () => {
    const service = await open()
    const ada = await addUser(service)
    const group = await addGroup(service, 'editors')
    await service.groups.add(group, ada, BY)
    await service.users.remove(ada.uuid)
    expect(await service.groups.members(group, null)).toEqual({ rows: [], next: null })
  })

  it('are listed in pages with their number of members, counted up to a thousand', async () => {
    const service = await open()
    for (let i = 0; i < PAGE + 1; i++) await addGroup(service, `group ${String(i).padStart(3, '0')}`)
    const first = await service.groups.list(null)
    expect(first.rows).toHaveLength(PAGE)
    const rest = await service.groups.list(first.next)
    expect([rest.rows.map(({ name }) => name), rest.next]).toEqual([[`group 0${PAGE}`], null])
    await addCrowd(service, MANY + 50, rest.rows[0])
    expect(await service.groups.list(first.next)).toMatchObject({ rows: [{ members: MANY + 1 }] })
  })

  it('list each member once, page after page', async () => {
    const service = await open()
    const group = await addGroup(service, 'crowd')
    await addCrowd(service, 2 * PAGE + 7, group)
    const emails: string[] = []
    let after: string | null = null
    do {
      const { rows, next }: Awaited<ReturnType<typeof service.groups.members>> = await service.groups.members(
        group,
        after,
      )
      expect(rows.length).toBeLessThanOrEqual(PAGE)
      emails.push(...rows.map(({ email }) => email))
      after = next
    } while (after !== null)
    expect(emails).toHaveLength(2 * PAGE + 7)
    expect(new Set(emails).size).toBe(emails.length)
    expect((await service.groups.members(group, 'no place')).rows).toEqual([])
  })
})

describe('The name of a group', () => {
  it.each(['editors', 'Ärzte & Co', 'team-1', '\u{1F511} keys', 'x'.repeat(150)])('can be %s', (name) => {
    expect(groupNameProblem(name)).toBeUndefined()
  })

  it.each(['', '   ', 5, null, undefined, [], 'a "b"', 'a\\b', 'a\nb', 'a\0b', 'x'.repeat(151), '\ud800'])(
    'cannot be %j',
    (name) => {
      expect(String(groupNameProblem(name))).toMatch(/\.$/)
    },
  )
})

onBothDatabases('Any naughty string', (open) => {
  it('that is a valid group name is returned as stored, in tokens too', async () => {
    const service = await open()
    const ada = await addUser(service)
    const { database } = service
    for (const text of someNaughtyStrings) {
      const name = cleanedGroupName(text)
      if (groupNameProblem(text) || groupNameProblem(name)) continue
      const created = await service.groups.create(text, BY)
      if (!created.ok) continue
      expect(await service.groups.add(created.value, ada, BY), text).toMatchObject({ ok: true })
      expect((await service.users.findById(ada.id))?.groups, text).toEqual([name])
      await database.db.delete(database.groups).where(sql`true`)
    }
  })
})
