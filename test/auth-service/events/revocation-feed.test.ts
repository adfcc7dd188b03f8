import { eq, sql } from 'drizzle-orm'
import { expect, it, vi } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createEvents } from '../../../auth-service/src/events/events.ts'
import type { FeedEntry } from '../../../auth-service/src/events/revocation-entries.ts'
import { CLOCK_TOLERANCE, DELETION_TTL } from '../../../auth-service/src/events/revocation-entries.ts'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import type { Service } from '../../../auth-service/src/service.ts'
import type { User } from '../../../auth-service/src/users/users.ts'
import { eventually } from '../../support/eventually.ts'
import { NOW } from '../../support/tokens.ts'
import { addUser, DEVICE, type OpenService, onBothDatabases, payloadOf, renew } from '../support/services.ts'

const SESSION_END = NOW + 300 + CLOCK_TOLERANCE

/** Ada on a laptop and a phone, and Bob. */
async function threeSessions(open: OpenService) {
  const service = await open()
  const [ada, bob] = [await addUser(service), await addUser(service, 'bob@example.com')]
  const laptop = await service.sessions.start(ada, DEVICE)
  const phone = await service.sessions.start(ada, DEVICE)
  const bobs = await service.sessions.start(bob, DEVICE)
  return { service, ada, bob, laptop, phone, bobs }
}

const entriesOf = async ({ revocations }: Service) => (await revocations.since(0)).entries
const sidsOf = (entries: readonly FeedEntry[]) =>
  entries.map((entry) => ('sid' in entry ? entry.sid : null)).sort()

/** A subscriber that records what it receives. */
function listen({ revocations }: Pick<Service, 'revocations'>) {
  const heard: FeedEntry[] = []
  const stop = revocations.subscribe((entries) => void heard.push(...entries))
  return { heard, stop }
}

onBothDatabases('The feed', (open) => {
  it('is empty at first, and begins at 0', async () => {
    const { revocations } = await open()
    expect(await revocations.since(0)).toEqual({ last: 0, entries: [] })
    expect(await revocations.since(17)).toEqual({ last: 0, entries: [] })
  })

  it('lists an ended session for as long as its last token could be valid', async () => {
    const { service, laptop } = await threeSessions(open)
    await service.sessions.end(laptop.session.id)
    const told = { last: 1, entries: [{ id: 1, sid: laptop.session.id, exp: SESSION_END }] }
    expect(await service.revocations.since(0)).toEqual(told)
    service.wait(SESSION_END - NOW - 1)
    expect(await service.revocations.since(0)).toEqual(told)
    service.wait(1)
    expect(await service.revocations.since(0)).toEqual({ last: 1, entries: [] })
  })

  it('lists every way to end sessions, each session once', async () => {
    const { service, ada, laptop, phone, bobs } = await threeSessions(open)
    const { sessions } = service
    expect(await sessions.endFor(ada.id, bobs.session.id)).toBe(false)
    expect(await entriesOf(service)).toEqual([])
    expect(await sessions.endFor(ada.id, laptop.session.id)).toBe(true)
    expect(await sessions.endFor(ada.id, laptop.session.id)).toBe(false)
    await sessions.end(laptop.session.id)
    await sessions.endFrom(
      parseCookies(`jwt.access=${phone.accessToken}; jwt.refresh=${laptop.refreshToken}`),
    )
    const more = [await sessions.start(ada, DEVICE), await sessions.start(ada, DEVICE)]
    expect(await sessions.endOthers(ada.id, more[0]?.session.id ?? '')).toBe(1)
    expect(await sessions.endAll(ada.id)).toBe(1)
    expect(await sessions.endAll(ada.id)).toBe(0)
    const entries = await entriesOf(service)
    const [kept, other] = more.map(({ session }) => session.id)
    const over = [laptop, phone].map(({ session }) => ({ sid: session.id }))
    expect(entries).toMatchObject([
      ...over,
      { sub: ada.uuid, kept, sids: [other] },
      { sid: kept, version: NOW + 1 },
      { sub: ada.uuid, sids: [kept] },
    ])
    expect(await sessions.list(bobs.user.id)).toHaveLength(1)
  })

  it('lists a session that ended because of token reuse', async () => {
    const { service, laptop } = await threeSessions(open)
    await renew(service, laptop.refreshToken)
    service.wait(31)
    expect(await renew(service, laptop.refreshToken)).toMatchObject({ ok: false })
    expect(sidsOf(await entriesOf(service))).toEqual([laptop.session.id])
  })

  it('has one entry for the end of all sessions of a user, which says which tokens it covers', async () => {
    const { service, ada, laptop, phone, bobs } = await threeSessions(open)
    expect(await service.sessions.endAll(ada.id)).toBe(2)
    const [entry, ...more] = await entriesOf(service)
    const told = { id: 1, sub: ada.uuid, before: NOW + 1, version: ada.version + 1, exp: SESSION_END }
    expect(more).toEqual([])
    expect(entry).toEqual({ ...told, sids: expect.toSatisfy((sids) => sids.length === 2) })
    expect(entry && 'sids' in entry && [...entry.sids].sort()).toEqual(
      [laptop, phone].map(({ session }) => session.id).sort(),
    )
    const anew = await service.users.findById(ada.id)
    const next = await service.sessions.start(anew as User, DEVICE)
    const versionOf = (token: string) => payloadOf(token).user_version
    expect(versionOf(laptop.accessToken)).toBe(told.version - 1)
    expect(versionOf(next.accessToken)).toBe(told.version)
    expect(await service.sessions.list(bobs.user.id)).toHaveLength(1)
  })

  it('has no entry when no session ends, and none for the session that is kept', async () => {
    const { service, ada, laptop, phone } = await threeSessions(open)
    await service.sessions.end(phone.session.id)
    expect(await service.sessions.endOthers(ada.id, laptop.session.id)).toBe(0)
    expect(await service.users.findById(ada.id)).toEqual(ada)
    await service.sessions.end(laptop.session.id)
    expect(await service.sessions.endAll(ada.id)).toBe(0)
    expect(await entriesOf(service)).toHaveLength(2)
  })

  it("keeps an entry until the last token expires, even if another service's clock is ahead", async () => {
    const service = await open()
    const ahead = await open({ beside: service })
    ahead.wait(30)
    const ada = await addUser(service)
    for (const end of [
      ({ id }: { id: string }) => service.sessions.end(id),
      ({ id }: { id: string }) => service.sessions.endFor(ada.id, id),
      () => service.sessions.endAll(ada.id),
    ]) {
      const user = (await service.users.findById(ada.id)) as User
      const { accessToken, session } = await ahead.sessions.start(user, DEVICE)
      await end(session)
      const [entry] = (await entriesOf(service)).slice(-1)
      // By the app's clock, which may accept a token for 60 s after its end.
      expect(entry?.exp).toBeGreaterThanOrEqual((payloadOf(accessToken).exp as number) + 60)
    }
  })

  it('keeps an entry until the last token expires, even if older services dated tokens ahead', async () => {
    const { service, ada, laptop } = await threeSessions(open)
    const { db, users } = service.database
    // As 400 quick changes used to leave it: the next token was dated a second later.
    await db
      .update(users)
      .set({ changedAt: NOW + 400 })
      .where(eq(users.id, ada.id))
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    await service.sessions.end(laptop.session.id)
    await service.sessions.endAll(ada.id)
    const exps = (await entriesOf(service)).map(({ exp }) => exp)
    expect(exps).toHaveLength(4)
    for (const exp of exps) expect(exp).toBeGreaterThanOrEqual(SESSION_END + 401)
    const before = (await entriesOf(service)).map((entry) => ('before' in entry ? entry.before : Infinity))
    expect(Math.min(...before), 'later than such a token is dated').toBeGreaterThan(NOW + 401)
    const renewed = await service.users.findById(ada.id)
    const { accessToken } = await service.sessions.start(renewed as User, DEVICE)
    expect(payloadOf(accessToken).iat).toBe(NOW)
  })

  it('keeps an entry until the last token expires, even if tokens lived longer under earlier settings', async () => {
    const before = await open({ config: { accessTtl: 1800 } })
    const ada = await addUser(before)
    const sessions = [await before.sessions.start(ada, DEVICE), await before.sessions.start(ada, DEVICE)]
    const service = await open({ beside: before, config: { accessTtl: 300 } })
    for (const { refreshToken } of sessions) await renew(service, refreshToken)
    await service.users.update(ada.uuid, { firstName: 'Augusta' })
    await service.sessions.end(sessions[0]?.session.id ?? '')
    await service.sessions.endAll(ada.id)
    const exps = (await entriesOf(service)).map(({ exp }) => exp)
    expect(exps).toEqual([1, 2, 3, 4].map(() => NOW + 1800 + CLOCK_TOLERANCE))
  })

  it('treats no token of a session that ended in the meantime as newer', async () => {
    const { service, ada, laptop } = await threeSessions(open)
    const { findByUuid } = service.users
    const seen = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    vi.spyOn(service.users, 'findByUuid').mockImplementationOnce(async (uuid) => {
      const user = await findByUuid(uuid)
      seen.resolve()
      await ended.promise
      return user
    })
    const renewing = renew(service, laptop.refreshToken)
    await seen.promise
    await service.sessions.endAll(ada.id)
    ended.resolve()
    expect(await renewing).toMatchObject({ ok: false })
  })

  it('says from which version on tokens know of a change to the user', async () => {
    const { service, ada, laptop, phone } = await threeSessions(open)
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    await service.users.update(ada.uuid, { firstName: 'Augusta' })
    const entries = await entriesOf(service)
    expect(sidsOf(entries)).toEqual([laptop, laptop, phone, phone].map(({ session }) => session.id).sort())
    const told = entries.map((entry) => 'version' in entry && [entry.before, entry.version])
    expect(told).toEqual([1, 1, 2, 2].map((change) => [NOW + 1, ada.version + change]))
    const renewed = await renew(service, laptop.refreshToken)
    expect(renewed.ok && payloadOf(renewed.value.accessToken)).toMatchObject({
      iat: NOW,
      user_version: ada.version + 2,
    })
    expect(payloadOf(laptop.accessToken)).toMatchObject({ iat: NOW, user_version: ada.version })
  })

  it('has no entry for a rejected change', async () => {
    const { service, ada } = await threeSessions(open)
    expect(await service.users.update(ada.uuid, { email: 'bob@example.com' })).toEqual({
      ok: false,
      reason: 'email_taken',
    })
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect(await service.administration.change(nobody, { isStaff: true }, OPERATOR)).toMatchObject({
      ok: false,
    })
    expect(await service.users.remove(nobody)).toBe(false)
    expect(await entriesOf(service)).toEqual([])
    expect(await service.users.findById(ada.id)).toEqual(ada)
  })

  it('lists the sessions of a disabled user, and they have ended', async () => {
    const { service, ada, laptop, phone } = await threeSessions(open)
    await service.administration.change(ada.uuid, { isActive: false }, OPERATOR)
    const [entry, ...more] = await entriesOf(service)
    expect(more).toEqual([])
    expect(entry).toMatchObject({ sub: ada.uuid, version: ada.version + 1 })
    expect(entry && 'sids' in entry && [...entry.sids].sort()).toEqual(
      [laptop, phone].map(({ session }) => session.id).sort(),
    )
    expect(await service.sessions.list(ada.id)).toEqual([])
  })

  it('lists a deleted user for 30 days, which also ends their sessions', async () => {
    const { service, ada, laptop, bobs } = await threeSessions(open)
    expect(await service.users.remove(ada.uuid)).toBe(true)
    expect(await service.users.findByUuid(ada.uuid)).toBeNull()
    const deleted = { id: 1, sub: ada.uuid, deleted: true, exp: NOW + DELETION_TTL }
    expect(await entriesOf(service)).toEqual([deleted])
    service.wait(DELETION_TTL - 1)
    expect(await entriesOf(service)).toEqual([deleted])
    service.wait(1)
    expect(await entriesOf(service)).toEqual([])
    expect(await renew(service, laptop.refreshToken)).toMatchObject({ ok: false })
    expect(await service.users.findById(bobs.user.id)).not.toBeNull()
  })

  it('lists removed keys, and entries of older service versions', async () => {
    const service = await open()
    const { db, revocations } = service.database
    const old = { sid: 'one', before: NOW + 7, exp: SESSION_END }
    await db.insert(revocations).values(old)
    await service.revocations.changeKeys({ removed: 'stolen' })
    expect(await entriesOf(service)).toEqual([
      { id: 1, ...old },
      { id: 2, kid: 'stolen', removed: true, exp: NOW + DELETION_TTL },
    ])
  })

  it('returns what is newer than an id, and everything for an unknown id', async () => {
    const { service, laptop, phone, bobs } = await threeSessions(open)
    for (const { session } of [laptop, phone, bobs]) await service.sessions.end(session.id)
    const ids = async (id: number, limit?: number) =>
      (await service.revocations.since(id, limit)).entries.map((entry) => entry.id)
    expect(await ids(0)).toEqual([1, 2, 3])
    expect(await ids(1)).toEqual([2, 3])
    expect(await ids(3)).toEqual([])
    expect(await ids(4)).toEqual([1, 2, 3])
    expect(await ids(0, 2)).toEqual([1, 2])
    expect((await service.revocations.since(0, 2)).last).toBe(3)
  })

  it('drops expired entries, and never reuses an id', async () => {
    const { service, ada, laptop, phone } = await threeSessions(open)
    for (const { session } of [laptop, phone]) await service.sessions.end(session.id)
    await service.users.remove(ada.uuid)
    expect(await service.revocations.deleteExpired()).toBe(0)
    service.wait(SESSION_END - NOW)
    expect(await service.revocations.deleteExpired()).toBe(2)
    expect((await entriesOf(service)).map(({ id }) => id)).toEqual([3])
    service.wait(DELETION_TTL)
    expect(await service.revocations.deleteExpired()).toBe(0)
    expect(await service.revocations.since(0)).toEqual({ last: 3, entries: [] })
    await service.revocations.changeKeys({ removed: phone.session.id })
    expect((await entriesOf(service)).map(({ id }) => id)).toEqual([4])
    expect(await service.revocations.deleteExpired()).toBe(1)
  })

  it('numbers entries in the order of commits, even for simultaneous transactions', async () => {
    const service = await open()
    const others = [service, await open({ beside: service }), await open({ beside: service })]
    const { heard } = listen(service)
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        others[index % 3]?.revocations.changeKeys({ removed: `key-${index}` }),
      ),
    )
    await eventually(() => expect(heard).toHaveLength(60))
    expect(heard).toEqual(await entriesOf(service))
    expect(heard.map(({ id }) => id)).toEqual([...heard.map(({ id }) => id)].sort((a, b) => a - b))
  })
})

onBothDatabases('A subscriber', (open) => {
  it('receives each new entry once', async () => {
    const { service, laptop, phone } = await threeSessions(open)
    const { heard } = listen(service)
    await service.sessions.end(laptop.session.id)
    await eventually(() => expect(sidsOf(heard)).toEqual([laptop.session.id]))
    await service.sessions.end(phone.session.id)
    await eventually(() => expect(heard).toHaveLength(2))
    expect(heard).toEqual(await entriesOf(service))
  })

  it('receives entries of another service on the same database', async () => {
    const { service, laptop, ada } = await threeSessions(open)
    const other = await open({ beside: service })
    const [here, there] = [listen(service), listen(other)]
    await other.sessions.end(laptop.session.id)
    await service.users.remove(ada.uuid)
    for (const { heard } of [here, there]) await eventually(() => expect(heard).toHaveLength(2))
    expect(here.heard).toEqual(there.heard)
  })

  it('receives nothing after it unsubscribed or the service closed', async () => {
    const service = await open()
    const [one, other] = [listen(service), listen(service)]
    one.stop()
    one.stop()
    await service.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(other.heard).toHaveLength(1))
    const ended: string[] = []
    service.revocations.subscribe(
      () => {},
      () => void ended.push('before'),
    )
    await service.revocations.close()
    await service.revocations.close()
    service.revocations.subscribe(
      () => {},
      () => void ended.push('after'),
    )
    await service.revocations.changeKeys({ removed: 'b' })
    expect(await entriesOf(service)).toHaveLength(2)
    expect([one.heard.length, other.heard.length, ended]).toEqual([0, 1, ['before', 'after']])
  })

  /** The feed without the service's signing keys, which always subscribe. */
  const unheard = async () => createEvents(await open()).parts

  it('that returns after all have left receives every live entry', async () => {
    const service = await unheard()
    const first = listen(service)
    await service.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(first.heard).toHaveLength(1))
    first.stop()
    await service.revocations.changeKeys({ removed: 'b' })
    const second = listen(service)
    await eventually(() => expect(second.heard).toHaveLength(2))
    expect(first.heard).toHaveLength(1)
  })

  it('that arrives while the last one leaves in the middle of a read receives everything, too', async () => {
    const service = await unheard()
    const first = listen(service)
    await service.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(first.heard).toHaveLength(1))
    await service.revocations.changeKeys({ removed: 'b' })
    first.stop()
    const second = listen(service)
    await eventually(() => expect(second.heard.map(({ id }) => id)).toEqual([1, 2]))
  })

  it('receives everything again, with a notice, after the database was replaced by an older one', async () => {
    const service = await open()
    const { publish, revocations } = service.database
    const calls: [number[], number][] = []
    service.revocations.subscribe((entries, after) => void calls.push([entries.map(({ id }) => id), after]))
    for (const kid of ['a', 'b', 'c']) await service.revocations.changeKeys({ removed: kid })
    await eventually(() => expect(calls.flatMap(([ids]) => ids)).toEqual([1, 2, 3]))
    calls.length = 0
    await publish((db) => [
      db.delete(revocations).returning(),
      db
        .insert(revocations)
        .values({ id: 1, kid: 'd', exp: NOW + 60 })
        .returning(),
    ])
    await eventually(() => expect(calls).toEqual([[[1], Number.POSITIVE_INFINITY]]))
  })
})

onBothDatabases('A published change', (open) => {
  it('is committed and published, or neither', async () => {
    const { service, ada, laptop } = await threeSessions(open)
    const { publish } = service.database
    const broken = publish((db) => [
      db.delete(service.database.sessions).returning(),
      sql`INSERT INTO no_such_table SELECT 1`,
    ])
    await expect(broken).rejects.toThrow()
    expect(await service.sessions.list(ada.id)).toHaveLength(2)
    expect(await entriesOf(service)).toEqual([])
    await service.sessions.end(laptop.session.id)
    expect(await service.sessions.list(ada.id)).toHaveLength(1)
  })

  it('throws an outage when the database does not respond', async () => {
    const { service, laptop } = await threeSessions(open)
    const failing = Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    vi.spyOn(service.database, 'publish').mockRejectedValueOnce(failing)
    await expect(service.sessions.end(laptop.session.id)).rejects.toBe(failing)
    expect(await service.sessions.list(laptop.user.id)).toHaveLength(2)
  })
})
