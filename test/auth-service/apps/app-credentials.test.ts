import { expect, it } from 'vitest'
import { OVERLAP } from '../../../auth-service/src/apps/app-credentials.ts'
import { NO_DEVICE } from '../../../auth-service/src/events/audit-log.ts'
import { unixTime } from '../../../auth-service/src/platform/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { onBothDatabases, type TestService } from '../support/services.ts'

const BY = { uuid: '00000000-0000-4000-8000-000000000001', device: NO_DEVICE }

async function register({ apps }: TestService, name = 'Notes') {
  const created = await apps.create({ name, origins: [`https://${name.toLowerCase()}.example.com`] }, BY)
  if (!created.ok) throw new Error('not created')
  return created.value
}

async function issue({ appCredentials }: TestService, appId: number, overlap?: number) {
  const issued = await appCredentials.issue(appId, BY, overlap)
  if (!issued.ok) throw new Error(issued.reason)
  return issued.value
}

onBothDatabases('Credentials of apps', (open) => {
  it('identify the app, and only with the right id and secret', async () => {
    const service = await open()
    const { appCredentials } = service
    const [notes, board] = [await register(service), await register(service, 'Board')]
    const own = await issue(service, notes.id)
    const others = await issue(service, board.id)
    expect(own.clientSecret).toMatch(/^lks_[0-9A-Za-z]{49}$/)
    expect(await appCredentials.authenticate(own.clientId, own.clientSecret)).toMatchObject({ id: notes.id })
    for (const [id, secret] of [
      [own.clientId, others.clientSecret],
      [others.clientId, own.clientSecret],
      ['', own.clientSecret],
      [own.clientId, ''],
      [own.clientId, `${own.clientSecret}0`],
      [own.clientId, own.clientSecret.toLowerCase()],
      [`${own.clientId}\0`, own.clientSecret],
      ['Notes', own.clientSecret],
    ] as const) {
      expect(await appCredentials.authenticate(id, secret)).toBeNull()
    }
  })

  it('are stored as hashes, and appear in no log', async () => {
    const service = await open()
    const { db, appSecrets, auditLog } = service.database
    const { id } = await register(service)
    const { clientSecret } = await issue(service, id)
    const rows = [...(await db.select().from(appSecrets)), ...(await db.select().from(auditLog))]
    expect(JSON.stringify([rows, service.logged])).not.toContain(clientSecret.slice(8))
    expect((await db.select().from(auditLog)).map(({ event }) => event)).toEqual([
      'app_created',
      'app_secret_created',
    ])
  })

  it('overlap when they are renewed; the client id stays', async () => {
    const service = await open()
    const { appCredentials } = service
    const { id } = await register(service)
    const first = await issue(service, id)
    expect(first.earlierExpiresAt).toBeNull()
    service.wait(60)
    const second = await issue(service, id)
    expect(second.clientId).toBe(first.clientId)
    expect(second.earlierExpiresAt).toBe(unixTime(service.now) + OVERLAP)
    const works = async (secret: string) =>
      (await appCredentials.authenticate(first.clientId, secret)) !== null
    expect([await works(first.clientSecret), await works(second.clientSecret)]).toEqual([true, true])
    expect(await appCredentials.issue(id, BY)).toEqual({ ok: false, reason: 'two_valid' })
    service.wait(OVERLAP)
    expect([await works(first.clientSecret), await works(second.clientSecret)]).toEqual([false, true])
    expect(await appCredentials.deleteExpired()).toBe(1)
    const third = await issue(service, id, 0)
    expect([await works(second.clientSecret), await works(third.clientSecret)]).toEqual([false, true])
  })

  it('are at most two, even if many are issued at once', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const { id } = await register(service)
    const all = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 ? service : beside).appCredentials.issue(id, BY)),
    )
    const issued = all.flatMap((one) => (one.ok ? [one.value] : []))
    expect(issued).toHaveLength(2)
    expect(new Set(issued.map(({ clientId }) => clientId)).size).toBe(1)
    expect((await service.appCredentials.list(id)).map(({ expiresAt }) => expiresAt === null)).toEqual([
      false,
      true,
    ])
  })

  it('stop to work when they are revoked or the app is removed: here at once, elsewhere within a second', async () => {
    const service = await open()
    const beside = await open({ beside: service })
    const { id } = await register(service)
    const { clientId, clientSecret } = await issue(service, id)
    const [secret] = await service.appCredentials.list(id)
    const other = await register(service, 'Board')
    const known = await beside.appCredentials.authenticate(clientId, clientSecret)
    expect(await service.appCredentials.authenticate(clientId, clientSecret)).toEqual(known)
    expect(await service.appCredentials.revoke(other.id, secret?.id ?? 0, BY)).toBe(false)
    expect(await service.appCredentials.revoke(id, secret?.id ?? 0, BY)).toBe(true)
    expect(await service.appCredentials.revoke(id, secret?.id ?? 0, BY)).toBe(false)
    expect(await service.appCredentials.authenticate(clientId, clientSecret)).toBeNull()
    beside.wait(1)
    expect(await beside.appCredentials.authenticate(clientId, clientSecret)).toBeNull()

    const next = await issue(service, id)
    expect(await beside.appCredentials.authenticate(next.clientId, next.clientSecret)).not.toBeNull()
    await service.apps.remove(id, BY)
    beside.wait(1)
    expect(await beside.appCredentials.authenticate(next.clientId, next.clientSecret)).toBeNull()
    expect(await service.appCredentials.issue(id, BY)).toEqual({ ok: false, reason: 'not_found' })
  })

  it('remember their last use, at most once a minute', async () => {
    const service = await open()
    const { id } = await register(service)
    const { clientId, clientSecret } = await issue(service, id)
    const lastUse = async () => (await service.appCredentials.list(id))[0]?.lastUsedAt
    expect(await lastUse()).toBeNull()
    const begun = unixTime(service.now)
    await service.appCredentials.authenticate(clientId, clientSecret)
    await eventually(async () => expect(await lastUse()).toBe(begun))
    service.wait(30)
    await service.appCredentials.authenticate(clientId, clientSecret)
    service.wait(31)
    await service.appCredentials.close()
    expect(await lastUse()).toBe(begun)
    await service.appCredentials.authenticate(clientId, clientSecret)
    await eventually(async () => expect(await lastUse()).toBe(begun + 61))
  })
})
