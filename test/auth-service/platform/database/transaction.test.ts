import type SQLite from 'better-sqlite3'
import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { writeGroups, writePeople } from '../../../../auth-service/src/cli/django/insert.ts'
import { OPERATOR } from '../../../../auth-service/src/events/audit-log.ts'
import { freshPostgres } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { addUser, DEVICE, openService, type TestService, testConfig } from '../../support/services.ts'

type Act = (service: TestService) => Promise<unknown>

const made = <Value>(result: { ok: true; value: Value } | { ok: false }): Value => {
  if (!result.ok) throw new Error(JSON.stringify(result))
  return result.value
}

const ADMIN = { email: 'root@example.com', password: '!', isSuperuser: true }
const NEWCOMER = {
  uuid: '0b9f5f0e-6a4c-4a4f-9d43-0a3d0c0c0c0c',
  email: 'grace@example.com',
  canonical: 'grace@example.com',
  firstName: 'Grace',
  lastName: 'Hopper',
  password: '!',
  username: 'grace',
  isActive: true,
  isStaff: false,
  isSuperuser: false,
  createdAt: null,
  lastLoginAt: null,
  groups: ['Crew'],
}

/** Changes that apps do not hear of: the first function prepares them, and may publish. */
const QUIET: Record<string, (service: TestService) => Promise<Act>> = {
  'an app is registered, changed and removed': async () => async (service) => {
    const given = {
      name: 'Wiki',
      origins: ['http://wiki.demo.localhost'],
      start_url: 'http://wiki.demo.localhost/',
    }
    const { id } = made(await service.apps.create(given, OPERATOR))
    expect(await service.apps.change(id, { name: 'Pages' }, OPERATOR)).toMatchObject({ ok: true })
    expect(await service.apps.remove(id, OPERATOR)).toMatchObject({ ok: true })
  },
  'a group without members is created, renamed and removed': async () => async (service) => {
    const crew = made(await service.groups.create('Crew', OPERATOR))
    const team = made(await service.groups.rename(crew, 'Team', OPERATOR))
    expect(await service.groups.remove(team, OPERATOR)).toBe(true)
  },
  'an invitation is made, sent again, accepted and revoked': async () => async (service) => {
    const ada = await addUser(service)
    const invited = await service.invitations.invite({}, OPERATOR)
    if (!invited.ok) throw new Error()
    const { id } = invited.invitation
    expect(await service.invitations.resend(id, OPERATOR)).toMatchObject({ ok: true })
    await service.invitations.markUsed(id, ada, OPERATOR)
    const other = await service.invitations.invite({}, OPERATOR)
    if (!other.ok) throw new Error()
    expect(await service.invitations.revoke(other.invitation.id, OPERATOR)).toBe(true)
  },
  'a person signs in on a new device': async (service) => {
    const given = { email: 'ada@example.com', password: 'a long walk by the sea' }
    await service.accounts.register(given, DEVICE)
    return async () => expect(await service.accounts.signIn(given, DEVICE)).toMatchObject({ ok: true })
  },
  'a person comes back who had asked for deletion': async (service) => {
    const given = { email: 'ada@example.com', password: 'a long walk by the sea' }
    const registered = await service.accounts.register(given, DEVICE)
    if (!registered.ok) throw new Error()
    made(await service.profile.requestDeletion(registered.value.user, given, { sid: '', device: DEVICE }))
    return async () =>
      expect(await service.accounts.signIn(given, DEVICE)).toMatchObject({
        ok: true,
        deletionCancelled: true,
      })
  },
  'an administrator cancels a deletion': async (service) => {
    const by = { uuid: made(await service.users.create(ADMIN)).uuid, device: DEVICE }
    const ada = await addUser(service)
    made(await service.adminDeletions.request(ada, by))
    return async () => expect(await service.adminDeletions.cancel(ada, by)).toEqual({ ok: true, value: true })
  },
  'people and groups are imported': async () => async (service) => {
    const options = { ...service, verified: false }
    const dump = { groups: new Map([['1', 'Crew']]), people: [] }
    await writeGroups(dump as never, options)
    expect(await writePeople([NEWCOMER as never], options)).toHaveLength(1)
    expect((await service.users.findByEmail(NEWCOMER.email))?.groups).toEqual(['Crew'])
  },
}

describe.each(Object.entries(QUIET))('where %s', (_, prepare) => {
  it('Postgres notifies no other service, and nothing waits for publishers', async () => {
    const url = await freshPostgres()
    const ear = new pg.Client(url)
    await ear.connect()
    let heard = 0
    ear.on('notification', () => void heard++)
    await ear.query('LISTEN latchkey_revocations')
    const [service, other] = [
      await openService(testConfig({ databaseUrl: url })),
      await openService(testConfig({ databaseUrl: url })),
    ]
    const release = Promise.withResolvers<object[]>()
    onTestFinished(async () => {
      release.resolve([])
      await ear.end()
      await service.close()
      await other.close()
    })
    // The first created its keys; each of the two tests once whether notifications arrive.
    await eventually(() => expect(heard).toBe(3))
    const act = await prepare(service)
    await ear.query('SELECT 1')
    heard = 0
    const { publish, revocations } = other.database
    // The commit sends its notification, once it is released.
    const publishing = publish((db) => [db.select().from(revocations), release.promise])
    await eventually(async () => {
      const { rows } = await ear.query(
        "SELECT 1 FROM pg_locks WHERE relation = 'service_locks'::regclass AND mode = 'RowShareLock' AND granted",
      )
      expect(rows).toHaveLength(1)
    })
    await act(service)
    await ear.query('SELECT 1')
    expect(heard).toBe(0)
    release.resolve([])
    await publishing
    await eventually(() => expect(heard).toBe(1))
  })

  it('SQLite does not wait for the disk', async () => {
    const service = await openService(testConfig())
    onTestFinished(service.close)
    const act = await prepare(service)
    const { $client: client } = service.database.db as unknown as { $client: SQLite.Database }
    const pragma = vi.spyOn(client, 'pragma')
    await act(service)
    expect(pragma).not.toHaveBeenCalled()
    await service.database.publish(() => [])
    expect(pragma).toHaveBeenCalledWith('synchronous = FULL')
  })
})
